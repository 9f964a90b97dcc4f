"""Every execution that a kernel can make of a program, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from runner.interpreter import Outcome, execute
from runner.program import Program
from runner.program.schedule import Points, SchedulingPoint
from runner.substrate import ControlledSubstrate
from runner.substrate.controlled import quickest_pool


class Enumerating:
    """A scheduler that makes given choices, then first ones, and remembers how many there were at each."""

    spec = "enumerating"
    seed: int | None = None

    def __init__(self, picks: list[int]) -> None:
        self.picks = picks
        self.choices: list[int] = []

    def choose(self, point: SchedulingPoint) -> int:
        """Choose."""
        at = len(self.choices)
        self.choices.append(len(point.enabled))
        return self.picks[at] if at < len(self.picks) else 0


def all_executions(program: Program, points: Points, max_steps: int = 10_000) -> Iterator[Outcome]:
    """Make every execution there is, depth first."""
    picks: list[int] | None = []
    with quickest_pool() as pool:
        while picks is not None:
            scheduler = Enumerating(picks)
            yield execute(program, ControlledSubstrate(scheduler, points=points, pool=pool, max_steps=max_steps), policy="enumerating")
            made = picks + [0] * (len(scheduler.choices) - len(picks))
            last = next((at for at in reversed(range(len(made))) if made[at] + 1 < scheduler.choices[at]), None)
            picks = None if last is None else [*made[:last], made[last] + 1]
