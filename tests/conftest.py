"""What tests of the engine share: text to Program, text to Outcome, and a count of the process's threads."""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from runner.compiler import compile_scenario
from runner.errors import Problem, ScenarioError
from runner.interpreter import Outcome, execute
from runner.program import Program
from runner.program.schedule import Scheduler
from runner.schedulers import make_scheduler
from runner.spec import loads
from runner.substrate import ControlledSubstrate, FreeSubstrate

settings.register_profile("dev", max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), max_examples=200)
settings.register_profile("soak", settings.get_profile("dev"), max_examples=10_000, derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def complete(text: str) -> str:
    """Put `schema: 1` before a scenario's text, as its line 1, unless it begins so."""
    text = dedent(text).strip("\n")
    return text if text.startswith(("schema:", "{")) else f"schema: 1\n{text}"


def compiled(text: str, **params: Any) -> Program:
    """Compile a scenario's text."""
    return compile_scenario(loads(complete(text), "scenario.yaml"), params)


@pytest.fixture(scope="session")
def compile_text() -> Callable[..., Program]:
    """`compile_text(text, **params)` gives a Program; `schema: 1` may be left out of the text."""
    return compiled


@pytest.fixture(scope="session")
def problems_of() -> Callable[..., tuple[Problem, ...]]:
    """`problems_of(text, **params)` gives the problems that compiling finds."""

    def problems(text: str, **params: Any) -> tuple[Problem, ...]:
        with pytest.raises(ScenarioError) as caught:
            compiled(text, **params)
        return caught.value.problems

    return problems


@pytest.fixture(scope="session")
def run_program() -> Callable[..., Outcome]:
    """`run_program(program, policy, seed)` runs it on the controlled substrate, whose options it takes too."""

    def run(
        program: Program, policy: str | None = None, seed: int | None = None, scheduler: Scheduler | None = None, **options: Any
    ) -> Outcome:
        scheduler = scheduler or make_scheduler(policy, seed)
        return execute(program, ControlledSubstrate(scheduler, **options), policy=scheduler.spec, seed=scheduler.seed)

    return run


@pytest.fixture(scope="session")
def run_text(run_program: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """`run_text(text, policy, seed)` gives the Outcome on the controlled substrate."""

    def run(text: str, *arguments: Any, **options: Any) -> Outcome:
        return run_program(compiled(text), *arguments, **options)

    return run


@pytest.fixture(scope="session")
def run_free() -> Callable[..., Outcome]:
    """`run_free(program)` gives the Outcome on real threads, a thousand times as fast as written."""

    def run(program: Program, pace: float = 1000.0, **options: Any) -> Outcome:
        return execute(program, FreeSubstrate(pace=pace, **options), policy="free")

    return run


@pytest.fixture(scope="session")
def at_some_pace(run_free: Callable[..., Outcome]) -> Callable[..., None]:
    """`at_some_pace(program, check)` runs on real threads and checks the outcome; where that fails, again and slower.

    Scenarios in which one thread comes before another only because it sleeps less need a machine that is not too busy for that:
    at the last pace a second of the scenario's is half a second.
    """

    def run(program: Program, check: Callable[[Outcome], None]) -> None:
        for pace in (1000.0, 50.0):
            with suppress(AssertionError):
                return check(run_free(program, pace))
        return check(run_free(program, 2.0))

    return run


def threads_alive() -> int:
    """Count the process's threads, as the operating system sees them where it says."""
    tasks = Path("/proc/self/task")
    return len(os.listdir(tasks)) if tasks.exists() else _thread._count()


def settled(limit: int) -> int:
    """Count the threads once no more than `limit` are left, or after a bounded wait: the system takes a moment to drop a dead one."""
    for _ in range(400):
        if threads_alive() <= limit:
            break
        time.sleep(0.005)
    return threads_alive()


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """`interrupt()` does what Ctrl-C does, also in a process that was told to ignore it, as a shell's background jobs are."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_kill"):
        pytest.skip("signals are for the main thread of a POSIX process")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # type: ignore[arg-type]
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def no_leak() -> Iterator[None]:
    """Fail the test when more threads are alive after it than before."""
    before = threads_alive()
    yield
    assert settled(before) <= before


@pytest.fixture(scope="session")
def thread_count() -> Callable[..., int]:
    """`thread_count()` counts the process's threads now, `thread_count(limit)` once there are no more than that, or after a while."""
    return lambda limit=None: threads_alive() if limit is None else settled(limit)
