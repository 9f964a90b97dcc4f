"""Keep the events of a run in order, and tell a listener about each as it happens."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.substrate import Substrate, Verdict
from runner.trace import ABSENT, Event

if TYPE_CHECKING:
    from runner.program.ops import Op

Listener = Callable[[Event], None]


class Span(NamedTuple):
    """When an event of real threads took place, by a count that all threads share.

    Its thread `began` with what led to it, then it has its `place` in the order, then it was `recorded`.
    """

    began: int
    place: int
    recorded: int


class Recorder:
    """Events of one run.

    On the controlled substrate what is recorded right after an op is in the order it happened. On real threads another
    may come between; there an op that lets others go on (a release, a put…) takes its `ticket` before, and one that
    waits records after, so that the order recorded never contradicts who waited for whom. (A `put` does both; where it
    had to wait for room, it stands before the `get` that made it.)
    """

    def __init__(self, substrate: Substrate, *, max_events: int, listener: Listener | None = None) -> None:
        self.events: list[Event] = []
        self.spans: tuple[Span, ...] = ()
        """Once finished, on real threads: each event's."""
        self._substrate = substrate
        self._now = substrate.now
        self._ordered = substrate.controlled
        self._most = max_events
        self._listener = listener
        self._tickets = itertools.count(1).__next__
        self._beginning: dict[str, int] = {}  # thread → when it began with what it is at
        self._spans: dict[int, Span] = {}
        self._latest: dict[str, int] = {}  # thread → its last event
        self._code: set[str] = set()  # threads of which Python code is doing something

    def ticket(self) -> int | None:
        """Take a place in the order ahead of the event itself."""
        return None if self._ordered else self._tickets()

    def begins(self, thread: str, *, code: bool = False, goes_on: bool = False) -> None:
        """Note that a thread begins with its next op, or with its end; on real threads others may come between that and the event.

        To an op that Python code does (`code`) belongs what that does next, up to the next op; and to the first one what it `goes_on` with,
        from the beginning of the call, which leaves no event of its own.
        """
        now = self._tickets()
        self._lasts(thread, now)
        if not goes_on:
            self._beginning[thread] = now
        (self._code.add if code else self._code.discard)(thread)

    def _lasts(self, thread: str, now: int) -> None:
        """Note that what a thread's code has done last was over only now."""
        if thread in self._code and (last := self._latest.get(thread)) is not None:
            self._spans[last] = self._spans[last]._replace(recorded=now)

    def record(
        self,
        thread: str,
        op: str,
        at: str,
        on: str | None = None,
        value: Any = ABSENT,
        result: Any = ABSENT,
        by: str | None = None,
        error: str | None = None,
        ticket: int | None = None,
    ) -> None:
        """Add an event; end the run where there is no room for it."""
        if len(self.events) >= self._most:
            self._substrate.stop(Verdict.EVENT_LIMIT)
        if self._ordered:
            number = len(self.events) + 1
        else:
            now = self._tickets()
            number = ticket or now
            if op in ("call", "raise"):
                self._lasts(thread, now)
            self._latest[thread] = number
            self._spans[number] = Span(self._beginning.get(thread, 0), number, now)
        event = Event(number, self._now(), thread, op, on, value, result, by, error, at)
        self.events.append(event)
        if self._listener is not None:
            try:
                self._listener(event)
            except BaseException as error:  # whoever listens failed (a closed pipe, say); that is no doing of the program's
                self._listener = None
                self._substrate.abort(error)

    def of(self, thread: str) -> Callable[..., None]:
        """Return what a thread calls when it has performed an op."""
        record = self.record

        def performed(op: Op, on: str | None = None, value: Any = ABSENT, result: Any = ABSENT, ticket: int | None = None) -> None:
            record(thread, op.verb, op.place.path, on, value, result, ticket=ticket)

        return performed

    def save(self) -> int:
        """Say how many events there are, so that one can come back to this moment."""
        return len(self.events)

    def load(self, saved: int) -> None:
        """Forget the events since a moment."""
        del self.events[saved:]

    def close(self) -> None:
        """Take no more events, and tell of none: a thread that still moves after the run unwinds where it would record one."""
        self._most = -1

    def finished(self) -> tuple[Event, ...]:
        """Return all events in order, numbered from 1 without gaps."""
        events = tuple(self.events)  # on real threads an abandoned one may still add to the list
        if not self._ordered:
            events = tuple(sorted(events, key=lambda event: event.n))
            self.spans = tuple(self._spans[event.n] for event in events)
            for number, event in enumerate(events, 1):
                event.n = number
        return events


class Counter(Recorder):
    """Keeps no events of a controlled run: they are only counted, for the limit on how many there may be."""

    spans = ()
    _ordered = True

    def __init__(self, substrate: Substrate, *, max_events: int, listener: Listener | None = None) -> None:
        self._substrate = substrate
        self._most = max_events
        self._count = 0

    def save(self) -> int:
        """Say how many events there were."""
        return self._count

    def load(self, saved: int) -> None:
        """Forget the events since a moment."""
        self._count = saved

    def finished(self) -> tuple[Event, ...]:
        """Return no event."""
        return ()

    def record(self, *_: Any, **__: Any) -> None:
        """Count an event; see `Recorder.record`."""
        if self._count >= self._most:
            self._substrate.stop(Verdict.EVENT_LIMIT)
        self._count += 1

    def of(self, thread: str) -> Callable[..., None]:
        """Return what a thread calls when it has performed an op."""
        return self._performed

    def _performed(self, op: Op, on: str | None = None, value: Any = ABSENT, result: Any = ABSENT, ticket: int | None = None) -> None:
        if self._count >= self._most:
            self._substrate.stop(Verdict.EVENT_LIMIT)
        self._count += 1
