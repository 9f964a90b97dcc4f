"""What tests of the analyses share: every scenario of the gallery, run; every schedule of a small program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.interpreter import Outcome, execute
from runner.program import Program
from runner.program.schedule import Points, SchedulingPoint
from runner.schedulers import make_scheduler
from runner.substrate import CarrierPool, ControlledSubstrate
from runner.suite import load_cases

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STEPS = 2_000


class Prefix:
    """Take the ranks that are given, then the first; keep how many there were to choose from, and who."""

    spec, seed = "fifo", None

    def __init__(self, ranks: list[int]) -> None:
        self.ranks = ranks
        self.widths: list[int] = []
        self.choices: list[tuple[str, tuple[str, ...]]] = []

    def choose(self, point: SchedulingPoint) -> int:
        """Take the next rank."""
        rank = self.ranks[len(self.widths)] if len(self.widths) < len(self.ranks) else 0
        self.widths.append(len(point.enabled))
        self.choices.append((point.enabled[rank].name, tuple(each.name for each in point.enabled)))
        return rank


@pytest.fixture(scope="session")
def carriers() -> Iterator[CarrierPool]:
    """Threads for all runs."""
    with CarrierPool() as pool:
        yield pool


@pytest.fixture(scope="session")
def all_schedules(carriers: CarrierPool) -> Callable[..., Iterator[Outcome]]:
    """`all_schedules(program)` runs every schedule that there is, in order."""

    def run(program: Program, max_steps: int = 200) -> Iterator[Outcome]:
        ranks: list[int] | None = []
        while ranks is not None:
            scheduler = Prefix(ranks)
            substrate = ControlledSubstrate(scheduler, points=Points.ENDS, pool=carriers, max_steps=max_steps)
            yield execute(program, substrate, policy="fifo")
            taken = ranks + [0] * (len(scheduler.widths) - len(ranks))
            while taken and taken[-1] + 1 == scheduler.widths[len(taken) - 1]:
                taken.pop()
            ranks = [*taken[:-1], taken[-1] + 1] if taken else None

    return run


@pytest.fixture(scope="session")
def run_some(carriers: CarrierPool) -> Callable[..., list[Outcome]]:
    """`run_some(program)` runs it under fifo and a few seeds, with scheduling points at ends."""

    def run(program: Program, seeds: int = 6, max_steps: int = STEPS) -> list[Outcome]:
        schedulers = [make_scheduler(None, seed) for seed in (None, *range(seeds))]
        return [
            execute(program, ControlledSubstrate(each, points=Points.ENDS, pool=carriers, max_steps=max_steps), policy=each.spec)
            for each in schedulers
        ]

    return run


@pytest.fixture(scope="session")
def gallery(run_some: Callable[..., list[Outcome]]) -> dict[str, tuple[Program, list[Outcome]]]:
    """Every scenario and case by name, `NAME` or `NAME[CASE]`, with a few runs."""
    programs = [program for path in sorted(SCENARIOS.rglob("[!_]*.yaml")) for program in load_cases(path)]
    return {p.name if p.case is None else f"{p.name}[{p.case}]": (p, run_some(p)) for p in programs}
