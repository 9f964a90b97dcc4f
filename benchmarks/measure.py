"""What all benchmarks share: interleaved pairs and their medians, and the raw hand-off that scheduling is measured against."""

from __future__ import annotations

import _thread
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from runner.substrate.controlled.carriers import Pinned

HAND_OFFS = 4000


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: the median of the pairs' ratios, their range, and the median seconds of either side.

    `unit` is what the ratio is to, or, where there is nothing to hold against (`reference` is None), what is counted. `note` says what no
    figure does.
    """

    name: str
    unit: str
    ratio: float
    low: float
    high: float
    seconds: float
    reference: float | None = None
    note: str = ""


def paired(name: str, unit: str, ours: Callable[[], float], reference: Callable[[], float], pairs: int) -> Row:
    """Measure `ours` against `reference`; both return seconds for one unit of their work.

    Each pair runs the two back to back, every other pair in the opposite order, so that what else the machine is doing
    meets both alike; the ratio is taken within the pair. One run of each beforehand is thrown away.
    """
    ours(), reference()
    first: list[float] = []
    second: list[float] = []
    for turn in range(pairs):
        for side in (ours, reference) if turn % 2 else (reference, ours):
            gc.collect()
            (first if side is ours else second).append(side())
    ratios = [a / b for a, b in zip(first, second, strict=True)]
    return Row(name, unit, median(ratios), min(ratios), max(ratios), median(first), median(second))


def timed(work: Callable[[], object]) -> float:
    """Return the wall seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def raw_hand_off() -> float:
    """Return the seconds of one hand-off between two threads: release the other's raw lock, sleep on one's own.

    Pinned to one CPU exactly as a controlled run is. The caller sleeps meanwhile, so there are no more than two threads.
    """
    ping, pong, done = (_thread.allocate_lock() for _ in range(3))
    for lock in (ping, pong, done):
        lock.acquire()
    took = 0.0

    def first() -> None:
        nonlocal took
        began = time.perf_counter()
        for _ in range(HAND_OFFS // 2):
            pong.release()
            ping.acquire()
        took = time.perf_counter() - began
        done.release()

    def second() -> None:
        for _ in range(HAND_OFFS // 2):
            pong.acquire()
            ping.release()

    with Pinned():
        _thread.start_new_thread(second, ())
        _thread.start_new_thread(first, ())
        done.acquire()
    return took / HAND_OFFS
