"""The kernel: who runs, who waits, what time it is. One per run; it owns every switch of control.

Exactly one carrier runs at a time, so nothing here needs a lock of its own: the running carrier picks the next one and
hands it the baton. The kernel knows tasks, waits and deadlines; it does not know which primitive a wait is for, nor what
a scenario is, nor whether carriers are operating-system threads.

The terms are those of tasks.py; a task is *enabled* when it could go on now.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, NoReturn

from runner.errors import InternalError
from runner.program.schedule import SchedulingPoint
from runner.substrate.contract import Blocked, BlockHook, Unwind, Verdict
from runner.substrate.controlled.tasks import Carriers, Order, Task, Waitable, blocked, holder
from runner.substrate.memory import LOOK_EVERY

if TYPE_CHECKING:
    from runner.program.ops import Op

SMALLEST_SKEW = 2.0**-33
"""Seconds: under half a nanosecond, so that it vanishes when a deadline is rounded; see `Kernel.nanoseconds`."""


class Kernel:
    """State of a run, and of another once `begin` is called again.

    Attributes are read by the primitives on their fast paths; only kernel methods write them.
    """

    def __init__(
        self,
        choose: Callable[[SchedulingPoint], int],
        carriers: Carriers,
        max_steps: int,
        grown: Callable[[], bool],
        *,
        sync: bool = False,
        ends: bool = False,
    ) -> None:
        self.carriers = carriers
        self.max_steps = max_steps
        self.grown = grown  # whether the process has grown beyond its limit
        self.sync = sync  # whether every low-level lock, start and sleep is a scheduling point too
        self.ends = ends  # whether a thread's end is one, and a worker's look for work
        self.point = SchedulingPoint()
        self.begin(choose)

    def begin(self, choose: Callable[[SchedulingPoint], int]) -> None:
        """Be as new, for a run whose choices are made by `choose`."""
        self.choose = choose
        self.limit = min(self.max_steps, LOOK_EVERY)  # the step behind which to look around; -1 stops the running carrier at its next step
        self.steps = 0
        self.now = 0
        self.skew = 0.0
        self.current: Task = None  # type: ignore[assignment]  # set before any task runs
        self.tasks: list[Task] = []
        self.ready: list[Task] = []  # enabled tasks but the running one, longest ready first
        self.timers: list[tuple[int, int, Task]] = []
        self.timer_serial = 0
        self.ranks: list[int] = []
        self.unwinding = False
        self.verdict: Verdict | None = None
        self.crash: BaseException | None = None
        self.on_block: BlockHook | None = None
        self.watched = False  # whether the scheduler is asked even where one task only could go
        self.script: Sequence[int] = ()  # the first answers of the scheduler, which it need not be asked for
        self.asked = 0  # how often it was asked, or would have been
        self.on_end: Callable[[], None] | None = None
        self.order: Order | None = None

    # -- scheduling points ---------------------------------------------------------------------------------------------

    def checkpoint(self, op: Op, target: str | None) -> None:
        """Let a scheduler choose, the running task being about to perform `op`.

        The choice comes *before* the op: afterwards every task stands before a known op, which is what
        partial-order reduction and priority-based policies need to see.
        """
        me = self.current
        me.op = op
        me.target = target
        self.preempt()

    def before_end(self) -> None:
        """Let others go first, the running task being about to end; if not, it ends together with what it did last."""
        if self.ends:
            self.preempt()

    def before_work(self) -> None:
        """Let others go first: another worker may take what there is to do, another thread may still submit something.

        If not, a worker that can have something to do takes it at once.
        """
        if self.ends:
            self.preempt()

    def intend(self, op: Op, target: str | None) -> None:
        """Say what the running task is in the middle of."""
        self.current.op = op
        self.current.target = target

    def preempt(self) -> None:
        """Let a scheduler choose, the running task staying enabled."""
        self.steps += 1
        if self.steps > self.limit:
            self._look()
        me = self.current
        ready = self.ready
        other = me.starter
        if other is not None:  # the first checkpoint of all: no choice, see `spawn`
            me.starter = None
            ready.remove(other)
        elif ready or self.watched:
            asked = self.asked
            if asked < len(self.script) and self.script[asked] <= len(ready):
                self.asked = asked + 1
                rank = self.script[asked]
                if ready:
                    self.ranks.append(rank)
            else:
                rank = self._choose([me, *ready], True)
            if rank == 0:
                return
            other = ready.pop(rank - 1)
        else:
            return
        self._stand_back(me, other)

    def _stand_back(self, me: Task, other: Task) -> None:
        """Hand control to a task that is not in `ready` any more; `me` stays enabled, as the one that has been ready shortest."""
        other.enabled = False
        self.ready.append(me)
        me.enabled = True
        self.current = other
        self.carriers.switch(me, other)
        if self.unwinding:
            raise Unwind

    def _choose(self, enabled: list[Task], running: bool) -> int:
        asked = self.asked
        self.asked = asked + 1
        try:
            if asked < len(self.script):
                rank = self.script[asked]
            else:
                point = self.point
                point.enabled = enabled
                point.now = self.now
                point.running = running
                rank = self.choose(point)
            if not 0 <= rank < len(enabled):
                raise IndexError(f"the scheduler chose rank {rank} of {len(enabled)} enabled threads")
        except BaseException as error:  # a scheduler's mistake must reach the host, not look like the scenario's
            self.abort(error)
        if len(enabled) > 1:
            self.ranks.append(rank)
        return rank

    def abort(self, error: BaseException) -> NoReturn:
        """End the run from the running task because of an error that is not the program's; the host raises it."""
        self.crash = error
        self.unwinding = True
        self.limit = -1
        raise Unwind from error

    def conclude(self, verdict: Verdict) -> None:
        """Say how the run ended; what was said first holds."""
        if self.verdict is None:
            self.verdict = verdict
            if self.on_end is not None:
                self.on_end()

    def tick(self) -> None:
        """Count a step at which nothing can change hands."""
        self.steps += 1
        if self.steps > self.limit:
            self._look()

    def park(self, on: Waitable | None, timeout: int | None) -> bool:
        """Block the running task until `on` enables it (True) or `timeout` nanoseconds have passed (False)."""
        me = self.current
        if self.unwinding or not self.carriers.carries(me):
            raise Unwind
        me.timed_out = False
        me.waiting = on
        if timeout is not None:
            self.timer_serial += 1
            me.timer = self.timer_serial
            heappush(self.timers, (self.now + timeout, self.timer_serial, me))
        if on is not None:
            on.waiters.append(me)
        try:
            if on is not None and self.on_block is not None and me.op is not None:
                self.on_block(me.name, me.op, on.label or me.target, holder(me, on))
            other = self._after(me)
            if other is None:
                self.conclude(Verdict.DEADLOCK)
                self.carriers.to_host(me)
            elif other is not me:
                self.current = other
                self.carriers.switch(me, other)
        finally:
            if on is not None:
                on.waiters.remove(me)
        if self.unwinding:
            raise Unwind
        me.waiting = None
        me.timer = 0
        return not me.timed_out

    def give_way(self) -> None:
        """Let the others go first, the running task staying enabled as the one that has been ready shortest."""
        me = self.current
        if self.unwinding or not self.carriers.carries(me):
            raise Unwind
        me.enabled = True
        self.ready.append(me)
        other = self._after(me)
        if other is not None and other is not me:
            self.current = other
            self.carriers.switch(me, other)
        if self.unwinding:
            raise Unwind

    def _after(self, me: Task) -> Task | None:
        """Choose who goes on now that `me` cannot; None when nobody ever will."""
        starter = me.starter
        if starter is not None:
            me.starter = None
            self.ready.remove(starter)
            starter.enabled = False
            return starter
        ready = self.ready
        if not ready and not self._advance():
            return None
        if len(ready) == 1 and not self.watched:
            other = ready.pop()
        else:
            other = ready.pop(self._choose(ready, False))
        other.enabled = False
        return other

    def _advance(self) -> bool:
        """Jump to the earliest deadline; every task whose deadline that is becomes enabled. False when there is none."""
        timers = self.timers
        while timers:
            deadline, serial, task = heappop(timers)
            if task.timer != serial:
                continue
            if deadline > self.now:
                self.now = deadline
                self.skew = 0.0
            self._expire(task)
            while timers and timers[0][0] == deadline:
                _, serial, task = heappop(timers)
                if task.timer == serial:
                    self._expire(task)
            return True
        return False

    def _expire(self, task: Task) -> None:
        task.timer = 0
        task.timed_out = True
        task.enabled = True
        self.ready.append(task)

    def _look(self) -> None:
        """Look whether the run must end here: the host wants it to stop, or it has reached a limit."""
        if self.unwinding:
            raise Unwind
        if self.steps > self.max_steps:
            self.stop(Verdict.STEP_LIMIT)
        if self.grown():
            self.stop(Verdict.MEMORY_LIMIT)
        self.limit = min(self.max_steps, self.steps + LOOK_EVERY)
        if self.verdict is not None or self.crash is not None:  # the host says so and then lowers the limit: it may do that at any moment
            self.stop(Verdict.STEP_LIMIT)

    def stop(self, verdict: Verdict) -> NoReturn:
        """End the run from the running carrier."""
        if not self.unwinding:
            self.conclude(verdict)
            self.carriers.to_host(self.current)
        raise Unwind

    # -- waking ----------------------------------------------------------------------------------------------------------

    def enable(self, waiters: list[Task]) -> None:
        """What these tasks wait for has become free: each could go on now (the first to do so may take it again)."""
        for task in waiters:
            if not task.enabled:
                task.enabled = True
                self.ready.append(task)

    def disable(self, waiters: list[Task]) -> None:
        """What these tasks wait for has been taken; those whose deadline has passed stay enabled."""
        for task in waiters:
            if task.enabled and not task.timed_out:
                task.enabled = False
                self.ready.remove(task)

    # -- tasks -----------------------------------------------------------------------------------------------------------

    def spawn(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Task:
        """Start a task and run it up to its first checkpoint, then go on here.

        Up to there it does nothing that others could see, so making it a choice would only multiply schedules; and
        `Thread.start`, which waits for the new thread to say that it runs, need not wait.
        """
        parent = self.current
        if self.unwinding or (parent is not None and not self.carriers.carries(parent)):
            raise Unwind
        task = Task(len(self.tasks) + 1, parent)
        self.tasks.append(task)

        if self.order is not None and parent is not None:
            self.order.gives(parent, task)

        def body() -> None:
            try:
                if self.order is not None:
                    self.order.takes(task, task)
                function(*args, **kwargs)
            except (Unwind, SystemExit):
                pass
            except BaseException as error:  # the interpreter catches what scenarios raise, so this is a bug of ours
                if not self.unwinding:
                    self.crash = error
            self._finish(task)

        if parent is not None:
            parent.enabled = True
            self.ready.append(parent)
        self.current = task
        try:
            self.carriers.spawn(task, body, parent)
        except RuntimeError as error:  # the system has no more threads to give
            self.tasks.pop()
            if parent is None:
                raise
            self.ready.remove(parent)
            parent.enabled = False
            self.current = parent
            self.abort(InternalError(f"the system would not start another thread: {error}"))
        if self.unwinding and parent is not None:
            raise Unwind
        return task

    def _finish(self, task: Task) -> None:
        """Leave the carrier of a task that has ended."""
        other: Task | None = None
        try:
            task.finished = True
            for hook in task.exit_hooks:
                hook()
            task.exit_hooks.clear()  # they refer to the task: a cycle for the collector
            if self.unwinding or self.crash is not None:
                pass
            elif task.serial == 1:
                self.conclude(Verdict.COMPLETED)
            else:
                other = self._after(task)
                if other is None:
                    self.conclude(Verdict.DEADLOCK)
                else:
                    self.current = other
        except Unwind:  # the scheduler failed; `crash` says how
            other = None
        self.carriers.leave(task, other)

    def running(self) -> Task | None:
        """Return the task that the caller is; None for a thread that is none of ours, and while the run is being unwound."""
        me = self.current
        return None if me is None or self.unwinding or not self.carriers.carries(me) else me

    def left(self) -> list[Task]:
        """Return the tasks that have not ended."""
        return [task for task in self.tasks if not task.finished]

    def blocked(self) -> tuple[Blocked, ...]:
        """Describe every task that waits, in order of starting."""
        return blocked(self.tasks)

    # -- time ------------------------------------------------------------------------------------------------------------

    def monotonic(self) -> float:
        """Return virtual seconds since the run began."""
        return self.now / 1e9 + self.skew

    def nanoseconds(self, timeout: float) -> int:
        """Round a positive timeout in seconds to whole nanoseconds, 0 only when its end has practically come.

        The standard library computes `endtime = now + timeout` and later `endtime - now` in floats, which can leave
        a remainder of 1e-17 at the deadline. Rounding it up would put dust on the clock, rounding it down would loop
        for ever; so such a wait ends at once, and `monotonic` moves by less than anything that rounding lets through.
        """
        whole = round(timeout * 1e9)
        if whole == 0:
            self.skew += max(SMALLEST_SKEW, math.ulp(self.now / 1e9))
        return whole
