"""Ordinary Python programs that both this project and frontrun explore: the same code, which knows neither.

Those called *theirs* are what frontrun's documentation and its folder of examples have, written anew. The others are this project's, from
`examples/`, each with its bug and with its repair.
"""

# mypy: allow-untyped-calls
# The examples are written as people write them, without types.

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from examples.bank import Account, deposit, deposit_safely, transfer, transfer_safely
from examples.connection_pool import ConnectionPool, ConnectsOutside, WaitsOnce
from examples.event_bus import EventBus, LiveBus
from examples.lru_cache import CountsFreely, LooksFirst, LRUCache
from examples.rate_limiter import TokenBucket, UnlockedBucket
from examples.rotating_writer import LooksOutside, RotatingWriter


@dataclass(frozen=True)
class Case:
    """What is made anew for each execution, what its threads do with it, and what must hold of it when they are done.

    `wrong` says that it does not always. `sync` says that turns at calls on locks, queues and threads are enough to show it, and that these
    calls conflict. `module` is what is looked into besides this one.
    """

    setup: Callable[[], Any]
    workers: list[Callable[[Any], object]]
    holds: Callable[[Any], bool]
    wrong: bool
    sync: bool = True
    module: str = ""


# -- theirs ----------------------------------------------------------------------------------------------------------------


class Counter:
    """A number that is read, then written; with the lock or without."""

    def __init__(self, locked: bool) -> None:
        self.value = 0
        self.locked = locked
        self.lock = threading.Lock()

    def increment(self) -> None:
        """Add one."""
        if self.locked:
            with self.lock:
                self._add()
        else:
            self._add()

    def twice(self) -> None:
        """Add one, two times."""
        self.increment()
        self.increment()

    def _add(self) -> None:
        seen = self.value
        self.value = seen + 1


class Accounts:
    """Three accounts, and two transfers that meet in the middle one."""

    def __init__(self) -> None:
        self.a = self.b = self.c = 100
        self.lock = threading.Lock()

    def first(self) -> None:
        """Move 60 from the first to the second."""
        if self.a >= 60:
            self.a -= 60
            self.b += 60

    def second(self) -> None:
        """Move 80 from the second to the third."""
        if self.b >= 80:
            self.b -= 80
            self.c += 80

    def locked_first(self) -> None:
        """Do so with the lock."""
        with self.lock:
            self.first()

    def locked_second(self) -> None:
        """Do so with the lock."""
        with self.lock:
            self.second()

    def total(self) -> int:
        """Return what is there in all."""
        return self.a + self.b + self.c


class Two:
    """Two balances, both read before either is written."""

    def __init__(self) -> None:
        self.a = self.b = 100

    def move(self) -> None:
        """Move 50."""
        a, b = self.a, self.b
        self.a = a - 50
        self.b = b + 50


def forks(number: int) -> list[Any]:
    """Return a lock for each seat."""
    return [threading.Lock() for _ in range(number)]


def eat(left: int, right: int, table: list[Any]) -> None:
    """Take one, then the other."""
    with table[left], table[right]:
        pass


# -- ours ------------------------------------------------------------------------------------------------------------------


class Users:
    """Threads that each use a pool's connection once, and how many connections there came to be."""

    def __init__(self, kind: type[ConnectionPool]) -> None:
        self.opened = 0
        self.pool = kind(self._open, 1)

    def _open(self) -> str:
        self.opened += 1
        return "connection"

    def work(self) -> None:
        """Use one."""
        with self.pool.connection():
            pass


class Inboxes:
    """Two who listen, of whom the first leaves."""

    def __init__(self, kind: type[EventBus]) -> None:
        self.bus = kind()
        self.stays: queue.Queue[int] = queue.Queue()
        self.leave = self.bus.subscribe("orders", queue.Queue[int]().put)
        self.bus.subscribe("orders", self.stays.put)


class Callers:
    """Two who want the only token."""

    def __init__(self, kind: type[TokenBucket]) -> None:
        self.bucket = kind(1, 1)
        self.allowed: list[bool] = []

    def call(self) -> None:
        """Ask for it."""
        self.allowed.append(self.bucket.try_acquire())


def full(kind: type[RotatingWriter]) -> RotatingWriter:
    """Return a writer whose file is full."""
    log = kind(io.StringIO, 4)
    log.write("a")
    log.write("b")
    return log


def cached(kind: type[LRUCache], most: int) -> LRUCache:
    """Return a cache with an entry."""
    cache = kind(most)
    cache.put("a", 1)
    return cache


def both(name: str, make: Callable[[Any, bool], Case], bug: Any, repair: Any) -> dict[str, Case]:
    """Name a case with the bug and the one without."""
    module = bug.__module__
    return {
        f"{name}, bug": replace(make(bug, True), module=module),
        f"{name}, repaired": replace(make(repair, False), module=module),
    }


def deposits(pay: Any, wrong: bool) -> Case:
    """Two who pay in."""
    workers = [lambda account: pay(account, 10), lambda account: pay(account, 1)]
    return Case(lambda: Account(threading.Lock(), 100), workers, lambda account: account.balance == 111, wrong)


def transfers(send: Any, wrong: bool) -> Case:
    """Two who pay each other."""
    return Case(
        lambda: (Account(threading.Lock(), 100, 1), Account(threading.Lock(), 100, 2)),
        [lambda pair: send(pair[0], pair[1], 30), lambda pair: send(pair[1], pair[0], 10)],
        lambda pair: (pair[0].balance, pair[1].balance) == (80, 120),
        wrong,
    )


def lookups(cache: Any, wrong: bool) -> Case:
    """One who asks for what another one's entry pushes out."""
    workers = [lambda cache: cache.get("a"), lambda cache: cache.put("b", 2)]
    return Case(partial(cached, cache, 1), workers, lambda cache: cache.get("b") == 2, wrong)


def counts(cache: Any, wrong: bool) -> Case:
    """Two whose questions are counted."""
    return Case(
        partial(cached, cache, 2), [lambda cache: cache.get_or_load("a", str)] * 2, lambda cache: cache.hits == 2, wrong, sync=False
    )


def users(pool: Any, wrong: bool) -> Case:
    """Three who want one connection."""
    return Case(partial(Users, pool), [Users.work] * 3, lambda users: True, wrong)


def connections(pool: Any, wrong: bool) -> Case:
    """Two who both might make the connection."""
    return Case(partial(Users, pool), [Users.work] * 2, lambda users: users.opened == 1, wrong)


def lines(log: Any, wrong: bool) -> Case:
    """Two who write when the file is full."""
    workers = [lambda log: log.write("c"), lambda log: log.write("d")]
    return Case(partial(full, log), workers, lambda log: sorted(log.lines()) == ["a", "b", "c", "d"], wrong)


def events(bus: Any, wrong: bool) -> Case:
    """One who leaves while something is published."""
    workers = [lambda inboxes: inboxes.bus.publish("orders", 1), lambda inboxes: inboxes.leave()]
    return Case(partial(Inboxes, bus), workers, lambda inboxes: inboxes.stays.qsize() == 1, wrong, sync=False)


def calls(bucket: Any, wrong: bool) -> Case:
    """Two who want one token."""
    return Case(partial(Callers, bucket), [Callers.call] * 2, lambda callers: sum(callers.allowed) == 1, wrong, sync=False)


CASES: dict[str, Case] = {
    "theirs: counter": Case(partial(Counter, False), [Counter.increment] * 2, lambda c: c.value == 2, wrong=True, sync=False),
    "theirs: counter, 3 threads, twice": Case(partial(Counter, False), [Counter.twice] * 3, lambda c: c.value == 6, wrong=True, sync=False),
    "theirs: locked counter": Case(partial(Counter, True), [Counter.increment] * 2, lambda c: c.value == 2, wrong=False),
    "theirs: two balances": Case(Two, [Two.move] * 2, lambda two: (two.a, two.b) == (0, 200), wrong=True, sync=False),
    "theirs: transfers": Case(Accounts, [Accounts.first, Accounts.second], lambda c: c.total() == 300, wrong=True, sync=False),
    "theirs: locked transfers": Case(
        Accounts, [Accounts.locked_first, Accounts.locked_second], lambda accounts: accounts.total() == 300, wrong=False
    ),
    "theirs: dining philosophers": Case(
        partial(forks, 3), [partial(eat, seat, (seat + 1) % 3) for seat in range(3)], lambda table: True, wrong=True
    ),
    **both("bank, deposits", deposits, deposit, deposit_safely),
    **both("bank, transfers", transfers, transfer, transfer_safely),
    **both("cache, get", lookups, LooksFirst, LRUCache),
    **both("cache, counts", counts, CountsFreely, LRUCache),
    **both("pool, three users", users, WaitsOnce, ConnectionPool),
    **both("pool, one connection", connections, ConnectsOutside, ConnectionPool),
    **both("rotating writer", lines, LooksOutside, RotatingWriter),
    **both("event bus", events, LiveBus, EventBus),
    **both("rate limiter", calls, UnlockedBucket, TokenBucket),
}


def execution(name: str) -> Callable[[], None]:
    """Return a case as one function: it makes what is shared, starts the threads, joins them, and asserts what must hold."""
    case = CASES[name]

    def once() -> None:
        state = case.setup()
        threads = [threading.Thread(target=work, args=(state,)) for work in case.workers]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert case.holds(state)

    return once
