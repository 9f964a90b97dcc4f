"""Locks that are taken in orders that make a circle, even where no execution deadlocks: Goodlock.

The idea is Havelund's ("Using runtime analysis to guide model checking of Java programs", 2000): from each execution take who asks for
which lock while holding which, and look for circles in that. Alarms that are false are left out, as by Bensalem and Havelund ("Dynamic
deadlock analysis of multi-threaded programs", 2005): where two of the circle hold one more lock, the *gate*, and so cannot be at it at
once (or more of them a permit of one semaphore than it has); and where one of them is over before another begins: the one started or
joined the other, handed it an item, set its event… (happens-before, less what locks and atomic groups order: that may be the other way
round next time).

A circle is told of once two at a time of its threads were each seen unordered in some execution. Waits that end by themselves
(`blocking: false`, a `timeout`) cannot be part of one; a condition's `wait` can, for it asks for its lock again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runner.analysis.happens_before import EXCLUSION, flows, ordered
from runner.analysis.holding import Holding
from runner.analysis.names import Names
from runner.errors import Place
from runner.program import Program
from runner.program.kinds import SEMAPHORES
from runner.trace import Event

LONGEST = 8
"""Locks in a circle that is looked for."""
MOST = 100_000
"""Steps of the search for circles."""


class Edge(NamedTuple):
    """A thread asks for one lock while it holds another: by the steps that took it, and asked.

    `gates` are the other locks that it holds then, `permits` the semaphores of which it has a permit.
    """

    thread: str
    held: str
    held_at: str
    asked: str
    asked_at: str
    gates: frozenset[str]
    permits: frozenset[str]

    @property
    def all_held(self) -> frozenset[str]:
        """What it holds then: the lock of the circle, and gates."""
        return self.gates | {self.held}


@dataclass(frozen=True, slots=True)
class Taken:
    """One thread of a circle: it holds one lock, since a place in the file, and asks for the next at another."""

    thread: str
    held: str
    held_at: Place | None
    asked: str
    asked_at: Place | None


@dataclass(frozen=True, slots=True)
class Inversion:
    """A circle: each thread may hold what the one before asks for. `explanation` says it in a sentence."""

    edges: tuple[Taken, ...]
    explanation: str

    @property
    def locks(self) -> tuple[str, ...]:
        """The locks of the circle, each held by the thread that asks for the next."""
        return tuple(edge.held for edge in self.edges)


class LockOrder:
    """The lock-order graph of a program, over any number of its executions."""

    def __init__(self, program: Program) -> None:
        self._names = Names(program)
        self._edges: dict[Edge, int] = {}
        self._unordered: set[tuple[int, int]] = set()
        """Pairs of edges, the lower number first, that nothing ordered in some execution."""
        self._signals: set[str] = set()
        """Semaphores of which a thread gave back a permit that it did not have: they keep nobody out."""

    def add(self, events: Sequence[Event]) -> None:
        """Look at the events of one more execution, of a controlled run."""
        seen = list(_edges(self._names, events, self._signals))
        if len({edge.thread for edge, _ in seen}) < 2:
            return
        found = [(self._edges.setdefault(edge, len(self._edges)), edge, index) for edge, index in seen]
        order = None
        last: dict[int, tuple[Edge, int]] = {}
        for number, edge, index in found:
            for other, (earlier, at) in last.items():
                pair = (min(number, other), max(number, other))
                if pair in self._unordered or not _compatible(edge, earlier):
                    continue
                order = order or ordered(events, flows(self._names, events), EXCLUSION)
                if not order.before(at, index):
                    self._unordered.add(pair)
            last[number] = edge, index  # what is unordered with an earlier time is so with this one: it is the same thread's

    def inversions(self) -> tuple[Inversion, ...]:
        """Return each circle of locks once, with the edges seen first; the shorter circles before the longer."""
        found: dict[frozenset[str], Inversion] = {}
        for circle in _circles(list(self._edges), self._unordered):
            locks = frozenset(edge.held for edge in circle)
            if not any(known <= locks for known in found) and not self._kept_out(circle):
                found[locks] = self._inversion(circle)
        return tuple(found.values())

    def _kept_out(self, circle: Sequence[Edge]) -> bool:
        """Say whether the threads of a circle had more permits of a semaphore than there are: so not at once."""
        had = Counter(name for edge in circle for name in edge.permits if name not in self._signals)
        return any(number > self._names.options[name]["value"] for name, number in had.items())

    def _inversion(self, circle: Sequence[Edge]) -> Inversion:
        names = self._names
        told = [f"{e.thread} holds {e.held} ({names.line(e.held_at)}) and asks for {e.asked} ({names.line(e.asked_at)})" for e in circle]
        taken = tuple(Taken(e.thread, e.held, names.place(e.held_at), e.asked, names.place(e.asked_at)) for e in circle)
        return Inversion(taken, f"{'; '.join(told)}: each may wait for the next, for ever")


def _edges(names: Names, events: Sequence[Event], signals: set[str]) -> Iterator[tuple[Edge, int]]:
    """Go through what is asked for while something is held, with the index of the event at which it was had, or waited for for ever."""
    holding = Holding(names)
    permits: dict[str, Counter[str]] = {}
    for index, event in enumerate(events):
        thread = event.thread
        if names.kinds.get(event.on or "") in SEMAPHORES:
            own_permits = permits.setdefault(thread, Counter())
            if event.op == "acquire" and event.result is not False:
                own_permits[str(event.on)] += 1
            elif event.op == "release":
                own_permits[str(event.on)] -= event.value if isinstance(event.value, int) else 1
                if own_permits[str(event.on)] < 0:
                    signals.add(str(event.on))
            continue
        if event.op == "blocked":
            asked = names.lock_of.get(event.on or "")
            holding.after(event)
            if asked is None or not (names.waits_for_ever(event.at) or (holding.waits(thread) and event.by is not None)):
                continue
        else:
            asked = holding.after(event).taken
            if asked is None or (event.op == "acquire" and not names.waits_for_ever(event.at)):
                continue
        own = holding.held.get(thread, {})
        if event.op == "blocked" and asked in own:  # it waits for itself: no order of locks would help
            continue
        for held, hold in own.items():
            if held != asked:
                has = frozenset(+permits.get(thread, Counter()))
                yield Edge(thread, held, hold.at, asked, event.at, frozenset(own) - {held, asked}, has), index


def _compatible(edge: Edge, other: Edge) -> bool:
    """Say whether two threads can be at it at once."""
    return edge.thread != other.thread and edge.all_held.isdisjoint(other.all_held)


def _circles(edges: Sequence[Edge], unordered: set[tuple[int, int]]) -> Iterator[Sequence[Edge]]:
    """Find circles by threads that can all be in them at once: the shorter first, each beginning with the edge seen first."""
    by_held: dict[str, list[int]] = {}
    for number, edge in enumerate(edges):
        by_held.setdefault(edge.held, []).append(number)
    left = MOST
    trails = [[number] for number in range(len(edges))]
    for _ in range(LONGEST - 1):
        longer: list[list[int]] = []
        for trail in trails:
            for number in by_held.get(edges[trail[-1]].asked, ()):
                left -= 1
                if left < 0:
                    return
                if number < trail[0] or not all((min(number, other), max(number, other)) in unordered for other in trail):
                    continue
                if edges[number].asked == edges[trail[0]].held:
                    yield [edges[each] for each in (*trail, number)]
                else:
                    longer.append([*trail, number])
        trails = longer
