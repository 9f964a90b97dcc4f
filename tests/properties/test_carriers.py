"""Greenlets and threads are the same to a program: not one byte of a trace tells on which it ran.

Over the whole gallery here; over random scenarios in test_random_programs.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner.compiler import compile_cases
from runner.errors import ScenarioError
from runner.interpreter import execute
from runner.program.schedule import Points, Schedule
from runner.schedulers import ReplayScheduler, make_scheduler
from runner.substrate import CarrierPool, ControlledSubstrate, GreenletPool
from runner.trace import encode

SCENARIOS = Path(__file__).parents[2] / "scenarios"
WAYS: list[tuple[int | None, dict[str, Any]]] = [
    (None, {}),
    (0, {}),
    (1, {"sync": True}),
    (2, {"points": Points.ENDS}),
    (3, {"points": Points.ANY}),
    (4, {"points": Points.ANY, "sync": True}),
]
"""Seed and where the scheduling points are."""


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_gallery_is_the_same_on_both(path: Path) -> None:
    """Each case, in each way: the same trace, the same token, and each's token replayed on the other."""
    try:
        programs = compile_cases(path)
    except ScenarioError:
        pytest.skip("this Python's standard library lacks what the scenario uses")
    with CarrierPool() as threads, GreenletPool() as greenlets:
        for program in programs:
            for seed, options in WAYS:

                def run(pool: Any, scheduler: Any, program: Any = program, options: Any = options) -> tuple[str, str]:
                    substrate = ControlledSubstrate(scheduler, max_steps=3000, pool=pool, **options)
                    outcome = execute(program, substrate, policy=scheduler.spec, seed=scheduler.seed)
                    assert outcome.schedule is not None
                    return encode(outcome.trace), outcome.schedule.token()

                expected = run(threads, make_scheduler(None, seed))
                assert run(greenlets, make_scheduler(None, seed)) == expected
                schedule = Schedule.from_token(expected[1])
                assert run(greenlets, ReplayScheduler(schedule)) == expected
                assert run(threads, ReplayScheduler(schedule)) == expected
