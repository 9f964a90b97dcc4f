"""What orders the events of an execution: Lamport's happens-before (1978), kept in vector clocks (Fidge 1988; Mattern 1989).

One event *gives* to a channel what its thread has done so far, a later one *takes* that from it: so the first happens before the second.
Besides, a thread's events are in order. Nothing else is. What gives and takes:

| channel | given by | taken by |
| --- | --- | --- |
| a thread's beginning | `start` | its first event |
| its end | `end` | `join`, if not too early; `is_alive` that is false |
| a lock, rlock, or a condition's | `release`; a condition's `wait` as it begins | `acquire`; the `wait` as it goes on |
| that a lock is taken | `acquire` | a `release` by another thread: what is not locked cannot be released |
| a condition's notifications | `notify`, `notify_all` | a `wait` that was notified, `wait_for` |
| a permit of a semaphore | each permit that a `release` gives back | the `acquire` that gets it: the first given is the first taken |
| an event's flag | the `set` that raises it; one that finds it up does nothing | `wait`, `is_set` that is true |
| one meeting at a barrier | a party's coming | each party's going on |
| an item | `put` | the `get` of that item |
| a place in a bounded queue | `get` | the `put` that had no room before it |
| a queue's tasks | `task_done` | the queue's `join` |
| a job | `submit` | `begin` |
| a future | `done`, `cancel` | `result`, and `done()`, `cancelled()` that are true |
| a pool's jobs | `done` | `shutdown`, if it waits |
| an exception, by its class | a job that fails so; `cancel`; `abort`, `reset`; `shutdown` | `result`, `wait`, `get`, `put` that raise it |
| a variable, in `atomic` groups | a group that writes it | a group that reads it |
| a timer | `cancel` | its end, if it does nothing else |

A group is one op: it takes at its beginning and gives at its end. Groups order each other as volatile variables do in Java (Manson, Pugh
and Adve, "The Java memory model", 2005): a write, and every later read of the same variable. Plain reads and writes order nothing.

A `raise` names no resource, so it takes from whatever could have raised that class at such a step. This orders too much rather than too
little: an alarm may be missed, none is false by it.

Not there, on purpose: `sleep`, and time at large, for on a busy machine neither orders anything; `print`; that a try failed, that a wait's
time was up, that something `locked`, `empty`, `full` or `running` was found to be so, for it may be so no more; that one `get` came before
another, or one `set` before a `clear`.

What is read is a controlled run's trace, where one thread moves at a time and `blocked` events say when a thread began to wait; not
with `sync`, where an event may be recorded after what it made possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.analysis.channels import Channel, Flow, Reader
from runner.analysis.names import Names
from runner.program import Program
from runner.trace import Event

EXCLUSION = frozenset({"lock", "atomic"})
"""Channels of what excludes another, in whichever order: they order an execution, and no two executions alike."""


def flows(names: Names, events: Sequence[Event]) -> list[Flow]:
    """Return for each event the channels that it takes from and those that it gives to."""
    return Reader(names, events).flows()


@dataclass(frozen=True, slots=True)
class Order:
    """The order of an execution's events: a partial one. Events are named by their index.

    `locals` counts each event among its thread's, from 1. `clocks` has for each what it knows of other threads: how many events of each
    have happened before it. Events share a clock until one takes something new.
    """

    events: Sequence[Event]
    threads: Sequence[int]
    locals: Sequence[int]
    clocks: Sequence[tuple[int, ...]]

    def before(self, first: int, second: int) -> bool:
        """Say whether one event happens before another."""
        thread = self.threads[first]
        if thread == self.threads[second]:
            return first < second
        return self.clocks[second][thread] >= self.locals[first]

    def last_before_both(self, first: int, second: int) -> int | None:
        """Return the last event that happens before two others, or None where there is none."""
        earlier = range(min(first, second) - 1, -1, -1)
        return next((index for index in earlier if self.before(index, first) and self.before(index, second)), None)


def order_of(program: Program, events: Sequence[Event]) -> Order:
    """Return what orders the events of a controlled run's trace."""
    return ordered(events, flows(Names(program), events))


def ordered(events: Sequence[Event], flows: Sequence[Flow], without: frozenset[str] = frozenset()) -> Order:
    """Compute the order that channels make, leaving out those of some kinds."""
    numbers: dict[str, int] = {}
    threads = [numbers.setdefault(event.thread, len(numbers)) for event in events]
    known = [(0,) * len(numbers)] * len(numbers)
    done = [0] * len(numbers)
    channels: dict[Channel, tuple[int, ...]] = {}
    counted: list[int] = []
    clocks: list[tuple[int, ...]] = []
    for thread, (takes, gives) in zip(threads, flows, strict=True):
        clock = known[thread]
        done[thread] += 1
        for channel in takes:
            given = channels.get(channel)
            if given is not None and channel[0] not in without:
                clock = known[thread] = _joined(clock, given)
        counted.append(done[thread])
        clocks.append(clock)
        if gives:
            mine = (*clock[:thread], done[thread], *clock[thread + 1 :])
            for channel in gives:
                before = channels.get(channel)
                channels[channel] = mine if before is None else _joined(mine, before)
    return Order(events, threads, counted, clocks)


def _joined(clock: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Return the later of each; the first clock itself where it knows all that the other does."""
    latest = tuple(map(max, clock, other))
    return clock if latest == clock else latest
