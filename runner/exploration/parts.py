"""Explore a part of the tree of executions, and say what came of it as plain data that processes can hand each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from runner.errors import UsageError
from runner.exploration.determinism import Twice
from runner.exploration.dfs import Dfs
from runner.exploration.dpor import Dpor
from runner.exploration.execution import Runs, Strategy
from runner.exploration.frontier import Names
from runner.exploration.hazards import Hazards
from runner.exploration.judge import Final, Judge, Symptom
from runner.exploration.part import PART, Fork, Part, Reversal, Seeds
from runner.exploration.result import ExploreOptions
from runner.exploration.walks import Walks
from runner.interpreter import Outcome
from runner.program import Program
from runner.program.exploring import wrong_strategy
from runner.program.schedule import Schedule, Scheduler
from runner.schedulers import PctScheduler, PosScheduler, RandomScheduler, ReplayScheduler
from runner.substrate.controlled import quickest_pool

DEFAULT_DEPTH = 3


@dataclass(slots=True)
class Seen:
    """How often something was seen, and the calmest execution that shows it: fewest preemptions, then fewest steps."""

    executions: int
    preemptions: int
    steps: int
    schedule: Schedule | None
    """None for what no one execution shows."""

    def add(self, other: Seen) -> None:
        """See it elsewhere, too."""
        self.executions += other.executions
        if (other.preemptions, other.steps) < (self.preemptions, self.steps):
            self.preemptions, self.steps, self.schedule = other.preemptions, other.steps, other.schedule


@dataclass(slots=True)
class Found:
    """What came of a part, or of several. Things seen are in the order in which they first were."""

    executions: int = 0
    redundant: int = 0
    cut: int = 0
    finals: dict[str, tuple[Final, Seen]] = field(default_factory=dict)
    symptoms: dict[tuple[str, tuple[str, ...]], tuple[Symptom, Seen]] = field(default_factory=dict)
    left_out: dict[str, None] = field(default_factory=dict)
    exhausted: bool = True
    interrupted: bool = False
    reversals: list[Reversal] = field(default_factory=list)
    forks: list[Fork] = field(default_factory=list)
    parts: list[Part | Seeds] = field(default_factory=list)
    """What is left of it where that needs no tree."""

    def see_final(self, final: Final, seen: Seen) -> None:
        """Count a final state."""
        if final.key in self.finals:
            self.finals[final.key][1].add(seen)
        else:
            self.finals[final.key] = (final, seen)

    def see_symptom(self, symptom: Symptom, seen: Seen) -> None:
        """Count something wrong."""
        key = (symptom.kind.value, symptom.key)
        if key in self.symptoms:
            self.symptoms[key][1].add(seen)
        else:
            self.symptoms[key] = (symptom, seen)

    def add(self, other: Found) -> None:
        """Add what came of another part; what it wants of the tree is not among it."""
        self.executions += other.executions
        self.redundant += other.redundant
        self.cut += other.cut
        self.left_out.update(other.left_out)
        self.interrupted |= other.interrupted
        for final, seen in other.finals.values():
            self.see_final(final, seen)
        for symptom, seen in other.symptoms.values():
            self.see_symptom(symptom, seen)

    @property
    def failed(self) -> bool:
        """Whether something is wrong that is not expected."""
        return any(not symptom.expected for symptom, _ in self.symptoms.values())


def check_strategy(spec: str) -> None:
    """Refuse a strategy that there is not.

    Raises:
        UsageError: it is unknown, or its number is none.
    """
    if (wrong := wrong_strategy(spec)) is not None:
        raise UsageError(wrong)


def _strategy(names: Names, options: ExploreOptions, part: Part | Seeds) -> Strategy:
    name, _, number = options.strategy.partition(":")
    if isinstance(part, Part):
        return Dpor(names, part) if name == "dpor" else Dfs(names, int(number) if number else None, part.ranks, part.spent)
    depth = int(number or DEFAULT_DEPTH)
    makers: dict[str, Callable[[int, int], Scheduler]] = {
        "random": lambda seed, steps: RandomScheduler(seed),
        "pct": lambda seed, steps: PctScheduler(depth, seed, steps),
        "pos": lambda seed, steps: PosScheduler(seed),
    }
    return Walks(names, options.strategy, part.start, part.stop, makers[name])


class Explorer:
    """Explores parts of one program, one after the other. As a context manager it ends the carriers that it keeps."""

    def __init__(self, program: Program, options: ExploreOptions) -> None:
        self._program = program
        self._options = options
        self._judge = Judge(program)
        self._names = Names(program, printed=self._judge.printed)
        self._pool = quickest_pool(threads=bool(program.calls))
        self._runs = Runs(program, options.points, options.max_steps, self._pool)

    def __enter__(self) -> Explorer:
        return self

    def __exit__(self, *about: object) -> None:
        self._pool.close()

    def explore(self, part: Part | Seeds, budget: int, stop: Callable[[Found, float | None], bool]) -> Found:
        """Make the executions of a part, so many at most. `stop` is asked after each, told how much of the part is done, 0 to 1."""
        options = self._options
        making = _strategy(self._names, options, part)
        strategy: Strategy = Twice(making) if options.twice else making
        found = Found()
        try:
            self._make(strategy, part, budget, found, stop)
        except KeyboardInterrupt:
            found.interrupted = True
        found.exhausted = not strategy.rest and not found.interrupted
        found.left_out.update(dict.fromkeys(strategy.left_out))
        if isinstance(making, Dpor):
            found.reversals = list(making.reversals)
            found.forks = making.forks()
        elif isinstance(making, Dfs):
            found.parts = [Part(ranks, spent=spent) for ranks, spent in making.left()]
        elif isinstance(part, Seeds) and strategy.rest:
            found.parts = [Seeds(part.start + found.executions, part.stop)]
        return found

    def _make(self, strategy: Strategy, part: Part | Seeds, budget: int, found: Found, stop: Callable[[Found, float | None], bool]) -> None:
        judge, runs = self._judge, self._runs
        start = self._options.seed
        hazards = Hazards(self._program, first=part in (Part(), Seeds(start, start + PART)))
        while strategy.rest and found.executions + found.redundant < budget:
            strategy.more()
            record = judge.printed or hazards.wanted
            outcome = runs.execute(strategy, watched=strategy.watched, record=record)
            if isinstance(strategy, Twice) and strategy.again:
                continue
            if outcome is None:
                found.redundant += 1
            elif outcome.verdict == "interrupted":
                raise KeyboardInterrupt
            else:
                if outcome.verdict == "step_limit" and not record and outcome.schedule is not None:
                    outcome = runs.replay(ReplayScheduler(outcome.schedule))  # why it did not end is read off its events
                _take(found, outcome, strategy.preemptions, judge, hazards)
            if stop(found, strategy.share):
                break
        for symptom in hazards.of_all():
            found.see_symptom(symptom, Seen(found.executions, 0, 0, None))


def _take(found: Found, outcome: Outcome, preemptions: int, judge: Judge, hazards: Hazards) -> None:
    """Take note of what an execution came to; what is wrong with it several times counts once."""
    found.executions += 1
    found.cut += outcome.verdict == "step_limit"
    how = (1, preemptions, outcome.steps, outcome.schedule)
    found.see_final(judge.final(outcome), Seen(*how))
    wrong = {(symptom.kind, symptom.key): symptom for symptom in (*judge.symptoms(outcome), *hazards.of(outcome))}
    for symptom in wrong.values():
        found.see_symptom(symptom, Seen(*how))
