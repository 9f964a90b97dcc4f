"""Exploring against every execution that the kernel can make: attempts to take what is held, and all orders of what commutes, included.

What nobody need explore is left out by reasoning: here it is held against the thing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from runner.exploration import ExploreOptions, explore
from runner.exploration.judge import Judge, key_of
from runner.interpreter import Outcome, execute
from runner.program import Program
from runner.program.schedule import Points, SchedulingPoint
from runner.substrate import ControlledSubstrate
from runner.substrate.controlled import quickest_pool
from tests.exploration.anything import scenario

MOST = 400
"""Executions, beyond which a scenario is left alone."""
MAX_STEPS = 300

FOUND_BY_IT = {
    "a wait in line that begins before time moves on": 1025,
    "a daemon that fails, or is cut off before": 1099,
    "one that waits when another's time is up": 1350,
}
"""Seeds of scenarios that exploring once did not see all of."""


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


def all_executions(program: Program, points: Points) -> Iterator[Outcome]:
    """Make every execution there is, depth first."""
    picks: list[int] | None = []
    with quickest_pool() as pool:
        while picks is not None:
            scheduler = Enumerating(picks)
            yield execute(program, ControlledSubstrate(scheduler, points=points, pool=pool, max_steps=MAX_STEPS), policy="enumerating")
            made = picks + [0] * (len(scheduler.choices) - len(picks))
            last = next((at for at in reversed(range(len(made))) if made[at] + 1 < scheduler.choices[at]), None)
            picks = None if last is None else [*made[:last], made[last] + 1]


def ends(program: Program, points: Points) -> set[str] | None:
    """Return all final states there are; None if there are too many executions."""
    judge, found = Judge(program), set()
    for number, outcome in enumerate(all_executions(program, points)):
        if number == MOST:
            return None
        found.add(judge.final(outcome).key)
    return found


def explored(program: Program, points: Points, strategy: str) -> set[str]:
    """Return the final states that exploring finds."""
    options = ExploreOptions(strategy=strategy, points=points, max_executions=None, max_steps=MAX_STEPS)
    return {key_of(row.outcome, row.state) for row in explore(program, options).rows}


@pytest.mark.parametrize("seed", [*FOUND_BY_IT.values(), *range(60)])
@pytest.mark.parametrize("points", [Points.ENDS, Points.ANY])
def test_no_end_is_missed(compile_text: Callable[..., Program], seed: int, points: Points) -> None:
    """Depth first, and with reduction, every final state is found, and none that there is not."""
    program = compile_text(scenario(seed))
    wanted = ends(program, points)
    if wanted is not None:
        assert explored(program, points, "dfs") == wanted
        assert explored(program, points, "dpor") == wanted
