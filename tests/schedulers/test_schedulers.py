"""Policies: what each answers at a scheduling point."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import ReplayError, UsageError
from runner.program.schedule import Schedule, SchedulingPoint
from runner.schedulers import FifoScheduler, RandomScheduler, ReplayScheduler, make_scheduler
from runner.trace import encode

RACE = """
    resources: {x: {kind: var, value: 0}}
    threads:
      worker: {count: 3, do: [{set: {x: "${x + 1}"}}]}
"""


def point(enabled: int) -> SchedulingPoint:
    """A scheduling point with so many enabled threads."""
    made = SchedulingPoint()
    made.enabled = [None] * enabled  # type: ignore[list-item]
    made.running = True
    made.now = 0
    return made


def test_fifo_always_chooses_the_first() -> None:
    """The running thread goes on, or the one that has been ready longest."""
    assert [FifoScheduler().choose(point(n)) for n in (2, 3, 9)] == [0, 0, 0]


def test_random_uses_only_the_guaranteed_sequence() -> None:
    """The choices of a seed are those of Random.random(), which no Python version may change."""
    scheduler, reference = RandomScheduler(42), random.Random(42)
    sizes = [2, 3, 4, 5, 2, 7] * 20
    assert [scheduler.choose(point(n)) for n in sizes] == [int(reference.random() * n) for n in sizes]


def test_random_reaches_every_rank() -> None:
    """No enabled thread is left out for ever."""
    scheduler = RandomScheduler(0)
    assert {scheduler.choose(point(5)) for _ in range(200)} == set(range(5))


def test_replay_goes_on_as_fifo() -> None:
    """Behind the recorded ranks come zeros, which tokens leave out."""
    scheduler = ReplayScheduler(Schedule("random", 3, "00000000", (1, 0, 2)))
    assert [scheduler.choose(point(3)) for _ in range(5)] == [1, 0, 2, 0, 0]


def test_replay_refuses_a_rank_that_does_not_exist() -> None:
    """A recorded choice among three does not fit where two are enabled."""
    scheduler = ReplayScheduler(Schedule("random", 3, "00000000", (0, 2)))
    scheduler.choose(point(2))
    with pytest.raises(ReplayError, match="choice 2 wants thread 3 of those enabled, and there are 2"):
        scheduler.choose(point(2))


@pytest.mark.parametrize(
    ("policy", "seed", "spec", "made_with"),
    [
        (None, None, "fifo", None),
        (None, 5, "random", 5),
        ("random", None, "random", 0),
        ("random", 9, "random", 9),
        ("fifo", None, "fifo", None),
    ],
)
def test_make_scheduler(policy: str | None, seed: int | None, spec: str, made_with: int | None) -> None:
    """Without a policy a seed means random, and no seed means fifo."""
    scheduler = make_scheduler(policy, seed)
    assert (scheduler.spec, scheduler.seed) == (spec, made_with)


def test_fifo_takes_no_seed() -> None:
    """A seed that would change nothing is refused, not ignored."""
    with pytest.raises(UsageError, match="leave out the seed"):
        make_scheduler("fifo", 3)


def test_an_unknown_policy_is_a_usage_error() -> None:
    """A misspelt policy is named, with the one that is meant."""
    with pytest.raises(UsageError, match="did you mean 'random'"):
        make_scheduler("radnom")


@pytest.mark.parametrize("seed", range(5))
def test_a_replayed_run_is_the_same_bytes(run_text: Callable[..., Any], seed: int) -> None:
    """The token of a random run gives its trace again, header included."""
    first = run_text(RACE, "random", seed)
    again = run_text(RACE, scheduler=ReplayScheduler(Schedule.from_token(first.schedule.token())))
    assert encode(again.trace) == encode(first.trace)
    assert again.schedule.token() == first.schedule.token()


def test_a_token_for_another_program_is_a_replay_error(run_text: Callable[..., Any], no_leak: None) -> None:
    """A rank that the program does not offer ends the run with a ReplayError, and leaves no thread behind."""
    with pytest.raises(ReplayError, match="does not fit"):
        run_text(RACE, scheduler=ReplayScheduler(Schedule("random", 1, "00000000", (7,))))
