"""Explore a program: part after part, or many at once, until all is made or the budget is spent; then say what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.explore.dpor import Part
from runner.explore.judge import Judge
from runner.explore.parts import WALKS, Found, Seeds, check_strategy, explore_part
from runner.explore.result import HAZARDS, Exploration, ExploreOptions, Finding, Kind, Progress, Row, Verdict
from runner.explore.smallest import finish
from runner.explore.tree import Tree
from runner.program import Program
from runner.substrate.process import wall_seconds

PART = 500
"""Executions of a part, after which what is left of it is handed out anew."""
ROUND = 32
"""Parts that are explored before the tree grows by what they want of it."""
NO_END = 10**12


def explore(program: Program, options: ExploreOptions | None = None, *, progress: Callable[[Progress], None] | None = None) -> Exploration:
    """Explore a program's executions. Ctrl-C ends it with what there is.

    Raises:
        UsageError: there is no such strategy.
    """
    options = options or ExploreOptions()
    check_strategy(options.strategy)
    began = wall_seconds()
    search = _Search(program, options, progress, began)
    try:
        search.run()
    except KeyboardInterrupt:
        search.found.interrupted = True
        search.found.exhausted = False
    return _exploration(program, options, search.found, began)


class _Search:
    def __init__(self, program: Program, options: ExploreOptions, progress: Callable[[Progress], None] | None, began: float) -> None:
        self._program = program
        self._options = options
        self._progress = progress
        self._began = began
        self.found = Found()

    def run(self) -> None:
        """Make executions until there are no more, or no more are granted."""
        if self._options.strategy.partition(":")[0] in WALKS:
            self._walk()
        elif self._options.strategy == "dpor":
            self._grow()
        else:
            self.found = self._explore(Part(), self._granted())

    def _granted(self) -> int:
        most = self._options.max_executions
        return NO_END if most is None else max(0, most - self.found.executions - self.found.redundant)

    def _walk(self) -> None:
        start = self._options.seed
        while self._granted() and self.found.exhausted:
            several = min(PART, self._granted())
            found = self._explore(Seeds(start, start + several), several)
            self.found.add(found)
            self.found.exhausted = not (found.interrupted or self._enough(found))
            start += several
        self.found.exhausted = False

    def _grow(self) -> None:
        tree = Tree()
        while tree.parts:
            for part in tree.take(ROUND):
                granted = self._granted()
                found = self._explore(part, min(PART, granted))
                self.found.add(found)
                tree.grow(part, found.forks, found.reversals)
                if found.interrupted or self._enough(found) or (not found.exhausted and granted <= PART):
                    self.found.exhausted = False
                    return
            tree.forget()

    def _enough(self, found: Found) -> bool:
        seconds = wall_seconds() - self._began
        late = self._options.max_seconds is not None and seconds > self._options.max_seconds
        return late or (self._options.first and found.failed)

    def _explore(self, part: Part | Seeds, budget: int) -> Found:
        return explore_part(self._program, self._options, part, budget, stop=self._stop)

    def _stop(self, found: Found, share: float | None) -> bool:
        seconds = wall_seconds() - self._began
        if self._progress is not None:
            total = self.found.executions + found.executions
            failures = len(self.found.symptoms.keys() | found.symptoms.keys())
            self._progress(Progress(total, self.found.redundant + found.redundant, share, failures, seconds))
        return self._enough(found)


def _exploration(program: Program, options: ExploreOptions, found: Found, began: float) -> Exploration:
    judge = Judge(program)
    rows = tuple(
        Row(final.outcome, final.state, final.judged, final.note, seen.executions, seen.schedule)
        for final, seen in found.finals.values()
        if seen.schedule is not None
    )
    left_out = [*found.left_out]
    if found.cut:
        left_out.append(f"what comes after step {options.max_steps} of {found.cut} execution{'s' if found.cut > 1 else ''}")
    findings = [finish(program, options, symptom, seen) for symptom, seen in found.symptoms.values()]
    never = [each for each in judge.required() if not any(final.listed == each for final, _ in found.finals.values())]
    if found.exhausted and not left_out:
        findings += [_never_seen(each) for each in never]
    else:
        left_out += [f"whether the required outcome {state_text(each)} ever comes" for each in never]
    if not found.exhausted and not (options.first and found.failed):
        left_out.append("executions beyond the budget")
    if any(finding.kind not in HAZARDS or not finding.expected for finding in findings):
        verdict = Verdict.FOUND
    elif not found.exhausted:
        verdict = Verdict.EXPIRED
    else:
        verdict = Verdict.BOUNDED if left_out else Verdict.PROVED
    return Exploration(
        program, options, verdict, found.executions, found.redundant, found.cut, tuple(findings), rows, tuple(left_out), found.interrupted,
        wall_seconds() - began,
    )  # fmt: skip


def _never_seen(expected: Any) -> Finding:
    what = f"the required outcome {state_text(expected)} never comes"
    return Finding(Kind.OUTCOME, ("never", expected.place.path), what, expected.place, 0, None, None)


def state_text(expected: Any) -> str:
    """Say which outcome is meant, as short as it goes."""
    return ", ".join(f"{name} {value!r}" for name, value in expected.vars.items()) or expected.outcome
