"""Data races: two threads touch a variable, one of them writes it, and nothing orders the two.

By vector clocks, as in DJIT⁺ (Pozniansky and Schuster, "Efficient on-the-fly data race detection in multithreaded C++ programs", 2003)
and FastTrack (Flanagan and Freund, 2009). Those keep each thread's last access to a variable, and so find one race of each variable;
here the last one by each step of each thread is kept, and so each pair of steps that race is found. As events of a thread are in order, if
its last access by a step is ordered before another, so are all by that step.

Two accesses in `atomic` groups do not race with each other; one in a group and one outside of any do. A race is told of by the steps, not
by the threads: replicas have the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.analysis.channels import group_end
from runner.analysis.happens_before import Order, flows, ordered
from runner.analysis.holding import Holding
from runner.analysis.names import Names, listed
from runner.errors import Place
from runner.program import Program, ops
from runner.trace import Event

ACCESSES = frozenset({"read", "write"})
Key = tuple[str, str, str]
"""A variable, and the paths of two steps, in their order as texts."""


@dataclass(frozen=True, slots=True)
class Race:
    """Two accesses to `var` that nothing orders, in the order in which they came in one execution.

    `explanation` says in sentences what is there, which edge is missing, and what would make it.
    """

    var: str
    first: Event
    second: Event
    places: tuple[Place | None, Place | None]
    explanation: tuple[str, ...]

    @property
    def key(self) -> Key:
        """What makes it the same as another: the variable, and the two steps."""
        return _key(self.var, self.first.at, self.second.at)


@dataclass(frozen=True, slots=True)
class _Access:
    index: int
    event: Event
    locks: tuple[str, ...]
    atomic: bool


class DataRaces:
    """The data races of a program, over any number of its executions. Each is told of once. `candidates` are all that there can be."""

    def __init__(self, program: Program, candidates: frozenset[Key] | None = None) -> None:
        self._names = Names(program)
        self._found: dict[Key, Race] = {}
        self._candidates = candidates

    @property
    def all_found(self) -> bool:
        """Whether no other execution can have a race that is not known: all candidates are races."""
        return self._candidates is not None and self._candidates <= self._found.keys()

    @property
    def races(self) -> tuple[Race, ...]:
        """All that were found, in the order in which they were."""
        return tuple(self._found.values())

    def add(self, events: Sequence[Event]) -> tuple[Race, ...]:
        """Look at the events of one more execution, of a controlled run; return its races that were not known."""
        if not self._is_there_any(events):
            return ()
        order = ordered(events, flows(self._names, events))
        guards: dict[str, dict[str, None]] = {}
        found: dict[Key, tuple[_Access, _Access]] = {}
        last: dict[str, dict[tuple[str, str, str, bool], _Access]] = {}
        for access in self._accesses(events):
            event, var = access.event, str(access.event.on)
            others = last.setdefault(var, {})
            guards.setdefault(var, {}).update(dict.fromkeys(access.locks))
            for other in others.values():
                key = _key(var, other.event.at, event.at)
                if key not in self._found and key not in found and _conflict(other, access) and not order.before(other.index, access.index):
                    found[key] = other, access
            others[event.thread, event.at, event.op, access.atomic] = access
        new = {key: self._race(pair, order, tuple(guards[key[0]])) for key, pair in found.items()}
        self._found |= new
        return tuple(new.values())

    def _is_there_any(self, events: Sequence[Event]) -> bool:
        """Say whether two threads touch one variable, which costs less to see than what orders them."""
        by: dict[str | None, str] = {}
        return any(event.op in ACCESSES and by.setdefault(event.on, event.thread) != event.thread for event in events)

    def _accesses(self, events: Sequence[Event]) -> list[_Access]:
        holding, kinds = Holding(self._names), self._names.kinds
        found = []
        until = 0  # the index behind the atomic group
        for index, event in enumerate(events):
            holding.after(event)
            if event.op == "atomic":
                until = group_end(events, index)
            elif event.op in ACCESSES and kinds.get(event.on or "") == "var":
                found.append(_Access(index, event, tuple(holding.held.get(event.thread, ())), index < until))
        return found

    def _race(self, pair: tuple[_Access, _Access], order: Order, guards: tuple[str, ...]) -> Race:
        first, second = pair
        names, var = self._names, str(first.event.on)
        lines = names.line(first.event.at), names.line(second.event.at)
        does = [f"{each.event.thread} {each.event.op}s {var} ({line})" for each, line in zip(pair, lines, strict=True)]
        sentences = [f"{does[0]} and {does[1]}: nothing orders them"]
        sentences.append(_missing(first, second, guards))
        common = order.last_before_both(first.index, second.index)
        if common is not None:
            event = order.events[common]
            what = f"`{event.op}`" if event.on is None else f"`{event.op} {event.on}`"
            sentences.append(f"the last thing that comes before both is {event.thread}'s {what} ({names.line(event.at)})")
        return Race(var, first.event, second.event, (names.place(first.event.at), names.place(second.event.at)), tuple(sentences))


def data_races(program: Program, events: Sequence[Event]) -> tuple[Race, ...]:
    """Return the data races of one controlled run, from its trace's events."""
    return DataRaces(program).add(events)


def _key(var: str, first: str, second: str) -> Key:
    return (var, first, second) if first <= second else (var, second, first)


def race_candidates(program: Program) -> frozenset[Key] | None:
    """Return every pair of steps that may race, by what they do and who does it; None where only a run tells what they touch."""
    if program.calls:
        return None
    accesses: dict[tuple[str, str], tuple[bool, frozenset[str]]] = {}
    for code in program.codes:
        mine = {name for name, thread in program.threads.items() if thread.code is code}
        who = frozenset(mine) if mine else frozenset(["main"]) if code is program.main else frozenset(["anyone", "another"])
        for op in (each for own in code.ops for each in (own, *(own.until.reads if isinstance(own, ops.WaitFor) else ()))):
            if isinstance(op, ops.Read | ops.Write):
                try:
                    var = str(op.on(ops.Env()))
                except Exception:  # it takes a name of the thread's
                    return None
                accesses[var, op.place.path] = isinstance(op, ops.Write), who
    return frozenset(
        _key(var, at, other_at)
        for (var, at), (writes, who) in accesses.items()
        for (other, other_at), (also_writes, others) in accesses.items()
        if var == other and (writes or also_writes) and len(who | others) > 1
    )


def _conflict(first: _Access, second: _Access) -> bool:
    return (
        first.event.thread != second.event.thread
        and "write" in (first.event.op, second.event.op)
        and not (first.atomic and second.atomic)
    )  # fmt: skip


def _missing(first: _Access, second: _Access, guards: tuple[str, ...]) -> str:
    """Say what each of two accesses is guarded by, and what would order them."""
    if first.atomic or second.atomic:
        inside, outside = (first, second) if first.atomic else (second, first)
        return f"{inside.event.thread} does it in an atomic group, {outside.event.thread} does not: two groups would do"
    threads = first.event.thread, second.event.thread
    held = [f"{thread} holds {listed(access.locks) or 'no lock'}" for thread, access in zip(threads, (first, second), strict=True)]
    if first.locks and second.locks:
        return f"{held[0]}, {held[1]}: only a lock that both hold would order them"
    if first.locks or second.locks:
        lacking = threads[0] if second.locks else threads[1]
        return f"{held[0]}, {held[1]}: if {lacking} held {' or '.join(first.locks or second.locks)} as well, that would order them"
    if guards:
        return f"neither holds a lock, though {' or '.join(guards)} is held where {first.event.on} is used elsewhere"
    return "neither holds a lock: one that both hold would order them"
