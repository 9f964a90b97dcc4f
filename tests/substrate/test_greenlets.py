"""Greenlets as carriers: one operating-system thread, and everything as it is on threads. Most tests of a run's ends are on both."""

from __future__ import annotations

import _thread
import contextvars
import gc
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runner.errors import InternalError, UsageError
from runner.schedulers import RandomScheduler
from runner.substrate import GreenletPool, Verdict
from runner.substrate.controlled.kernel import Kernel
from runner.substrate.controlled.tasks import Task


@pytest.fixture
def pool() -> Iterator[GreenletPool]:
    """A pool, closed in the end."""
    with GreenletPool() as pool:
        yield pool


def test_without_greenlet_there_is_no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for one is told what to install."""
    monkeypatch.setitem(sys.modules, "greenlet", None)
    with pytest.raises(UsageError, match=r"threadscore\[explore\]"):
        GreenletPool()


def test_greenlet_is_imported_by_a_pool_only() -> None:
    """A run on threads does without it."""
    code = "import sys; from runner.substrate import GreenletPool; from runner.suite import run; sys.exit('greenlet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_pool_is_for_one_thread(make_lab: Any, pool: GreenletPool) -> None:
    """A greenlet cannot go from one operating-system thread to another."""
    refused: list[InternalError] = []

    def other() -> None:
        with pytest.raises(InternalError, match="the thread that made it") as caught:
            make_lab(pool=pool)
        refused.append(caught.value)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert refused


def test_everything_is_on_the_callers_thread(make_lab: Any, pool: GreenletPool) -> None:
    """There is one operating-system thread, and the program sees several."""
    lab = make_lab(RandomScheduler(1), pool=pool)

    def body() -> None:
        lab.step()
        lab.log.append((_thread.get_ident(), lab.threading.get_ident()))

    lab.together(body, body, body)
    assert {real for real, _ in lab.log} == {_thread.get_ident()}
    assert {ours for _, ours in lab.log} == {2, 3, 4}


def test_a_pool_keeps_its_greenlets(make_lab: Any, pool: GreenletPool) -> None:
    """As many as the largest run had, main included."""
    for threads in (1, 4, 2, 3):
        lab = make_lab(pool=pool)
        assert lab.together(*[lab.step] * threads).verdict is Verdict.COMPLETED
    assert len(pool.idle) == 5


@pytest.mark.parametrize("seed", range(5))
def test_contexts_are_not_handed_on(make_lab: Any, pool: GreenletPool, seed: int) -> None:
    """What a task keeps in a `local` or a ContextVar, no other sees, beside it or after it, nor does the caller."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nothing")
    for _ in range(3):
        lab = make_lab(RandomScheduler(seed), pool=pool)
        local = lab.threading.local()

        def body(lab: Any = lab, local: Any = local) -> None:
            before = variable.get(), hasattr(local, "x")
            mine = lab.threading.current_thread().name, lab.threading.get_ident()
            variable.set(str(mine))
            local.x = mine
            lab.step()
            lab.log.append((*before, variable.get() == str(mine), local.x == mine))

        lab.together(body, body, body)
        assert lab.log == [("nothing", False, True, True)] * 3
    assert variable.get() == "nothing"


def test_each_thread_has_its_own_exception(make_lab: Any, pool: GreenletPool) -> None:
    """What one is handling, another that runs meanwhile does not see, and it is there again when the first goes on."""
    lab = make_lab(RandomScheduler(3), pool=pool)

    def body() -> None:
        mine = lab.threading.get_ident()
        for _ in range(5):
            lab.log.append(sys.exc_info()[1] is None)
            try:
                raise LookupError(mine)
            except LookupError as error:
                lab.step()
                lab.log.append(sys.exc_info()[1] is error and error.args == (mine,))
            lab.step()

    lab.together(body, body, body)
    assert lab.log == [True] * 30


def test_each_thread_has_its_own_depth(make_lab: Any, pool: GreenletPool) -> None:
    """Threads that are deep in calls all at once add nothing to each other's depth, and one that goes too deep does so alone."""
    lab = make_lab(RandomScheduler(0), pool=pool)
    deep = sys.getrecursionlimit() * 3 // 4

    def descend(left: int) -> int:
        lab.step()
        return 1 + descend(left - 1) if left else 0

    def body() -> None:
        lab.log.append(descend(deep - 50))

    def bottomless() -> None:
        with pytest.raises(RecursionError):
            descend(10**9)

    assert lab.together(body, body, bottomless, body).verdict is Verdict.COMPLETED
    assert lab.log == [deep - 50] * 3


@pytest.mark.parametrize("how", ["deadlock", "step limit", "failure", "abandoned"])
def test_a_pool_outlives_whatever_ends_a_run(make_lab: Any, pool: GreenletPool, how: str) -> None:
    """A run that was cut off is unwound, `finally` by `finally`, and its greenlets are as good as new."""
    for _ in range(20):
        lab = make_lab(pool=pool, max_steps=30)

        def waits(lab: Any = lab) -> None:
            try:
                lab.threading.Event().wait()
            finally:
                lab.log.append("unwound")

        def turns(lab: Any = lab) -> None:
            while True:
                lab.step()

        def main(lab: Any = lab, waits: Any = waits) -> None:
            lab.start(waits, waits, daemon=how == "abandoned")
            lab.time.sleep(1)
            if how == "failure":
                raise LookupError

        if how == "failure":
            with pytest.raises(LookupError):
                lab.run(main)
        elif how == "abandoned":
            assert lab.run(main).verdict is Verdict.COMPLETED
        else:
            ending = lab.together(waits, waits, *[turns] * (how == "step limit"))
            assert ending.verdict.value == how.replace(" ", "_")
        assert lab.log == ["unwound"] * 2
    assert len(pool.idle) == (4 if how == "step limit" else 3)


def test_ten_thousand_executions_leave_nothing(make_lab: Any, pool: GreenletPool) -> None:
    """Neither what ran to its end nor what was cut off is kept by anything."""

    def execute(number: int) -> None:
        lab = make_lab(RandomScheduler(number), pool=pool)
        lock, event = lab.threading.Lock(), lab.threading.Event()

        def body() -> None:
            with lock:
                lab.step()
            if number % 2:
                event.wait()

        assert lab.together(body, body).verdict is (Verdict.DEADLOCK if number % 2 else Verdict.COMPLETED)

    def objects() -> tuple[int, int]:
        gc.collect()
        found = gc.get_objects()
        return len(found), sum(isinstance(each, Task | Kernel) for each in found)

    for number in range(100):
        execute(number)
    before = objects()
    for number in range(10_000):
        execute(number)
    after = objects()
    assert after[1] <= before[1]
    assert after[0] - before[0] < 100
    assert len(pool.idle) == 3


# -- Ctrl-C ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_interrupted(make_lab: Any, pool: GreenletPool, interrupt: Callable[[], None], seed: int) -> None:
    """Ctrl-C ends the run, wherever its threads are: it is an exception in none of them, and each is unwound."""
    lab = make_lab(RandomScheduler(seed), pool=pool, max_steps=10**9)

    def spin() -> None:
        try:
            for turn in range(10**9):
                try:
                    lab.step()
                    if turn == 100:
                        interrupt()
                except BaseException as error:
                    lab.log.append(type(error).__name__)
                    raise
        finally:
            lab.log.append("finally")

    before = signal.getsignal(signal.SIGINT)
    assert lab.together(spin, spin, spin).verdict is Verdict.INTERRUPTED
    assert lab.log == ["Unwind", "finally"] * 3
    assert signal.getsignal(signal.SIGINT) is before


def test_interrupted_in_the_scheduler(make_lab: Any, pool: GreenletPool, interrupt: Callable[[], None]) -> None:
    """So it does while a scheduler chooses."""

    class Slow(RandomScheduler):
        def choose(self, point: Any) -> int:
            interrupt()
            return super().choose(point)

    lab = make_lab(Slow(), pool=pool)
    assert lab.together(*[lambda: [lab.step() for _ in range(9)]] * 2).verdict is Verdict.INTERRUPTED


def test_interrupted_while_it_looks_at_memory(
    make_lab: Any, pool: GreenletPool, interrupt: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it does in the midst of a look at the limits, which sets the next one."""
    lab = make_lab(pool=pool, max_steps=10_000)
    monkeypatch.setattr(lab.substrate.kernel, "grown", lambda: interrupt())
    assert lab.run(lambda: [lab.step() for _ in range(10_000)]).verdict is Verdict.INTERRUPTED


def test_pressed_twice(make_lab: Any, pool: GreenletPool, interrupt: Callable[[], None]) -> None:
    """Who presses again, because no step comes, has the exception that is usual, and what runs is left by it."""
    lab = make_lab(pool=pool)

    def main() -> None:
        lab.start(lab.threading.Event().wait)
        interrupt()
        interrupt()
        while True:
            pass

    with pytest.raises(KeyboardInterrupt):
        lab.run(main)
    assert make_lab(pool=pool).run(lambda: None).verdict is Verdict.COMPLETED


def test_a_handler_that_raises(make_lab: Any, pool: GreenletPool, interrupt: Callable[[], None]) -> None:
    """What another handler of Ctrl-C raises comes out of the run, once everything is unwound."""

    def handler(*_: object) -> None:
        raise TimeoutError("too long")

    signal.signal(signal.SIGINT, handler)
    lab = make_lab(pool=pool)

    def body() -> None:
        try:
            interrupt()
            lab.step()
        except Exception:
            lab.log.append("never")

    with pytest.raises(TimeoutError, match="too long"):
        lab.together(body, body)
    assert lab.log == []
    assert signal.getsignal(signal.SIGINT) is handler
