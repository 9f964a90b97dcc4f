"""What a run leaves behind: a header, events in the order they happened, a footer. Plain slotted data, compared with `==`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1


class Absent:
    """The type of `ABSENT`, which tells "there is no value" from "the value is null"."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(slots=True, eq=True)
class Event:
    """One thing that happened.

    `n` counts from 1; `t` is the time in nanoseconds since the run began; `at` is the step's path in the file.
    """

    n: int
    t: int
    thread: str
    op: str
    on: str | None = None
    """The resource or thread acted on."""
    value: Any = ABSENT
    """What was put, written, read, printed, slept (seconds)."""
    result: Any = ABSENT
    """What the call returned, where that says something."""
    by: str | None = None
    """`blocked`: the thread that holds what this one waits for."""
    error: str | None = None
    """`raise`: the exception's type, and its message where the scenario wrote it."""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Which run this is. `params` are those that differ from their defaults."""

    scenario: str
    policy: str
    seed: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    case: str | None = None


@dataclass(frozen=True, slots=True)
class BlockedThread:
    """A thread that could not go on when the run ended."""

    thread: str
    on: str | None
    by: str | None
    at: str


@dataclass(frozen=True, slots=True)
class Footer:
    """What the run came to: outcome, the time it ended (nanoseconds), final state, and each thread's end."""

    outcome: str
    t: int
    vars: Mapping[str, Any] = field(default_factory=dict)
    queues: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    threads: Mapping[str, str] = field(default_factory=dict)
    blocked: tuple[BlockedThread, ...] = ()
    cycle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole trace."""

    header: Header
    events: tuple[Event, ...]
    footer: Footer
