"""Each primitive of the loaded `threading` and `queue`, used from plain Python functions, under every policy."""

from __future__ import annotations

from typing import Any

import pytest

# -- locks -----------------------------------------------------------------------------------------------------------------


def test_lock_excludes(any_lab: Any) -> None:
    """Two threads are never both inside, though each gives way in there."""
    lab, lock, inside = any_lab, any_lab.threading.Lock(), [0]

    def body() -> None:
        for _ in range(3):
            lab.step()
            with lock:
                inside[0] += 1
                lab.log.append(inside[0])
                lab.step()
                inside[0] -= 1

    lab.together(body, body, body)
    assert lab.log == [1] * 9


def test_lock_not_blocking(lab: Any) -> None:
    """A held lock is not waited for when the caller says so."""

    def main() -> None:
        lock = lab.threading.Lock()
        lab.log = [lock.acquire(), lock.acquire(blocking=False), lock.locked()]
        lock.release()
        lab.log += [lock.locked(), lock.acquire(False)]

    lab.run(main)
    assert lab.log == [True, False, True, False, True]


def test_lock_may_be_released_by_another_thread(any_lab: Any) -> None:
    """A lock has no owner but in messages."""
    lab, lock = any_lab, any_lab.threading.Lock()

    def main() -> None:
        lock.acquire()
        lab.start(lock.release)
        lock.acquire()
        lab.log.append("again")

    assert lab.run(main).verdict == "completed"
    assert lab.log == ["again"]


def test_releasing_a_free_lock_is_a_runtime_error(lab: Any) -> None:
    """With the real one's message."""
    with pytest.raises(RuntimeError, match="release unlocked lock"):
        lab.run(lab.threading.Lock().release)


def test_rlock_counts(any_lab: Any) -> None:
    """Its holder may take it again, and it is free after as many releases."""
    lab, lock = any_lab, any_lab.threading.RLock()

    def other() -> None:
        lab.log.append(lock.acquire(blocking=False))

    def main() -> None:
        lock.acquire()
        lock.acquire()
        lock.release()
        (thread,) = lab.start(other)
        thread.join()
        lock.release()
        (thread,) = lab.start(other)
        thread.join()

    lab.run(main)
    assert lab.log == [False, True]


def test_rlock_belongs_to_its_holder(any_lab: Any) -> None:
    """Another thread may not release it."""
    lab, lock = any_lab, any_lab.threading.RLock()

    def thief() -> None:
        with pytest.raises(RuntimeError, match="un-acquired"):
            lock.release()
        lab.log.append("refused")

    def main() -> None:
        with lock:
            (thread,) = lab.start(thief)
            thread.join()

    lab.run(main)
    assert lab.log == ["refused"]


# -- conditions ------------------------------------------------------------------------------------------------------------


def test_condition_notify_wakes_so_many(any_lab: Any) -> None:
    """`notify(2)` wakes two of three, and `notify_all` the rest."""
    lab, condition = any_lab, any_lab.threading.Condition()

    def waiter() -> None:
        with condition:
            condition.wait()
            lab.log.append(lab.now)

    def main() -> None:
        threads = lab.start(waiter, waiter, waiter)
        lab.time.sleep(1)
        with condition:
            condition.notify(2)
        lab.time.sleep(1)
        with condition:
            condition.notify_all()
        for thread in threads:
            thread.join()

    lab.run(main)
    assert lab.log == [1.0, 1.0, 2.0]


def test_condition_wait_gives_the_lock_away_and_takes_it_back(any_lab: Any) -> None:
    """While one waits another may hold the lock; when it goes on, it holds it again."""
    lab, lock = any_lab, any_lab.threading.Lock()
    condition = lab.threading.Condition(lock)

    def waiter() -> None:
        with condition:
            condition.wait()
            lab.log.append(("woken", lock.locked(), lab.now))

    def main() -> None:
        (thread,) = lab.start(waiter)
        lab.time.sleep(1)
        with condition:
            condition.notify()
            lab.time.sleep(1)  # the notified thread cannot go on before the lock is free
        thread.join()

    lab.run(main)
    assert lab.log == [("woken", True, 2.0)]


def test_condition_wait_for(any_lab: Any) -> None:
    """The predicate is tried at each notification until it holds."""
    lab, condition, count = any_lab, any_lab.threading.Condition(), [0]

    def waiter() -> None:
        with condition:
            lab.log.append((condition.wait_for(lambda: count[0] == 3), lab.now))

    def main() -> None:
        (thread,) = lab.start(waiter)
        for _ in range(3):
            lab.time.sleep(1)
            with condition:
                count[0] += 1
                condition.notify()
        thread.join()

    lab.run(main)
    assert lab.log == [(True, 3.0)]


@pytest.mark.parametrize("use", [lambda c: c.wait(), lambda c: c.notify(), lambda c: c.notify_all(), lambda c: c.release()])
def test_a_condition_must_be_held(lab: Any, use: Any) -> None:
    """Waiting, notifying and releasing without the lock is a RuntimeError."""
    with pytest.raises(RuntimeError, match="un-acquired"):
        lab.run(lambda: use(lab.threading.Condition()))


# -- semaphores, events, barriers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Semaphore", "BoundedSemaphore"])
def test_semaphore_lets_so_many_in(any_lab: Any, kind: str) -> None:
    """With a value of two, five threads of a second each take three seconds."""
    lab, semaphore = any_lab, getattr(any_lab.threading, kind)(2)

    def body() -> None:
        with semaphore:
            lab.log.append(lab.now)
            lab.time.sleep(1)

    ending = lab.together(*[body] * 5)
    assert (lab.log, ending.now) == ([0, 0, 1, 1, 2], 3 * 10**9)


def test_semaphore_release_many(any_lab: Any) -> None:
    """`release(n)` lets n more in."""
    lab, semaphore = any_lab, any_lab.threading.Semaphore(0)

    def body() -> None:
        lab.log.append(semaphore.acquire(timeout=5))

    def main() -> None:
        threads = lab.start(body, body, body)
        lab.time.sleep(1)
        semaphore.release(2)
        for thread in threads:
            thread.join()

    lab.run(main)
    assert lab.log == [True, True, False]


def test_bounded_semaphore_is_bounded(lab: Any) -> None:
    """Releasing more often than acquiring is a ValueError."""
    with pytest.raises(ValueError, match="released too many times"):
        lab.run(lab.threading.BoundedSemaphore(1).release)


def test_event_wakes_everybody(any_lab: Any) -> None:
    """All who wait go on at the moment it is set, and later ones do not wait."""
    lab, event = any_lab, any_lab.threading.Event()

    def waiter() -> None:
        lab.log.append((event.wait(), lab.now))

    def main() -> None:
        threads = lab.start(waiter, waiter)
        lab.time.sleep(1)
        event.set()
        threads += lab.start(waiter)
        for thread in threads:
            thread.join()
        event.clear()
        lab.log.append(event.is_set())

    lab.run(main)
    assert lab.log == [(True, 1.0)] * 3 + [False]


def test_barrier_opens_for_all_at_once_and_again(any_lab: Any) -> None:
    """Each round lets everybody through together, with the numbers 0, 1, 2."""
    lab, barrier = any_lab, any_lab.threading.Barrier(3)

    def body() -> None:
        for round_ in range(2):
            lab.time.sleep(lab.threading.get_ident() % 3)
            lab.log.append((round_, barrier.wait()))

    assert lab.together(body, body, body).verdict == "completed"
    assert sorted(lab.log[:3]) == [(0, 0), (0, 1), (0, 2)]
    assert sorted(lab.log[3:]) == [(1, 0), (1, 1), (1, 2)]


def test_barrier_breaks_for_everybody(any_lab: Any) -> None:
    """One wait that times out breaks it for the others too."""
    lab, barrier = any_lab, any_lab.threading.Barrier(3)

    def patient() -> None:
        with pytest.raises(lab.threading.BrokenBarrierError):
            barrier.wait()
        lab.log.append(lab.now)

    def impatient() -> None:
        with pytest.raises(lab.threading.BrokenBarrierError):
            barrier.wait(2)
        lab.log.append(lab.now)

    lab.together(patient, impatient)
    assert lab.log == [2.0, 2.0]
    assert barrier.broken


# -- queues ----------------------------------------------------------------------------------------------------------------

QUEUES = {"Queue": [3, 1, 2], "LifoQueue": [2, 1, 3], "PriorityQueue": [1, 2, 3], "SimpleQueue": [3, 1, 2]}


@pytest.mark.parametrize(("kind", "order"), QUEUES.items(), ids=QUEUES)
def test_queue_order(lab: Any, kind: str, order: list[int]) -> None:
    """Each kind gives its items in its own order."""

    def main() -> None:
        queue = getattr(lab.queue, kind)()
        for item in (3, 1, 2):
            queue.put(item)
        lab.log = [queue.get() for _ in range(3)]

    lab.run(main)
    assert lab.log == order


@pytest.mark.parametrize("kind", QUEUES)
def test_get_waits_for_put(any_lab: Any, kind: str) -> None:
    """A get on an empty queue waits until there is something."""
    lab, queue = any_lab, getattr(any_lab.queue, kind)()

    def getter() -> None:
        lab.log.append((queue.get(), lab.now))

    def main() -> None:
        (thread,) = lab.start(getter)
        lab.time.sleep(2)
        queue.put("item")
        thread.join()

    lab.run(main)
    assert lab.log == [("item", 2.0)]


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue"])
def test_put_waits_for_room(any_lab: Any, kind: str) -> None:
    """A put into a full queue waits until something is taken."""
    lab, queue = any_lab, getattr(any_lab.queue, kind)(1)

    def putter() -> None:
        queue.put(1)
        queue.put(2)
        lab.note("put")

    def main() -> None:
        (thread,) = lab.start(putter)
        lab.time.sleep(2)
        lab.note(queue.get())
        thread.join()

    lab.run(main)
    assert sorted(lab.log, key=str) == [(2.0, "put"), (2.0, 1)]


@pytest.mark.parametrize("kind", QUEUES)
def test_an_empty_queue_raises_empty(lab: Any, kind: str) -> None:
    """Without blocking, there is queue.Empty at once."""
    with pytest.raises(lab.queue.Empty):
        lab.run(lambda: getattr(lab.queue, kind)().get(block=False))


def test_a_full_queue_raises_full(lab: Any) -> None:
    """Without blocking, there is queue.Full at once."""

    def main() -> None:
        queue = lab.queue.Queue(1)
        queue.put(1)
        queue.put(2, block=False)

    with pytest.raises(lab.queue.Full):
        lab.run(main)


def test_queue_join_waits_for_every_task(any_lab: Any) -> None:
    """`join` returns when each item has been dealt with."""
    lab, queue = any_lab, any_lab.queue.Queue()

    def worker() -> None:
        while True:
            lab.time.sleep(queue.get())
            queue.task_done()

    def main() -> None:
        lab.start(worker, worker, daemon=True)
        for seconds in (1, 1, 1):
            queue.put(seconds)
        queue.join()
        lab.log.append(lab.now)

    assert lab.run(main).verdict == "completed"
    assert lab.log == [2.0]


def test_task_done_too_often(lab: Any) -> None:
    """One task_done more than items is a ValueError."""
    with pytest.raises(ValueError, match="called too many times"):
        lab.run(lab.queue.Queue().task_done)


# -- threads ---------------------------------------------------------------------------------------------------------------


def test_timer_fires_later(any_lab: Any) -> None:
    """A Timer calls its function after its interval, unless it is cancelled."""
    lab = any_lab

    def main() -> None:
        timer = lab.threading.Timer(5, lab.note, ("fired",))
        cancelled = lab.threading.Timer(6, lab.note, ("never",))
        timer.start()
        cancelled.start()
        timer.join()
        cancelled.cancel()
        cancelled.join()

    ending = lab.run(main)
    assert (lab.log, ending.now) == ([(5.0, "fired")], 5 * 10**9)


def test_local_is_each_threads_own(any_lab: Any) -> None:
    """A `local`'s attribute is not another thread's."""
    lab, local = any_lab, any_lab.threading.local()

    def body() -> None:
        lab.log.append(getattr(local, "name", None))
        local.name = lab.threading.current_thread().name
        lab.step()
        lab.log.append(local.name == lab.threading.current_thread().name)

    lab.together(body, body)
    assert sorted(lab.log, key=str) == [None, None, True, True]


def test_a_subclass_of_thread(any_lab: Any) -> None:
    """A class with its own `run` works as with the real module."""
    lab = any_lab

    class Worker(lab.threading.Thread):  # type: ignore[misc, name-defined]
        def __init__(self, number: int) -> None:
            super().__init__(name=f"worker {number}")
            self.number = number

        def run(self) -> None:
            lab.time.sleep(self.number)
            lab.note(self.name)

    def main() -> None:
        threads = [Worker(2), Worker(1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lab.log.append([thread.is_alive() for thread in threads])

    lab.run(main)
    assert lab.log == [(1.0, "worker 1"), (2.0, "worker 2"), [False, False]]


def test_join_waits_for_the_end(any_lab: Any) -> None:
    """Every joiner goes on when the thread ends, and a second join does not wait."""
    lab = any_lab

    def worker() -> None:
        lab.time.sleep(1)

    def joiner() -> None:
        thread.join()
        lab.note("joined", thread.is_alive())

    def main() -> None:
        nonlocal thread
        (thread,) = lab.start(worker)
        for other in lab.start(joiner, joiner):
            other.join()
        thread.join()
        lab.note("joined", thread.is_alive())

    thread: Any = None
    lab.run(main)
    assert lab.log == [(1.0, "joined", False)] * 3


def test_starting_twice_is_a_runtime_error(lab: Any) -> None:
    """A thread can only be started once."""

    def main() -> None:
        thread = lab.threading.Thread(target=lambda: None)
        thread.start()
        thread.start()

    with pytest.raises(RuntimeError, match="threads can only be started once"):
        lab.run(main)


def test_start_new_thread(any_lab: Any) -> None:
    """The low-level function starts a thread with arguments, and returns its number."""
    lab = any_lab

    def main() -> None:
        lab.log.append(lab.low.start_new_thread(lambda *args, **kwargs: lab.log.append((args, kwargs)), (1, 2), {"a": 3}))
        lab.time.sleep(1)

    lab.run(main)
    assert sorted(lab.log, key=str) == [((1, 2), {"a": 3}), 2]


def test_system_exit_ends_a_thread_quietly(lab: Any) -> None:
    """As in `_thread`, SystemExit ends the thread and nothing else."""

    def main() -> None:
        lab.low.start_new_thread(lab.low.exit, ())
        lab.note("main goes on")

    assert lab.run(main).verdict == "completed"
    assert lab.log == [(0.0, "main goes on")]
