"""Which channels each event takes from and gives to: see happens_before.py, which says what the channels are and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from runner.analysis.holding import Holding
from runner.analysis.names import WAITS, Names
from runner.program import ops
from runner.program.kinds import COUNTING_QUEUES, SEMAPHORES
from runner.trace import ABSENT, Event

Channel = tuple[Any, ...]
"""What kind, then what tells it from others of the kind."""
Flow = tuple[tuple[Channel, ...], tuple[Channel, ...]]
"""The channels that an event takes from, and those that it gives to."""

CAN_FAIL = (*WAITS, ops.Result, ops.Get, ops.Put)
"""Steps at which another thread's doing may raise an exception."""


class Reader:
    """One execution as it is read."""

    def __init__(self, names: Names, events: Sequence[Event]) -> None:
        self._names = names
        self._events = events
        self._takes: list[Channel] = []
        self._gives: list[Channel] = []
        self._holding = Holding(names)
        self._seen: set[str] = set()
        self._waiting: dict[str, Channel] = {}  # thread → what will let it go on, said when it began to wait
        self._counts: dict[Channel, int] = {}
        self._up: set[str] = set()  # events that are set
        self._items: dict[str, deque[tuple[Any, int]]] = {}
        self._working: dict[str, tuple[str, str]] = {}  # future → its worker, and the step that submitted it

    def flows(self) -> list[Flow]:
        """Return each event's."""
        found: list[Flow] = []
        events, index = self._events, 0
        while index < len(events):
            event = events[index]
            if event.op == "atomic":
                index = self._group(index, found)
                continue
            self._read(event)
            found.append(self._flow())
            index += 1
        return found

    def _flow(self) -> Flow:
        flow = tuple(self._takes), tuple(self._gives)
        self._takes.clear()
        self._gives.clear()
        return flow

    def _group(self, begin: int, found: list[Flow]) -> int:
        """Read an atomic group: it takes at its first event and gives at its last. Return the index behind it."""
        end = group_end(self._events, begin)
        for event in self._events[begin:end]:
            self._read(event)
            if self._names.kinds.get(event.on or "") == "var":
                if event.op == "read":
                    self._takes.append(("atomic", event.on))
                elif event.op == "write":
                    self._gives.append(("atomic", event.on))
        takes, gives = self._flow()
        if end - begin == 1:
            found.append((takes, gives))
        else:
            found += [(takes, ()), *[((), ())] * (end - begin - 2), ((), gives)]
        return end

    def _read(self, event: Event) -> None:
        thread = event.thread
        if thread not in self._seen:
            self._seen.add(thread)
            self._takes.append(("start", thread))
            if event.op == "end":
                self._takes.append(("cancel", thread))
        change = self._holding.after(event)
        if change.taken is not None:
            self._takes.append(("lock", change.taken))
            if self._names.kinds[change.taken] == "lock":
                self._gives.append(("taken", change.taken))
        if change.given is not None:
            self._gives.append(("lock", change.given))
            if change.foreign:
                self._takes.append(("taken", change.given))
        read = _READ.get(event.op)
        if read is not None:
            read(self, event)

    def _next(self, *counted: Any) -> int:
        """Count one more of something, from 1."""
        number = self._counts[counted] = self._counts.get(counted, 0) + 1
        return number

    # -- threads and timers ------------------------------------------------------------------------------------------------

    def _start(self, event: Event) -> None:
        self._gives.append(("start", event.on))

    def _end(self, event: Event) -> None:
        self._gives.append(("end", event.thread))

    def _join(self, event: Event) -> None:
        if event.result is not False:
            self._takes.append(("tasks" if self._names.kinds.get(event.on or "") in COUNTING_QUEUES else "end", event.on))

    def _is_alive(self, event: Event) -> None:
        if event.result is False:
            self._takes.append(("end", event.on))

    # -- semaphores, conditions, events, barriers --------------------------------------------------------------------------

    def _acquire(self, event: Event) -> None:
        name = event.on or ""
        if event.result is not False and self._names.kinds.get(name) in SEMAPHORES:
            permit = self._next("acquired", name) - self._names.options[name]["value"]
            if permit > 0:
                self._takes.append(("permit", name, permit))

    def _release(self, event: Event) -> None:
        if self._names.kinds.get(event.on or "") in SEMAPHORES:
            for _ in range(event.value if isinstance(event.value, int) else 1):
                self._gives.append(("permit", event.on, self._next("released", event.on)))

    def _notify(self, event: Event) -> None:
        self._gives.append(("notified", event.on))

    def _set(self, event: Event) -> None:
        if event.on is not None and event.on not in self._up:
            self._up.add(event.on)
            self._gives.append(("set", event.on, self._next("set", event.on)))

    def _clear(self, event: Event) -> None:
        self._up.discard(event.on or "")

    def _is_set(self, event: Event) -> None:
        if event.result is True:
            self._takes.append(("set", event.on, self._counts.get(("set", event.on), 0)))

    def _blocked(self, event: Event) -> None:
        name = event.on or ""
        kind = self._names.kinds.get(name)
        if kind == "event" and event.thread not in self._waiting:
            self._waiting[event.thread] = ("set", name, self._counts.get(("set", name), 0) + 1)
        elif kind == "barrier":
            meeting = self._waiting[event.thread] = ("met", name, self._counts.get(("met", name), 0))
            self._gives.append(meeting)

    def _wait(self, event: Event) -> None:
        name = event.on or ""
        since = self._waiting.pop(event.thread, None)
        match self._names.kinds.get(name):
            case "condition" if event.result is not False:
                self._takes.append(("notified", name))
            case "event" if event.result is not False:
                self._takes.append(since or ("set", name, self._counts.get(("set", name), 0)))
            case "barrier":
                meeting = since or ("met", name, self._counts.get(("met", name), 0))
                if event.result == self._names.options[name]["parties"] - 1:  # the last to come: the next one is another meeting
                    self._gives.append(meeting)
                    self._next("met", name)
                self._takes.append(meeting)

    def _wait_for(self, event: Event) -> None:
        self._takes.append(("notified", event.on))

    def _break(self, event: Event) -> None:
        self._gives.append(("raise", "BrokenBarrierError"))
        self._next("met", event.on)

    # -- queues ------------------------------------------------------------------------------------------------------------

    def _put(self, event: Event) -> None:
        name = event.on or ""
        number = self._next("put", name)
        self._items.setdefault(name, deque()).append((event.value, number))
        self._gives.append(("item", name, number))
        room = self._names.options.get(name, {}).get("maxsize", 0)
        if 0 < room < number:
            self._takes.append(("room", name, number - room))

    def _get(self, event: Event) -> None:
        name = event.on or ""
        self._gives.append(("room", name, self._next("got", name)))
        items = self._items.get(name)
        if not items:  # a put that raised has left something all the same
            return
        match self._names.kinds.get(name):
            case "lifo_queue":
                _, number = items.pop()
            case "priority_queue":
                found = next((index for index, (value, _) in enumerate(items) if value == event.value), None)
                if found is None:
                    return
                _, number = items[found]
                del items[found]
            case _:
                _, number = items.popleft()
        self._takes.append(("item", name, number))

    def _task_done(self, event: Event) -> None:
        self._gives.append(("tasks", event.on))

    # -- pools -------------------------------------------------------------------------------------------------------------

    def _submit(self, event: Event) -> None:
        self._gives.append(("job", str(event.result)))

    def _begin(self, event: Event) -> None:
        self._working[event.on or ""] = event.thread, event.at
        self._takes.append(("job", event.on))

    def _done(self, event: Event) -> None:
        name = event.on or ""
        pool = name.rpartition("/")[0]
        if self._working.get(name) == (event.thread, event.at):
            self._gives += [("future", name), ("pool", pool)]
            if event.error is not None:
                self._gives.append(("raise", event.error))
        elif event.result is True:
            self._takes += [("future", name), ("cancelled", pool)]

    def _result(self, event: Event) -> None:
        self._takes.append(("future", event.on))

    def _cancelled(self, event: Event) -> None:
        if event.result is True:
            self._takes += [("future", event.on), ("cancelled", (event.on or "").rpartition("/")[0])]

    def _cancel(self, event: Event) -> None:
        if event.result is ABSENT:
            self._gives.append(("cancel", event.on))
        elif event.result is True:
            self._gives += [("future", event.on), ("raise", "CancelledError")]

    def _shutdown(self, event: Event) -> None:
        name = event.on or ""
        if self._names.kinds.get(name) != "pool":
            self._gives += [("raise", "ShutDown"), ("tasks", name)]
            if any(isinstance(op, ops.Shutdown) and op.immediate for op in self._names.ops_at(event.at)):
                self._items.pop(name, None)
            return
        self._gives += [("raise", "CancelledError"), ("cancelled", name)]
        if not any(isinstance(op, ops.Shutdown) and op.wait is False for op in self._names.ops_at(event.at)):
            self._takes.append(("pool", name))

    # -- exceptions --------------------------------------------------------------------------------------------------------

    def _raise(self, event: Event) -> None:
        self._waiting.pop(event.thread, None)
        error = (event.error or "").partition(":")[0]
        if self._names.is_step(event.at, *CAN_FAIL):
            self._takes.append(("raise", error))
            if error == "BrokenBarrierError":  # its time may have been up, which broke the barrier for the others
                self._gives.append(("raise", error))


_READ: dict[str, Callable[[Reader, Event], None]] = {
    name.lstrip("_"): getattr(Reader, name)
    for name in (
        "_start", "_end", "_join", "_is_alive", "_acquire", "_release", "_notify", "_set", "_clear", "_is_set", "_blocked", "_wait",
        "_wait_for", "_put", "_get", "_task_done", "_submit", "_begin", "_done", "_result", "_cancelled", "_cancel", "_shutdown", "_raise",
    )
}  # fmt: skip
_READ |= {"notify_all": Reader._notify, "abort": Reader._break, "reset": Reader._break}


def group_end(events: Sequence[Event], begin: int) -> int:
    """Return the index behind the last event of the atomic group that begins at one."""
    first = events[begin]
    end = begin + 1
    while end < len(events) and events[end].thread == first.thread and events[end].at.startswith((f"{first.at}[", f"{first.at}.")):
        end += 1
    return end
