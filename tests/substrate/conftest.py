"""A laboratory: one controlled run of plain Python functions as threads, without any scenario."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import NOWHERE
from runner.program.ops import Op
from runner.program.schedule import Scheduler
from runner.schedulers import FifoScheduler, make_scheduler
from runner.substrate import ControlledSubstrate, Ending, GreenletPool

STEP = Op(NOWHERE)


class Laboratory:
    """A ControlledSubstrate, its modules, and a log that its threads write to."""

    def __init__(self, scheduler: Scheduler | None = None, **options: Any) -> None:
        self.substrate = ControlledSubstrate(scheduler or FifoScheduler(), **options)
        modules = self.substrate.modules
        self.threading, self.queue, self.time, self.low = modules.threading, modules.queue, modules.time, modules._thread
        self.log: list[Any] = []
        self.blocks: list[tuple[str, str | None, str | None]] = []

    def step(self, target: str | None = None) -> None:
        """Be before a visible op."""
        self.substrate.checkpoint(STEP, target)

    def start(self, *functions: Callable[[], Any], daemon: bool = False) -> list[Any]:
        """Start a thread for each function, named as it is; each begins with a step."""

        def body(function: Callable[[], Any]) -> None:
            self.substrate.enter(function.__name__)
            self.step()
            function()

        threads = [self.threading.Thread(target=body, args=(function,), name=function.__name__, daemon=daemon) for function in functions]
        for thread in threads:
            self.step()
            thread.start()
        return threads

    def together(self, *functions: Callable[[], Any]) -> Ending:
        """Run a main thread that starts all and joins all."""

        def main() -> None:
            for thread in self.start(*functions):
                thread.join()

        return self.run(main)

    def run(self, main: Callable[[], None]) -> Ending:
        """Run `main` as the main thread."""

        def body() -> None:
            self.substrate.enter("main")
            main()

        return self.substrate.run(body, lambda thread, op, on, by: self.blocks.append((thread, on, by)))

    def watch_from(self, moment: threading.Event) -> None:
        """Let the host look at its watch only after that: a slow machine must not look like a hung run."""
        wait = self.substrate._carriers.wait_in_host

        def wait_in_host(timeout: float) -> bool:
            moment.wait()
            return wait(timeout)

        self.substrate._carriers.wait_in_host = wait_in_host  # type: ignore[method-assign]

    @property
    def now(self) -> float:
        """Virtual seconds, exactly."""
        return self.substrate.now() / 1e9

    def note(self, *what: Any) -> None:
        """Write to the log, with the time."""
        self.log.append((self.now, *what))


CARRIERS = {"threads": lambda: None, "greenlets": GreenletPool}


@pytest.fixture(params=CARRIERS)
def lab(request: pytest.FixtureRequest) -> Laboratory:
    """A laboratory under the fifo policy, on either kind of carriers."""
    return Laboratory(pool=CARRIERS[request.param]())


@pytest.fixture(scope="session")
def make_lab() -> type[Laboratory]:
    """The class, for other schedulers and options."""
    return Laboratory


@pytest.fixture(params=[None, 0, 1, 2, 3], ids=["fifo", "random-0", "random-1", "random-2", "random-3"])
def any_lab(request: pytest.FixtureRequest) -> Laboratory:
    """A laboratory under each of several policies."""
    return Laboratory(make_scheduler(None, request.param))
