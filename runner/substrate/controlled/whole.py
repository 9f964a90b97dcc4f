"""Carry a whole process's program: its main thread is the process's own, and nothing of it is unwound at the end.

A substrate runs many runs in one process, and tidies up behind each. Here the run is all that the process is for: an abandoned thread stays
where it is until the process is gone, as Python leaves its daemons. Who watches is a thread beside: it is woken when no thread can go on.
"""

from __future__ import annotations

import _thread
import signal
from collections.abc import Callable
from typing import Any

from runner.program.schedule import Scheduler
from runner.substrate.contract import BlockHook, Verdict
from runner.substrate.controlled.carriers import CarrierPool, ThreadCarriers, _Carrier
from runner.substrate.controlled.kernel import Kernel
from runner.substrate.controlled.stdlib import OwnModules, reset

LOOKS = 4
"""How often the watcher looks within the wall limit."""


class _MainFirst(CarrierPool):
    """The first task runs on the process's main thread: signal handlers can be set there, and nowhere else."""

    def __init__(self) -> None:
        super().__init__(keep=False)
        self._main = _Carrier()
        self._main.native = _thread.get_ident()
        self._handed: Any = _thread.allocate_lock()
        self._handed.acquire()

    def take(self, body: Callable[[_Carrier], None]) -> None:
        """Give a carrier something to do."""
        if self._main.body is None:
            self._main.body = body
            self._handed.release()
        else:
            super().take(body)

    def give_back(self, carrier: _Carrier) -> None:
        """Let a thread end; nobody waits for it to be gone."""
        if carrier is not self._main:
            carrier.let_go()

    def serve(self) -> None:
        """Be the first carrier, from the process's main thread."""
        self._handed.acquire()
        assert self._main.body is not None
        self._main.body(self._main)


class WholeProgram:
    """One run, from the process's main thread, of a program that is all the process is for."""

    def __init__(self, modules: OwnModules, scheduler: Scheduler, *, max_steps: int, wall_limit: float) -> None:
        self._pool = _MainFirst()
        self._carriers = ThreadCarriers(self._pool, pin=False)  # its own children would inherit the pinning
        self.kernel = Kernel(scheduler.choose, self._carriers, max_steps, lambda: False)
        self._modules = modules
        self._wall_limit = wall_limit

    def run(self, main: Callable[[], None], on_block: BlockHook, stopped: Callable[[Verdict | BaseException], None]) -> None:
        """Run `main` as the main thread, and come back when it has returned; other threads may still be there, where they are.

        Where it cannot return, `stopped` is called with how the run ended, or with what a scheduler raised, from a thread beside,
        and must end the process.
        """
        modules, kernel = self._modules, self.kernel
        reset(modules, sync=True)  # code that is called out of the blue, such as `__del__`, may switch while an inner lock is held
        kernel.on_block = on_block
        modules.running.kernel = kernel
        self._carriers.begin(lambda error: None)

        def interrupted(number: int, frame: Any) -> None:
            if kernel.current is kernel.tasks[0]:
                raise KeyboardInterrupt
            stopped(Verdict.INTERRUPTED)

        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, interrupted)

        def watch() -> None:
            kernel.spawn(main, (), {})
            steps, idle = -1, 0
            while not self._carriers.wait_in_host(self._wall_limit / LOOKS):
                idle = idle + 1 if kernel.steps == steps else 0
                if idle == LOOKS:
                    stopped(Verdict.HUNG)
                steps = kernel.steps
            if kernel.crash is not None:
                stopped(kernel.crash)
            elif kernel.verdict is not Verdict.COMPLETED:
                assert kernel.verdict is not None
                stopped(kernel.verdict)

        _thread.start_new_thread(watch, ())
        self._pool.serve()
        if kernel.crash is not None:
            self._pool.serve()  # never handed anything again: the watcher ends the process
        modules.running.kernel = None
