"""Functions that return, raise and do what no scenario hopes for."""

from __future__ import annotations

import threading
from contextvars import copy_context
from functools import partial

from shop.bank import Overdrawn

kept = []


def an_object():
    """Return what is no data."""
    return object()


def a_set():
    """Return a set, whose order is that of hashes."""
    return {"a", "b"}


def some_of_each():
    """Return data that holds what is no data."""
    return [1, ("a", 2), object(), {"k": None}]


def in_itself():
    """Return a list that holds itself."""
    items = []
    items.append(items)
    return items


def huge():
    """Return more than a scenario's values may hold."""
    return "x" * 200_000


def leave(code=3):
    """Leave as programs do."""
    raise SystemExit(code)


def interrupt():
    """Press Ctrl-C, as it were."""
    raise KeyboardInterrupt


def fail():
    """Raise what Python itself raises."""
    return {}["missing"]


def keep(lock):
    """Keep a lock for later."""
    kept.append(lock)


def use_what_was_kept():
    """Use the first that was kept."""
    kept[0].acquire()


def in_a_thread(lock):
    """Use a lock in a thread of one's own; return what that said."""
    said = []

    def body():
        try:
            lock.acquire()
        except RuntimeError as error:
            said.append(str(error))

    for target in (body, partial(copy_context().run, body)):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    return said


def condition_on(lock):
    """Wait on a condition of one's own, on a lock that is not."""
    condition = threading.Condition(lock)
    with condition:
        condition.wait()


def swallow(lock):
    """Take a lock twice, and hear of nothing that this raises."""
    try:
        lock.acquire()
        lock.acquire()
    except BaseException:
        pass
    return "went on"


def change(items):
    """Change what was given."""
    items.append("changed")
    return len(items)


def block_for_real():
    """Wait for a lock that no scheduler knows."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=20)


class Pair:
    """A number that two locks guard, which is one too many."""

    def __init__(self, *locks):
        self.locks = locks
        self.n = 0


def around(pair, which):
    """Add one, with a lock taken and released in between that has nothing to do with it."""
    before = pair.n
    with pair.locks[which]:
        pass
    pair.n = before + 1


def total(pair):
    """Return the number."""
    return pair.n


def wait_until_one(condition, var):
    """Wait, look, wait again."""
    with condition:
        while var.value != 1:
            condition.wait()
        condition.wait_for(lambda: var.value == 1)


def make_it_one(condition, var):
    """Set it, and say so."""
    with condition:
        var.value = 1
        condition.notify()


def overdraw():
    """Raise what another module declares."""
    raise Overdrawn
