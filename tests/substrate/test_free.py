"""The free substrate: the same contract on real threads, with a way out of everything."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import NOWHERE
from runner.program.ops import Op
from runner.substrate import FreeSubstrate, Unwind, Verdict

STEP = Op(NOWHERE)


def run(substrate: FreeSubstrate, main: Callable[[], None]) -> Any:
    """Run `main`; nobody listens to blocks."""
    return substrate.run(main, lambda *_: None)


def test_it_hands_out_the_real_modules() -> None:
    """A program on it uses what everyone imports."""
    modules = FreeSubstrate().modules
    assert (modules.threading, modules.queue, modules.time) == (threading, queue, time)


def test_completed() -> None:
    """When main has returned the run is over; there are no choices to replay."""
    substrate = FreeSubstrate()
    ending = run(substrate, lambda: substrate.checkpoint(STEP, None))
    assert (ending.verdict, ending.steps, ending.ranks, ending.blocked) == (Verdict.COMPLETED, 1, (), ())
    assert substrate.over


def test_step_limit(no_leak: None) -> None:
    """An endless loop ends at the limit, and its thread with it."""
    substrate = FreeSubstrate(max_steps=100)

    def endless() -> None:
        while True:
            substrate.tick()

    ending = run(substrate, endless)
    assert (ending.verdict, ending.steps) == (Verdict.STEP_LIMIT, 100)


def test_hung(thread_count: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A main that nothing moves any more is given up on, and its stack shown."""
    before = thread_count()
    substrate, gate, entered = FreeSubstrate(wall_limit=0.05), threading.Event(), threading.Event()
    quiet = substrate._quiet
    monkeypatch.setattr(substrate, "_quiet", lambda: entered.is_set() and quiet())

    def waits_for_ever() -> None:
        entered.set()
        gate.wait()
        substrate.tick()

    ending = run(substrate, waits_for_ever)
    gate.set()
    assert ending.verdict is Verdict.HUNG
    assert "waits_for_ever" in ending.stack
    assert thread_count(before) <= before


def test_a_wait_with_a_known_end_is_not_hung() -> None:
    """A run is idle when nothing has moved for the wall limit, but not while a sleep that was announced lasts."""
    substrate = FreeSubstrate(wall_limit=0.0)
    substrate._quiet()
    assert substrate._quiet()
    substrate.wall(1000)
    assert not substrate._quiet()


def test_a_bug_reaches_the_caller() -> None:
    """What the interpreter has not caught comes out of `run`."""

    def main() -> None:
        raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug"):
        run(FreeSubstrate(), main)


def test_after_the_end_every_step_unwinds() -> None:
    """A thread that outlives main ends at its next step."""
    substrate = FreeSubstrate()
    run(substrate, lambda: None)
    with pytest.raises(Unwind):
        substrate.tick()


def test_interrupted(interrupt: Callable[[], None], no_leak: None) -> None:
    """Ctrl-C ends the run."""
    substrate = FreeSubstrate(max_steps=10**15)

    def main() -> None:
        interrupt()
        while True:
            substrate.tick()

    assert run(substrate, main).verdict is Verdict.INTERRUPTED


def end_threads(substrate: FreeSubstrate, wake: Callable[[int], None]) -> None:
    """End what threads are left, of which none is known to sleep."""
    substrate.end_threads(wake, run.__code__)


def test_nobody_is_woken_where_nobody_is_left() -> None:
    """Main has ended with the run."""
    substrate, woken = FreeSubstrate(), []
    run(substrate, lambda: substrate.enter("main"))
    end_threads(substrate, woken.append)
    assert woken == []


def test_a_thread_that_waits_is_woken_until_it_ends(no_leak: None) -> None:
    """It may take a thread more than one time."""
    substrate, gate, tried = FreeSubstrate(wall_limit=0.02), threading.Semaphore(0), []

    def main() -> None:
        substrate.enter("main")
        for _ in range(3):
            gate.acquire()
        substrate.tick()

    def wake(left: int) -> None:
        tried.append(left)
        gate.release()

    run(substrate, main)
    end_threads(substrate, wake)
    assert len(tried) >= 3
    assert set(tried) == {1}


def test_a_thread_that_nothing_wakes_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr("runner.substrate.free.PATIENCE", 0.01)
    substrate, gate, tried = FreeSubstrate(wall_limit=0.02), threading.Event(), []

    def main() -> None:
        substrate.enter("main")
        gate.wait()

    run(substrate, main)
    end_threads(substrate, tried.append)
    gate.set()
    assert tried


def test_a_thread_that_sleeps_is_not_waited_for() -> None:
    """It ends by itself, when it has slept."""
    substrate, gate, tried = FreeSubstrate(wall_limit=0.02), threading.Lock(), []

    def sleeping() -> None:
        substrate.enter("main")
        gate.acquire()

    with gate:
        run(substrate, sleeping)
        substrate.end_threads(tried.append, sleeping.__code__)
    assert tried == []


@pytest.mark.parametrize(("pace", "wall"), [(1.0, 3.0), (10.0, 0.3), (0.5, 6.0)])
def test_pace_is_a_time_lapse(pace: float, wall: float) -> None:
    """So many of the program's seconds go into one of the wall's."""
    assert FreeSubstrate(pace=pace).wall(3.0) == pytest.approx(wall)


def test_the_clock_is_the_programs() -> None:
    """Time goes on at the pace of the program, from the start of the run."""
    substrate = FreeSubstrate(pace=1000.0)
    times: list[int] = []

    def main() -> None:
        times.append(substrate.now())
        time.sleep(substrate.wall(10))
        times.append(substrate.now())

    run(substrate, main)
    assert times[1] - times[0] >= 10 * 10**9


@pytest.mark.parametrize("declared", [False, True])
def test_all_threads_are_daemons(declared: bool) -> None:
    """A program that hangs must not keep the process alive."""
    assert FreeSubstrate().daemonic(declared) is True
