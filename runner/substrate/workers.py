"""Processes that work for this one: the standard library's pool, and what a command line owes its user besides.

Ctrl-C ends them at once, none starts half, and none outlives us. They know nothing of what the work is.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from runner.substrate.process import end_with

_Made = TypeVar("_Made")
PATIENCE = 5.0
"""Seconds that a process is given to end in good order."""


@contextmanager
def processes(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Make a pool of which nothing is left afterwards. Its processes are started anew: a fork would copy threads' locks as they are."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin)
    try:
        yield pool
    except BaseException:  # nobody wants the rest: what is still running need not come to its end
        _end(set(multiprocessing.active_children()) - others)
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end(processes: Iterable[BaseProcess]) -> None:
    """End processes. One that is told to just before it begins to wait may not hear of it while it waits; it is killed."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()


_at_work = _told_to_stop = False
"""The state of a process of the pool."""


def _begin() -> None:
    """Begin a process of the pool: Ctrl-C is its parent's to see to, and it ends when its parent does, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    parent = multiprocessing.parent_process()
    if parent is not None:
        end_with(lambda: connection.wait([parent.sentinel]))


def _stop(*_: object) -> None:
    """End the process when it is told to: at once, or as Ctrl-C would, which leaves no file half written."""
    global _told_to_stop
    _told_to_stop = True
    if not _at_work:
        os._exit(1)
    raise KeyboardInterrupt


def _do(work: Callable[..., _Made], *args: Any) -> _Made:
    """Work on something, in a process of the pool."""
    global _at_work
    _at_work = True
    try:
        return work(*args)
    finally:
        _at_work = False
        if _told_to_stop:
            os._exit(1)


def submit(pool: Executor, work: Callable[..., _Made], *args: Any) -> Future[_Made]:
    """Have a process of a pool work on something. Starting one, which this may, is not broken in on by Ctrl-C."""
    with interrupts_held_back():
        return pool.submit(_do, work, *args)


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Let a process that is started here not see Ctrl-C, not even before its first line of ours: it inherits what is held back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
