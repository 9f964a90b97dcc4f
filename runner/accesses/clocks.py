"""What orders the accesses of an execution: Lamport's happens-before, in vector clocks that grow as it goes on.

As in runner/analysis/happens_before.py one thread gives to a channel what it has done, and another takes it. There the channels are read
off a scenario's events; here a program's locks, threads' starts and threads' ends are themselves channels. Conditions, semaphores,
events, barriers and queues are made of locks, and order what those order: a little more than they promise, for calls on one queue are
ordered as they came, even two `put`s. So a race may be missed in one execution that another shows, and none is told that is none.

It knows nothing of kernels but what it is told.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

Clock = dict[int, int]
"""Thread → how much of what it did is known."""


class Clocks:
    """The clocks of one execution's threads; told of what they give and take (the substrate's `Order`)."""

    def __init__(self) -> None:
        self._clocks: dict[int, Clock] = {}
        self._channels: WeakKeyDictionary[Any, Clock] = WeakKeyDictionary()
        self._started: dict[int, Clock] = {}
        self.held: dict[int, dict[Any, Any]] = {}
        """Thread → the locks that it holds → the op by which it took each."""

    def of(self, thread: int) -> Clock:
        """Return a thread's clock; its own entry counts what it has given, from 1."""
        clock = self._clocks.get(thread)
        if clock is None:
            clock = self._clocks[thread] = {thread: 1}
        return clock

    def gives(self, me: Any, thing: Any) -> None:
        """Take that a thread hands on what it has done."""
        clock = self.of(me.serial)
        if hasattr(thing, "serial"):  # a thread that it is about to start
            self._started[thing.serial] = dict(clock)
        else:
            channel = self._channels.get(thing)
            if channel is None:
                self._channels[thing] = dict(clock)
            else:
                _join(channel, clock)
            owner = thing.owner
            if owner is not None and owner.serial in self.held:
                self.held[owner.serial].pop(thing, None)
        clock[me.serial] += 1

    def takes(self, me: Any, thing: Any) -> None:
        """Take that a thread comes after what was given."""
        if hasattr(thing, "serial"):
            given = self._started.pop(thing.serial, None)
        else:
            given = self._channels.get(thing)
            if hasattr(thing, "_locked"):
                self.held.setdefault(me.serial, {})[thing] = thing.owner_op
        if given is not None:
            _join(self.of(me.serial), given)

    def locks(self, thread: int) -> tuple[str, ...]:
        """Name the locks that a thread holds, but for those that the library made for itself."""
        return tuple(str(lock.label) for lock in self.held.get(thread, ()) if lock.label is not None)


def _join(clock: Clock, other: Clock) -> None:
    for thread, count in other.items():
        if clock.get(thread, 0) < count:
            clock[thread] = count
