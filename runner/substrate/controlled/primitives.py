"""Our `_thread`: what blocks or starts a thread, on the kernel's terms. Everything else is the real module's.

Only the low-level pieces are here. Conditions, semaphores, events, barriers and queues are the standard library's own
Python code on top of these; the RLock is the standard library's own too (its pure-Python one).
"""

from __future__ import annotations

import _thread as real
import types
from collections.abc import Callable
from typing import Any, ClassVar

from runner.errors import InternalError
from runner.substrate.controlled.kernel import Kernel
from runner.substrate.controlled.tasks import Task


class Running:
    """The one reference through which a set of loaded modules finds the kernel of the run in progress.

    Each set has its own: a thread that hung in an earlier run keeps the set that it had, and finds its own, ended kernel there.
    """

    __slots__ = ("kernel",)

    def __init__(self) -> None:
        self.kernel: Kernel | None = None

    def now(self) -> Kernel:
        """Return the kernel of the run in progress."""
        if self.kernel is None:
            raise InternalError("a thread of the controlled substrate moved outside of a run")
        return self.kernel


MAIN_IDENT = 1


def _check_timeout(blocking: bool, timeout: float) -> None:
    """Check a timeout as `_thread.lock.acquire` does, with its messages."""
    if not blocking:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > real.TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class Lock:
    """`_thread.lock`. Releasing enables every waiter; the first to run takes it and disables the rest.

    So a blocked acquire is enabled exactly while the lock is free, which is what schedulers and explorers reason about,
    and no thread has a claim on a lock before it runs: barging is possible, as in CPython.
    """

    __slots__ = ("__weakref__", "_locked", "label", "owner", "owner_op", "waiters")
    running: ClassVar[Running]

    def __init__(self) -> None:
        self._locked = False
        self.waiters: list[Task] = []
        self.label: str | None = None
        self.owner: Task | None = None
        self.owner_op: Any = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire the lock; see `threading.Lock.acquire`."""
        if timeout != -1:
            _check_timeout(blocking, timeout)
        kernel = self.running.kernel
        if kernel is None:  # while the modules are being loaded, or one is used between runs
            if self._locked and blocking:
                raise InternalError("a lock of the controlled substrate would block outside of a run")
            free, self._locked = not self._locked, True
            return free
        if kernel.sync:
            kernel.preempt()
        if self._locked:
            if not blocking or timeout == 0:
                return False
            limit = None if timeout == -1 else kernel.nanoseconds(timeout)
            if limit == 0:
                return False
            while self._locked:
                if not kernel.park(self, limit):
                    return False
        self._locked = True
        self.owner = me = kernel.current
        self.owner_op = me.op
        if self.waiters:
            kernel.disable(self.waiters)
        if kernel.order is not None:
            kernel.order.takes(me, self)
        return True

    __enter__ = acquire
    acquire_lock = acquire

    def release(self) -> None:
        """Release the lock; any thread may.

        Raises:
            RuntimeError: it is not locked.
        """
        kernel = self.running.kernel
        if not self._locked:
            if kernel is not None and kernel.unwinding:  # its `with` was left half-way
                return
            raise RuntimeError("release unlocked lock")
        try:
            if kernel is not None and kernel.sync and not kernel.unwinding:
                kernel.preempt()
        finally:  # also when the run ends right here: locks of the loaded modules outlive it
            if kernel is not None and kernel.order is not None:
                kernel.order.gives(kernel.current, self)
            self._locked = False
            self.owner = None
            if self.waiters and kernel is not None:
                kernel.enable(self.waiters)

    release_lock = release

    def __exit__(self, *_: object) -> None:
        self.release()

    def locked(self) -> bool:
        """Return whether it is held."""
        return self._locked

    locked_lock = locked

    def _at_fork_reinit(self) -> None:
        self.__init__()  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"<{'locked' if self._locked else 'unlocked'} lock {self.label or ''}>"


class Completion:
    """What threads wait for when they join a task. Free for all, and for ever, once the task has ended."""

    __slots__ = ("__weakref__", "done", "label", "owner", "owner_op", "waiters")
    running: ClassVar[Running]

    def __init__(self) -> None:
        self.done = False
        self.waiters: list[Task] = []
        self.label: str | None = None
        self.owner: Task | None = None
        self.owner_op: Any = None

    def attach(self, task: Task) -> None:
        """Complete when `task` ends."""
        self.owner = task
        task.exit_hooks.append(self.complete)

    def complete(self) -> None:
        """Let everybody who waits go on."""
        kernel = self.running.kernel
        if kernel is not None and kernel.order is not None:
            kernel.order.gives(kernel.current, self)
        self.done = True
        self.owner = None
        if kernel is not None:
            kernel.enable(self.waiters)

    def wait(self, timeout: float | None) -> bool:
        """Wait for the end, `timeout` seconds at the most; return whether it has come."""
        kernel = self.running.now()
        if kernel.sync:
            kernel.preempt()
        limit = None if timeout is None or self.done else kernel.nanoseconds(timeout) if timeout > 0 else 0
        while not self.done:
            if (limit == 0 or not kernel.park(self, limit)) and not self.done:
                return False
        return self.seen()

    def seen(self) -> bool:
        """Return whether the end has come: who sees that comes after it."""
        kernel = self.running.kernel
        if self.done and kernel is not None and kernel.order is not None:
            kernel.order.takes(kernel.current, self)
        return self.done


class Sentinel(Completion):
    """The lock that `threading` up to 3.12 keeps for each thread: held while it lives, acquired in order to join it.

    Unlike a lock it stays free once released, so that all joiners are enabled together, as `_ThreadHandle` has it from 3.13 on:
    traces must not depend on the version.
    """

    __slots__ = ("_armed",)

    def __init__(self) -> None:
        super().__init__()
        self._armed = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Arm it (the thread itself, at first), or wait for the thread's end."""
        if not self._armed:
            self._armed = True
            return True
        if self.done or not blocking:
            return self.seen()
        return self.wait(None if timeout == -1 else timeout)

    def release(self) -> None:
        """Do nothing: only the thread's end frees it."""

    def locked(self) -> bool:
        """Return whether the thread lives."""
        return self._armed and not self.done  # `threading` asks this of all threads in each, which orders nothing

    def _at_fork_reinit(self) -> None:
        self._armed = False


class ThreadHandle(Completion):
    """`_thread._ThreadHandle` of 3.13 and later."""

    __slots__ = ("ident",)

    def __init__(self) -> None:
        super().__init__()
        self.ident: int | None = None

    def is_done(self) -> bool:
        """Return whether the thread has ended."""
        return self.seen()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread to end; `timeout` None or negative waits without end."""
        self.wait(None if timeout is not None and timeout < 0 else timeout)

    def _set_done(self) -> None:
        self.done = True


REMOVED = ("RLock",)
"""Without it `threading` falls back to its own pure-Python RLock, on our Lock."""


def make_module(running: Running) -> types.ModuleType:
    """Build the module: the real one's names, with ours in place of those the running version has."""
    lock: Any = type("lock", (Lock,), {"__slots__": (), "running": running})
    sentinel: Any = type("lock", (Sentinel,), {"__slots__": (), "running": running})
    thread_handle: Any = type("_ThreadHandle", (ThreadHandle,), {"__slots__": (), "running": running})

    def start_new_thread(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, /) -> int:
        """Start a task; see `_thread.start_new_thread`."""
        kernel = running.now()
        if kernel.sync:
            kernel.preempt()
        return kernel.spawn(function, args, kwargs or {}).serial

    def start_joinable_thread(function: Callable[[], Any], *, handle: Any = None, daemon: bool = True) -> ThreadHandle:
        """Start a task with a handle to join it by; see `_thread.start_joinable_thread`."""
        kernel = running.now()
        if kernel.sync:
            kernel.preempt()
        joinable: ThreadHandle = handle or thread_handle()

        def run() -> None:
            # From inside: the task must have its handle before it first hands on control.
            joinable.ident = kernel.current.serial
            joinable.attach(kernel.current)
            function()

        kernel.spawn(run, (), {})
        return joinable

    def make_thread_handle(ident: int) -> ThreadHandle:
        """Make the handle of a thread that `threading` did not start: the main one."""
        handle: ThreadHandle = thread_handle()
        handle.ident = ident
        return handle

    def set_sentinel() -> Sentinel:
        """Return the running task's sentinel; see `_thread._set_sentinel` of 3.12 and earlier."""
        made: Sentinel = sentinel()
        if running.kernel is not None:
            made.attach(running.kernel.current)
        return made

    def get_ident() -> int:
        """Return the running task's serial number; 1 is main."""
        kernel = running.kernel
        return MAIN_IDENT if kernel is None else kernel.current.serial

    replaced: dict[str, Any] = {
        "allocate_lock": lock,
        "allocate": lock,
        "LockType": lock,
        "lock": lock,
        "start_new_thread": start_new_thread,
        "start_new": start_new_thread,
        "start_joinable_thread": start_joinable_thread,
        "_ThreadHandle": thread_handle,
        "_make_thread_handle": make_thread_handle,
        "_set_sentinel": set_sentinel,
        "get_ident": get_ident,
        "_get_main_thread_ident": lambda: MAIN_IDENT,
    }
    module = types.ModuleType("_thread", real.__doc__)
    for name, value in vars(real).items():
        if not name.startswith("__") and name not in REMOVED:
            setattr(module, name, replaced.get(name, value))
    return module
