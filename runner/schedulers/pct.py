"""Probabilistic concurrency testing: threads have priorities at random, and the leader loses its own a few times.

Burckhardt, Kothari, Musuvathi and Nagarakatte (ASPLOS 2010): with n threads and k steps, a bug that needs d ordering constraints is found
by one run with a probability of at least 1/(n·k^(d-1)).
"""

from __future__ import annotations

import random

from runner.program.schedule import SchedulingPoint

STEPS = 100
"""How many choices a run is taken to have where nobody knows."""


class PctScheduler:
    """The enabled thread with the highest priority goes; at `depth` - 1 of `steps` steps the one that would go becomes the lowest."""

    def __init__(self, depth: int, seed: int = 0, steps: int = STEPS) -> None:
        self.spec = f"pct:{depth}"
        self.seed: int | None = seed
        self._random = random.Random(seed).random
        self._falls = sorted(int(self._random() * steps) for _ in range(depth - 1))
        self._priorities: dict[str, float] = {}
        self._made = 0

    def choose(self, point: SchedulingPoint) -> int:
        """Choose the highest priority, once those whose time it is have fallen."""
        priorities = self._priorities
        for task in point.enabled:
            if task.name not in priorities:
                priorities[task.name] = 1 + self._random()
        names = [task.name for task in point.enabled]
        while self._falls and self._made >= self._falls[0]:
            self._falls.pop(0)
            priorities[max(names, key=priorities.__getitem__)] = len(self._falls) / 1e6
        self._made += 1
        return names.index(max(names, key=priorities.__getitem__))
