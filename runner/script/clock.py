"""The `time` that a program sees: the virtual clock, and a calendar that begins at a fixed moment."""

from __future__ import annotations

import types
from typing import Any

from runner.script.observing import Note
from runner.substrate.controlled.stdlib import OwnModules
from runner.trace import ABSENT

EPOCH = 1_767_225_600
"""Seconds since 1970 at which each run begins: 2026-01-01 00:00:00 UTC."""
STEP = 1000
"""Nanoseconds by which two readings of the calendar's clock differ at the least."""
SHORTEST = 50e-6
"""Seconds that a sleep takes at the least, unless it is one of 0: about what it takes on a real machine."""
_LOOKS = 1000
"""So often a program may look at the clock at one moment; then it is waiting for it to move."""
_PACE = 1_000_000
"""Nanoseconds by which the clock then moves at each look."""


class Clock:
    """The functions of `time`, as methods: one that a program makes a class attribute is not bound anew, as those in C are not.

    A loop that looks at the clock until some time has passed would never end on one that stands still; so it does not stand still for ever.
    """

    def __init__(self, modules: OwnModules, note: Note) -> None:
        self._running = modules.running
        self._real = modules.time
        self._note = note
        self._looked = (0, 0)
        self._shown = 0

    def monotonic(self) -> float:
        """Return virtual seconds since the run began."""
        kernel = self._running.kernel
        if kernel is None:
            return 0.0
        moment, times = self._looked
        if kernel.now - moment > _PACE:  # it has moved by itself
            times = 0
        if times >= _LOOKS and not kernel.unwinding:
            kernel.park(None, _PACE)
        self._looked = kernel.now, times + 1
        return kernel.monotonic()

    def monotonic_ns(self) -> int:
        """Return virtual nanoseconds since the run began."""
        self.monotonic()
        return 0 if self._running.kernel is None else self._running.kernel.now

    def time(self) -> float:
        """Return seconds since 1970."""
        return self.time_ns() / 1e9

    def time_ns(self) -> int:
        """Return nanoseconds since 1970: at each reading later than at the one before, as programs that order things by it expect."""
        self._shown = max(self.monotonic_ns() + EPOCH * 1_000_000_000, self._shown + STEP)
        return self._shown

    def sleep(self, seconds: float, /) -> None:
        """Let virtual time pass."""
        self._note("sleep", None, seconds if isinstance(seconds, int | float) else ABSENT)
        self._real.sleep(max(seconds, SHORTEST) if seconds > 0 else seconds)

    def localtime(self, seconds: float | None = None, /) -> Any:
        """Convert seconds since 1970 to local time."""
        return self._real.localtime(self.time() if seconds is None else seconds)

    def gmtime(self, seconds: float | None = None, /) -> Any:
        """Convert seconds since 1970 to UTC."""
        return self._real.gmtime(self.time() if seconds is None else seconds)

    def ctime(self, seconds: float | None = None, /) -> str:
        """Write seconds since 1970."""
        return str(self._real.ctime(self.time() if seconds is None else seconds))

    def asctime(self, *when: Any) -> str:
        """Write a time tuple."""
        return str(self._real.asctime(*(when or (self.localtime(),))))

    def strftime(self, form: str, *when: Any) -> str:
        """Write a time tuple in some form."""
        return str(self._real.strftime(form, *(when or (self.localtime(),))))

    def clock_gettime(self, which: int, /) -> float:
        """Return the time of a clock."""
        return self.time() if which == self._real.CLOCK_REALTIME else self.monotonic()

    def clock_gettime_ns(self, which: int, /) -> int:
        """Return the time of a clock in nanoseconds."""
        return self.time_ns() if which == self._real.CLOCK_REALTIME else self.monotonic_ns()


def make_time(modules: OwnModules, note: Note) -> types.ModuleType:
    """Build the module."""
    real = modules.time
    clock = Clock(modules, note)
    module = types.ModuleType("time", real.__doc__)
    own = {name: getattr(clock, name) for name in vars(Clock) if not name.startswith("_") and hasattr(real, name)}
    for name in ("perf_counter", "process_time", "thread_time"):
        own[name], own[f"{name}_ns"] = clock.monotonic, clock.monotonic_ns
    vars(module).update({name: value for name, value in vars(real).items() if not name.startswith("__")}, **own)
    return module
