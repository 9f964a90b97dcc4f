"""What exploring a program comes to: plain data, for reports, the command line and Python. Knows nothing of how it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from runner.errors import Place
from runner.interpreter import Outcome
from runner.program import Program
from runner.program.exploring import TIMES, ExploreSettings
from runner.program.schedule import Points, Schedule


class Verdict(StrEnum):
    """What may be said after exploring. The words are never blurred: only the first is a proof."""

    PROVED = "proved"
    """Every execution, up to the order of what commutes, was made, and none was cut off: there are no others."""
    BOUNDED = "bounded"
    """All that is within a bound was made (preemptions, steps of one execution), and there is more beyond it."""
    EXPIRED = "budget expired"
    """The executions or the time that were granted are used up, and more could be made."""
    FOUND = "found"
    """Something is wrong in one of the executions, whatever else there may be."""


class Kind(StrEnum):
    """What may be wrong. The last three are hazards: told, and no failure unless the scenario or the caller wants that."""

    DEADLOCK = "deadlock"
    """Threads wait for each other in a circle."""
    PARTIAL_DEADLOCK = "partial deadlock"
    """Threads wait at the end for what nobody will do, without a circle."""
    LOST_WAKEUP = "lost wake-up"
    """A thread waits for a notification, or an event, that came before it waited."""
    EXCEPTION = "exception"
    """A thread ended by an exception: a failed assertion or another."""
    LIMIT = "limit"
    """An execution did not end within a limit while every thread that could move did: a livelock, an endless loop, too much data."""
    EXPECTATION = "expectation"
    """A completed execution's final state is not as `expect` says."""
    OUTCOME = "outcome"
    """A final state is forbidden, or not listed; or a required one was never seen though all were."""
    DATA_RACE = "data race"
    """Two accesses to a variable, one a write, that nothing orders."""
    LOCK_ORDER = "lock order"
    """Locks are taken in orders that make a circle, though no execution need deadlock."""
    STARVATION = "starvation"
    """A thread could have gone on for a long time and was never chosen, within the bound."""


HAZARDS = frozenset({Kind.DATA_RACE, Kind.LOCK_ORDER, Kind.STARVATION})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the smallest schedule known that shows it.

    Executions that show the same count once: `key` says what is the same (the threads of a circle, the step that raises…). `what` is a
    sentence. `expected` says that the scenario expects it, or that it is a hazard nobody forbids: it is then no failure.
    """

    kind: Kind
    key: tuple[str, ...]
    what: str
    place: Place | None
    executions: int
    """How many executions showed it."""
    schedule: Schedule | None
    """None where no one execution shows it: a required outcome that was never seen."""
    outcome: Outcome | None
    """What the execution by that schedule came to; with its trace."""
    preemptions: int = 0
    """How many of the schedule's switches took the turn from a thread that could have gone on."""
    smallest: bool = False
    """Whether it is certain that no schedule with fewer preemptions shows it."""
    tried: int = 0
    """How many executions were made to find that schedule."""
    expected: bool = False
    details: tuple[str, ...] = ()
    """Further sentences: both accesses of a race and the missing edge between them, a circle's locks…"""


@dataclass(frozen=True, slots=True)
class Row:
    """One distinct final state, as in a litmus test's table, and how many executions ended in it.

    `judged` is `allowed`, `required` or `forbidden` as `expect.outcomes` lists it, `unlisted` where it lists others, or empty where it
    lists none.
    """

    outcome: str
    """How those executions ended: `completed`, `deadlock`, `failed`…"""
    state: Mapping[str, Any]
    """`vars` and `queues` by name; `raises` (thread → exception) and `printed` where there is any and it counts."""
    judged: str
    note: str
    executions: int
    schedule: Schedule
    """An example."""


@dataclass(frozen=True, slots=True)
class ExploreOptions:
    """How to explore. `strategy` is `dpor`, `dfs` or `dfs:PREEMPTIONS`, `delay:DELAYS`, `random`, `pct:DEPTH` or `pos`.

    `seed` is for the last three.

    `points` is `Points.ENDS` (virtual deadlines order things) or `Points.ANY` (a sleep or a timeout may end at any moment).
    """

    strategy: str = "dpor"
    seed: int = 0
    points: Points = Points.ENDS
    max_executions: int | None = 20_000
    max_steps: int = 2_000
    """Steps of one execution."""
    max_states: int = 1_000_000
    """States that the strategy of that name keeps: some 300 bytes each."""
    max_seconds: float | None = None
    """Wall seconds for all; where it stops is not repeatable."""
    first: bool = False
    """Stop at the first execution that fails."""
    jobs: int = 1
    twice: bool = False
    """Make every execution twice, and make sure that the second is as the first."""
    engine: str = "auto"
    """`run` executes the standard library's own code, `model` what mirrors it (see `runner.model`) and comes to the same in less time;
    `auto` is `model` where that has rules for all that the program does."""


def as_written(program: Program, **chosen: Any) -> ExploreOptions:
    """Return how to explore a program: what is chosen, else what its file says, else as usual."""
    settings = program.explore or ExploreSettings()
    says: dict[str, Any] = {name: getattr(settings, name) for name in ("strategy", "seed", "max_executions", "max_states", "max_steps")}
    says["points"] = None if settings.time is None else TIMES[settings.time]
    return ExploreOptions(**{**{name: value for name, value in says.items() if value is not None}, **chosen})


@dataclass(frozen=True, slots=True)
class Exploration:
    """What exploring a program came to.

    `executions` were made to their end; `redundant` more were given up because others had covered them, `cut` of the former reached the
    step limit. `left_out` says in words what was not made, and is empty for a proof.
    """

    program: Program
    options: ExploreOptions
    verdict: Verdict
    executions: int
    redundant: int
    cut: int
    findings: tuple[Finding, ...]
    rows: tuple[Row, ...]
    left_out: tuple[str, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0
    engine: str = "run"
    """`model` or `run`: what executed them."""
    not_modelled: str | None = None
    """What the program has that the model has no rule for."""
    states: int = 0
    """How many the strategy `states` has seen; its `executions` are one to each end that is not like another."""
    instead: str = ""
    """Why it was explored by another strategy than was asked for, if so."""

    @property
    def made(self) -> int:
        """How many executions were made in all: also those given up, and those in search of smaller schedules."""
        return self.executions + self.redundant + sum(finding.tried + (finding.schedule is not None) for finding in self.findings)

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that are neither expected nor mere hazards."""
        return tuple(finding for finding in self.findings if not finding.expected)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: told now and then while exploring. `share` is an estimate of what part is done, 0 to 1; None where nobody knows."""

    executions: int
    redundant: int
    share: float | None
    found: int
    seconds: float
    states: int = 0
