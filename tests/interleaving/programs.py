"""Functions that start threads, right and wrong: what tests interleave."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

GUARD = threading.Lock()
KEPT: list[int] = []


class Account:
    """A balance and its lock."""

    def __init__(self, balance: int = 0) -> None:
        self.lock = threading.Lock()
        self.balance = balance


def together(*bodies: Callable[[], object]) -> None:
    """Run these in a thread each, and wait for all."""
    threads = [threading.Thread(target=body, name=body.__name__) for body in bodies]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def locked(times: int = 1) -> None:
    """Add under a lock."""
    account = Account()

    def add() -> None:
        for _ in range(times):
            with account.lock:
                account.balance += 1

    together(add, add)
    assert account.balance == 2 * times


def lost_between_locks() -> None:
    """Look under one hold of the lock, change under another."""
    account = Account()

    def add() -> None:
        with account.lock:
            seen = account.balance
        with account.lock:
            account.balance = seen + 1

    together(add, add)
    assert account.balance == 2


def lost() -> None:
    """Add without a lock."""
    account = Account()

    def add() -> None:
        account.balance += 1

    together(add, add)
    assert account.balance == 2


def abba() -> None:
    """Take two locks in two orders."""
    a, b = threading.Lock(), threading.Lock()

    def one() -> None:
        with a, b:
            pass

    def two() -> None:
        with b, a:
            pass

    together(one, two)


def buffer(*, every: bool) -> None:
    """Two put into a buffer of one, two take; who is woken may be the wrong one."""
    items: list[int] = []
    changed = threading.Condition()

    def put() -> None:
        with changed:
            while items:
                changed.wait()
            items.append(1)
            changed.notify_all() if every else changed.notify()

    def take() -> None:
        with changed:
            while not items:
                changed.wait()
            items.pop()
            changed.notify_all() if every else changed.notify()

    together(put, put, take, take)


def wakes_one() -> None:
    """The buffer with `notify`."""
    buffer(every=False)


def wakes_all() -> None:
    """The buffer with `notify_all`."""
    buffer(every=True)


def queued() -> None:
    """Hand items through a queue."""
    q: queue.Queue[int | None] = queue.Queue(1)
    got: list[int] = []

    def produce() -> None:
        for item in (1, 2, None):
            q.put(item)

    def consume() -> None:
        while (item := q.get()) is not None:
            got.append(item)

    together(produce, consume)
    assert got == [1, 2]


def timed() -> None:
    """Give up after a time that costs none."""
    lock = threading.Lock()
    with lock:
        began = time.monotonic()

        def tries() -> None:
            assert not lock.acquire(timeout=3600)

        together(tries)
        assert time.monotonic() - began == 3600


def pooled() -> None:
    """Let a pool do it."""
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda n: n + 1, [1, 2])) == [2, 3]


def forever() -> None:
    """Wait for what nobody sets."""
    threading.Thread(target=threading.Event().wait, name="waits").start()


def at_module_level() -> None:
    """Deadlock while a lock of the module is held."""
    with GUARD:
        together(lambda: GUARD.acquire())


def keeps() -> None:
    """Do more each time."""
    KEPT.append(1)

    def takes() -> None:
        for _ in KEPT:
            with GUARD:
                pass

    together(takes, takes)


def thread_fails() -> None:
    """A thread raises what main knows nothing of."""

    def fails() -> None:
        raise ValueError("too much")

    together(fails)


def given(account: Account) -> None:
    """Work on what `setup` has made."""

    def take() -> None:
        with account.lock:
            account.balance -= 1

    together(take, take)
    assert account.balance == 8


def cut_off() -> None:
    """Look at what a daemon may or may not have done by the end."""
    seen: list[int] = []
    lock = threading.Lock()

    def late() -> None:
        with lock:
            pass
        with lock:
            seen.append(1)

    threading.Thread(target=late, daemon=True).start()
    assert not seen


def negative_timeout() -> None:
    """Give up at once, as an event does with a negative timeout."""
    event = threading.Event()
    together(lambda: event.wait(timeout=-1))


def never_waits() -> None:
    """Ask a queue that is empty, without waiting."""
    q: queue.Queue[int] = queue.Queue()

    def asks() -> None:
        try:
            q.get_nowait()
        except queue.Empty:
            pass

    together(asks, asks)


def looks_at_all() -> None:
    """Set an item while another thread looks at all of them."""
    found: dict[str, int] = {}
    seen: list[list[str]] = []

    def sets() -> None:
        found["a"] = 1

    def looks() -> None:
        seen.append(list(found))

    together(sets, looks)
    assert seen == [["a"]]
