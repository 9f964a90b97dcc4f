"""Operating-system threads as carriers: a raw lock each, handed on like a baton, all pinned to one CPU."""

from __future__ import annotations

import _thread
import contextvars
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from runner.substrate.controlled.tasks import Task


class _Carrier:
    """One operating-system thread. It sleeps on its raw lock whenever it is not its turn, and between bodies."""

    __slots__ = ("_ended", "_handle", "body", "lock", "native")

    def __init__(self) -> None:
        self.lock: Any = _thread.allocate_lock()
        self.lock.acquire()
        self.body: Callable[[_Carrier], None] | None = None
        self.native = 0
        self._ended: Any = None
        self._handle: Any = None

    def start(self) -> None:
        if sys.version_info >= (3, 13):
            self._handle = _thread.start_joinable_thread(self._live, daemon=True)
        else:
            _thread.start_new_thread(self._live, ())

    def _live(self) -> None:
        self.native = _thread.get_ident()
        if sys.version_info < (3, 13):
            # Released by the interpreter when it deletes the thread's state, the last thing it does for it.
            self._ended = _thread._set_sentinel()  # type: ignore[attr-defined,unused-ignore]
            self._ended.acquire()
        while self.body is not None:
            # A context of its own for each body: what one sets in a ContextVar must not be seen by the next.
            contextvars.Context().run(self.body, self)
            self.lock.acquire()

    def let_go(self) -> None:
        """Let the thread end as soon as its body has returned."""
        self.body = None
        self.lock.release()

    def gone(self, timeout: float) -> bool:
        """Wait until the thread is gone, once it is let go; False when it is not within `timeout` wall seconds."""
        if sys.version_info >= (3, 13):
            self._handle.join(timeout)
            return bool(self._handle.is_done())
        return bool(self._ended.acquire(timeout=timeout))


class CarrierPool:
    """Threads kept between runs. Starting and ending them is a third of what a short run costs.

    As a context manager it ends them all. A run that is given no pool has one of its own that keeps none, so that no thread
    outlives the run.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._process = os.getpid()
        self._idle: list[_Carrier] = []
        self._leaving: list[_Carrier] = []

    def carriers(self, *, pin: bool) -> ThreadCarriers:
        """Return the carriers of one run."""
        return ThreadCarriers(self, pin=pin)

    def take(self, body: Callable[[_Carrier], None]) -> None:
        """Give a carrier something to do; it has control at once, and the body is called with it."""
        if self._process != os.getpid():  # a fork took the pool along, but not its threads
            self._process = os.getpid()
            self._idle.clear()
            self._leaving.clear()
        if self._idle:
            carrier = self._idle.pop()
            carrier.body = body
            carrier.lock.release()
        else:
            carrier = _Carrier()
            carrier.body = body
            carrier.start()

    def give_back(self, carrier: _Carrier) -> None:
        """Keep a carrier whose body is about to return; one that hung may come when the pool is closed, and ends."""
        if self._keep:
            self._idle.append(carrier)
        else:
            self._leaving.append(carrier)
            carrier.let_go()

    def close(self, timeout: float = 2.0) -> bool:
        """End every thread that has nothing to do; False when one would not go."""
        self._keep = False
        while self._idle:
            self.give_back(self._idle.pop())
        return self.settle(timeout)

    def settle(self, timeout: float = 2.0) -> bool:
        """Wait for the threads to go that were let go; False when one would not."""
        gone = [carrier.gone(timeout) for carrier in self._leaving]
        self._leaving.clear()
        return all(gone)

    def __enter__(self) -> CarrierPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ThreadCarriers:
    """Each task of one run on an operating-system thread.

    The host, the thread that called `run`, sleeps on a lock meanwhile and so can watch the wall clock and take Ctrl-C.
    """

    host_has_control = False

    def __init__(self, pool: CarrierPool, *, pin: bool) -> None:
        self._pool = pool
        self._pinned = Pinned()
        self._pin = pin

    def begin(self, interrupted: Callable[[BaseException], None]) -> None:
        """Pin the host, and with it whatever threads it starts. It hears Ctrl-C itself."""
        self._host_sleeps()
        if self._pin:
            self._pinned.__enter__()

    def carries(self, task: Task) -> bool:
        """Compare the calling thread with the task's."""
        return bool(_thread.get_ident() == task.native)

    def spawn(self, task: Task, body: Callable[[], None], parent: Task | None) -> None:
        """Give the task a carrier, which has control at once."""

        def run(carrier: _Carrier) -> None:
            task.carrier = carrier  # from inside, for it may hand on control before `take` has returned
            task.native = carrier.native
            body()

        self._pool.take(run)
        if parent is not None:
            parent.carrier.lock.acquire()

    def switch(self, me: Task, other: Task) -> None:
        """Release the other's lock, then sleep on one's own."""
        other.carrier.lock.release()
        me.carrier.lock.acquire()

    def leave(self, me: Task, other: Task | None) -> None:
        """Hand control on as the body's last act; one that the host has given up has none to hand on."""
        self._pool.give_back(me.carrier)
        if me.lost:
            return
        if other is None:
            self._wake_host()
        else:
            other.carrier.lock.release()

    def to_host(self, me: Task) -> None:
        """Wake the host and sleep."""
        self._wake_host()
        me.carrier.lock.acquire()

    def _host_sleeps(self) -> None:
        """A lock of its own for each time: what a late carrier may still release is then one that nobody waits for."""
        self.host_has_control = False
        self._host: Any = _thread.allocate_lock()
        self._host.acquire()

    def _wake_host(self) -> None:
        host = self._host
        self.host_has_control = True
        host.release()

    def resume_from_host(self, task: Task) -> None:
        """Give control to a sleeping task."""
        self._host_sleeps()
        task.carrier.lock.release()

    def wait_in_host(self, timeout: float) -> bool:
        """Sleep until control comes back to the host, `timeout` wall seconds at the most."""
        return bool(self.host_has_control or self._host.acquire(timeout=timeout))

    def end(self) -> None:
        """Give the host its CPUs back, and wait for the threads to go that the pool does not keep."""
        self._pinned.__exit__()
        self._pool.settle()


class Pinned:
    """Keep the calling thread, and whatever threads it starts, on the CPU it is on; restore on leaving.

    Only one carrier runs at a time, so a second CPU buys nothing, and waking a thread on another one costs five to ten
    times as much. Does nothing where the platform has no affinity.
    """

    _cpu: int | None = None
    _uses = 0

    def __init__(self) -> None:
        self._before: set[int] | None = None

    def __enter__(self) -> None:
        if not hasattr(os, "sched_setaffinity"):
            return
        try:
            before = os.sched_getaffinity(0)
            if len(before) > 1:
                self._before = before  # first: Ctrl-C may come at any moment
                os.sched_setaffinity(0, {self._choose(before)})
        except OSError:  # a container may forbid it; the run is then slower, not wrong
            pass

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            with suppress(OSError):
                os.sched_setaffinity(0, self._before)
            self._before = None

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
