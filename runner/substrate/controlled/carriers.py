"""Operating-system threads as carriers: a raw lock each, handed on like a baton, all pinned to one CPU."""

from __future__ import annotations

import _thread
import os
import sys
from collections.abc import Callable
from typing import Any

from runner.substrate.controlled.kernel import Task


class ThreadCarriers:
    """Each task runs on an operating-system thread of its own, and sleeps on a raw lock whenever it is not its turn.

    The host, the thread that called `run`, sleeps on `host` meanwhile and so can watch the wall clock and take Ctrl-C.
    """

    def __init__(self) -> None:
        self.host: Any = _thread.allocate_lock()
        self.host.acquire()
        self._ends: list[Callable[[float], bool]] = []

    def spawn(self, task: Task, body: Callable[[], None], parent: Task | None) -> None:
        """Start a thread that has control at once."""
        task.baton = _thread.allocate_lock()
        task.baton.acquire()

        if sys.version_info >= (3, 13):

            def run() -> None:
                task.native = _thread.get_ident()
                body()

            handle = _thread.start_joinable_thread(run, daemon=True)
            self._ends.append(lambda timeout: handle.join(timeout) or handle.is_done())
        else:
            ended: list[Any] = []

            def run() -> None:
                task.native = _thread.get_ident()
                # Released by the interpreter when it deletes the thread's state, the last thing it does for it.
                sentinel = _thread._set_sentinel()  # type: ignore[attr-defined]
                sentinel.acquire()
                ended.append(sentinel)
                body()

            _thread.start_new_thread(run, ())
            self._ends.append(lambda timeout: bool(ended) and ended[0].acquire(timeout=timeout))
        if parent is not None:
            parent.baton.acquire()

    def switch(self, me: Task, other: Task) -> None:
        """Release the other's baton, then sleep on one's own."""
        other.baton.release()
        me.baton.acquire()

    def leave(self, other: Task | None) -> None:
        """Hand control on as the thread's last act."""
        (self.host if other is None else other.baton).release()

    def to_host(self, me: Task) -> None:
        """Wake the host and sleep."""
        self.host.release()
        me.baton.acquire()

    def resume_from_host(self, task: Task) -> None:
        """Give control to a sleeping task; the host then waits on `host`."""
        task.baton.release()

    def wait_in_host(self, timeout: float) -> bool:
        """Sleep until control comes back to the host, `timeout` wall seconds at the most."""
        return bool(self.host.acquire(timeout=timeout))

    def reap(self, timeout: float) -> int:
        """Wait until the threads are gone, so that none outlives the run; return how many would not go."""
        return sum(not ended(timeout) for ended in self._ends)


class Pinned:
    """Keep the calling thread, and whatever threads it starts, on the CPU it is on; restore on leaving.

    Only one carrier runs at a time, so a second CPU buys nothing, and waking a thread on another one costs five to ten
    times as much. Does nothing where the platform has no affinity.
    """

    _cpu: int | None = None
    _uses = 0

    def __enter__(self) -> None:
        self._before: set[int] | None = None
        if not hasattr(os, "sched_setaffinity"):
            return
        try:
            before = os.sched_getaffinity(0)
            if len(before) > 1:
                os.sched_setaffinity(0, {self._choose(before)})
                self._before = before
        except OSError:  # a container may forbid it; the run is then slower, not wrong
            pass

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            os.sched_setaffinity(0, self._before)

    @classmethod
    def _choose(cls, allowed: set[int]) -> int:
        """Return the CPU the thread is on, looked up now and then: the lookup costs as much as a few switches."""
        if cls._uses % 256 == 0 or cls._cpu not in allowed:
            cls._cpu = min(allowed)
            try:
                with open("/proc/thread-self/stat", "rb") as stat:
                    cpu = int(stat.read().rpartition(b")")[2].split()[36])
                if cpu in allowed:
                    cls._cpu = cpu
            except (OSError, ValueError, IndexError):
                pass
        cls._uses += 1
        assert cls._cpu is not None
        return cls._cpu
