"""The primitives: what `threading` and `queue` keep of each, and the moves that they make at once.

Attributes have the standard library's names, for whoever looks into a resource looks into either. Each class follows CPython's
`Lib/threading.py` and `Lib/queue.py` line by line, as far as no timeout is given; their inner locks are left out, for they are never held
at a scheduling point. Whether a thread has to wait the rules ask first; here nothing ever does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.model.state import Task
from runner.program.ops import Op

if TYPE_CHECKING:
    from runner.model.machine import Machine


class Lock:
    """A lock on the kernel's terms: `_thread.lock` as the controlled substrate has it."""

    __slots__ = ("_locked", "label", "machine", "owner", "owner_op", "waiters")

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.label: str | None = None
        self.renew()

    def renew(self) -> None:
        """Be as new."""
        self._locked = False
        self.owner: Task | None = None
        self.owner_op: Op | None = None
        self.waiters: list[Task] = []

    def save(self) -> Any:
        """Return all that changes."""
        return self._locked, self.owner, self.owner_op, tuple(self.waiters)

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self._locked, self.owner, self.owner_op, waiters = saved
        self.waiters = list(waiters)

    def take(self, task: Task) -> bool:
        """Take it if it is free."""
        if self._locked:
            return False
        self._locked = True
        self.owner = task
        self.owner_op = task.op
        if self.waiters:
            self.machine.disable(self.waiters)
        return True

    def release(self, task: Task) -> None:
        """Release it."""
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False
        self.owner = None
        if self.waiters:
            self.machine.enable(self.waiters)

    def locked(self) -> bool:
        """Return whether it is held."""
        return self._locked

    # As the lock of a condition.

    def owned(self, task: Task) -> bool:
        """Say whether the thread holds it, as far as one can tell."""
        if self.take(task):
            self.release(task)
            return False
        return True

    def release_all(self, task: Task) -> Any:
        """Release it, however often it was acquired; return what to take it again with."""
        self.release(task)

    def take_again(self, task: Task, state: Any) -> bool:
        """Take it as it was held, if it is free."""
        return self.take(task)

    @property
    def to_wait_for(self) -> Lock:
        """What a thread waits for that wants it."""
        return self


class RLock:
    """`threading._PyRLock`."""

    __slots__ = ("_block", "_count", "_owner")

    def __init__(self, machine: Machine) -> None:
        self._block = Lock(machine)
        self._owner: int | None = None
        self._count = 0

    def renew(self) -> None:
        """Be as new."""
        self._block.renew()
        self._owner, self._count = None, 0

    def save(self) -> Any:
        """Return all that changes."""
        return self._block.save(), self._owner, self._count

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        block, self._owner, self._count = saved
        self._block.load(block)

    def take(self, task: Task) -> bool:
        """Take it if it is free."""
        if self._owner == task.serial:
            self._count += 1
            return True
        if not self._block.take(task):
            return False
        self._owner, self._count = task.serial, 1
        return True

    def release(self, task: Task) -> None:
        """Release it."""
        if self._owner != task.serial:
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._block.release(task)

    def owned(self, task: Task) -> bool:
        """Say whether the thread holds it, as far as one can tell."""
        return self._owner == task.serial

    def release_all(self, task: Task) -> Any:
        """Release it, however often it was acquired; return what to take it again with."""
        if self._count == 0:
            raise RuntimeError("cannot release un-acquired lock")
        state = self._count, self._owner
        self._count, self._owner = 0, None
        self._block.release(task)
        return state

    def take_again(self, task: Task, state: Any) -> bool:
        """Take it as it was held, if it is free."""
        if not self._block.take(task):
            return False
        self._count, self._owner = state
        return True

    @property
    def to_wait_for(self) -> Lock:
        """What a thread waits for that wants it."""
        return self._block


class Waiter:
    """The lock that each wait of a condition has for itself: held by who waits, until somebody notifies it. Never changes."""

    __slots__ = ("label", "owner", "owner_op", "waiters")

    def __init__(self, task: Task) -> None:
        self.label: str | None = None
        self.owner = task
        self.owner_op = task.op
        self.waiters = None  # only its owner ever waits for it


class Waiters:
    """Who waits to be notified, in order of arrival: what a condition is besides its lock. Who is not there any more has been notified."""

    __slots__ = ("_waiting", "machine")

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._waiting: tuple[Waiter, ...] = ()

    def renew(self) -> None:
        """Be as new."""
        self._waiting = ()

    def save(self) -> Any:
        """Return all that changes."""
        return self._waiting

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self._waiting = saved

    def add(self, task: Task) -> Waiter:
        """Begin to wait."""
        waiter = Waiter(task)
        self._waiting = (*self._waiting, waiter)
        return waiter

    def __contains__(self, waiter: Waiter) -> bool:
        return waiter in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def notify(self, n: int) -> None:
        """Wake up some of those who wait, the longest waiting first."""
        while self._waiting and n > 0:
            waiter, *rest = self._waiting
            self._waiting = tuple(rest)
            self.machine.enable([waiter.owner])
            n -= 1


class Condition:
    """`threading.Condition`: a lock, and who waits."""

    __slots__ = ("_lock", "waiters")

    def __init__(self, machine: Machine, lock: Lock | RLock) -> None:
        self._lock = lock
        self.waiters = Waiters(machine)

    def renew(self) -> None:
        """Be as new."""
        self._lock.renew()
        self.waiters.renew()

    def save(self) -> Any:
        """Return all that changes."""
        return self._lock.save(), self.waiters.save()

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self._lock.load(saved[0])
        self.waiters.load(saved[1])

    def take(self, task: Task) -> bool:
        """Take it if it is free."""
        return self._lock.take(task)

    def release(self, task: Task) -> None:
        """Release it."""
        self._lock.release(task)

    @property
    def to_wait_for(self) -> Lock:
        """What a thread waits for that wants it."""
        return self._lock.to_wait_for

    def notify(self, task: Task, n: int | None) -> None:
        """Wake up some of those who wait, the longest waiting first."""
        if not self._lock.owned(task):
            raise RuntimeError("cannot notify on un-acquired lock")
        self.waiters.notify(len(self.waiters) if n is None else n)


class Semaphore:
    """`threading.Semaphore`; with a bound, `threading.BoundedSemaphore`."""

    __slots__ = ("_initial", "_value", "bounded", "waiters")

    def __init__(self, machine: Machine, value: int, *, bounded: bool) -> None:
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._initial = self._value = value
        self.bounded = bounded
        self.waiters = Waiters(machine)

    def renew(self) -> None:
        """Be as new."""
        self._value = self._initial
        self.waiters.renew()

    def save(self) -> Any:
        """Return all that changes."""
        return self._value, self.waiters.save()

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self._value, waiters = saved
        self.waiters.load(waiters)

    def take(self, task: Task) -> bool:
        """Take it if it is free."""
        if self._value == 0:
            return False
        self._value -= 1
        return True

    def release(self, task: Task, n: int = 1) -> None:
        """Release it."""
        if n < 1:
            raise ValueError("n must be one or more")
        if self.bounded and self._value + n > self._initial:
            raise ValueError("Semaphore released too many times")
        self._value += n
        for _ in range(n):
            self.waiters.notify(1)


class Event:
    """`threading.Event`."""

    __slots__ = ("_flag", "waiters")

    def __init__(self, machine: Machine) -> None:
        self._flag = False
        self.waiters = Waiters(machine)

    def renew(self) -> None:
        """Be as new."""
        self._flag = False
        self.waiters.renew()

    def save(self) -> Any:
        """Return all that changes."""
        return self._flag, self.waiters.save()

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self._flag, waiters = saved
        self.waiters.load(waiters)

    def is_set(self) -> bool:
        """Return the flag."""
        return self._flag

    def set(self) -> None:
        """Set the flag, and wake up everybody who waits."""
        self._flag = True
        self.waiters.notify(len(self.waiters))

    def clear(self) -> None:
        """Clear the flag."""
        self._flag = False


class Barrier:
    """`threading.Barrier`, without an action."""

    __slots__ = ("_count", "_parties", "_state", "waiters")

    def __init__(self, machine: Machine, parties: int) -> None:
        self._parties = parties
        self._state = 0  # 0 filling, 1 draining, -1 resetting, -2 broken
        self._count = 0
        self.waiters = Waiters(machine)

    def renew(self) -> None:
        """Be as new."""
        self._state = self._count = 0
        self.waiters.renew()

    def save(self) -> Any:
        """Return all that changes."""
        return self._state, self._count, self.waiters.save()

    def load(self, saved: Any) -> None:
        """Be as when that was saved."""
        self._state, self._count, waiters = saved
        self.waiters.load(waiters)

    @property
    def parties(self) -> int:
        """How many it takes."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many wait."""
        return self._count if self._state == 0 else 0

    @property
    def broken(self) -> bool:
        """Whether it is broken."""
        return self._state == -2

    @property
    def closed(self) -> bool:
        """Whether who comes now must wait until the last ones have left."""
        return self._state in (-1, 1)

    @property
    def filling(self) -> bool:
        """Whether who has come must wait for the others."""
        return self._state == 0

    def enter(self) -> int:
        """Come to it; return how many were there before."""
        if self._state < 0:
            raise self.waiters.machine.modules.threading.BrokenBarrierError
        index = self._count
        self._count += 1
        if index + 1 == self._parties:
            self._to(1)
        return index

    def leave(self) -> None:
        """Go on, now that it is not filling any more."""
        broken = self._state < 0
        self._count -= 1
        if self._count == 0 and self.closed:
            self._to(0)
        if broken:
            raise self.waiters.machine.modules.threading.BrokenBarrierError

    def reset(self) -> None:
        """Send home who waits, and fill anew."""
        if self._count == 0:
            self._to(0)
        else:
            self._to(-1 if self._state in (0, -2) else self._state)

    def abort(self) -> None:
        """Break it."""
        self._to(-2)

    def _to(self, state: int) -> None:
        self._state = state
        self.waiters.notify(len(self.waiters))
