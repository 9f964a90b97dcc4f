"""Threads without the standard library's `Thread`, for whoever executes a program ten thousand times.

The kernel sees of one what it sees of a `threading.Thread`: a task that begins, and an end that others can wait for. Left out is what a
`Thread` keeps for Python code that might ask: its place in `threading`'s lists, an `Event` that says that it runs, hooks. A short thread
takes a third of the time so. Programs in which anybody asks for the current thread (a `local` does) must not get these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.substrate.controlled.primitives import Completion, Running


def make_bare_thread(running: Running) -> type:
    """Make the class for one set of modules: `start`, `join` and `is_alive` are those of `threading.Thread`."""
    completion: Any = type("Completion", (Completion,), {"__slots__": (), "running": running})

    class BareThread:
        __slots__ = ("_arg", "_ended", "_function")

        def __init__(self, function: Callable[[Any], None], arg: Any) -> None:
            self._function = function
            self._arg = arg
            self._ended: Completion | None = None

        def start(self) -> None:
            running.now().spawn(self._run, (), {})

        def _run(self) -> None:
            self._ended = completion()
            self._ended.attach(running.now().current)  # from inside: before it first hands on control
            self._function(self._arg)

        def join(self, timeout: float | None = None) -> None:
            if self._ended is None:
                raise RuntimeError("cannot join thread before it is started")
            if self._ended.owner is running.now().current:
                raise RuntimeError("cannot join current thread")
            if not self._ended.done:
                self._ended.wait(timeout)

        def is_alive(self) -> bool:
            return self._ended is not None and not self._ended.done

    return BareThread
