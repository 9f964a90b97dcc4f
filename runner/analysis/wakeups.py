"""What sort of deadlock it is, in a sentence: a circle, a wake-up that was lost, or threads that wait for what nobody will do.

The circle is Coffman, Elphick and Shoshani's ("System Deadlocks", 1971). A *lost wake-up* is a notification, or an event's `set`, that came
before the wait that it was meant for. Conditions and events remember neither, so the thread waits although what it waits for has been done:

- of a condition, a `notify` found nobody waiting, and then the thread began to wait without a look at anything, with the lock held;
- of an event, it was set and cleared again since the thread last waited for it.

Semaphores, queues and barriers remember. What is left is a partial deadlock: nobody is there any more to do what is waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from runner.analysis.holding import Holding
from runner.analysis.names import WAITS, Names
from runner.errors import Place
from runner.program import Program, ops
from runner.program.kinds import HAVE_A_LOCK, QUEUES, SEMAPHORES
from runner.trace import BlockedThread, Event, Trace

NOTIFIES = frozenset({"notify", "notify_all"})
LOOKS = frozenset({"read", "is_set", "locked", "qsize", "empty", "full", "n_waiting", "broken", "is_alive", "done", "running", "cancelled"})


class Sort(StrEnum):
    """What sort of deadlock."""

    CIRCLE = "deadlock"
    LOST_WAKEUP = "lost wake-up"
    PARTIAL = "partial deadlock"


@dataclass(frozen=True, slots=True)
class Stuck:
    """A deadlock. `threads` are those of the circle, or that missed the wake-up, or all that wait; `what` is a sentence about all.

    `place` is where the first of `threads` waits.
    """

    sort: Sort
    threads: tuple[str, ...]
    what: str
    place: Place | None


def classify_deadlock(program: Program, trace: Trace) -> Stuck:
    """Say what sort of deadlock a controlled run ended in, from its trace alone."""
    names = Names(program)
    blocked = {each.thread: each for each in trace.footer.blocked}
    story = _Story(names, trace.events)
    cycle = tuple(name for name in trace.footer.cycle if name in blocked)
    if cycle:
        return _stuck(names, Sort.CIRCLE, cycle, blocked, story, {})
    missed = {name: why for name, each in blocked.items() if (why := story.missed(each))}
    if missed:
        return _stuck(names, Sort.LOST_WAKEUP, tuple(missed), blocked, story, missed)
    joins = [name for name, each in blocked.items() if each.on in blocked]
    return _stuck(names, Sort.PARTIAL, tuple(name for name in blocked if name not in joins), blocked, story, {})


def _stuck(
    names: Names, sort: Sort, threads: tuple[str, ...], blocked: dict[str, BlockedThread], story: _Story, missed: dict[str, str]
) -> Stuck:
    told = [*threads, *(name for name in blocked if name not in threads)]
    what = "; ".join(story.told(blocked[name]) + missed.get(name, "") for name in told)
    if sort is Sort.PARTIAL:
        what = f"{what}; nobody is left who could help"
    return Stuck(sort, threads, what, names.place(blocked[threads[0]].at) if threads else None)


class _Story:
    """What the events of the run say about those who wait at its end."""

    def __init__(self, names: Names, events: Sequence[Event]) -> None:
        self._names = names
        self._events = events
        self._holding = Holding(names)
        self._last: dict[str, int] = {}
        self._unheard: dict[str, list[int]] = {}  # condition → its notifications that found nobody; event → its sets
        self._returned: dict[tuple[str, str], int] = {}  # (thread, condition or event) → when it last returned from waiting for it
        self._looked: dict[str, int] = {}  # thread → when it last looked at something while it held a lock
        self._notified: dict[str, list[int]] = {}
        waiting: dict[str, set[str]] = {}  # condition → who waits for it
        for index, event in enumerate(events):
            self._holding.after(event)
            self._last[event.thread] = index
            self._read(index, event, waiting)

    def _read(self, index: int, event: Event, waiting: dict[str, set[str]]) -> None:
        thread, on = event.thread, event.on or ""
        if event.op == "blocked":
            if event.by is None and self._names.is_step(event.at, *WAITS) and self._names.kinds.get(on) == "condition":
                waiting.setdefault(on, set()).add(thread)
            return
        if event.op in ("wait", "wait_for") or event.op == "raise":
            self._returned[thread, on] = index
        if event.op in LOOKS and self._holding.held.get(thread):
            self._looked[thread] = index
        if event.op in NOTIFIES:
            self._notified.setdefault(on, []).append(index)
            if not waiting.get(on):
                self._unheard.setdefault(on, []).append(index)
        elif event.op == "set":
            self._unheard.setdefault(on, []).append(index)
        for others in waiting.values():  # whatever else it does, it waits no more
            others.discard(thread)

    def missed(self, blocked: BlockedThread) -> str | None:
        """Say which wake-up a thread has missed; nothing where it missed none."""
        name, thread = blocked.on or "", blocked.thread
        kind = self._names.kinds.get(name)
        if blocked.by is not None or kind not in ("condition", "event") or not self._names.is_step(blocked.at, *WAITS):
            return None
        since = self._returned.get((thread, name), -1)
        if kind == "condition":
            since = max(since, self._looked.get(thread, -1))
        began = self._last[thread]
        unheard = [self._events[index] for index in self._unheard.get(name, ()) if since < index < began]
        theirs = [event for event in unheard if event.thread != thread]
        if not theirs:
            return None
        last = theirs[-1]
        came = "came before that, when nobody waited" if kind == "condition" else "came before that, and was cleared"
        return f", but {last.thread}'s `{last.op}` ({self._names.line(last.at)}) {came}"

    def told(self, blocked: BlockedThread) -> str:
        """Say in words what a thread waits for, and who has it."""
        names, name = self._names, blocked.on or "something"
        line = names.line(blocked.at)
        kind = names.kinds.get(name, "")
        if blocked.by is not None and kind in HAVE_A_LOCK:
            hold = self._holding.held.get(blocked.by, {}).get(names.lock_of[name])
            holder = "it holds itself" if blocked.by == blocked.thread else f"{blocked.by} holds"
            since = f" since {names.line(hold.at)}" if hold and hold.at else ""
            return f"{blocked.thread} waits for {name} ({line}), which {holder}{since}"
        worker = f", which is up to {blocked.by}" if blocked.by is not None and names.is_step(blocked.at, ops.Result) else ""
        return f"{blocked.thread} waits for {self._what(blocked, name, kind)} ({line}){worker}"

    def _what(self, blocked: BlockedThread, name: str, kind: str) -> str:
        match kind:
            case "condition" if self._names.is_step(blocked.at, *WAITS):
                since = self._last.get(blocked.thread, -1)
                later = [self._events[index] for index in self._notified.get(name, ()) if index > since]
                woke = (
                    f", {later[-1].thread}'s `{later[-1].op}` ({self._names.line(later[-1].at)}) having woken others only" if later else ""
                )
                return f"a notification of {name}{woke}"
            case "event":
                return f"{name} to be set"
            case "barrier":
                return f"all {self._names.options[name]['parties']} parties at {name}"
            case "pool":
                return f"{name} to be done"
            case _ if kind in SEMAPHORES:
                return f"a permit of {name}"
            case _ if kind in QUEUES:
                if self._names.is_step(blocked.at, ops.Put):
                    return f"room in {name}"
                return f"an item in {name}" if self._names.is_step(blocked.at, ops.Get) else f"all of {name} to be done"
            case _ if self._names.is_step(blocked.at, ops.Result):
                return f"the result of {name}"
            case _ if kind in HAVE_A_LOCK:
                return name
            case _:
                return f"{name} to end"
