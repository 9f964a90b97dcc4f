"""What the walk knows at an op, and what it keeps of a body: locks held, facts, marks, events. See walk.py for how they come about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runner.errors import NOWHERE, Place
from runner.program import Code, ops
from runner.program.ops import Env, Op

UNKNOWN: Any = object()
"""The value of what only a run can tell."""
RETURNED, RETURNED_AT = "$return", "$return-at"
"""Facts: what a body returns, and the index of the op that does."""
SLEPT, CLEAN, ALONE, CAUGHT = "slept", "clean", "alone", "caught"
"""Marks: has slept since; has not met others by a lock, a queue…; has started nobody; whoever called catches exceptions."""


class GaveUpError(Exception):
    """The scenario is too large, or too intricate, to be sure of anything."""


class Hold(NamedTuple):
    """A lock or semaphore that is held; `name` is None where it is not known which."""

    name: str | None
    place: Place


Held = tuple[Hold, ...]
ANY = Hold(None, NOWHERE)
"""Any number of locks, nobody knows which; a release of one that is not known leaves it so."""
MOST_UNKNOWN = 2
Facts = frozenset[tuple[str, Any]]
State = tuple[Held, Facts]
Marks = frozenset[Any]


class Event(NamedTuple):
    """An op as one state reaches it: what it acts on, the locks held before it, and the marks."""

    op: Op
    on: str | None
    held: Held
    marks: Marks
    position: int
    code: Code

    def holds(self, name: str) -> bool:
        """Say whether the lock is surely held."""
        return any(hold.name == name for hold in self.held)

    def may_hold(self, name: str) -> bool:
        """Say whether the lock may be held."""
        return any(hold.name in (name, None) for hold in self.held)


@dataclass(slots=True)
class Walk:
    """A body walked: what it does, the bodies that it calls, and how it ends."""

    code: Code
    entry: Held
    events: list[Event] = field(default_factory=list)
    calls: list[Walk] = field(default_factory=list)
    submits: list[tuple[ops.Submit, str | None, Env]] = field(default_factory=list)
    ends: dict[int, set[State]] = field(default_factory=dict)
    """Index of the last op, a `Return` or the body's last → the states it ends with there."""
    marks: Marks | None = None
    """What has surely happened when it ends; None if it never does."""
    looked_at: dict[str, Any] = field(default_factory=dict)
    """The names of the caller's whose values the result depends on."""


class Known(Env):
    """The names whose values are known; it notes which are looked at."""

    __slots__ = ("facts", "looked_at")

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.looked_at: set[str] = set()
        self.facts: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self.facts:
            value = self.facts[name]
            if value is UNKNOWN:
                raise NameError(name)
            return value
        self.looked_at.add(name)
        return super().__getitem__(name)


def value_of(compute: ops.Compute | None, env: Env) -> Any:
    """Compute a value; `UNKNOWN` where it needs a name that has none, or fails."""
    if compute is None:
        return None
    try:
        return compute(env)
    except Exception:  # whatever a run would say about it, it is no value
        return UNKNOWN


def reached(walk: Walk) -> Iterator[Walk]:
    """Yield a walk and those of the functions that it calls, each once."""
    seen = {id(walk)}
    stack = [walk]
    while stack:
        current = stack.pop()
        yield current
        for callee in current.calls:
            if id(callee) not in seen:
                seen.add(id(callee))
                stack.append(callee)
