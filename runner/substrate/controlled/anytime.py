"""A kernel on which time orders nothing: a sleep or a timeout may end at any moment after it began.

On real threads it is so: how long a step takes nobody knows, so what sleeps seem to order is no order that one may rely on. Every
execution under virtual deadlines is one here as well, and so is everything that real threads can do.

Each task has a clock of its own, which its own waits move. A common one would let the end of one wait cut short another, which is the
standard library's doing: it asks the clock how much of a timeout is left.
"""

from __future__ import annotations

from collections.abc import Callable

from runner.program.schedule import SchedulingPoint
from runner.substrate.controlled.kernel import Kernel
from runner.substrate.controlled.tasks import Task


class AnyTimeKernel(Kernel):
    """Waits with a deadline are choices: behind the enabled tasks the scheduler is offered those whose wait may end, oldest wait first.

    It is for kernels that have scheduling points at ends, too: what a task did last and that it is gone are two things to see.
    """

    def begin(self, choose: Callable[[SchedulingPoint], int]) -> None:
        """Be as new; see `Kernel.begin`."""
        super().begin(choose)
        self._clocks: dict[Task, int] = {}

    def preempt(self) -> None:
        """Let a scheduler choose, the running task staying enabled."""
        me = self.current
        if me.starter is not None:
            super().preempt()
            return
        self.tick()
        waiting = self._waiting()
        if not self.ready and not waiting and not self.watched:
            return
        self.point.late = len(waiting)
        rank = self._choose([me, *self.ready, *waiting], True)
        if rank:
            self._stand_back(me, self._take(rank - 1, waiting))

    def monotonic(self) -> float:
        """Return the running task's seconds: how long it has waited in all."""
        return self._clocks.get(self.current, 0) / 1e9 + self.skew

    def _after(self, me: Task) -> Task | None:
        if me.starter is not None:
            return super()._after(me)
        waiting = self._waiting()
        self.point.late = len(waiting)
        choices = len(self.ready) + len(waiting)
        if not choices:
            return None
        return self._take(self._choose([*self.ready, *waiting], False) if choices > 1 or self.watched else 0, waiting)

    def _waiting(self) -> list[Task]:
        """Return the tasks that only a deadline could let go on, oldest wait first."""
        live = [(serial, task) for _, serial, task in self.timers if task.timer == serial and not task.enabled]
        return [task for _, task in sorted(live, key=lambda each: each[0])]

    def _take(self, rank: int, waiting: list[Task]) -> Task:
        if rank < len(self.ready):
            other = self.ready.pop(rank)
        else:
            other = waiting[rank - len(self.ready)]
            length = next(length for length, serial, task in self.timers if serial == other.timer)  # `now` stands at 0
            self._clocks[other] = self._clocks.get(other, 0) + length
            other.timer = 0
            other.timed_out = True
        other.enabled = False
        if len(self.timers) > 2 * len(self.tasks) + 16:
            self.timers = [entry for entry in self.timers if entry[2].timer == entry[1]]
        return other
