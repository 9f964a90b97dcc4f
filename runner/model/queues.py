"""The queues, as `primitives` has the others: what CPython's `Lib/queue.py` keeps of each, and the moves that it makes at once."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from runner.model.primitives import Semaphore, Waiters

if TYPE_CHECKING:
    from runner.model.machine import Machine


class Queue:
    """`queue.Queue`."""

    __slots__ = ("all_tasks_done", "maxsize", "not_empty", "not_full", "queue", "unfinished_tasks")

    def __init__(self, machine: Machine, maxsize: int) -> None:
        self.maxsize = maxsize
        self.not_empty, self.not_full, self.all_tasks_done = Waiters(machine), Waiters(machine), Waiters(machine)
        self.renew()

    def renew(self) -> None:
        """Be as new."""
        self.unfinished_tasks = 0
        self.queue = self._empty()
        for waiters in (self.not_empty, self.not_full, self.all_tasks_done):
            waiters.renew()

    def _empty(self) -> Any:
        return deque()

    def save(self) -> Any:
        """Return all that changes."""
        return self.unfinished_tasks, tuple(self.queue), self.not_empty.save(), self.not_full.save(), self.all_tasks_done.save()

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self.unfinished_tasks, items, not_empty, not_full, all_tasks_done = saved
        self.queue = self._empty()
        self.queue.extend(items)
        self.not_empty.load(not_empty)
        self.not_full.load(not_full)
        self.all_tasks_done.load(all_tasks_done)

    def _qsize(self) -> int:
        return len(self.queue)

    def qsize(self) -> int:
        """Return how many items there are."""
        return len(self.queue)

    def empty(self) -> bool:
        """Return whether there is none."""
        return not self.queue

    def full(self) -> bool:
        """Return whether there is no room."""
        return 0 < self.maxsize <= len(self.queue)

    def put(self, item: Any) -> None:
        """Put it in; there is room."""
        self._put(item)
        self.unfinished_tasks += 1
        self.not_empty.notify(1)

    def _put(self, item: Any) -> None:
        self.queue.append(item)

    def get(self) -> Any:
        """Take an item; there is one."""
        item = self._get()
        self.not_full.notify(1)
        return item

    def _get(self) -> Any:
        return self.queue.popleft()

    def task_done(self) -> None:
        """Count a task as done."""
        unfinished = self.unfinished_tasks - 1
        if unfinished <= 0:
            if unfinished < 0:
                raise ValueError("task_done() called too many times")
            self.all_tasks_done.notify(len(self.all_tasks_done))
        self.unfinished_tasks = unfinished


class LifoQueue(Queue):
    """`queue.LifoQueue`."""

    __slots__ = ()

    def _empty(self) -> Any:
        return []

    def _get(self) -> Any:
        return self.queue.pop()


class PriorityQueue(Queue):
    """`queue.PriorityQueue`."""

    __slots__ = ()

    def _empty(self) -> Any:
        return []

    def _put(self, item: Any) -> None:
        heappush(self.queue, item)

    def _get(self) -> Any:
        return heappop(self.queue)


class SimpleQueue:
    """`queue._PySimpleQueue`: a deque and a semaphore that counts it."""

    __slots__ = ("_count", "_queue")

    def __init__(self, machine: Machine) -> None:
        self._queue: deque[Any] = deque()
        self._count = Semaphore(machine, 0, bounded=False)

    def renew(self) -> None:
        """Be as new."""
        self._queue.clear()
        self._count.renew()

    def save(self) -> Any:
        """Return all that changes."""
        return tuple(self._queue), self._count.save()

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self._queue = deque(saved[0])
        self._count.load(saved[1])

    @property
    def not_empty(self) -> Waiters:
        """Who waits for an item."""
        return self._count.waiters

    def _qsize(self) -> int:
        return len(self._queue)

    def qsize(self) -> int:
        """Return how many items there are."""
        return len(self._queue)

    def empty(self) -> bool:
        """Return whether there is none."""
        return not self._queue

    def put(self, item: Any) -> None:
        """Put an item in; there is room."""
        self._queue.append(item)
        self._count._value += 1
        self._count.waiters.notify(1)

    def get(self) -> Any:
        """Take an item; there is one."""
        self._count._value -= 1
        return self._queue.popleft()
