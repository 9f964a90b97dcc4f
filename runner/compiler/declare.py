"""Note what a scenario declares, before any body is compiled: which names there are, what each is, and where two are one too many."""

from __future__ import annotations

from collections.abc import Iterable

from runner.compiler.names import Names, Path
from runner.errors import ReplayError, did_you_mean, either
from runner.limits import flag
from runner.program.schedule import Schedule
from runner.spec import Scenario

SHOWN = 60
"""Characters of a token that an error shows; a long run's has thousands."""


def declare(scenario: Scenario, names: Names) -> None:
    """Enter every name that a scenario declares; problems go to `names`."""
    # Before the first `count` is computed: one that names a resource is told what that is, not that it is unknown.
    names.things.update({**dict.fromkeys(scenario.threads, "thread"), **{name: each.kind for name, each in scenario.resources.items()}})
    _functions_and_classes(scenario, names)
    _resources(scenario, names)
    _threads(scenario, names)
    for what, given in (("threads", names.threads), ("resources", names.kinds)):
        most = getattr(names.limits, what)
        if len(given) > most:
            names.problem("too-many", f"{len(given)} {what} are more than the limit of {most}", (what,), flag(what), key=True)
    names.things.update({name: "low-level thread" if raw else "thread" for name, raw in names.threads.items()})
    names.things.update(names.kinds)
    names.groups.update({**names.thread_groups, **names.resource_groups})
    _params(scenario, names)
    _schedules(scenario, names)


def _functions_and_classes(scenario: Scenario, names: Names) -> None:
    for name, function in scenario.functions.items():
        names.declared[name] = ("functions", name)
        names.functions[name] = _distinct(function.params, names, ("functions", name, "params"))
    for name, thread_class in scenario.classes.items():
        names.declared[name] = ("classes", name)
        names.classes[name] = _distinct(thread_class.fields, names, ("classes", name, "fields"))


def _resources(scenario: Scenario, names: Names) -> None:
    for name, resource in scenario.resources.items():
        path: Path = ("resources", name)
        names.declared[name] = path
        replicas = _replicas(name, resource.count, names, path, names.kinds)
        if resource.count is not None:
            names.resource_groups[name] = replicas
        names.kinds.update(dict.fromkeys(replicas, resource.kind))
        if resource.kind == "timer":
            if name == "main":
                names.problem("name-collision", "'main' is the main thread's name", path, key=True)
            names.threads.update(dict.fromkeys(replicas, False))
            if resource.count is not None:
                names.thread_groups[name] = replicas


def _threads(scenario: Scenario, names: Names) -> None:
    for name, thread in scenario.threads.items():
        path: Path = ("threads", name)
        if name == "main":
            names.problem("name-collision", "'main' is the main thread's name; its steps stand under `main:`", path, key=True)
        if name in names.kinds or name in names.resource_groups:
            line = names.places.place(("resources", name), key=True).line
            names.problem("name-collision", f"{name!r} is a resource too (line {line}); `join` could mean either", path, key=True)
        names.declared[name] = path
        replicas = _replicas(name, thread.count, names, path, names.threads)
        if thread.count is not None:
            names.thread_groups[name] = replicas
        names.threads.update(dict.fromkeys(replicas, thread.start_with == "start_new_thread"))


def _params(scenario: Scenario, names: Names) -> None:
    """Check the cases' parameters, and that no parameter hides a shared variable."""
    for case, params in (scenario.cases or {}).items():
        for name in params:
            if name not in scenario.params:
                hint = did_you_mean(name, scenario.params) or "declare it under `params`, with a default"
                names.problem("unknown-name", f"there is no parameter {name!r}", ("cases", case, name), hint, key=True)
    for name in scenario.params:
        names.no_variable(name, "call the parameter something else", ("params", name), key=True)
    for name, function in scenario.functions.items():
        for index, param in enumerate(function.params):
            names.no_variable(param, "call the parameter something else", ("functions", name, "params", index))


def _schedules(scenario: Scenario, names: Names) -> None:
    """Check that the pinned schedules' tokens can be read, and that each is of one of the file's runs and shares no name with another."""
    cases = scenario.cases or {}
    folded = {case.lower(): case for case in cases}
    for name, pin in (scenario.schedules or {}).items():
        path: Path = ("schedules", name)
        try:
            Schedule.from_token(pin.token)
        except ReplayError as error:
            message = str(error).replace(repr(pin.token), repr(pin.token[:SHOWN]) + "…" * (len(pin.token) > SHOWN))
            names.problem("bad-schedule", message, (*path, "token"), "copy the whole of what `run` or `explore` prints")
        if name.lower() in folded:
            line = names.places.place(("cases", folded[name.lower()]), key=True).line
            names.problem("name-collision", f"{name!r} is a case too (line {line}); each has a golden by its name", path, key=True)
        if pin.case is not None and pin.case not in cases:
            names.unknown("case", pin.case, (*path, "case"), cases)
        elif pin.case is None and cases:
            message = f"{name!r} needs `case`: which of the cases it is a schedule of"
            names.problem("missing-key", message, path, f"{either(list(cases))}", key=True)


def _distinct(given: list[str], names: Names, path: Path) -> tuple[str, ...]:
    seen: set[str] = set()
    for index, name in enumerate(given):
        if name in seen:
            names.problem("name-collision", f"{name!r} is here twice", (*path, index))
        seen.add(name)
    return tuple(given)


def _replicas(name: str, count: int | str | None, names: Names, path: Path, taken: Iterable[str]) -> tuple[str, ...]:
    """Return what a name stands for: itself, or with `count` its replicas."""
    if count is None:
        replicas: tuple[str, ...] = (name,)
    else:
        what = str(path[0])
        number = names.number(count, (*path, "count"), 1)
        most = getattr(names.limits, what)
        if number > most:
            names.problem("too-many", f"{number} of {name!r} are more than the limit of {most}", (*path, "count"), flag(what))
            number = 1
        replicas = tuple(f"{name}-{index}" for index in range(number))
    for replica in replicas:
        if replica in taken:
            names.problem("name-collision", f"there are two {replica!r}: one declared, one by `count`", path, key=True)
    return replicas
