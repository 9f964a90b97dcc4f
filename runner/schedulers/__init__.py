"""Policies: who goes next. Each is a screenful; nothing here knows how a thread is carried or what an op does."""

from __future__ import annotations

from collections.abc import Callable

from runner.errors import UsageError, did_you_mean
from runner.program.schedule import Scheduler
from runner.schedulers.fifo import FifoScheduler
from runner.schedulers.random import RandomScheduler
from runner.schedulers.replay import ReplayScheduler

POLICIES: dict[str, Callable[[int], Scheduler]] = {
    "fifo": lambda seed: FifoScheduler(),
    "random": RandomScheduler,
}
"""Name → maker from a seed. `replay` is not among them: it comes from a token."""

DEFAULT_POLICY = "fifo"


def make_scheduler(policy: str | None = None, seed: int | None = None) -> Scheduler:
    """Make the scheduler of a policy; without one, `random` when there is a seed and `fifo` when there is none.

    Raises:
        UsageError: there is no such policy, or it takes no seed and one is given.
    """
    policy = policy or (DEFAULT_POLICY if seed is None else "random")
    if policy not in POLICIES:
        advice = did_you_mean(policy, POLICIES) or f"there are {', '.join(POLICIES)}"
        raise UsageError(f"there is no policy {policy!r}; {advice}")
    scheduler = POLICIES[policy](seed or 0)
    if seed is not None and scheduler.seed is None:
        raise UsageError(f"the policy {policy} leaves nothing to chance: leave out the seed")
    return scheduler


__all__ = ["DEFAULT_POLICY", "POLICIES", "FifoScheduler", "RandomScheduler", "ReplayScheduler", "make_scheduler"]
