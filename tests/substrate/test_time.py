"""Virtual time: clocks that only move when nothing else can, in whole nanoseconds, whatever floats do on the way."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.schedulers import RandomScheduler

FOREVER = 10**9


def test_sleeping_takes_virtual_time_only(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty years pass on the clock, and the real `sleep` is never called."""
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("a real sleep"))
    ending = lab.run(lambda: lab.time.sleep(1e9))
    assert ending.now == 10**18


def test_all_clocks_agree(lab: Any) -> None:
    """Every clock of the loaded `time` shows the seconds since the run began."""

    def main() -> None:
        lab.time.sleep(1.25)
        lab.log = [lab.time.monotonic(), lab.time.perf_counter(), lab.time.time()]
        lab.log += [lab.time.monotonic_ns(), lab.time.perf_counter_ns(), lab.time.time_ns()]

    lab.run(main)
    assert lab.log == [1.25] * 3 + [1_250_000_000] * 3


def test_the_clock_stands_still_while_anyone_can_go_on(lab: Any) -> None:
    """A thread that computes is not overtaken by one that sleeps."""

    def busy() -> None:
        for _ in range(50):
            lab.step()
        lab.note("busy")

    def sleepy() -> None:
        lab.time.sleep(1e-9)
        lab.note("sleepy")

    lab.together(sleepy, busy)
    assert lab.log == [(0.0, "busy"), (1e-9, "sleepy")]


def test_sleepers_wake_in_the_order_of_their_deadlines(any_lab: Any) -> None:
    """Whatever the policy, who sleeps less is up first."""

    def sleeper(seconds: float) -> Any:
        def body() -> None:
            any_lab.time.sleep(seconds)
            any_lab.note(seconds)

        return body

    any_lab.together(*map(sleeper, (3, 1, 2)))
    assert any_lab.log == [(1.0, 1), (2.0, 2), (3.0, 3)]


def test_equal_deadlines_are_up_together(make_lab: Any) -> None:
    """Who of several goes first at one moment is the scheduler's choice: seeds differ, and the clock does not."""
    orders = set()
    for seed in range(30):
        lab = make_lab(RandomScheduler(seed))

        def body(lab: Any = lab) -> None:
            lab.time.sleep(1)
            lab.note(lab.threading.current_thread().name)

        def a(body: Any = body) -> None:
            body()

        def b(body: Any = body) -> None:
            body()

        lab.together(a, b)
        assert [now for now, _ in lab.log] == [1.0, 1.0]
        orders.add(tuple(name for _, name in lab.log))
    assert orders == {("a", "b"), ("b", "a")}


def test_equal_deadlines_under_fifo(lab: Any) -> None:
    """The calm policy wakes sleepers in the order they lay down."""

    def one() -> None:
        lab.time.sleep(2)
        lab.note("one")

    def two() -> None:
        lab.time.sleep(1)
        lab.time.sleep(1)
        lab.note("two")

    lab.together(one, two)
    assert lab.log == [(2.0, "one"), (2.0, "two")]


def test_sleep_zero_lets_others_go_first(lab: Any) -> None:
    """A sleep of nothing gives way, without moving the clock."""

    def polite() -> None:
        lab.time.sleep(0)
        lab.note("polite")

    def other() -> None:
        lab.note("other")

    lab.together(polite, other)
    assert lab.log == [(0.0, "other"), (0.0, "polite")]


def test_a_negative_sleep_is_a_value_error(lab: Any) -> None:
    """With the real one's message."""
    with pytest.raises(ValueError, match="sleep length must be non-negative"):
        lab.run(lambda: lab.time.sleep(-1))


TIMEOUTS = {
    "lock": lambda lab: lab.held.acquire(timeout=0.5),
    "rlock": lambda lab: lab.held_rlock.acquire(timeout=0.5),
    "condition": lambda lab: in_condition(lab, lambda condition: condition.wait(0.5)),
    "wait_for": lambda lab: in_condition(lab, lambda condition: condition.wait_for(lambda: False, 0.5)),
    "semaphore": lambda lab: lab.threading.Semaphore(0).acquire(timeout=0.5),
    "bounded semaphore": lambda lab: lab.threading.BoundedSemaphore(0).acquire(timeout=0.5),
    "event": lambda lab: lab.threading.Event().wait(0.5),
    "barrier": lambda lab: failing(lab.threading.BrokenBarrierError, lab.threading.Barrier(2).wait, 0.5),
    "barrier's own timeout": lambda lab: failing(lab.threading.BrokenBarrierError, lab.threading.Barrier(2, timeout=0.5).wait),
    "get": lambda lab: failing(lab.queue.Empty, lab.queue.Queue().get, True, 0.5),
    "put": lambda lab: failing(lab.queue.Full, full(lab).put, 1, True, 0.5),
    "lifo get": lambda lab: failing(lab.queue.Empty, lab.queue.LifoQueue().get, True, 0.5),
    "priority get": lambda lab: failing(lab.queue.Empty, lab.queue.PriorityQueue().get, True, 0.5),
    "simple get": lambda lab: failing(lab.queue.Empty, lab.queue.SimpleQueue().get, True, 0.5),
    "join": lambda lab: (lab.holder.join(0.5), lab.holder.is_alive())[0] or False,
}


def in_condition(lab: Any, wait: Any) -> Any:
    """Wait on a condition while holding it."""
    condition = lab.threading.Condition()
    with condition:
        return wait(condition)


def failing(exception: type[Exception], call: Any, *arguments: Any) -> bool:
    """Return False when the call raises what it should."""
    with pytest.raises(exception):
        call(*arguments)
    return False


def full(lab: Any) -> Any:
    """A queue without room."""
    queue = lab.queue.Queue(1)
    queue.put(0)
    return queue


@pytest.mark.parametrize("wait", TIMEOUTS.values(), ids=TIMEOUTS)
@pytest.mark.parametrize("sync", [False, True], ids=["step", "sync"])
def test_every_timeout_is_virtual_and_exact(make_lab: Any, wait: Any, sync: bool) -> None:
    """A wait for what never comes ends half a second later to the nanosecond, and says that it failed."""
    lab = make_lab(sync=sync)

    def holder() -> None:
        lab.held = lab.threading.Lock()
        lab.held_rlock = lab.threading.RLock()
        with lab.held, lab.held_rlock:
            lab.time.sleep(10)

    def main() -> None:
        (lab.holder,) = lab.start(holder)
        lab.time.sleep(1)
        lab.note(wait(lab))
        lab.holder.join()

    ending = lab.run(main)
    assert lab.log == [(1.5, False)]
    assert ending.now == 10 * FOREVER


def test_a_timeout_of_zero_does_not_wait(lab: Any) -> None:
    """Zero seconds is a look, not a wait."""

    def main() -> None:
        lock = lab.threading.Lock()
        lock.acquire()
        lab.log = [lock.acquire(timeout=0), lab.threading.Event().wait(0), lab.threading.Semaphore(0).acquire(timeout=0), lab.now]

    lab.run(main)
    assert lab.log == [False, False, False, 0.0]
    assert lab.blocks == []


BAD = {
    "negative": ((True, -2), ValueError, "non-negative"),
    "with a non-blocking acquire": ((False, 1), ValueError, "non-blocking"),
    "too large": ((True, 1e30), OverflowError, "too large"),
}


@pytest.mark.parametrize(("arguments", "error", "message"), BAD.values(), ids=BAD)
def test_a_bad_timeout_is_refused_as_by_the_real_lock(lab: Any, arguments: Any, error: type[Exception], message: str) -> None:
    """The checks and their messages are the real lock's."""
    with pytest.raises(error, match=message):
        lab.run(lambda: lab.threading.Lock().acquire(*arguments))


# -- what floats do --------------------------------------------------------------------------------------------------------


def test_sums_of_tenths_end_on_whole_nanoseconds(lab: Any) -> None:
    """0.1 + 0.2 is not 0.3 in floats; on the clock it is."""

    def main() -> None:
        event = lab.threading.Event()
        event.wait(0.1)
        event.wait(0.2)

    assert lab.run(main).now == 300_000_000


@pytest.mark.parametrize("start", [0, 0.1, 0.7, 1, 12345.678, 1e6 + 0.3, 1e9 - 1])
@pytest.mark.parametrize("sync", [False, True], ids=["step", "sync"])
def test_a_wait_that_is_woken_in_vain_ends_at_its_deadline(make_lab: Any, start: float, sync: bool) -> None:
    """The library subtracts clocks to find what is left; no dust of that stays on the clock, and none makes it loop."""
    lab = make_lab(sync=sync, max_steps=2000)
    condition = lab.threading.Condition()

    def waiter() -> None:
        with condition:
            lab.log.append(condition.wait_for(lambda: False, 0.3))
        lab.log.append(lab.substrate.now() - begin)

    def waker() -> None:
        for _ in range(5):
            lab.time.sleep(0.1)
            with condition:
                condition.notify_all()

    def main() -> None:
        nonlocal begin
        lab.time.sleep(start)
        begin = lab.substrate.now()
        for thread in lab.start(waiter, waker):
            thread.join()

    begin = 0
    assert lab.run(main).verdict == "completed"
    assert lab.log == [False, 300_000_000]


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=5), st.integers(1, 3000), st.integers(0, 10**9))
def test_a_queue_that_is_emptied_by_others_ends_at_its_deadline(make_lab: Any, gaps: list[int], limit: int, start: int) -> None:
    """Whatever milliseconds are slept and waited, and however often in vain, a get ends exactly at its deadline."""
    lab = make_lab(max_steps=2000)
    queue = lab.queue.Queue()

    def getter() -> None:
        with pytest.raises(lab.queue.Empty):
            queue.get(timeout=limit / 1000)
        lab.log.append(lab.substrate.now() - start * 1_000_000)

    def thief() -> None:
        for gap in gaps:
            lab.time.sleep(gap / 1000)
            queue.put(1)
            queue.get(block=False)

    def main() -> None:
        lab.time.sleep(start / 1000)
        for thread in lab.start(getter, thief):
            thread.join()

    assert lab.run(main).verdict == "completed"
    assert lab.log == [limit * 1_000_000]


@pytest.mark.parametrize("timeout", [1e-10, 1e-12, 1e-300])
def test_less_than_half_a_nanosecond_is_no_time(lab: Any, timeout: float) -> None:
    """A wait too short for the clock ends at once."""

    def main() -> None:
        lab.log.append(lab.threading.Event().wait(timeout))

    assert lab.run(main).now == 0
    assert lab.log == [False]
