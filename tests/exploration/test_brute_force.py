"""Exploring against every execution that the kernel can make: attempts to take what is held, and all orders of what commutes, included.

What nobody need explore is left out by reasoning: here it is held against the thing itself.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.exploration import ExploreOptions, explore
from runner.exploration.judge import Judge, key_of
from runner.program import Program
from runner.program.schedule import Points
from tests.executions import all_executions
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


def ends(program: Program, points: Points) -> set[str] | None:
    """Return all final states there are; None if there are too many executions."""
    judge, found = Judge(program), set()
    for number, outcome in enumerate(all_executions(program, points, MAX_STEPS)):
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
