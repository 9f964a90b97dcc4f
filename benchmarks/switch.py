"""What a switch costs: N threads on the controlled substrate whose every checkpoint goes to another one.

Against the raw hand-off between two threads, which is the least that any engine on real threads can pay. The threads are
plain functions and the policy always prefers another, so nothing but the kernel and its carriers is measured.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.measure import Row, paired, raw_hand_off
from runner.errors import NOWHERE
from runner.program.ops import Op
from runner.program.schedule import SchedulingPoint
from runner.substrate import ControlledSubstrate

SWITCHES = 8000


class OthersFirst:
    """At every choice, whoever has been ready longest but is not running."""

    spec = "others-first"
    seed: int | None = None

    def choose(self, point: SchedulingPoint) -> int:
        """Choose rank 1, or 0 where that is not the running thread."""
        return 1 if point.running else 0


def switch_seconds(threads: int) -> float:
    """Return the seconds of one switch among so many threads."""
    substrate = ControlledSubstrate(OthersFirst(), max_steps=10 * SWITCHES)
    op = Op(NOWHERE)
    rounds = SWITCHES // threads
    took = 0.0

    def turns() -> None:
        checkpoint = substrate.checkpoint
        for _ in range(rounds):
            checkpoint(op, None)

    def main() -> None:
        nonlocal took
        started = [substrate.modules.threading.Thread(target=turns) for _ in range(threads)]
        for thread in started:
            thread.start()  # comes back at the new thread's first checkpoint
        began = time.perf_counter()
        for thread in started:
            thread.join()
        took = time.perf_counter() - began

    substrate.run(main, lambda *blocked: None)
    return took / (rounds * threads)


def measure(quick: bool) -> Iterator[Row]:
    """Measure two threads and eight."""
    for threads in (2, 8):
        yield paired(f"switch, {threads} threads", "raw hand-off", partial(switch_seconds, threads), raw_hand_off, 7 if quick else 25)
