"""Put locks, queues and the like that are older than an execution back into the state that they were found in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from runner.substrate.controlled.stdlib import OwnModules

_CONTAINERS = (deque, list, dict, set)


def restorer(thing: Any, modules: OwnModules) -> Callable[[], None]:
    """Return what gives a primitive, and those inside of it, the attributes that they have now."""
    saved = list(_attributes(thing, _kinds(modules), set()))

    def restore() -> None:
        for owner, name, value in saved:
            setattr(owner, name, value.copy() if isinstance(value, _CONTAINERS) else value)

    return restore


def _kinds(modules: OwnModules) -> tuple[type, ...]:
    threading, queue = modules.threading, modules.queue
    return (
        modules._thread.LockType, threading._PyRLock, threading.Condition, threading.Semaphore, threading.Event, threading.Barrier,
        queue.Queue, queue._PySimpleQueue,
    )  # fmt: skip


def _attributes(thing: Any, kinds: tuple[type, ...], seen: set[int]) -> Iterator[tuple[Any, str, Any]]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    slots = [name for cls in type(thing).__mro__ for name in getattr(cls, "__slots__", ()) if name != "__weakref__"]
    for name in (*slots, *getattr(thing, "__dict__", ())):
        value = getattr(thing, name, None)
        if isinstance(value, kinds):
            yield from _attributes(value, kinds, seen)
        elif not callable(value):
            yield thing, name, value.copy() if isinstance(value, _CONTAINERS) else value
