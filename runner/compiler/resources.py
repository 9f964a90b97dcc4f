"""Resources as declared to those of a Program: each replica, with the options it is made with."""

from __future__ import annotations

from typing import Any

from runner.compiler.names import Names, Path
from runner.compiler.scope import Scope
from runner.program import Resource
from runner.program.kinds import LOCKS
from runner.spec import Scenario
from runner.spec.fields import parse_duration


def link_resources(scenario: Scenario, names: Names) -> dict[str, Resource]:
    """Return the resources by name; problems go to `names`."""
    resources: dict[str, Resource] = {}
    for name, declared in scenario.resources.items():
        path: Path = ("resources", name)
        place = names.places.place(path, key=True)
        for index, replica in enumerate(names.resource_groups.get(name, (name,))):
            options = _options(declared, names, path, names.replica_scope(index))
            lock = options.get("lock")
            resources[replica] = Resource(replica, declared.kind, place, options, (replica, lock) if lock else (replica,))
    return resources


def _options(declared: Any, names: Names, path: Path, scope: Scope) -> dict[str, Any]:
    """Evaluate the arguments of a resource's constructor."""
    match declared.kind:
        case "semaphore" | "bounded_semaphore":
            return {"value": names.number(declared.value, (*path, "value"), 0, scope)}
        case "barrier":
            timeout = declared.timeout if declared.timeout is None else _seconds(declared.timeout, names, (*path, "timeout"), scope)
            return {"parties": names.number(declared.parties, (*path, "parties"), 1, scope), "timeout": timeout}
        case "queue" | "lifo_queue" | "priority_queue":
            return {"maxsize": names.number(declared.maxsize, (*path, "maxsize"), 0, scope)}
        case "pool":
            return {"max_workers": names.number(declared.max_workers, (*path, "max_workers"), 1, scope)}
        case "timer":
            return {"interval": _seconds(declared.interval, names, (*path, "interval"), scope)}
        case "var":
            return {"value": names.constant(declared.value, (*path, "value"), scope)}
        case "condition" if declared.lock is not None:
            compiled = names.resource(declared.lock, scope, (*path, "lock"), LOCKS, "condition")
            return {"lock": compiled.value if compiled.constant else None}
        case _:
            return {}


def _seconds(duration: float | str, names: Names, path: Path, scope: Scope) -> float:
    """Evaluate a duration that only parameters may decide."""
    if not isinstance(duration, str):
        return duration
    value = names.constant(duration, path, scope)
    try:
        return parse_duration(value)
    except ValueError as error:
        if value is not None:
            names.problem("bad-duration", str(error), path)
        return 0.0
