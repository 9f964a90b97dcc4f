"""The random walk: every enabled thread is as likely, at every point."""

from __future__ import annotations

import random

from runner.program.schedule import SchedulingPoint


class RandomScheduler:
    """A uniform choice at each point, from a seeded generator.

    Only `Random.random()` is used: its sequence for a seed is guaranteed across Python versions, `randrange`'s is not.
    """

    spec = "random"

    def __init__(self, seed: int = 0) -> None:
        self.seed: int | None = seed
        self._random = random.Random(seed).random

    def choose(self, point: SchedulingPoint) -> int:
        """Choose any rank."""
        return int(self._random() * len(point.enabled))
