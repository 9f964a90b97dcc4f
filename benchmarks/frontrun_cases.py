"""The cases of `explore.py`, as one writes them for frontrun; it knows those of `interleaving_cases.py` too. Run by a Python that has it.

    frontrun python benchmarks/frontrun_cases.py CASE SETTING REPEATS BUDGET

prints a line of JSON for each time: the verdict, the executions made, the seconds they took, how long the schedule is that it found, and
the beginning of what frontrun says.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import frontrun  # type: ignore[import-not-found]  # it has an environment of its own

# -- the programs ----------------------------------------------------------------------------------------------------------


class Counter:
    """A number that is read, then written."""

    def __init__(self) -> None:
        self.value = 0

    def increment(self) -> None:
        """Add one."""
        seen = self.value
        self.value = seen + 1


class Locked(Counter):
    """The same under a lock."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def increment(self) -> None:
        """Add one."""
        with self.lock:
            super().increment()


class Forks:
    """A lock for each, taken by two at a time."""

    def __init__(self, seats: int) -> None:
        self.forks = [threading.Lock() for _ in range(seats)]

    def eat(self, first: int, second: int) -> None:
        """Take two forks."""
        with self.forks[first], self.forks[second]:
            pass


class Buffer:
    """Room for one item, and one condition for both sides."""

    def __init__(self, wake_all: bool) -> None:
        self.condition = threading.Condition()
        self.items = 0
        self.wake = self.condition.notify_all if wake_all else self.condition.notify

    def put(self) -> None:
        """Put an item in."""
        with self.condition:
            while self.items == 1:
                self.condition.wait()
            self.items = 1
            self.wake()

    def get(self) -> None:
        """Take the item out."""
        with self.condition:
            while self.items == 0:
                self.condition.wait()
            self.items = 0
            self.wake()


class Line:
    """A queue that two put into."""

    def __init__(self) -> None:
        self.queue: queue.Queue[int] = queue.Queue()

    def in_order(self) -> bool:
        """Say whether the first producer's item is the first."""
        return [self.queue.get(), self.queue.get()] == [1, 2]


def philosophers(seats: int, *, ordered: bool) -> list[Callable[[Forks], None]]:
    """Return the workers of a table."""

    def one(seat: int) -> Callable[[Forks], None]:
        pair = (seat, (seat + 1) % seats)
        first, second = sorted(pair) if ordered else pair
        return lambda table: table.eat(first, second)

    return [one(seat) for seat in range(seats)]


def twice(counter: Counter) -> None:
    """Add one, two times."""
    counter.increment()
    counter.increment()


CASES: dict[str, dict[str, Any]] = {
    "counter, 2 threads": {"setup": Counter, "workers": Counter.increment, "count": 2, "invariant": lambda c: c.value == 2},
    "counter, 3 threads": {"setup": Counter, "workers": Counter.increment, "count": 3, "invariant": lambda c: c.value == 3},
    "counter, 3 threads, twice": {
        "setup": Counter,
        "workers": twice,
        "count": 3,
        "invariant": lambda c: c.value == 6,
        "max_executions": 1_000,
    },
    "locked counter, 2 threads": {"setup": Locked, "workers": Locked.increment, "count": 2, "invariant": lambda c: c.value == 2},
    "abba": {
        "setup": lambda: Forks(2),
        "workers": [lambda table: table.eat(0, 1), lambda table: table.eat(1, 0)],
        "invariant": lambda table: True,
    },
    "dining 3": {"setup": lambda: Forks(3), "workers": philosophers(3, ordered=False), "invariant": lambda table: True},
    "dining 3, ordered": {"setup": lambda: Forks(3), "workers": philosophers(3, ordered=True), "invariant": lambda table: True},
    "buffer, notify": {
        "setup": lambda: Buffer(wake_all=False),
        "workers": [Buffer.put, Buffer.put, Buffer.get, Buffer.get],
        "invariant": lambda buffer: buffer.items == 0,
    },
    "buffer, notify_all": {
        "setup": lambda: Buffer(wake_all=True),
        "workers": [Buffer.put, Buffer.put, Buffer.get, Buffer.get],
        "invariant": lambda buffer: buffer.items == 0,
    },
    "queue, order of two producers": {
        "setup": Line,
        "workers": [lambda line: line.queue.put(1), lambda line: line.queue.put(2)],
        "invariant": Line.in_order,
    },
}

SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "unbounded": {"preemption_bound": None},
    "virtual": {"clock": "virtual"},
    "virtual, unbounded": {"clock": "virtual", "preemption_bound": None},
    "all": {"stop_on_first": False, "preemption_bound": None},
    "virtual, all": {"clock": "virtual", "stop_on_first": False, "preemption_bound": None},
    "random": {"strategy": "random", "max_executions": None, "clock": "virtual", "max_attempts": 500, "seed": 0},
}
"""By default at most two preemptions, the first failure ends it, and waits with a deadline, its own for hangs too, are real.
`reproduce_on_failure=0` goes with each: replaying ten times what was found is no part of finding it."""


def program(case: str) -> dict[str, Any]:
    """Return a case as frontrun wants it."""
    if case in CASES:
        return CASES[case]
    from benchmarks.interleaving_cases import CASES as SHARED

    shared = SHARED[case]
    return {"setup": shared.setup, "workers": shared.workers, "invariant": shared.holds}


MOST = 1_000
"""Executions of a program that is explored as a whole."""


def explored(case: str, setting: str, budget: float) -> dict[str, Any]:
    """Explore a case once; what a thread raises comes out of it, which is its way of telling."""
    options = {"strategy": "dpor", "max_executions": MOST, **SETTINGS[setting]}
    try:
        result = frontrun.explore(**{**options, **program(case)}, reproduce_on_failure=0, total_timeout=budget)
    except Exception as error:
        return {"holds": False, "executions": None, "said": repr(error)}
    said = (result.explanation or result.inconclusive_reason or "").strip().splitlines()
    found = result.counterexample
    schedule = list(getattr(found, "execution", found) or ())
    row = {"holds": result.property_holds, "executions": result.num_explored, "said": " ".join(said)[:200]}
    return {**row, "steps": len(schedule), "switches": sum(a != b for a, b in pairwise(schedule))}


def main(case: str, setting: str, repeats: str, budget: str) -> None:
    """Explore one case and print what it came to; the first time in a process warms up, where there are others."""
    for turn in range(int(repeats)):
        began = time.perf_counter()
        row = explored(case, setting, float(budget))
        seconds = time.perf_counter() - began
        print(json.dumps({"turn": turn, "seconds": seconds, **row}), flush=True)
        if seconds > 1:
            break  # whoever hangs leaves threads behind


if __name__ == "__main__":
    main(*sys.argv[1:])
