"""The free substrate: the modules everyone imports, the operating system's scheduling, real time."""

from __future__ import annotations

import _thread
import itertools
import queue
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import CodeType
from typing import TYPE_CHECKING, Any, NoReturn

from runner.limits import DEFAULT
from runner.program.schedule import Points
from runner.substrate.contract import BlockHook, Ending, Modules, Unwind, Verdict
from runner.substrate.controlled import DEFAULT_WALL_LIMIT, LOOKS
from runner.substrate.memory import LOOK_EVERY, Memory
from runner.substrate.process import frames
from runner.substrate.second import Futures, abandonable_threading

if TYPE_CHECKING:
    from runner.program.ops import Op


FUTURES = Futures({"threading": abandonable_threading()})
"""The pools of free runs."""
PATIENCE = 1.0
"""Wall seconds in which one of the threads that a run has left must end; else they are left for good."""
PAUSES = (0.0001, 0.02)
"""Wall seconds between two attempts to wake them: after one that helped, and at the most."""


class FreeSubstrate:
    """One run on real threads. What it finds is one order among many; nothing is repeatable.

    `pace` is how many seconds of the program's time go into one of the wall's: 1 is the real thing, 10 a tenfold time-lapse.
    Threads are made daemons, whatever they are declared to be, so that a program that hangs cannot keep the process alive.
    """

    controlled = False
    points = Points.STEPS

    def __init__(
        self,
        *,
        max_steps: int = DEFAULT.steps,
        max_memory: int = DEFAULT.memory,
        wall_limit: float = DEFAULT_WALL_LIMIT,
        pace: float = 1.0,
    ) -> None:
        self.modules = Modules(threading, _thread, queue, time, FUTURES)
        self.over = False
        self._max_steps = max_steps
        self._memory = Memory(max_memory)
        self.listening = False
        self._wall_limit = wall_limit
        self._pace = pace
        self._began = time.monotonic()
        self._busy_until = 0.0  # when the last of the waits with a known end is over
        self._steps = 0
        self._next_step: Callable[[], int] = itertools.count(1).__next__  # atomic, unlike += on an attribute
        # A raw lock: Ctrl-C in the middle of Event.wait can surface as "release unlocked lock" instead.
        self._ended = _thread.allocate_lock()
        self._ended.acquire()
        self._verdict: Verdict | None = None
        self._crash: BaseException | None = None
        self._seen = -1
        self._entered: set[int] = set()  # its threads

    def checkpoint(self, op: Op, target: str | None) -> None:
        """Note what the thread is about to do; the operating system schedules."""
        self.tick()

    def before_end(self) -> None:
        """Do nothing: the operating system schedules."""

    def before_work(self) -> None:
        """Do nothing: the operating system schedules."""

    def intend(self, op: Op, target: str | None) -> None:
        """Do nothing: nobody is to know."""

    def tick(self) -> None:
        """Count a step; end the thread if the run is over."""
        self._steps = step = self._next_step()
        if self.over:
            raise Unwind
        if step > self._max_steps:
            self.stop(Verdict.STEP_LIMIT)
        if step % LOOK_EVERY == 0 and self._memory.grown():
            self.stop(Verdict.MEMORY_LIMIT)

    def stop(self, verdict: Verdict) -> NoReturn:
        """End the run from inside a thread, with a verdict."""
        self._end(verdict)
        raise Unwind

    def abort(self, error: BaseException) -> NoReturn:
        """End the run because of an error that is not the program's."""
        self._crash = error
        self._end(Verdict.INTERRUPTED)
        raise Unwind from error

    def enter(self, name: str) -> None:
        """Note that the running thread is one of the run's; it knows its name."""
        self._entered.add(_thread.get_ident())

    def label(self, lock: Any, name: str) -> None:
        """Do nothing: real locks have no room for a label."""

    def now(self) -> int:
        """Return nanoseconds of the program's time since the run began."""
        return int((time.monotonic() - self._began) * self._pace * 1e9)

    def wall(self, seconds: float) -> float:
        """Return what a wait of so many of the program's seconds is on the wall clock."""
        seconds /= self._pace
        until = time.monotonic() + seconds
        if until > self._busy_until:
            self._busy_until = until
        return seconds

    def daemonic(self, declared: bool) -> bool:
        """Return True; see the class."""
        return True

    def run(self, main: Callable[[], None], on_block: BlockHook) -> Ending:
        """Run `main` in a thread of its own until it ends, the step limit is met, or nothing has moved for the wall limit."""

        def body() -> None:
            try:
                main()
            except Unwind:
                pass
            except BaseException as error:  # the interpreter catches what scenarios raise, so this is a bug of ours
                if not self.over:
                    self._crash = error
            self._entered.discard(_thread.get_ident())  # it need not be waited for
            self._end(Verdict.COMPLETED)

        host = threading.Thread(target=body, name="main", daemon=True)
        self._began = time.monotonic()
        stack = None
        try:
            self._start(host)  # in here, for it waits, and Ctrl-C may come meanwhile
            idle = 0
            while not self._ended.acquire(timeout=self._wall_limit / LOOKS):
                idle = idle + 1 if self._quiet() else 0
                if idle == LOOKS:
                    frame = frames().get(host.ident or 0)
                    stack = None if frame is None else "".join(traceback.format_stack(frame))
                    self._end(Verdict.HUNG)
        except KeyboardInterrupt:
            self._end(Verdict.INTERRUPTED)
        if self._crash is not None:
            raise self._crash
        assert self._verdict is not None
        return Ending(self._verdict, self.now(), min(self._steps, self._max_steps), stack=stack)

    def end_threads(self, wake: Callable[[int], None], sleeping: CodeType) -> None:
        """End the threads that the run has left: have them woken until they have unwound, or nothing helps any more.

        `wake` is told how many are left. Who is in the midst of `sleeping` cannot be woken, and is not waited for.
        Where none is left, as after most runs, this takes microseconds.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        self.over = True
        shortest, longest = PAUSES
        fewest = patience = pause = 0.0
        while left := self._left(sleeping):
            now = time.monotonic()
            if not fewest or left < fewest:
                fewest, patience, pause = left, now + PATIENCE, shortest
            elif now > patience:
                break
            wake(left)
            time.sleep(pause)
            pause = min(2 * pause, longest)

    def _left(self, sleeping: CodeType) -> int:
        """Count the run's threads that have not ended, without those who sleep."""
        living = frames()
        return sum(1 for ident in self._entered & living.keys() if living[ident].f_code is not sleeping)

    def _start(self, host: threading.Thread) -> None:
        try:
            host.start()
        except RuntimeError:
            if host.ident is None:  # the system has no more threads to give
                raise
            raise KeyboardInterrupt from None  # see `_ended`: `start` waits for an Event

    def _quiet(self) -> bool:
        """Say whether no step was made since the last look, and none was to be expected."""
        quiet = self._steps == self._seen and not self.listening and time.monotonic() > self._busy_until
        self._seen = self._steps
        return quiet

    def _end(self, verdict: Verdict) -> None:
        if self._verdict is None:
            self._verdict = verdict
        self.over = True
        with suppress(RuntimeError):  # said before
            self._ended.release()
