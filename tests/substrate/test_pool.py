"""Threads kept between runs: used again, private to each task in what they hold, and all ended with their pool."""

from __future__ import annotations

import _thread
import contextvars
import threading
from collections.abc import Callable
from typing import Any

import pytest

from runner.schedulers import RandomScheduler
from runner.substrate import CarrierPool, Verdict


def natives(make_lab: Any, pool: CarrierPool | None, threads: int) -> set[int]:
    """Run some threads; return the operating system's idents of what carried them."""
    lab = make_lab(pool=pool)

    def body() -> None:
        lab.log.append(_thread.get_ident())
        lab.step()

    assert lab.together(*[body] * threads).verdict is Verdict.COMPLETED
    return set(lab.log)


def test_a_pool_keeps_its_threads(make_lab: Any, no_leak: None) -> None:
    """The second run is carried by threads of the first."""
    with CarrierPool() as pool:
        first = natives(make_lab, pool, 3)
        assert natives(make_lab, pool, 2) < first


def test_a_pool_grows_to_what_is_needed(make_lab: Any, no_leak: None) -> None:
    """As many threads as the largest run had, main included, and no more."""
    with CarrierPool() as pool:
        for threads in (1, 4, 2, 3):
            natives(make_lab, pool, threads)
        assert len(pool._idle) == 5


def test_closing_ends_every_thread(make_lab: Any, no_leak: None) -> None:
    """Nothing of a pool is left when it is closed."""
    pool = CarrierPool()
    natives(make_lab, pool, 5)
    assert pool.close()


def test_a_run_without_a_pool_keeps_none(make_lab: Any, no_leak: None) -> None:
    """No thread outlives such a run."""
    natives(make_lab, None, 5)


@pytest.mark.parametrize("seed", range(5))
def test_locals_are_not_handed_on(make_lab: Any, seed: int) -> None:
    """What a task keeps in a `local` or a ContextVar, the next one on the same thread does not see."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nothing")
    with CarrierPool() as pool:
        for _ in range(3):
            lab = make_lab(RandomScheduler(seed), pool=pool)
            local = lab.threading.local()

            def body(lab: Any = lab, local: Any = local) -> None:
                lab.log.append((variable.get(), hasattr(local, "x")))
                variable.set("something")
                local.x = 1
                lab.step()

            lab.together(body, body, body)
            assert lab.log == [("nothing", False)] * 3


@pytest.mark.parametrize("how", ["deadlock", "step limit", "failure"])
def test_a_pool_outlives_whatever_ends_a_run(make_lab: Any, no_leak: None, how: str) -> None:
    """Threads of a run that was cut off are as good as new."""
    with CarrierPool() as pool:
        for _ in range(20):
            lab = make_lab(pool=pool, max_steps=30)

            def waits(lab: Any = lab) -> None:
                lab.threading.Event().wait()

            def turns(lab: Any = lab) -> None:
                while True:
                    lab.step()

            def main(lab: Any = lab, waits: Any = waits) -> None:
                lab.start(waits)
                raise LookupError

            if how == "failure":
                with pytest.raises(LookupError):
                    lab.run(main)
            else:
                ending = lab.together(waits, turns if how == "step limit" else waits)
                assert ending.verdict.value == how.replace(" ", "_")
            natives(make_lab, pool, 3)


@pytest.mark.parametrize("closed_first", [False, True])
def test_a_hung_thread_ends_with_its_pool(make_lab: Any, thread_count: Callable[..., int], closed_first: bool) -> None:
    """Whether what it hangs on lets it go before or after the pool is closed."""
    before = thread_count()
    gate = threading.Lock()
    gate.acquire()

    def blocks_for_real() -> None:
        with gate:
            pass

    with CarrierPool() as pool:
        assert make_lab(pool=pool, wall_limit=0.05).run(blocks_for_real).verdict is Verdict.HUNG
        natives(make_lab, pool, 2)
        if not closed_first:
            gate.release()
    if closed_first:
        gate.release()
    assert thread_count(before) <= before
