"""The calm policy: the running thread goes on until it blocks or ends, then the one that has been ready longest."""

from __future__ import annotations

from runner.program.schedule import SchedulingPoint


class FifoScheduler:
    """Always the first of the enabled threads. No preemptions, so it gives the calmest traces; goldens are made with it."""

    spec = "fifo"
    seed: int | None = None

    def choose(self, point: SchedulingPoint) -> int:
        """Choose rank 0."""
        return 0
