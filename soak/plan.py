"""What a soak executes: which cases, under which schedules, on which Pythons. All of it follows from the number of executions asked for.

How many processes share the work is no part of it: which executions come before a given one, in the same process, is the same on
every machine, so that what one machine finds another can look for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from runner.compiler import case_names
from runner.suite import discover, name_of

HASH_SEEDS = ("0", "12345")
"""Values of PYTHONHASHSEED: each Python goes through everything in a process with each."""
LARGEST = 32
"""Schedules in a block. A process takes about half a second to start and compile, and some 10 seconds for a block of this size."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One way through everything that a process has to execute."""

    words: str
    keeps_threads: bool
    replays: bool


PASSES = (
    Pass("schedule by schedule, on threads that are kept", keeps_threads=True, replays=False),
    Pass("backwards, each on threads of its own", keeps_threads=False, replays=False),
    Pass("case by case, replayed from its token", keeps_threads=True, replays=True),
)
"""How each process executes everything, one after the other: what was executed just before is other each time."""


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter, and its version."""

    path: str
    version: str


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario's file, and the case in it where there are any."""

    file: str
    case: str | None

    def __str__(self) -> str:
        return name_of(self.file, self.case)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every case under every schedule: the seed None is the policy fifo, a number is random's."""

    cases: tuple[Case, ...]
    seeds: tuple[int | None, ...]
    pythons: tuple[Python, ...]

    @property
    def files(self) -> int:
        """How many scenarios there are."""
        return len({case.file for case in self.cases})

    @property
    def executions(self) -> int:
        """How many executions that makes."""
        return len(self.cases) * len(self.seeds) * len(self.pythons) * len(HASH_SEEDS) * len(PASSES)

    @property
    def blocks(self) -> list[tuple[int | None, ...]]:
        """The schedules in blocks: one process executes all cases under one block's. Four are worth a process."""
        size = min(LARGEST, math.ceil(len(self.seeds) / max(1, min(4, len(self.seeds) // 4))))
        return [self.seeds[start : start + size] for start in range(0, len(self.seeds), size)]


def make_plan(paths: Sequence[str], pythons: Sequence[Python], executions: int) -> Plan:
    """Spread at least so many executions evenly over all cases of the scenarios found.

    Raises:
        UsageError: a path does not exist.
        ScenarioError: a scenario cannot be read.
    """
    files = discover(paths).scenarios
    cases = tuple(Case(file.as_posix(), case) for file in files for case in case_names(file) or (None,))
    plan = Plan(cases, (None,), tuple(pythons))
    schedules = math.ceil(executions / max(plan.executions, 1))
    return Plan(cases, (None, *range(schedules - 1)), plan.pythons)
