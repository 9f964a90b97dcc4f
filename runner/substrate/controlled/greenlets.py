"""Greenlets as carriers: everything runs in the caller's operating-system thread, and handing on control is a call.

For whoever executes a program ten thousand times: a short execution takes a third less than on threads, one of many switches half. The
price is that nobody is left to watch: a thread of the program that blocks outside of our modules blocks the caller, and no run is ever
`hung`. What steps compile to cannot block so. And a signal's handler is called in whatever runs; see `Interruptible`.

greenlet is imported when a pool is made, not before.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal.signal makes an enum of what it returns: as long as ten switches
import _thread
import contextvars
import signal
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from runner.errors import InternalError, UsageError
from runner.substrate.controlled.tasks import Task

if TYPE_CHECKING:
    from greenlet import greenlet


class _Baton:
    """Whom a body that has ended hands control to.

    Apart from the pool, for a suspended greenlet must not refer to that: no collector finds such a cycle.
    """

    __slots__ = ("to",)
    to: greenlet


def _live(baton: _Baton, body: Callable[[], None]) -> None:
    """Be a carrier: one body after the other, and nothing of the last one kept meanwhile."""
    while True:
        # A context of its own for each body: what one sets in a ContextVar must not be seen by the next.
        contextvars.Context().run(body)
        del body
        body = baton.to.switch()


class GreenletPool:
    """Greenlets kept between runs, all of one operating-system thread. As a context manager it ends them all.

    Raises:
        UsageError: greenlet is not installed.
    """

    def __init__(self) -> None:
        try:
            from greenlet import getcurrent
            from greenlet import greenlet as new
        except ImportError:
            raise UsageError("greenlet is not installed: pip install 'threadscore[explore]' brings it") from None
        self.current: Callable[[], greenlet] = getcurrent
        self._new = new
        self._thread = _thread.get_ident()
        self.baton = _Baton()
        self.idle: list[greenlet] = []

    def carriers(self, *, pin: bool) -> GreenletCarriers:
        """Return the carriers of one run. `pin` is for threads: here is one thread only, and it stays where it is."""
        if _thread.get_ident() != self._thread:
            raise InternalError("a pool of greenlets is for the thread that made it")
        return GreenletCarriers(self)

    def make(self, host: greenlet) -> greenlet:
        """Make one more; where its bodies' own code fails, the host hears of it."""
        baton = self.baton
        return self._new(lambda body: _live(baton, body), host)

    def close(self) -> None:
        """End every greenlet that has nothing to do: left alone they would keep each other, by whom each handed control to."""
        idle = self.idle[:]
        self.idle.clear()
        if _thread.get_ident() == self._thread:
            for each in idle:
                each.parent = self.current()
                each.throw()

    def __enter__(self) -> GreenletPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class GreenletCarriers:
    """Each task of one run on a greenlet. The host is the greenlet that called `run`, and has control whenever no task has."""

    host_has_control = True

    def __init__(self, pool: GreenletPool) -> None:
        self._idle = pool.idle
        self._make = pool.make
        self._baton = pool.baton
        self._current = pool.current
        self._host = pool.current()
        self._interruptible = Interruptible()

    def begin(self, interrupted: Callable[[BaseException], None]) -> None:
        """Take the caller for the host, and listen for Ctrl-C."""
        self._host = self._current()
        self._interruptible.begin(interrupted)

    def end(self) -> None:
        """Listen no more; every greenlet is back in the pool."""
        self._interruptible.end()

    def carries(self, task: Task) -> bool:
        """Say yes: no body is left over from an earlier run."""
        return True

    def spawn(self, task: Task, body: Callable[[], None], parent: Task | None) -> None:
        """Give the task a greenlet and switch to it."""
        carrier = task.carrier = self._idle.pop() if self._idle else self._make(self._host)
        carrier.switch(body)

    def switch(self, me: Task, other: Task) -> None:
        """Switch."""
        other.carrier.switch()

    def leave(self, me: Task, other: Task | None) -> None:
        """Say whom to switch to once the body has returned."""
        self._idle.append(me.carrier)
        self._baton.to = self._host if other is None else other.carrier

    def to_host(self, me: Task) -> None:
        """Switch to the host."""
        self._host.switch()

    def resume_from_host(self, task: Task) -> None:
        """Switch to a task."""
        task.carrier.switch()

    def wait_in_host(self, timeout: float) -> bool:
        """Say that the host has control; or else it could not ask."""
        return True


class Interruptible:
    """Make Ctrl-C a note instead of an exception while a run is in progress: raised in a thread of the program it would look like its own.

    The run ends at its next step. Who presses again wants out at once, and the handler there was before is called as ever.
    """

    __slots__ = ("_before", "_interrupted")

    def __init__(self) -> None:
        self._before: Any = None
        self._interrupted: Callable[[BaseException], None] | None = None

    def begin(self, interrupted: Callable[[BaseException], None]) -> None:
        """Call `interrupted` with what the present handler raises, at the first Ctrl-C. Where that is no function, leave it alone."""
        before = _signal.getsignal(signal.SIGINT)
        if callable(before):
            self._interrupted = interrupted
            self._before = before  # first: Ctrl-C may come at any moment
            try:
                _signal.signal(signal.SIGINT, self._heard)
            except ValueError:  # handlers are the main thread's, and Ctrl-C with them
                self._before = None

    def end(self) -> None:
        """Put the handler back."""
        if self._before is not None:
            _signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _heard(self, number: int, frame: FrameType | None) -> None:
        interrupted, self._interrupted = self._interrupted, None
        try:
            self._before(number, frame)
        except BaseException as error:
            if interrupted is None:
                raise
            interrupted(error)
