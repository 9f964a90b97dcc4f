"""Explore parts in other processes; what comes of them is handed out in their order.

Any `concurrent.futures.Executor` will do: work is a function that can be imported, and plain data. A process that dies loses its parts
only for as long as it takes to explore them again.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

from runner.errors import InternalError, UsageError
from runner.exploration.part import Part, Seeds
from runner.exploration.parts import Explorer, Found, Share
from runner.exploration.result import ExploreOptions
from runner.program import Program
from runner.substrate.process import wall_seconds
from runner.substrate.workers import processes, submit

Granted = tuple[Part | Seeds, int]
"""A part, and how many executions may be made of it."""
Start = Callable[[], AbstractContextManager[Executor]]
MOST_DEATHS = 3
"""How often processes may die without one part's having come through, before it is called our bug."""


class Together:
    """Explores parts in processes, which are started the first time there are several parts. `make` makes the program there."""

    def __init__(self, program: Program, options: ExploreOptions, make: Callable[[], Program], start: Start | None = None) -> None:
        self._fingerprint = program.fingerprint
        self._options = options
        self._make = pickle.dumps(make)
        self._start = start or partial(processes, options.jobs)
        self._stack = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Together:
        return self

    def __exit__(self, *about: Any) -> None:
        self._stack.__exit__(*about)

    def explore(self, parts: Sequence[Granted], seconds: float | None) -> Iterator[Found]:
        """Explore parts, each for so many seconds at most; the first one's result comes first, whoever is done first.

        Raises:
            InternalError: processes die again and again.
            UsageError: the program is another one there: its file has changed meanwhile.
        """
        left, deaths = list(parts), 0
        while left:
            if self._executor is None:
                self._executor = self._stack.enter_context(self._start())
            try:
                coming = [submit(self._executor, _explore, self._make, self._fingerprint, self._options, each, seconds) for each in left]
                for future in coming:
                    found = future.result()
                    left.pop(0)
                    deaths = 0
                    yield found
            except BrokenExecutor:
                deaths += 1
                if deaths == MOST_DEATHS:
                    raise InternalError(f"{deaths} processes died while exploring") from None
                self._stack.close()
                self._executor = None


_explorers: dict[tuple[bytes, ExploreOptions], tuple[Program, Explorer]] = {}
"""In a process that explores: what it has made."""


def _explore(make: bytes, fingerprint: str, options: ExploreOptions, granted: Granted, seconds: float | None) -> Found:
    if (make, options) not in _explorers:
        program = pickle.loads(make)()
        _explorers[make, options] = program, Explorer(program, options)
    program, explorer = _explorers[make, options]
    if program.fingerprint != fingerprint:
        raise UsageError("the scenario has changed while it was being explored")
    began = wall_seconds()

    def stop(found: Found, share: Share) -> bool:
        return (options.first and found.failed) or (seconds is not None and wall_seconds() - began > seconds)

    return explorer.explore(*granted, stop)
