"""Explore a program: part after part, or many at once, until all is made or the budget is spent; then say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.errors import UsageError
from runner.exploration.by_states import explore_by_states
from runner.exploration.part import PART
from runner.exploration.parts import Explorer, Found, Share, in_full
from runner.exploration.result import HAZARDS, Exploration, ExploreOptions, Finding, Kind, Progress, Row, Verdict, as_written
from runner.exploration.smallest import finish
from runner.exploration.state import read_state, write_state
from runner.exploration.together import Granted, Start, Together
from runner.exploration.tree import Line, Tree
from runner.program import Program
from runner.program.exploring import is_walk
from runner.substrate.process import wall_seconds

ROUND = 64
"""Parts that are explored at once, if there are so many processes."""
NO_END = 10**12


def explore(
    program: Program,
    options: ExploreOptions | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    make: Callable[[], Program] | None = None,
    executor: Start | None = None,
    state: Path | None = None,
    explorer: Callable[[Program, ExploreOptions], Explorer] = Explorer,
) -> Exploration:
    """Explore a program's executions, by an `explorer` of its own if it needs one. Ctrl-C ends it with what there is.

    With several `jobs` other processes help, in which `make`, a picklable callable, makes the program; `executor` starts them, if they
    are not to be this machine's own. What comes of it does not depend on how many there are. What was explored is kept in the file
    `state`, from which the same exploration goes on; its budget is then granted anew.

    Raises:
        UsageError: there is no such strategy; several jobs, and no `make`; the state is another exploration's.
    """
    options = options or as_written(program)
    options = replace(options, strategy=in_full(options.strategy))
    if options.strategy == "states":
        if state is not None:
            raise UsageError("--state keeps what is left of a tree; the states that `states` has seen are kept in memory only")
        options = replace(options, jobs=1)
    if options.jobs > 1 and make is None:
        raise UsageError("to explore in several processes they must be told how to make the program")
    search = _Search(explorer(program, options), progress, state)
    with search.explorer:
        try:
            with Together(program, options, make, executor) if make is not None and options.jobs > 1 else nullcontext() as together:
                search.run(together)
        except KeyboardInterrupt:
            search.found.interrupted = True
            search.found.exhausted = False
        return _exploration(search.explorer, search.found, search.began)


def _unknown() -> None:
    """Say how much of a part is done that others explore."""


class _Search:
    def __init__(self, explorer: Explorer, progress: Callable[[Progress], None] | None, state: Path | None) -> None:
        program, options = explorer.program, explorer.options
        self._program = program
        self._options = options
        self._progress = progress
        self._state = state
        self.began = wall_seconds()
        self.explorer = explorer
        self.found = Found()
        self._plan: Tree | Line = Line(options.seed) if is_walk(options.strategy) else Tree()
        if state is not None and state.exists():
            self.found, self._plan = read_state(state, program, options)
        self._before = self.found.executions + self.found.redundant

    def run(self, together: Together | None) -> None:
        """Make executions until there are no more, or no more are granted."""
        endless = isinstance(self._plan, Line)
        while self._plan.parts or endless:
            granted = self._granted()
            parts = self._plan.take(min(ROUND, granted))
            if not parts:
                break
            budget = min(PART, granted // len(parts))
            for found in self._explore([(part, budget) for part in parts], together):
                self.found.add(found)
                self._plan.grow(found)
                if found.interrupted or self._enough(found) or (not found.exhausted and self._options.strategy == "states"):
                    self.found.exhausted = False
                    return
            if self._state is not None:
                write_state(self._state, self._program, self._options, self.found, self._plan)
        self.found.exhausted = not self._plan.parts and not endless

    def _granted(self) -> int:
        most = self._options.max_executions
        return NO_END if most is None else max(0, most + self._before - self.found.executions - self.found.redundant)

    def _explore(self, parts: list[Granted], together: Together | None) -> Iterator[Found]:
        if self._options.strategy == "states":
            return iter([explore_by_states(self.explorer, self._stop)])
        if together is None or (len(parts) == 1 and isinstance(self._plan, Tree)):
            return (self.explorer.explore(part, budget, self._stop) for part, budget in parts)
        left = None if self._options.max_seconds is None else self._options.max_seconds - (wall_seconds() - self.began)
        return self._told(together.explore(parts, left))

    def _told(self, coming: Iterator[Found]) -> Iterator[Found]:
        for found in coming:
            self._tell(found, _unknown)
            yield found

    def _tell(self, found: Found, share: Share) -> None:
        if self._progress is not None:
            made, redundant = self.found.executions + found.executions, self.found.redundant + found.redundant
            wrong = len(self.found.symptoms.keys() | found.symptoms.keys())
            self._progress(Progress(made, redundant, share(), wrong, wall_seconds() - self.began, found.states))

    def _enough(self, found: Found) -> bool:
        late = self._options.max_seconds is not None and wall_seconds() - self.began > self._options.max_seconds
        return late or (self._options.first and found.failed)

    def _stop(self, found: Found, share: Share) -> bool:
        self._tell(found, share)
        return self._enough(found)


def _exploration(explorer: Explorer, found: Found, began: float) -> Exploration:
    program, options, judge = explorer.program, explorer.options, explorer.judge
    rows = tuple(
        Row(final.outcome, final.state, final.judged, final.note, seen.executions, seen.schedule)
        for final, seen in found.finals.values()
        if seen.schedule is not None
    )
    left_out = [*found.left_out]
    if found.cut:
        left_out.append(f"what comes after step {options.max_steps} of {found.cut} execution{'s' if found.cut > 1 else ''}")
    findings = [finish(explorer, symptom, seen) for symptom, seen in found.symptoms.values()]
    never = [each for each in judge.required() if not any(judge.meets(final, each) for final, _ in found.finals.values())]
    if found.exhausted and not left_out:
        findings += [_never_seen(each) for each in never]
        if shown := judge.never_shown(final for final, _ in found.finals.values()):
            what = f"the outcome {shown!r} is expected, and no execution comes to it"
            findings.append(Finding(Kind.EXPECTATION, ("never", shown), what, program.expect.places.get("outcome"), 0, None, None))
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
        wall_seconds() - began, explorer.engine, explorer.not_modelled, found.states,
    )  # fmt: skip


def _never_seen(expected: Any) -> Finding:
    what = f"the required outcome {state_text(expected)} never comes"
    return Finding(Kind.OUTCOME, ("never", expected.place.path), what, expected.place, 0, None, None)


def state_text(expected: Any) -> str:
    """Say which outcome is meant, as short as it goes."""
    return ", ".join(f"{name} {value!r}" for name, value in expected.vars.items()) or expected.outcome
