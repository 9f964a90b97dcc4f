"""What a scheduling point costs that switches nothing: the running thread could be preempted, and goes on.

Against the raw hand-off between two threads, which stands for the machine's speed. Once with another thread enabled, so
that the policy (fifo) is asked, and once with nobody else there to choose.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.measure import Row, paired, raw_hand_off
from runner.errors import NOWHERE
from runner.program.ops import Op
from runner.schedulers import FifoScheduler
from runner.substrate import ControlledSubstrate

POINTS = 20_000


def point_seconds(others: int) -> float:
    """Return the seconds of one checkpoint of the main thread's, so many others being enabled."""
    substrate = ControlledSubstrate(FifoScheduler(), max_steps=2 * POINTS)
    op = Op(NOWHERE)
    took = 0.0

    def main() -> None:
        nonlocal took
        checkpoint = substrate.checkpoint
        started = [substrate.modules.threading.Thread(target=checkpoint, args=(op, None)) for _ in range(others)]
        for thread in started:
            thread.start()  # it runs to its checkpoint, and is enabled from then on
        began = time.perf_counter()
        for _ in range(POINTS):
            checkpoint(op, None)
        took = time.perf_counter() - began
        for thread in started:
            thread.join()

    substrate.run(main, lambda *blocked: None)
    return took / POINTS


def measure(quick: bool) -> Iterator[Row]:
    """Measure with others enabled and without."""
    pairs = 7 if quick else 25
    yield paired("point without a switch, others enabled", "raw hand-off", partial(point_seconds, 2), raw_hand_off, pairs)
    yield paired("point without a switch, alone", "raw hand-off", partial(point_seconds, 0), raw_hand_off, pairs)
