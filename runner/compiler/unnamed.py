"""What a scenario declares and nothing in it names: functions, classes, parameters.

Resources are not looked for here: their names may be computed, and which are needs a look at what the threads do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from runner.compiler.names import Names, Path
from runner.program import Code, Unnamed, ops
from runner.spec import Scenario


def unnamed(scenario: Scenario, names: Names, mentioned: Mapping[str, set[str]], codes: Iterable[Code]) -> tuple[Unnamed, ...]:
    """Return what nothing names, but for what included files declare: those serve other scenarios too.

    `mentioned` has the names that each function's steps use.
    """
    called = {op.function for code in codes for op in code.ops if isinstance(op, ops.Call | ops.Submit)}
    instances = {thread.class_ for thread in scenario.threads.values()}

    def found() -> Iterator[tuple[str, str, Path, str | None]]:
        for name, function in scenario.functions.items():
            if name not in called:
                yield "function", name, ("functions", name), None
            for index, param in enumerate(function.params):
                if param not in mentioned[name] and not param.startswith("_"):
                    yield "parameter", param, ("functions", name, "params", index), name
        for name in scenario.classes:
            if name not in instances:
                yield "class", name, ("classes", name), None
        for name in scenario.params:
            if name not in names.mentioned:
                yield "parameter", name, ("params", name), None

    placed = (Unnamed(what, name, names.places.place(path, key=True), of) for what, name, path, of in found())
    return tuple(each for each in placed if not each.place.file)
