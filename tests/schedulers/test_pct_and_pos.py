"""PCT and POS: what their papers say of them, on programs small enough to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import UsageError
from runner.schedulers import PctScheduler, PosScheduler, make_scheduler

RACE = 'resources: {c: {kind: var, value: 0}}\nthreads: {t: {count: 3, do: [{set: {c: "${c + 1}"}}, {set: {c: "${c + 1}"}}]}}'
DEEP = (
    "resources: {x: {kind: var, value: 0}, y: {kind: var, value: 0}}\n"
    "threads: {a: {do: [{set: {x: 1}}, {set: {x: 2}}]}, b: {do: [{if: {test: x == 1, then: [{set: {y: 1}}]}}]}}"
)
"""`y` is 1 only if b goes between a's two writes."""


@pytest.mark.parametrize("policy", ["pct:1", "pct:3", "pos"])
def test_same_seed_same_schedule(run_text: Callable[..., Any], policy: str) -> None:
    """A seed says it all."""
    first, again, other = (run_text(RACE, policy, seed).schedule.ranks for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_a_depth_of_one_only_orders_threads(run_text: Callable[..., Any]) -> None:
    """Without a fall nobody is taken the turn from once it has it, so each thread's increments are of one piece."""
    assert {run_text(RACE, "pct:1", seed).trace.footer.vars["c"] for seed in range(30)} == {6}


def test_depth_two_finds_what_needs_one_switch(run_text: Callable[..., Any]) -> None:
    """It does so with the probability that was promised, 1/(n·k), and more: here often."""
    times = sum(run_text(DEEP, scheduler=PctScheduler(2, seed, steps=8)).trace.footer.vars["y"] for seed in range(200))
    assert times >= 200 / (3 * 8)


def test_pos_is_more_even_than_a_random_walk(run_text: Callable[..., Any]) -> None:
    """A long thread is not always overtaken in its first steps."""
    text = "resources: {x: {kind: var, value: 0}}\nthreads: {long: {do: [" + "{set: {x: 1}}, " * 8 + "]}, short: {do: [{set: {x: 2}}]}}"

    def last_is_short(make: Callable[[int], Any]) -> int:
        return Counter(run_text(text, scheduler=make(seed)).trace.footer.vars["x"] for seed in range(300))[2]

    assert last_is_short(PosScheduler) > 2 * last_is_short(lambda seed: make_scheduler("random", seed))


@pytest.mark.parametrize("policy", ["pct:0", "pct:x", "pct:", "pos:2", "fifo:1", "random:3", "pct:1001"])
def test_bad_numbers(policy: str) -> None:
    """Only pct takes a number, and a sensible one."""
    with pytest.raises(UsageError, match="pct"):
        make_scheduler(policy, 1)


def test_a_depth_may_be_left_out() -> None:
    """It is 3 then."""
    assert make_scheduler("pct", 1).spec == "pct:3"
