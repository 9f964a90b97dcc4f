"""Explore a part of the tree of executions, and say what came of it as plain data that processes can hand each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from runner.analysis.races import race_candidates
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
from runner.model import why_not
from runner.program import Program
from runner.program.exploring import DEFAULT_DELAYS, wrong_strategy
from runner.program.schedule import Schedule
from runner.schedulers import DEFAULT_DEPTH, POLICIES, ReplayScheduler
from runner.substrate.controlled import quickest_pool

Share = Callable[[], "float | None"]


@dataclass(slots=True)
class Seen:
    """How often something was seen, and the calmest execution that shows it: fewest preemptions, then fewest steps."""

    executions: int
    preemptions: int
    steps: int
    schedule: Schedule | None
    """None for what no one execution shows."""

    def add(self, executions: int, preemptions: int, steps: int, schedule: Schedule | None) -> None:
        """See it elsewhere, too."""
        self.executions += executions
        if preemptions < self.preemptions or (preemptions == self.preemptions and steps < self.steps):
            self.preemptions, self.steps, self.schedule = preemptions, steps, schedule

    def fields(self) -> tuple[int, int, int, Schedule | None]:
        """Return what `add` takes."""
        return self.executions, self.preemptions, self.steps, self.schedule


@dataclass(slots=True)
class Found:
    """What came of a part, or of several. Things seen are in the order in which they first were."""

    executions: int = 0
    redundant: int = 0
    cut: int = 0
    states: int = 0
    """How many were seen, by the strategy of that name."""
    finals: dict[str, tuple[Final, Seen]] = field(default_factory=dict)
    symptoms: dict[tuple[str, tuple[str, ...]], tuple[Symptom, Seen]] = field(default_factory=dict)
    left_out: dict[str, None] = field(default_factory=dict)
    exhausted: bool = True
    interrupted: bool = False
    reversals: list[Reversal] = field(default_factory=list)
    forks: list[Fork] = field(default_factory=list)
    parts: list[Part | Seeds] = field(default_factory=list)
    """What is left of it where that needs no tree."""

    def see_final(self, final: Final, how: tuple[int, int, int, Schedule | None]) -> None:
        """Count a final state; `how` are the fields of what is seen of it."""
        known = self.finals.get(final.key)
        if known is None:
            self.finals[final.key] = (final, Seen(*how))
        else:
            known[1].add(*how)

    def see_symptom(self, symptom: Symptom, seen: Seen) -> None:
        """Count something wrong."""
        key = (symptom.kind.value, symptom.key)
        if key in self.symptoms:
            self.symptoms[key][1].add(*seen.fields())
        else:
            self.symptoms[key] = (symptom, seen)

    def add(self, other: Found) -> None:
        """Add what came of another part; what it wants of the tree is not among it."""
        self.executions += other.executions
        self.redundant += other.redundant
        self.cut += other.cut
        self.states += other.states
        self.left_out.update(other.left_out)
        self.interrupted |= other.interrupted
        for final, seen in other.finals.values():
            self.see_final(final, seen.fields())
        for symptom, seen in other.symptoms.values():
            self.see_symptom(symptom, seen)

    @property
    def failed(self) -> bool:
        """Whether something is wrong that is not expected."""
        return any(not symptom.expected for symptom, _ in self.symptoms.values())


def in_full(spec: str) -> str:
    """Return a strategy with the bound that it has where none is written, so that reports and tokens name it.

    Raises:
        UsageError: it is unknown, or its number is none.
    """
    if (wrong := wrong_strategy(spec)) is not None:
        raise UsageError(wrong)
    return f"delay:{DEFAULT_DELAYS}" if spec == "delay" else spec


def _strategy(names: Names, options: ExploreOptions, part: Part | Seeds) -> Strategy:
    name, _, number = options.strategy.partition(":")
    if isinstance(part, Part):
        return Dpor(names, part) if name == "dpor" else Dfs(names, int(number) if number else None, part, delays=name == "delay")
    make, depth = POLICIES[name], int(number or DEFAULT_DEPTH)
    return Walks(names, options.strategy, part.start, part.stop, lambda seed, steps: make(seed, depth, steps))


def _engine(options: ExploreOptions, not_modelled: str | None) -> str:
    wanted = options.engine
    if wanted == "model" and not_modelled is not None:
        raise UsageError(f"the model has no rule for {not_modelled}: --engine auto executes such a scenario for real")
    if options.strategy == "states":
        if options.twice or wanted == "run" or not_modelled is not None:
            why = f", which has no rule for {not_modelled}" if not_modelled is not None else ""
            raise UsageError(f"the strategy `states` looks at states of the model{why}")
        return "model"
    return "model" if wanted != "run" and not_modelled is None else "run"


class Explorer:
    """Explores parts of one program, one after the other. As a context manager it ends the carriers that it keeps.

    Raises:
        UsageError: the model is asked for, and has no rule for something that the program does.
    """

    def __init__(self, program: Program, options: ExploreOptions) -> None:
        self.program = program
        self.options = options
        self.judge = Judge(program)
        self.names = Names(program, printed=self.judge.printed)
        self.candidates = race_candidates(program)
        self.not_modelled = why_not(program, options.points)
        self.engine = _engine(options, self.not_modelled)
        self._pool = quickest_pool(threads=bool(program.calls))
        self.runs = Runs(program, options.points, options.max_steps, self._pool, model=self.engine == "model")

    def __enter__(self) -> Explorer:
        return self

    def __exit__(self, *about: object) -> None:
        self._pool.close()

    def explore(self, part: Part | Seeds, budget: int, stop: Callable[[Found, Share], bool]) -> Found:
        """Make the executions of a part, so many at most. `stop` is asked after each; it may ask how much of the part is done, 0 to 1."""
        options = self.options
        making = _strategy(self.names, options, part)
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
            found.parts = list(making.left())
        elif isinstance(part, Seeds) and strategy.rest:
            found.parts = [Seeds(part.start + found.executions, part.stop)]
        return found

    def _make(self, strategy: Strategy, part: Part | Seeds, budget: int, found: Found, stop: Callable[[Found, Share], bool]) -> None:
        judge, runs = self.judge, self.runs
        start = self.options.seed
        hazards = Hazards(self.program, self.candidates, first=part in (Part(), Seeds(start, start + PART)))

        def share() -> float | None:
            return strategy.share

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
            if stop(found, share):
                break
        for symptom in hazards.of_all():
            found.see_symptom(symptom, Seen(found.executions, 0, 0, None))


def _take(found: Found, outcome: Outcome, preemptions: int, judge: Judge, hazards: Hazards) -> None:
    """Take note of what an execution came to; what is wrong with it several times counts once."""
    found.executions += 1
    found.cut += outcome.verdict == "step_limit"
    how = (1, preemptions, outcome.steps, outcome.schedule)
    final, symptoms = judge.assess(outcome)
    found.see_final(final, how)
    if hazards.wanted:
        symptoms = (*symptoms, *hazards.of(outcome))
    if symptoms:
        for symptom in {(symptom.kind, symptom.key): symptom for symptom in symptoms}.values():
            found.see_symptom(symptom, Seen(*how))
