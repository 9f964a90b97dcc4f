"""Make a program's resources out of a substrate's modules, and read their state when the run is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runner.program import Resource
from runner.program.kinds import COUNTING_QUEUES, LOCKS, QUEUES
from runner.substrate import Modules


class Var:
    """A shared variable: one attribute, read and written by separate ops."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


Maker = Callable[[Modules, Mapping[str, Any], Mapping[str, Any]], Any]

MAKERS: dict[str, Maker] = {
    "lock": lambda m, o, made: m.threading.Lock(),
    "rlock": lambda m, o, made: m.threading.RLock(),
    "condition": lambda m, o, made: m.threading.Condition(made[o["lock"]] if o.get("lock") else None),
    "semaphore": lambda m, o, made: m.threading.Semaphore(o["value"]),
    "bounded_semaphore": lambda m, o, made: m.threading.BoundedSemaphore(o["value"]),
    "event": lambda m, o, made: m.threading.Event(),
    "barrier": lambda m, o, made: m.threading.Barrier(o["parties"], timeout=o.get("timeout")),
    "queue": lambda m, o, made: m.queue.Queue(o["maxsize"]),
    "lifo_queue": lambda m, o, made: m.queue.LifoQueue(o["maxsize"]),
    "priority_queue": lambda m, o, made: m.queue.PriorityQueue(o["maxsize"]),
    "simple_queue": lambda m, o, made: m.queue.SimpleQueue(),
    "local": lambda m, o, made: m.threading.local(),
    "var": lambda m, o, made: Var(o["value"]),
}
"""Kind → how to make one: from the modules, the resource's options, and the resources made before it."""


class Resources:
    """A program's resources as declared: makes them, run after run, and says what became of them."""

    def __init__(self, declared: Mapping[str, Resource]) -> None:
        made = [resource for resource in declared.values() if resource.kind != "timer"]  # timers are threads
        self._names = tuple(resource.name for resource in made)
        self._made = tuple(sorted(made, key=lambda r: r.kind == "condition"))  # conditions last, for they may be on a lock
        self._vars = tuple((resource.name, resource.options["value"]) for resource in made if resource.kind == "var")
        self._queues = tuple((resource.name, resource.kind) for resource in made if resource.kind in QUEUES)

    def make(self, modules: Modules, label: Callable[[Any, str], None], make_pool: Callable[[Resource], Any]) -> dict[str, Any]:
        """Make every resource, in the order of their declarations."""
        made: dict[str, Any] = dict.fromkeys(self._names)
        for resource in self._made:
            name, kind = resource.name, resource.kind
            if kind == "pool":
                made[name] = make_pool(resource)
                continue
            item = made[name] = MAKERS[kind](modules, resource.options, made)
            if kind in LOCKS:
                label(item, name)
            elif kind == "condition" and not resource.options.get("lock"):
                label(item._lock, name)
        return made

    def final_vars(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of every variable; the declared one where the run ended before it was made."""
        return {name: made[name].value if name in made else value for name, value in self._vars}

    def final_queues(self, made: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return for every queue its size, its unfinished tasks where it counts them, and its items in the order they would be taken."""
        states: dict[str, dict[str, Any]] = {}
        for name, kind in self._queues:
            if name in made:
                items = _items(kind, made[name])
                state: dict[str, Any] = {"size": len(items)}
                if kind in COUNTING_QUEUES:
                    state["unfinished"] = made[name].unfinished_tasks
                states[name] = {**state, "items": items}
        return states


def _items(kind: str, queue: Any) -> list[Any]:
    match kind:
        case "simple_queue":
            if hasattr(queue, "_queue"):  # the pure-Python one, whose lock an abandoned thread may hold
                return list(queue._queue)
            return [queue.get_nowait() for _ in range(queue.qsize())]
        case "lifo_queue":
            return list(reversed(queue.queue))
        case "priority_queue":
            try:
                return sorted(queue.queue)
            except TypeError:  # a put of what cannot be compared has raised, and left it in the heap
                return list(queue.queue)
        case _:
            return list(queue.queue)
