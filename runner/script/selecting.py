"""Let an event loop's wait for the next timer or file be a wait on the virtual clock, which lets other threads go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.script.observing import Note
from runner.substrate.controlled.stdlib import OwnModules

FIRST, LONGEST = 1_000_000, 50_000_000
"""Nanoseconds between two looks at the files while other threads are there, which may write to them: more each time, up to the second."""


def patch(selectors: Any, modules: OwnModules, note: Note) -> None:
    """Give the selector that event loops use a `select` of this kind. Others wait for real: theirs are pipes to other processes."""
    selector = selectors.DefaultSelector
    selector.select = _virtual(selector.select, modules, note)


def _virtual(real: Callable[..., Any], modules: OwnModules, note: Note) -> Callable[..., Any]:
    def select(self: Any, timeout: float | None = None) -> Any:
        kernel = modules.running.kernel
        found = real(self, 0)
        if found or kernel is None or (timeout is not None and timeout <= 0):
            return found
        note("", None)
        end = None if timeout is None else kernel.now + max(1, round(timeout * 1e9))
        pause = FIRST
        while not found and (end is None or kernel.now < end):
            others = [task for task in kernel.left() if task is not kernel.current]
            if end is None and not any(task.enabled or task.timer for task in others):
                return real(self, None)  # only the world outside can still do anything
            length = pause if end is None or others else end - kernel.now
            kernel.park(None, length if end is None else min(length, end - kernel.now))
            pause = min(2 * pause, LONGEST)
            found = real(self, 0)
        return found

    return select
