"""Keep a thread that only looks, again and again, from keeping all others waiting."""

from __future__ import annotations

from runner.program.schedule import Scheduler, SchedulingPoint

PATIENCE = 1000
"""So often in a row, at one moment of the clock, the running thread may be chosen while others could go."""


class FairScheduler:
    """Do as another policy says, but let another thread go where the running one has been chosen too often in a row.

    A loop such as `while not lock.acquire(blocking=False): pass` would never end under `fifo`.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.spec = scheduler.spec
        self._inner = scheduler
        self._chosen = (0, -1)
        self._times = 0

    @property
    def seed(self) -> int | None:
        """The seed of the policy inside."""
        return self._inner.seed

    def choose(self, point: SchedulingPoint) -> int:
        """Choose as the policy inside does, unless it has chosen the running thread too often."""
        rank = self._inner.choose(point)
        chosen = (point.enabled[rank].serial, point.now)
        self._times = self._times + 1 if point.running and rank == 0 and chosen == self._chosen else 0
        self._chosen = chosen
        if self._times >= PATIENCE:
            self._times = 0
            return 1
        return rank
