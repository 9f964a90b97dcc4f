"""Work on many items in several processes, and hand out what comes of it in the items' order.

Knows nothing of what the work is, but that it can be pickled. A process that dies costs its own item only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from runner.substrate.workers import processes, submit

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
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
            with processes(min(jobs, len(waiting))) as pool:
                while waiting or in_hand:
                    while waiting and len(in_hand) < AHEAD * jobs:
                        in_hand.append((waiting[0], submit(pool, work, waiting[0])))
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
            with processes(1) as pool:
                while waiting:
                    made = submit(pool, work, waiting[0]).result()
                    waiting.popleft()
                    yield made
        except BrokenProcessPool:
            yield lost(waiting.popleft())
