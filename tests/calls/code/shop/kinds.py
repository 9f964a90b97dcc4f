"""One function for each kind of resource, which does all that can be done with one."""

from __future__ import annotations

import queue


def lock(lock):
    assert lock.acquire()
    assert lock.locked()
    assert not lock.acquire(blocking=False)
    assert not lock.acquire(timeout=2)
    lock.release()
    with lock as got:
        assert got


def rlock(lock):
    with lock, lock:
        assert lock.acquire(timeout=1)
        lock.release()


def condition(condition, flag):
    with condition:
        assert not condition.wait(timeout=1)
        assert not condition.wait_for(lambda: flag.value, timeout=1)
        flag.value = 1
        assert condition.wait_for(lambda: flag.value + 1) == 2
        condition.notify()
        condition.notify(2)
        condition.notify_all()


def semaphore(semaphore):
    assert semaphore.acquire()
    assert not semaphore.acquire(blocking=False)
    semaphore.release(2)
    with semaphore:
        pass


def event(event):
    assert not event.is_set()
    assert not event.wait(1)
    event.set()
    assert event.wait()
    event.clear()


def barrier(barrier):
    assert barrier.parties == 1
    assert barrier.wait() == 0
    assert barrier.n_waiting == 0
    barrier.abort()
    assert barrier.broken
    barrier.reset()


def a_queue(items):
    items.put(1)
    items.put_nowait([2])
    assert items.maxsize == 2
    assert items.full()
    try:
        items.put(3, timeout=1)
    except queue.Full:
        pass
    assert items.qsize() == 2
    assert items.get() == 1
    assert items.get_nowait() == [2]
    try:
        items.get(timeout=1)
    except queue.Empty:
        pass
    assert items.empty()
    items.task_done()
    items.task_done()
    items.join()


def simple_queue(items):
    items.put((1, "a"))
    assert items.get() == (1, "a")


def local(mine):
    mine.name = "ann"
    assert mine.name == "ann"
    assert not hasattr(mine, "age")


def var(var):
    assert var.value == 5
    var.value += 2


def objects_in_line(items, accounts):
    for account in accounts:
        items.put(account)
    return [items.get().balance for _ in accounts]
