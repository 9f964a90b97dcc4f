"""Work on many items in several processes, and hand out what comes of it in the items' order.

Knows nothing of what the work is, but that it can be pickled. The process pool is the standard library's; what is added here is what a
command line owes its user: a process that dies costs its own item only, Ctrl-C ends everything at once, and nothing outlives us.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import TypeVar

from runner.substrate.process import end_with

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
PATIENCE = 5.0
"""Seconds that a process is given to end in good order."""
AHEAD = 8
"""Items that are handed in for each process: enough to keep it busy while an earlier item is waited for, few to do again if one dies."""


def in_order(
    work: Callable[[_Item], _Made], items: Sequence[_Item], jobs: int, *, lost: Callable[[_Item], _Made], warn: Callable[[str], None]
) -> Generator[_Made, None, None]:
    """Yield what `work` makes of each item, in their order and as soon as it is an item's turn; `jobs` processes do it.

    A pool does not say whose process died, so what it had in hand is done again, one by one. An item whose process dies then too
    is to blame, and `lost` says what comes of it. `warn` is told of the first.
    """
    waiting = deque(items)
    while waiting:
        in_hand: deque[tuple[_Item, Future[_Made]]] = deque()
        try:
            with _pool(min(jobs, len(waiting))) as pool:
                while waiting or in_hand:
                    while waiting and len(in_hand) < AHEAD * jobs:
                        with _interrupts_held_back():
                            in_hand.append((waiting[0], pool.submit(_do, work, waiting[0])))
                        waiting.popleft()
                    made = in_hand[0][1].result()
                    in_hand.popleft()
                    yield made
        except BrokenProcessPool:
            warn(f"a process died; the {len(in_hand)} scenario files that it may have been running are run again, one by one")
            yield from _one_by_one(work, deque(item for item, _ in in_hand), lost)


def _one_by_one(work: Callable[[_Item], _Made], waiting: deque[_Item], lost: Callable[[_Item], _Made]) -> Iterator[_Made]:
    while waiting:
        try:
            with _pool(1) as pool:
                while waiting:
                    with _interrupts_held_back():
                        future = pool.submit(_do, work, waiting[0])
                    made = future.result()
                    waiting.popleft()
                    yield made
        except BrokenProcessPool:
            yield lost(waiting.popleft())


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
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


def _do(work: Callable[[_Item], _Made], item: _Item) -> _Made:
    """Work on an item, in a process of the pool."""
    global _at_work
    _at_work = True
    try:
        return work(item)
    finally:
        _at_work = False
        if _told_to_stop:
            os._exit(1)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let a process that is started here never see Ctrl-C, not even before its first line of ours: it inherits what is held back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
