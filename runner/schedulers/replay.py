"""Make the choices of a recorded schedule again."""

from __future__ import annotations

from runner.errors import ReplayError
from runner.program.schedule import Schedule, SchedulingPoint


class ReplayScheduler:
    """Answer with the ranks of a schedule, then as fifo does.

    Where it is not `strict`, a rank that there is no thread for is answered as fifo would. Its `spec` and `seed` are the original's,
    so the replayed trace is the same bytes, header included.
    """

    def __init__(self, schedule: Schedule, *, strict: bool = True) -> None:
        self.spec = schedule.policy
        self.seed = schedule.seed
        self._ranks = iter(schedule.ranks)
        self._made = 0
        self._strict = strict

    def choose(self, point: SchedulingPoint) -> int:
        """Choose the next recorded rank.

        Raises:
            ReplayError: it is strict, and fewer threads are enabled than when the schedule was made: it is another program's.
        """
        rank = next(self._ranks, 0)
        self._made += 1
        if rank >= len(point.enabled):
            if not self._strict:
                return 0
            raise ReplayError(
                f"the token does not fit: choice {self._made} wants thread {rank + 1} of those enabled, "
                f"and there are {len(point.enabled)}; was it made for another version of the scenario, or other parameters?"
            )
        return rank
