"""What the rest of the package needs of the real process: its clock, CPUs, where its threads are, and one that watches who started it.

Here because real threads and the wall clock are this package's alone. Nothing here takes part in a run.
"""

from __future__ import annotations

import _thread
import gc
import os
import sys
import time
from collections.abc import Callable
from types import FrameType

wall_seconds: Callable[[], float] = time.perf_counter
"""Seconds of the real clock, from no particular moment on."""
real_thread: Callable[[], int] = _thread.get_ident
"""What tells the running thread of the operating system from the others there are."""


def usable_cpus() -> int:
    """Return how many CPUs this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def frames() -> dict[int, FrameType]:
    """Return what each thread of the process is at, by its ident.

    Garbage must not be collected meanwhile: up to CPython 3.11.8 that can stop all threads for good (gh-106883).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if collects:
            gc.enable()


def end_with(waits: Callable[[], object]) -> None:
    """End this process, at once, when `waits` returns: for a process whose work is of no use once another one is gone."""

    def watch() -> None:
        waits()
        os._exit(1)

    _thread.start_new_thread(watch, ())


def repeat(action: Callable[[], object], every: float) -> None:
    """Do something every so many seconds of the real clock, on a thread beside, until it fails or the process ends."""

    def go_on() -> None:
        while True:
            time.sleep(every)
            try:
                action()
            except OSError:  # nobody is there to hear of it
                return

    _thread.start_new_thread(go_on, ())
