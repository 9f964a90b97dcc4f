"""Partial order sampling: ops have priorities at random, and those that race with what was just done get new ones.

Yuan, Yang and Gu (CAV 2018): it samples partial orders far more evenly than a random walk, which is bound to alternate all the time.
"""

from __future__ import annotations

import random

from runner.program.ops import Access
from runner.program.schedule import Candidate, SchedulingPoint


class PosScheduler:
    """The op with the highest priority goes; others on the same resource then draw again, unless both only read."""

    spec = "pos"

    def __init__(self, seed: int = 0) -> None:
        self.seed: int | None = seed
        self._random = random.Random(seed).random
        self._priorities: dict[str, float] = {}

    def choose(self, point: SchedulingPoint) -> int:
        """Choose the highest priority."""
        priorities = self._priorities
        for task in point.enabled:
            if task.name not in priorities:
                priorities[task.name] = self._random()
        chosen = max(range(len(point.enabled)), key=lambda rank: priorities[point.enabled[rank].name])
        ahead = point.enabled[chosen]
        for task in point.enabled:
            if task is ahead or _race(ahead, task):
                priorities.pop(task.name)
        return chosen


def _race(one: Candidate, other: Candidate) -> bool:
    if one.op is None or other.op is None or one.target != other.target:
        return False
    return Access.WRITE in (one.op.access, other.op.access) and Access.NONE not in (one.op.access, other.op.access)
