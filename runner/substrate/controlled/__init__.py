"""The controlled substrate: one thread moves at a time, a scheduler says which, and time is virtual.

The caller is the *host*: it starts the main task, then waits until control comes back; on threads it watches the wall clock meanwhile.
Whatever ended the run, it unwinds what is left before it returns.
"""

from __future__ import annotations

import _thread
import os
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from runner.errors import InternalError, UsageError
from runner.limits import DEFAULT
from runner.program.schedule import Points, Scheduler
from runner.substrate.contract import BlockHook, Ending, Verdict
from runner.substrate.controlled.anytime import AnyTimeKernel
from runner.substrate.controlled.carriers import CarrierPool
from runner.substrate.controlled.greenlets import GreenletPool
from runner.substrate.controlled.kernel import Kernel
from runner.substrate.controlled.stdlib import OwnModules, forget, load, reset
from runner.substrate.controlled.tasks import Carriers, Pool, Task
from runner.substrate.memory import Memory
from runner.substrate.process import frames

if TYPE_CHECKING:
    from runner.program.ops import Op

DEFAULT_WALL_LIMIT = 10.0
"""Seconds of wall time without a step after which a run counts as hung."""

LOOKS = 4
"""How often the host looks within the wall limit."""

_PATIENCE = 2.0
"""Wall seconds that a thread is given to unwind, or to notice Ctrl-C."""
_INTERRUPTIONS = 100
"""How often Ctrl-C may break in on that."""

_lock: tuple[int, Any] = (0, None)


def _one_run() -> Any:
    """Return the lock that keeps runs of one process apart; a forked child has its own."""
    global _lock
    process = os.getpid()
    if _lock[0] != process:
        _lock = (process, _thread.allocate_lock())
    return _lock[1]


class ControlledSubstrate:
    """One deterministic run under a scheduler.

    `sync` makes every low-level lock operation, start and sleep a scheduling point, besides each step's own op. `points` says where
    scheduling points are otherwise. Many runs in a row may share a `pool` of threads, or one of greenlets, on which they do
    the same in less time; a run without one is on threads, and leaves none behind. `modules` are those that all runs share,
    if none are given.
    """

    controlled = True

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        max_steps: int = DEFAULT.steps,
        max_memory: int = DEFAULT.memory,
        wall_limit: float = DEFAULT_WALL_LIMIT,
        pin: bool = True,
        sync: bool = False,
        points: Points = Points.STEPS,
        pool: Pool | None = None,
        modules: OwnModules | None = None,
    ) -> None:
        self.modules: OwnModules = modules or load()
        self._shared = modules is None
        self._carriers: Carriers = (CarrierPool(keep=False) if pool is None else pool).carriers(pin=pin)
        self.points = points
        kernel = AnyTimeKernel if points is Points.ANY else Kernel
        self._memory = Memory(max_memory)
        ends = points is not Points.STEPS
        self.kernel = kernel(scheduler.choose, self._carriers, max_steps, self._memory.grown, sync=sync, ends=ends)
        self.listening = False
        self._wall_limit = wall_limit
        # Bound methods, so that the hot ones cost one call.
        self.checkpoint: Callable[[Op, str | None], None] = self.kernel.checkpoint
        self.before_end: Callable[[], None] = self.kernel.before_end
        self.before_work: Callable[[], None] = self.kernel.before_work
        self.intend: Callable[[Op, str | None], None] = self.kernel.intend
        self.stop: Callable[[Verdict], NoReturn] = self.kernel.stop
        self.abort: Callable[[BaseException], NoReturn] = self.kernel.abort
        self.tick: Callable[[], None] = self.kernel.tick

    @property
    def over(self) -> bool:
        """Whether the run has ended, and whatever still moves is being unwound."""
        return self.kernel.unwinding

    def enter(self, name: str) -> None:
        """Name the running thread."""
        self.kernel.current.name = name

    def running(self) -> str:
        """Return the running thread's name."""
        return self.kernel.current.name

    def label(self, lock: Any, name: str) -> None:
        """Name a lock; an RLock's is the lock inside it."""
        getattr(lock, "_block", lock).label = name

    def now(self) -> int:
        """Return virtual nanoseconds since the run began."""
        return self.kernel.now

    def wall(self, seconds: float) -> float:
        """Return `seconds`: the modules' clock is the program's."""
        return seconds

    def daemonic(self, declared: bool) -> bool:
        """Return the flag as declared: the second `threading` is never waited for at exit."""
        return declared

    def again(self, scheduler: Scheduler) -> bool:
        """Be as new, for a run under another scheduler: that costs less than a new substrate. False where a run has left a thread."""
        if (self._shared and load() is not self.modules) or self.kernel.left():
            return False
        self.kernel.begin(scheduler.choose)
        self._memory.forget()
        return True

    def run(self, main: Callable[[], None], on_block: BlockHook) -> Ending:
        """Run `main` as the main thread until the run ends.

        Raises:
            InternalError: another controlled run is in progress in this process, or a bug of ours came up.
            RunnerError: whatever the scheduler raised, such as a replayed token that does not fit.
        """
        kernel = self.kernel
        if kernel.tasks:
            raise InternalError("a substrate serves one run only, unless it is made ready again")
        one_run = _one_run()
        if not one_run.acquire(blocking=False):
            raise InternalError("a controlled run is already in progress in this process")
        try:
            reset(self.modules, sync=kernel.sync)
            kernel.on_block = on_block
            self.modules.running.kernel = kernel
            self._carriers.begin(self._interrupted)
            return self._run(main)
        finally:
            try:
                self._carriers.end()
            finally:
                if kernel.left():
                    forget(self.modules)  # whatever still moves finds the ended kernel there
                else:
                    self.modules.running.kernel = None
                one_run.release()

    def _run(self, main: Callable[[], None]) -> Ending:
        kernel = self.kernel
        stack = None
        try:
            kernel.spawn(main, (), {})
            if not self._watch():
                kernel.conclude(Verdict.HUNG)
                stack = self._stack_of(kernel.current)
        except BaseException as error:  # Ctrl-C, or whatever a signal handler raises
            self._interrupted(error)
            self._wait_out()
        verdict, blocked, now, steps = kernel.verdict, kernel.blocked(), kernel.now, kernel.steps
        self._unwind()
        if kernel.crash is not None:
            raise kernel.crash
        verdict = Verdict.INTERRUPTED if kernel.verdict is Verdict.INTERRUPTED else verdict
        if verdict is None:
            raise InternalError("a run ended without a verdict")
        return Ending(verdict, now, min(steps, kernel.max_steps), tuple(kernel.ranks), blocked, stack)

    def _interrupted(self, error: BaseException) -> None:
        """Note what broke in: Ctrl-C ends the run, at its next step, and anything else is raised then, once it is unwound."""
        if isinstance(error, KeyboardInterrupt):
            self.kernel.verdict = Verdict.INTERRUPTED
        else:
            self.kernel.crash = error
        self.kernel.limit = -1

    def _wait_out(self) -> bool:
        """Wait for control to come back, whatever breaks in meanwhile; False when it does not within a bounded time."""
        for _ in range(_INTERRUPTIONS):
            try:
                return self._carriers.wait_in_host(_PATIENCE)
            except BaseException as error:
                self._interrupted(error)
        return False

    def _watch(self) -> bool:
        """Sleep until control comes back; False when no step was made for as long as the wall limit."""
        steps, idle = -1, 0
        while not self._carriers.wait_in_host(self._wall_limit / LOOKS):
            idle = idle + 1 if self.kernel.steps == steps and not self.listening else 0
            if idle == LOOKS:
                return False
            steps = self.kernel.steps
        return True

    def _unwind(self) -> None:
        """Resume every task that has not ended, one at a time, so that its `finally` blocks run and its carrier ends."""
        kernel = self.kernel
        kernel.on_block = None
        kernel.unwinding = True
        kernel.limit = -1
        if not self._carriers.host_has_control and kernel.tasks:
            kernel.current.lost = True  # it hangs, and holds the control that it was given
        for task in kernel.tasks:
            if task.finished or task.lost or task.carrier is None:
                continue
            kernel.current = task
            self._carriers.resume_from_host(task)
            task.lost = not self._wait_out()

    def _stack_of(self, task: Task) -> str | None:
        frame = frames().get(task.native)
        return None if frame is None else "".join(traceback.format_stack(frame))


def quickest_pool(*, threads: bool = False) -> GreenletPool | CarrierPool:
    """Make a pool for many runs: of greenlets where they are installed, else, or if wanted, of threads, which take three times as long.

    Python code that a scenario calls wants threads: it may block for real, which only a host beside it sees, or keep data a thread.
    """
    if threads:
        return CarrierPool()
    try:
        return GreenletPool()
    except UsageError:
        return CarrierPool()


__all__ = ["DEFAULT_WALL_LIMIT", "CarrierPool", "ControlledSubstrate", "GreenletPool", "Pool", "quickest_pool"]
