"""Abstract programs: a few threads, each a tuple of ops on shared objects, and how they are written as scenarios.

What the ops mean is the model's; see model.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

# -- programs --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """What is written or put: a constant, or what the thread has last read or got plus a number."""

    number: int
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Read a variable; the thread remembers what it saw."""

    on: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write a variable."""

    on: str
    value: Value


@dataclass(frozen=True, slots=True)
class Acquire:
    """Take a lock, or one of a semaphore's permits; waits while there is none."""

    on: str


@dataclass(frozen=True, slots=True)
class Release:
    """Give a lock or a permit back; whoever has a lock, any thread may. Raises where a lock is free."""

    on: str


@dataclass(frozen=True, slots=True)
class Put:
    """Put an item into a queue; waits while it is full."""

    on: str
    value: Value


@dataclass(frozen=True, slots=True)
class Get:
    """Get a queue's oldest item, which the thread remembers; waits while there is none."""

    on: str


@dataclass(frozen=True, slots=True)
class Set:
    """Set an event."""

    on: str


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until an event is set."""

    on: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Release a condition's lock and wait for a notification; then, as an event of its own, take the lock again."""

    on: str


@dataclass(frozen=True, slots=True)
class Notify:
    """Wake the threads that wait on a condition longest: `n` of them, or all."""

    on: str
    n: int | None = 1


@dataclass(frozen=True, slots=True)
class If:
    """Read a variable, and go on with `body` if it has this value."""

    on: str
    equals: int
    body: tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class While:
    """Read a variable, and do `body` and all this again while it has this value."""

    on: str
    equals: int
    body: tuple[Op, ...]


Op = Read | Write | Acquire | Release | Put | Get | Set | Await | Wait | Notify | If | While


@dataclass(frozen=True, slots=True)
class Var:
    """A shared variable."""

    value: int = 0


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock."""


@dataclass(frozen=True, slots=True)
class Semaphore:
    """A semaphore with so many permits."""

    value: int = 1


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue with room for `size`, without a bound for 0."""

    size: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """An event."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the plain lock of this name."""

    lock: str


Object = Var | Lock | Semaphore | Queue | Event | Condition


@dataclass(frozen=True, slots=True)
class Program:
    """Threads, each a tuple of ops, and the objects that they share."""

    objects: Mapping[str, Object]
    threads: tuple[tuple[Op, ...], ...]


# -- as scenarios ----------------------------------------------------------------------------------------------------------


def thread_name(number: int) -> str:
    """Return what a thread is called in the scenario."""
    return f"t{number}"


def as_yaml(program: Program) -> str:
    """Write a program as a scenario, whose main thread is the implicit one."""
    threads = {thread_name(number): {"do": [{"let": {"seen": 0}}, *map(_step, ops)]} for number, ops in enumerate(program.threads)}
    resources = {name: _resource(what) for name, what in program.objects.items()}
    return yaml.safe_dump({"schema": 1, "resources": resources, "threads": threads}, sort_keys=False, default_flow_style=None)


def _resource(what: Object) -> Any:
    match what:
        case Var(value):
            return {"kind": "var", "value": value}
        case Semaphore(value):
            return {"kind": "semaphore", "value": value}
        case Queue(size):
            return {"kind": "queue", "maxsize": size}
        case Condition(lock):
            return {"kind": "condition", "lock": lock}
        case Lock():
            return "lock"
        case Event():
            return "event"


def _step(op: Op) -> dict[str, Any]:
    match op:
        case Read(on):
            return {"read": {"var": on, "as": "seen"}}
        case Write(on, value):
            return {"write": {"var": on, "value": _value(value)}}
        case Put(on, value):
            return {"put": {"queue": on, "item": _value(value)}}
        case Get(on):
            return {"get": {"queue": on, "as": "seen"}}
        case Notify(on, None):
            return {"notify_all": on}
        case Notify(on, n):
            return {"notify": {"condition": on, "n": n}}
        case If(on, equals, body):
            return {"if": {"test": f"{on} == {equals}", "then": [*map(_step, body)]}}
        case While(on, equals, body):
            return {"while": {"test": f"{on} == {equals}", "do": [*map(_step, body)]}}
        case Acquire(on):
            return {"acquire": on}
        case Release(on):
            return {"release": on}
        case Set(on):
            return {"set": on}
        case Await(on) | Wait(on):
            return {"wait": on}


def _value(value: Value) -> Any:
    return f"${{seen + {value.number}}}" if value.relative else value.number
