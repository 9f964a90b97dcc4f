"""Let somebody hear of each choice as it is made: what they have heard is there also when the process is gone before the run is over."""

from __future__ import annotations

from collections.abc import Callable

from runner.program.schedule import Scheduler, SchedulingPoint


class OverheardScheduler:
    """Chooses as another scheduler does, whose `spec` and `seed` it has, and tells each rank of a real choice before it is acted on."""

    def __init__(self, scheduler: Scheduler, hear: Callable[[int], None]) -> None:
        self.spec = scheduler.spec
        self.seed = scheduler.seed
        self._scheduler = scheduler
        self._hear = hear

    def choose(self, point: SchedulingPoint) -> int:
        """Choose as the other one."""
        rank = self._scheduler.choose(point)
        if len(point.enabled) > 1:
            self._hear(rank)
        return rank
