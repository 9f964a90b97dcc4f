"""Policies: who goes next. Each is a screenful; nothing here knows how a thread is carried or what an op does."""

from __future__ import annotations

from collections.abc import Callable

from runner.errors import UsageError, did_you_mean
from runner.program.schedule import Scheduler
from runner.schedulers.fifo import FifoScheduler
from runner.schedulers.overheard import OverheardScheduler
from runner.schedulers.pct import STEPS, PctScheduler
from runner.schedulers.pos import PosScheduler
from runner.schedulers.random import RandomScheduler
from runner.schedulers.replay import ReplayScheduler

POLICIES: dict[str, Callable[[int, int, int], Scheduler]] = {
    "fifo": lambda seed, depth, steps: FifoScheduler(),
    "random": lambda seed, depth, steps: RandomScheduler(seed),
    "pct": lambda seed, depth, steps: PctScheduler(depth, seed, steps),
    "pos": lambda seed, depth, steps: PosScheduler(seed),
}
"""Name → maker from a seed, a depth and how many choices a run is expected to have; the last two only `pct` asks for. `replay` is not
among them: it comes from a token."""

DEFAULT_POLICY = "fifo"
DEFAULT_DEPTH = 3


def make_scheduler(policy: str | None = None, seed: int | None = None) -> Scheduler:
    """Make the scheduler of a policy; without one, `random` when there is a seed and `fifo` when there is none.

    Raises:
        UsageError: there is no such policy, or it takes no seed and one is given.
    """
    policy = policy or (DEFAULT_POLICY if seed is None else "random")
    name, _, depth = policy.partition(":")
    if name not in POLICIES:
        advice = did_you_mean(name, POLICIES) or f"there are {', '.join(POLICIES)}"
        raise UsageError(f"there is no policy {policy!r}; {advice}")
    if ":" in policy and (name != "pct" or not depth.isascii() or not depth.isdigit() or not 1 <= int(depth) <= 1000):
        raise UsageError(f"{policy!r}: only pct takes a depth, as in pct:3, from 1 to 1000")
    scheduler = POLICIES[name](seed or 0, int(depth or DEFAULT_DEPTH), STEPS)
    if seed is not None and scheduler.seed is None:
        raise UsageError(f"the policy {policy} leaves nothing to chance: leave out the seed")
    return scheduler


__all__ = [
    "DEFAULT_DEPTH", "DEFAULT_POLICY", "POLICIES", "FifoScheduler", "OverheardScheduler", "PctScheduler", "PosScheduler", "RandomScheduler",
    "ReplayScheduler", "make_scheduler",
]  # fmt: skip
