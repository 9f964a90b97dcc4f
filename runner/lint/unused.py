"""What a scenario declares and does not need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from runner.lint.rule import Found, Rule
from runner.lint.state import value_of
from runner.lint.study import Study
from runner.program import ops
from runner.program.ops import Env, Op


def _resources(study: Study) -> Iterator[Found]:
    named, kinds = _named(study)
    groups: dict[str, list[str]] = {}
    for name, resource in study.program.resources.items():
        if not resource.place.file:
            groups.setdefault(resource.place.path, []).append(name)
    for names in groups.values():
        first = study.program.resources[names[0]]
        if first.kind not in kinds and not named.intersection(names):
            shown = first.name if len(names) == 1 and not first.name.endswith("-0") else first.name.rpartition("-")[0]
            if shown not in named:
                yield Found(first.place, f"nothing uses the {first.kind} {shown!r}", "remove it")


def _named(study: Study) -> tuple[set[str], set[str]]:
    """Return the resources that something names, and the kinds that something not known may be of."""
    program = study.program
    named = {*program.expect.vars, *program.expect.queues}
    named.update(name for each in program.expect.outcomes for name in (*each.vars, *each.queues))
    named.update(lock for resource in program.resources.values() if (lock := resource.options.get("lock")) is not None)
    computed: dict[int, Op] = {}

    def note(op: Op, on: Any) -> None:
        name = on if isinstance(on, str) else value_of(on, Env())
        if isinstance(name, str):
            named.add(name)
        elif name is not None:
            computed[id(op)] = op

    for code in program.codes:
        for op in code.ops:
            note(op, getattr(op, "on", None))
            if isinstance(op, ops.WaitFor):
                for read in op.until.reads:
                    note(read, getattr(read, "on", None))
            if isinstance(op, ops.CallPython):
                for use in op.uses:
                    note(op, use)
    if computed:
        known: dict[int, bool] = {}
        for actor in study.actors:
            for event in actor.events:
                if id(event.op) in computed:
                    known[id(event.op)] = known.get(id(event.op), True) and event.on is not None
                    if event.on is not None:
                        named.add(event.on)
        computed = {key: op for key, op in computed.items() if not known.get(key)}
    kinds = {kind for op in computed.values() for kind in op.kinds}
    return named, kinds


def _unnamed(what: str, message: str) -> Callable[[Study], Iterator[Found]]:
    def check(study: Study) -> Iterator[Found]:
        for each in study.program.unnamed:
            if each.what == what:
                whose = f" of {each.of!r}" if each.of is not None else ""
                yield Found(each.place, message.format(name=repr(each.name) + whose), "remove it")

    return check


RULES = (
    Rule("unused-resource", "A resource that no step uses.", "Remove it: `lint --fix` does.", _resources, every_case=True),
    Rule(
        "unused-function",
        "A function that nothing runs.",
        "Remove it: `lint --fix` does.",
        _unnamed("function", "nothing runs the function {name}"),
        every_case=True,
    ),
    Rule(
        "unused-class",
        "A class that no thread is an instance of.",
        "Remove it: `lint --fix` does.",
        _unnamed("class", "no thread is an instance of {name}"),
        every_case=True,
    ),
    Rule(
        "unused-parameter",
        "A parameter, of the scenario or of a function, that nothing uses. A function's parameter that begins with `_` is not meant.",
        "Remove it: `lint --fix` does for those of the scenario.",
        _unnamed("parameter", "nothing uses the parameter {name}"),
        every_case=True,
    ),
)
