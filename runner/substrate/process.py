"""What the rest of the package needs of the real process: its clock, and a thread that watches whoever started it.

Here because real threads and the wall clock are this package's alone. Nothing here takes part in a run.
"""

from __future__ import annotations

import _thread
import os
import time
from collections.abc import Callable

wall_seconds: Callable[[], float] = time.perf_counter
"""Seconds of the real clock, from no particular moment on."""


def end_with(waits: Callable[[], object]) -> None:
    """End this process, at once, when `waits` returns: for a process whose work is of no use once another one is gone."""

    def watch() -> None:
        waits()
        os._exit(1)

    _thread.start_new_thread(watch, ())
