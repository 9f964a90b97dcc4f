"""What a scheduler is asked, and that its answer is what happens."""

from __future__ import annotations

from typing import Any

import pytest

from runner.program.schedule import SchedulingPoint
from runner.schedulers import FifoScheduler, RandomScheduler


class WatchingScheduler:
    """Answers with given ranks, then fifo's, and notes what it is asked."""

    spec = "watching"
    seed = None

    def __init__(self, *ranks: int) -> None:
        self.ranks = iter(ranks)
        self.asked: list[tuple[str, ...]] = []
        self.running: list[bool] = []
        self.targets: list[tuple[str | None, ...]] = []

    def choose(self, point: SchedulingPoint) -> int:
        """Choose the next rank."""
        self.asked.append(tuple(candidate.name for candidate in point.enabled))
        self.running.append(point.running)
        self.targets.append(tuple(candidate.target for candidate in point.enabled))
        return next(self.ranks, 0)


def test_no_choice_no_question(make_lab: Any) -> None:
    """Where only one thread is enabled, the scheduler is not asked and nothing is recorded."""
    scheduler = WatchingScheduler()
    lab = make_lab(scheduler)

    def main() -> None:
        for _ in range(5):
            lab.step()
        lab.time.sleep(1)

    ending = lab.run(main)
    assert (scheduler.asked, ending.ranks) == ([], ())


def test_the_running_thread_is_the_first(make_lab: Any) -> None:
    """At a step the running thread is rank 0, then come the others, longest ready first."""
    scheduler = WatchingScheduler()
    lab = make_lab(scheduler)

    def a() -> None:
        lab.step()

    def b() -> None:
        pass

    def main() -> None:
        lab.start(a, b)
        lab.step()

    lab.run(main)
    assert scheduler.asked == [("main", "a"), ("main", "a", "b")]
    assert scheduler.running == [True, True]


def test_when_the_running_thread_waits_it_is_not_asked_for(make_lab: Any) -> None:
    """Whoever blocks or ends is not among the enabled, and choosing anyone is then no preemption."""
    scheduler = WatchingScheduler()
    lab = make_lab(scheduler)

    def a() -> None:
        lab.log.append("a")

    def b() -> None:
        lab.log.append("b")

    lab.together(a, b)
    assert scheduler.asked == [("main", "a"), ("a", "b"), ("b", "main")]
    assert scheduler.running == [True, False, False]
    assert lab.log == ["a", "b"]


def test_a_scheduler_sees_what_each_is_about_to_do(make_lab: Any) -> None:
    """The choice comes before the op, and the candidates know their targets."""
    scheduler = WatchingScheduler()
    lab = make_lab(scheduler)

    def a() -> None:
        lab.step("left")

    def main() -> None:
        lab.start(a)
        lab.step("right")

    lab.run(main)
    assert scheduler.targets == [("right", None)]


@pytest.mark.parametrize(("ranks", "order"), [((), "abc"), ((0, 0, 1), "bac"), ((0, 0, 2), "cab"), ((0, 0, 2, 1), "cba")])
def test_the_answer_is_what_happens(make_lab: Any, ranks: tuple[int, ...], order: str) -> None:
    """The chosen rank goes next, and the ending has every rank that was chosen."""
    scheduler = WatchingScheduler(*ranks)
    lab = make_lab(scheduler)

    def a() -> None:
        lab.log.append("a")

    def b() -> None:
        lab.log.append("b")

    def c() -> None:
        lab.log.append("c")

    ending = lab.together(a, b, c)
    assert "".join(lab.log) == order
    assert ending.ranks[: len(ranks)] == ranks
    assert len(ending.ranks) == len(scheduler.asked)


def test_a_preempted_thread_goes_to_the_end_of_the_ready(make_lab: Any) -> None:
    """Under fifo it comes again when all who were ready before it have had their turn."""
    lab = make_lab(WatchingScheduler(0, 0, 0, 1))  # a is chosen, then preempted

    def a() -> None:
        lab.log.append("a1")
        lab.step()
        lab.log.append("a2")

    def b() -> None:
        lab.log.append("b")

    def c() -> None:
        lab.log.append("c")

    lab.together(a, b, c)
    assert lab.log == ["a1", "b", "c", "a2"]


# -- locks and who may have them -------------------------------------------------------------------------------------------


def test_a_blocked_acquire_is_enabled_while_the_lock_is_free(make_lab: Any) -> None:
    """A waiter stands among the enabled from the release until somebody takes the lock, and never in between."""
    scheduler = WatchingScheduler(0, 0)
    lab = make_lab(scheduler)
    lock = lab.threading.Lock()

    def waiter() -> None:
        with lock:
            lab.log.append("waiter")

    def main() -> None:
        lock.acquire()
        (thread,) = lab.start(waiter)
        lab.time.sleep(1)  # the waiter blocks
        lab.step("held")
        lock.release()
        lab.step("free")
        lock.acquire()
        lab.step("taken")
        lab.log.append("main")
        lock.release()
        thread.join()

    lab.run(main)
    assert [targets[0] for targets in scheduler.targets] == ["free"]
    assert lab.log == ["main", "waiter"]


def test_a_waiter_that_is_chosen_gets_the_lock(make_lab: Any) -> None:
    """When the scheduler prefers the waiter, who released must wait in turn."""
    lab = make_lab(WatchingScheduler(1))
    lock = lab.threading.Lock()

    def waiter() -> None:
        with lock:
            lab.log.append("waiter")

    def main() -> None:
        lock.acquire()
        (thread,) = lab.start(waiter)
        lab.time.sleep(1)
        lock.release()
        lab.step("free")
        with lock:
            lab.log.append("main")
        thread.join()

    lab.run(main)
    assert lab.log == ["waiter", "main"]


def test_a_lock_taken_before_its_waiter_ran_leaves_it_waiting(make_lab: Any) -> None:
    """Barging: released and taken again without a step in between, the lock never goes to who waits."""
    lab = make_lab(RandomScheduler(1))
    lock = lab.threading.Lock()

    def waiter() -> None:
        with lock:
            lab.note("waiter")

    def main() -> None:
        lock.acquire()
        (thread,) = lab.start(waiter)
        for _ in range(5):
            lab.time.sleep(1)
            lock.release()
            lock.acquire()
        lab.note("main")
        lock.release()
        thread.join()

    lab.run(main)
    assert lab.log == [(5.0, "main"), (5.0, "waiter")]


def test_a_timeout_in_a_waiter_that_was_enabled_in_vain(make_lab: Any) -> None:
    """A waiter whose lock came free and was taken again still ends at its deadline."""
    lab = make_lab()
    lock = lab.threading.Lock()

    def waiter() -> None:
        lab.note(lock.acquire(timeout=2))

    def main() -> None:
        lock.acquire()
        (thread,) = lab.start(waiter)
        lab.time.sleep(1)
        lock.release()
        lock.acquire()
        thread.join()

    lab.run(main)
    assert lab.log == [(2.0, False)]


@pytest.mark.parametrize("seed", range(10))
def test_at_its_deadline_a_wait_has_failed(make_lab: Any, seed: int) -> None:
    """Release and deadline at one moment: whoever runs first, the wait is over when the clock gets there."""
    lab = make_lab(RandomScheduler(seed))
    lock = lab.threading.Lock()

    def waiter() -> None:
        lab.note(lock.acquire(timeout=1))

    def main() -> None:
        lock.acquire()
        (thread,) = lab.start(waiter)
        lab.time.sleep(1)
        lock.release()
        thread.join()

    lab.run(main)
    assert lab.log == [(1.0, False)]


def test_blocks_are_told_with_the_holder(make_lab: Any) -> None:
    """The hook hears who must wait, for what, and who has it; a lock is called by its label."""
    lab = make_lab()
    lock = lab.threading.Lock()
    lab.substrate.label(lock, "guard")

    def waiter() -> None:
        lab.step("guard")
        lock.acquire()

    def main() -> None:
        lock.acquire()
        lab.step("waiter")
        (thread,) = lab.start(waiter)
        lab.time.sleep(1)
        lab.step("waiter")
        lock.release()
        thread.join()

    lab.run(main)
    assert lab.blocks == [("waiter", "guard", "main"), ("main", "waiter", "waiter")]


def test_an_rlock_is_called_by_its_label(make_lab: Any) -> None:
    """A label reaches the lock inside an RLock."""
    lab = make_lab()
    lock = lab.threading.RLock()
    lab.substrate.label(lock, "again")

    def waiter() -> None:
        lab.step("x")
        lock.acquire()

    def main() -> None:
        with lock:
            lab.start(waiter, daemon=True)
            lab.time.sleep(1)

    lab.run(main)
    assert lab.blocks == [("waiter", "again", "main")]


# -- sync ------------------------------------------------------------------------------------------------------------------


def unprotected(lab: Any) -> Any:
    """Two threads that give way only where a lock is used between reading and writing."""
    cell, lock = [0], lab.threading.Lock()

    def body() -> None:
        for _ in range(10):
            seen = cell[0]
            with lock:
                pass
            cell[0] = seen + 1

    lab.together(body, body)
    return cell[0]


def test_step_does_not_give_way_inside_the_library(make_lab: Any) -> None:
    """In a run by steps, a lock that is free is no scheduling point of its own."""
    assert {unprotected(make_lab(RandomScheduler(seed))) for seed in range(10)} == {20}


def test_sync_gives_way_at_every_lock(make_lab: Any) -> None:
    """In a `sync` run it is, and updates are lost."""
    assert min(unprotected(make_lab(RandomScheduler(seed), sync=True)) for seed in range(10)) < 20


@pytest.mark.parametrize("seed", range(10))
def test_sync_runs_the_library_under_any_schedule(make_lab: Any, seed: int) -> None:
    """Queue, barrier, semaphore, event and join hold together when the scheduler may cut in anywhere."""
    lab = make_lab(RandomScheduler(seed), sync=True)
    queue, barrier, semaphore, event = lab.queue.Queue(2), lab.threading.Barrier(4), lab.threading.Semaphore(1), lab.threading.Event()

    def producer() -> None:
        event.wait()
        for item in range(4):
            queue.put(item)
        barrier.wait()

    def consumer() -> None:
        for _ in range(4):
            with semaphore:
                lab.log.append(queue.get(timeout=60))
            queue.task_done()
        barrier.wait()

    def main() -> None:
        threads = lab.start(producer, producer, consumer, consumer)
        event.set()
        queue.join()
        for thread in threads:
            thread.join()

    assert lab.run(main).verdict == "completed"
    assert sorted(lab.log) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_sync_run_is_repeatable(make_lab: Any) -> None:
    """The same seed makes the same choices, more of them than by steps."""

    def ranks(**options: Any) -> tuple[int, ...]:
        lab = make_lab(RandomScheduler(5), **options)
        queue = lab.queue.Queue()
        ending = lab.together(lambda: queue.put(1), queue.get)
        return tuple(ending.ranks)

    assert ranks(sync=True) == ranks(sync=True)
    assert len(ranks(sync=True)) > len(ranks())


def test_fifo_never_preempts(make_lab: Any) -> None:
    """Under fifo a thread that never blocks runs to its end, even in a `sync` run."""
    lab = make_lab(FifoScheduler(), sync=True)
    lock = lab.threading.Lock()

    def body() -> None:
        for _ in range(3):
            with lock:
                lab.log.append(lab.threading.get_ident())

    lab.together(body, body, body)
    assert lab.log == [2, 2, 2, 3, 3, 3, 4, 4, 4]
