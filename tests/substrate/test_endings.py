"""Every way that a run can end: what the Ending says, and that nothing of the run is left behind."""

from __future__ import annotations

import _thread
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import InternalError, RunnerError
from runner.schedulers import FifoScheduler, make_scheduler
from runner.substrate import ControlledSubstrate, Verdict


def deadlock(lab: Any) -> Any:
    """Two threads that take two locks in opposite order, each having the first."""
    left, right = lab.threading.Lock(), lab.threading.Lock()
    lab.substrate.label(left, "left")
    lab.substrate.label(right, "right")

    def a() -> None:
        lab.step("left")
        with left:
            lab.time.sleep(1)
            lab.step("right")
            with right:
                lab.log.append("never")

    def b() -> None:
        lab.step("right")
        with right:
            lab.time.sleep(1)
            lab.step("left")
            with left:
                lab.log.append("never")

    def main() -> None:
        for thread in lab.start(a, b):
            lab.step(thread.name)
            thread.join()

    return lab.run(main)


def test_completed(lab: Any) -> None:
    """When main has returned the run is over, at the time it is then."""
    ending = lab.run(lambda: lab.time.sleep(2))
    assert (ending.verdict, ending.now, ending.blocked, ending.stack) == (Verdict.COMPLETED, 2 * 10**9, (), None)


def test_completed_with_threads_abandoned(lab: Any, no_leak: None) -> None:
    """Who is still there when main returns is abandoned, and its `finally` blocks run."""

    def daemon() -> None:
        try:
            lab.threading.Event().wait()
        finally:
            lab.log.append("finally")

    def main() -> None:
        lab.start(daemon, daemon, daemon=True)
        lab.time.sleep(1)

    assert lab.run(main).verdict is Verdict.COMPLETED
    assert lab.log == ["finally", "finally"]


def test_deadlock_names_who_waits_for_whom(lab: Any, no_leak: None) -> None:
    """Each blocked thread, in order of starting, with what it waits for and who holds that."""
    ending = deadlock(lab)
    assert ending.verdict is Verdict.DEADLOCK
    assert [(b.thread, b.on, b.held_by) for b in ending.blocked] == [("main", "a", "a"), ("a", "right", "b"), ("b", "left", "a")]
    assert lab.log == []
    assert ending.now == 10**9


def test_deadlock_knows_since_which_op(lab: Any) -> None:
    """The op that the holder was in when it took what another waits for is kept."""
    ending = deadlock(lab)
    assert [b.op is not None for b in ending.blocked] == [True, True, True]
    assert [b.held_since is not None for b in ending.blocked] == [False, True, True]


def test_a_thread_may_wait_for_itself(lab: Any, no_leak: None) -> None:
    """A plain lock acquired twice is a deadlock of one."""

    def main() -> None:
        lock = lab.threading.Lock()
        lab.substrate.label(lock, "guard")
        lock.acquire()
        lock.acquire()

    ending = lab.run(main)
    assert [(b.thread, b.on, b.held_by) for b in ending.blocked] == [("main", "guard", "main")]


def test_waiting_for_nobody_in_particular(lab: Any, no_leak: None) -> None:
    """An event, a condition or a queue has no holder."""

    def main() -> None:
        lab.start(lab.threading.Event().wait, lab.queue.Queue().get, lab.queue.SimpleQueue().get)[0].join()

    ending = lab.run(main)
    assert ending.verdict is Verdict.DEADLOCK
    assert [b.held_by for b in ending.blocked[1:]] == [None, None, None]


def test_a_deadlock_unwinds_each_thread(lab: Any, no_leak: None) -> None:
    """`finally` blocks run, one thread at a time, and may use the library without blocking."""
    lock, queue = lab.threading.Lock(), lab.queue.Queue()

    def body() -> None:
        try:
            with lock:
                queue.get()
        finally:
            lab.log.append(lab.threading.current_thread().name)

    assert lab.together(body, body).verdict is Verdict.DEADLOCK
    assert lab.log == ["body", "body"]


def test_unwinding_does_not_block_again(lab: Any, no_leak: None) -> None:
    """A `finally` that would wait, or start a thread, is cut short too."""

    def body() -> None:
        try:
            lab.threading.Event().wait()
        finally:
            try:
                lab.time.sleep(1)
            finally:
                lab.low.start_new_thread(lab.log.append, ("never",))

    assert lab.together(body).verdict is Verdict.DEADLOCK
    assert lab.log == []


def test_step_limit(make_lab: Any, no_leak: None) -> None:
    """An endless run ends after exactly so many steps."""
    lab = make_lab(max_steps=100)

    def endless() -> None:
        while True:
            lab.step()
            lab.log.append(1)

    ending = lab.run(endless)
    assert (ending.verdict, ending.steps, len(lab.log)) == (Verdict.STEP_LIMIT, 100, 100)


def test_step_limit_counts_all_threads(make_lab: Any, no_leak: None) -> None:
    """The limit is the run's, not each thread's, and who waits is unwound too."""
    lab = make_lab(max_steps=50)

    def endless() -> None:
        while True:
            lab.substrate.tick()

    def waiting() -> None:
        lab.threading.Event().wait()

    ending = lab.together(waiting, endless, endless)
    assert (ending.verdict, ending.steps) == (Verdict.STEP_LIMIT, 50)


def test_as_many_steps_as_the_limit_are_fine(make_lab: Any) -> None:
    """The limit is the last number of steps that is allowed."""
    lab = make_lab(max_steps=3)

    def main() -> None:
        for _ in range(3):
            lab.step()

    ending = lab.run(main)
    assert (ending.verdict, ending.steps) == (Verdict.COMPLETED, 3)


# -- what goes wrong outside of the program --------------------------------------------------------------------------------


def test_hung(make_lab: Any, thread_count: Callable[..., int]) -> None:
    """A thread that blocks outside of our modules is noticed by the wall clock, and its stack shown."""
    before = thread_count()
    lab, gate, blocking = make_lab(wall_limit=0.05), threading.Lock(), threading.Event()
    lab.watch_from(blocking)
    gate.acquire()

    def blocks_for_real() -> None:
        blocking.set()
        with gate:
            pass

    try:
        ending = lab.run(blocks_for_real)
    finally:
        gate.release()
    assert ending.verdict is Verdict.HUNG
    assert "blocks_for_real" in ending.stack
    assert thread_count(before) <= before


def test_hung_with_others_waiting(make_lab: Any, thread_count: Callable[..., int]) -> None:
    """Threads that wait for the hung one are unwound all the same."""
    before = thread_count()
    lab, gate, blocking, unwound = make_lab(wall_limit=0.05), threading.Lock(), threading.Event(), threading.Event()
    lab.watch_from(blocking)
    gate.acquire()

    def waiting() -> None:
        try:
            lab.threading.Event().wait()
        finally:
            lab.log.append("finally")

    def blocks_for_real() -> None:
        blocking.set()
        try:
            with gate:
                lab.log.append("released")
            lab.step()
            lab.log.append("never")
        finally:
            unwound.set()

    def main() -> None:
        lab.start(waiting, blocks_for_real)[1].join()

    try:
        ending = lab.run(main)
    finally:
        gate.release()
    assert ending.verdict is Verdict.HUNG
    assert unwound.wait(60)
    assert lab.log == ["finally", "released"]
    assert thread_count(before) <= before


def test_a_hung_thread_that_comes_back_does_not_meddle_with_the_next_run(make_lab: Any) -> None:
    """What a thread of an earlier run still does is not done to the clock of a later one."""
    first, second, gate, over = make_lab(wall_limit=0.05), make_lab(), threading.Lock(), threading.Event()
    gate.acquire()

    def blocks_for_real() -> None:
        try:
            with gate:
                pass
            first.time.sleep(1)
        finally:
            over.set()

    def main() -> None:
        gate.release()
        over.wait(60)

    assert first.run(blocks_for_real).verdict is Verdict.HUNG
    assert second.run(main).now == 0


def test_a_slow_run_is_not_hung(make_lab: Any) -> None:
    """As long as steps are made, no wall time is too long."""
    lab = make_lab(max_steps=10**15)
    kernel, wait = lab.substrate.kernel, lab.substrate._carriers.wait_in_host
    looks: list[int] = []

    def wait_in_host(timeout: float) -> bool:
        if len(looks) == 4:
            return bool(wait(timeout))
        looks.append(kernel.steps)
        while kernel.steps == looks[-1]:  # the time is up, and there has been a step meanwhile
            time.sleep(0)
        return False

    lab.substrate._carriers.wait_in_host = wait_in_host

    def main() -> None:
        while len(looks) < 4:
            lab.substrate.tick()
        lab.substrate.tick()  # for the last look, which is waiting for one

    assert lab.run(main).verdict is Verdict.COMPLETED
    assert len(looks) == 4


@pytest.mark.parametrize("threads", [0, 3])
def test_interrupted(make_lab: Any, interrupt: Callable[[], None], no_leak: None, threads: int) -> None:
    """Ctrl-C ends the run, whatever its threads are at."""
    lab, spinning = make_lab(max_steps=10**15), threading.Event()

    def spin() -> None:
        while True:
            lab.step()
            spinning.set()

    def interrupt_it() -> None:
        spinning.wait()
        interrupt()

    helper = threading.Thread(target=interrupt_it)
    helper.start()
    ending = lab.together(*[spin] * threads) if threads else lab.run(spin)
    helper.join()
    assert ending.verdict is Verdict.INTERRUPTED


class BrokenScheduler:
    """Raises at its third choice, or answers with what is no rank."""

    spec = "broken"
    seed = None

    def __init__(self, answer: int | Exception) -> None:
        self.answer = answer
        self.left = 2

    def choose(self, point: Any) -> int:
        """Break in the end."""
        self.left -= 1
        if self.left >= 0:
            return 0
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def three_steps(lab: Any) -> Any:
    """Enough choices for a scheduler to break at."""

    def body() -> None:
        for _ in range(3):
            lab.step()

    return lab.together(body, body, body)


def test_a_scheduler_that_raises_reaches_the_caller(make_lab: Any, no_leak: None) -> None:
    """Its mistake is not the scenario's: the very exception comes out of `run`."""
    error = RunnerError("out of ranks")
    with pytest.raises(RunnerError) as caught:
        three_steps(make_lab(BrokenScheduler(error)))
    assert caught.value is error


@pytest.mark.parametrize("rank", [3, 99, -1, -4])
def test_a_rank_that_is_none_reaches_the_caller(make_lab: Any, no_leak: None, rank: int) -> None:
    """An answer beyond the enabled threads, on either side, is an error, not a choice."""
    with pytest.raises(IndexError):
        three_steps(make_lab(BrokenScheduler(rank)))


def test_a_scheduler_that_raises_while_a_thread_ends(make_lab: Any, no_leak: None) -> None:
    """Also when the choice is who goes on behind a thread that has ended."""
    scheduler = BrokenScheduler(RunnerError("now"))
    scheduler.left = 2  # main blocks: who goes; the first thread ends: who goes on
    lab = make_lab(scheduler)

    def body() -> None:
        pass

    with pytest.raises(RunnerError, match="now"):
        lab.together(body, body, body)


def test_an_exception_of_main_reaches_the_caller(lab: Any, no_leak: None) -> None:
    """What the interpreter has not caught is a bug of ours, and must be seen."""

    def main() -> None:
        lab.start(lab.threading.Event().wait)
        raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug"):
        lab.run(main)


def test_an_exception_of_a_low_level_thread_reaches_the_caller(lab: Any, no_leak: None) -> None:
    """In whichever thread it is."""

    def bug() -> None:
        raise LookupError("a bug")

    def main() -> None:
        lab.low.start_new_thread(bug, ())
        lab.time.sleep(1)

    with pytest.raises(LookupError, match="a bug"):
        lab.run(main)


# -- runs among themselves -------------------------------------------------------------------------------------------------


def test_a_nested_run_is_refused(lab: Any, make_lab: Any) -> None:
    """There is one controlled run in a process at a time."""

    def main() -> None:
        with pytest.raises(InternalError, match="already in progress"):
            make_lab().run(lambda: None)
        lab.log.append("refused")

    assert lab.run(main).verdict is Verdict.COMPLETED
    assert lab.log == ["refused"]


def test_a_substrate_runs_once(lab: Any) -> None:
    """A second run needs a substrate of its own."""
    lab.run(lambda: None)
    with pytest.raises(InternalError, match="one run only"):
        lab.run(lambda: None)


@pytest.mark.parametrize("first", [deadlock, three_steps], ids=["after a deadlock", "after a completed run"])
def test_two_runs_in_a_row(make_lab: Any, first: Any) -> None:
    """A run finds nothing of the one before."""
    first(make_lab())
    one, two = deadlock(make_lab()), deadlock(make_lab())
    assert (one.verdict, one.now, one.steps, one.ranks) == (two.verdict, two.now, two.steps, two.ranks)
    assert [(b.thread, b.on) for b in one.blocked] == [(b.thread, b.on) for b in two.blocked]


@pytest.mark.parametrize("policy", ["fifo", "random"])
def test_a_sync_run_that_ends_anywhere_leaves_no_lock_held(make_lab: Any, policy: str) -> None:
    """`threading` has locks of its own, and they outlive a run: wherever it is cut off, the next one finds them free."""

    def body() -> None:
        pass

    for limit in range(120):
        cut = make_lab(make_scheduler(policy, limit if policy == "random" else None), sync=True, max_steps=limit)
        cut.together(body, body)
        after = make_lab(sync=True)
        assert after.together(body, body).verdict is Verdict.COMPLETED


def test_many_runs_leak_nothing(make_lab: Any, no_leak: None) -> None:
    """Two hundred deadlocks leave no thread."""
    assert {deadlock(make_lab()).verdict for _ in range(200)} == {Verdict.DEADLOCK}


def test_the_real_threading_never_hears_of_it(lab: Any) -> None:
    """Threads of a run are not in the real module's list."""

    def body() -> None:
        lab.log.append(threading.active_count())

    before = threading.active_count()
    lab.together(body)
    assert lab.log == [before]


@pytest.mark.parametrize("run", [deadlock, three_steps], ids=["deadlock", "completed"])
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this platform has no CPU affinity")
def test_the_cpus_are_given_back(make_lab: Any, run: Any) -> None:
    """Pinning is for the run only, and for its own threads."""
    before = os.sched_getaffinity(0)
    run(make_lab())
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(("pin", "cpus"), [(True, 1), (False, None)])
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this platform has no CPU affinity")
def test_carriers_are_pinned_to_one_cpu(make_lab: Any, pin: bool, cpus: int | None) -> None:
    """All carriers share one CPU, unless the run is told not to pin."""
    lab = make_lab(pin=pin)
    lab.together(lambda: lab.log.append(len(os.sched_getaffinity(0))))
    assert lab.log == [cpus or len(os.sched_getaffinity(0))]


def test_pinning_that_is_forbidden_is_done_without(monkeypatch: pytest.MonkeyPatch, lab: Any) -> None:
    """A container that forbids it makes the run slower, not wrong."""

    def forbidden(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbidden, raising=False)
    assert lab.run(lambda: None).verdict is Verdict.COMPLETED


def test_a_run_may_come_from_any_thread() -> None:
    """The host need not be the process's main thread: nor is a test's, under xdist."""
    endings: list[Any] = []
    done = _thread.allocate_lock()
    done.acquire()

    def host() -> None:
        endings.append(ControlledSubstrate(FifoScheduler()).run(lambda: None, lambda *_: None))
        done.release()

    _thread.start_new_thread(host, ())
    done.acquire()
    assert endings[0].verdict is Verdict.COMPLETED
