"""Hazards: what is dangerous in executions though nothing went wrong in them. Looked for in the first ones of each part of the tree."""

from __future__ import annotations

from collections.abc import Iterator

from runner.analysis import DataRaces, LockOrder
from runner.analysis.names import Names
from runner.analysis.races import Key
from runner.exploration.judge import Symptom
from runner.exploration.result import Kind
from runner.interpreter import Outcome
from runner.program import Program

LOOKED_AT, ELSEWHERE = 100, 5
"""Executions that are looked at, of the first part and of others: it takes as long as making them. All are where races are forbidden."""


class Hazards:
    """Data races and lock orders over the executions of a part. `candidates` are the races that there can be, as far as steps tell."""

    def __init__(self, program: Program, candidates: frozenset[Key] | None, *, first: bool) -> None:
        self._forbidden = program.expect.races == "forbidden"
        self._races = DataRaces(program, candidates)
        self._order = LockOrder(program)
        self._one_lock = len(set(Names(program).lock_of.values())) < 2
        self._left = LOOKED_AT if first else ELSEWHERE

    @property
    def wanted(self) -> bool:
        """Whether it looks at the next execution."""
        if self._races.all_found:
            return self._left > 0 and not self._one_lock
        return self._left > 0 or self._forbidden

    def of(self, outcome: Outcome) -> Iterator[Symptom]:
        """Look at one more execution; tell the data races that were not known."""
        if not self.wanted:
            return
        events = outcome.trace.events
        if not self._races.all_found:
            for race in self._races.add(events):
                what, *details = race.explanation
                yield Symptom(Kind.DATA_RACE, race.key, what, race.places[1], not self._forbidden, tuple(details))
        if self._left:
            self._left -= 1
            if not self._one_lock:
                self._order.add(events)

    def of_all(self) -> Iterator[Symptom]:
        """Tell what only several executions show: locks taken in orders that make a circle."""
        for inversion in self._order.inversions():
            place = inversion.edges[0].asked_at
            yield Symptom(Kind.LOCK_ORDER, tuple(sorted(inversion.locks)), inversion.explanation, place, expected=True)
