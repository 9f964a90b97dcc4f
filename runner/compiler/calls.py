"""What a call of Python code compiles to. Nothing is imported here: see imports.py."""

from __future__ import annotations

from typing import Any

from runner.compiler.body import Body
from runner.compiler.names import Path
from runner.errors import Place
from runner.program import ops
from runner.program.kinds import HANDED
from runner.program.ops import Compute, Env, Use
from runner.spec.fields import bad_call, call_parts, is_template

USE = "use"


def call_python(
    body: Body,
    function: str,
    args: list[Any] | dict[str, Any],
    path: Path,
    key: str,
    into: str | None = None,
    *,
    place: Place | None = None,
) -> None:
    """Compile a call: of the function under `key`, with what is under `args`."""
    where = (*path, key)
    name = body.function(function, where)
    arguments = _Arguments(body)
    given: list[tuple[str | None, Any, Path]] = (
        [(word, value, (*path, "args", word)) for word, value in args.items()]
        if isinstance(args, dict)
        else [(None, value, (*path, "args", index)) for index, value in enumerate(args)]
    )
    for word, _, at in given:
        if word is not None and not word.isidentifier():
            body.names.problem("wrong-arguments", f"{word!r} cannot be the name of a parameter", at, key=True)
    computes = tuple((word, arguments.compile(value, at)) for word, value, at in given)
    if name is None:
        return
    if is_template(function) and call_parts(name) is None:
        body.names.problem("bad-call", bad_call(name), where)
        return
    bounded = body.scope.bounds.bounded
    body.emit(ops.CallPython(place or body.place(path), name, computes, bounded, tuple(arguments.uses), into))


class _Arguments:
    """Compiles arguments, in which `{use: NAME}` stands for a resource; `uses` are those so far."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.uses: list[Compute] = []

    def compile(self, value: Any, path: Path) -> Compute:
        """Compile an argument, or what is in one."""
        if not _hands_over(value):
            return self._body.value(value, path)
        if isinstance(value, list):
            items = [self.compile(item, (*path, index)) for index, item in enumerate(value)]
            return lambda env: [item(env) for item in items]
        if value.keys() == {USE}:
            return self._use(value[USE], (*path, USE))
        pairs = {word: self.compile(item, (*path, word)) for word, item in value.items()}
        return lambda env: {word: item(env) for word, item in pairs.items()}

    def _use(self, reference: Any, path: Path) -> Compute:
        names = self._body.names
        if not isinstance(reference, str):
            names.problem("wrong-type", f"a name is text, not {reference!r}", path)
            return lambda env: None
        on = names.resource(reference, self._body.scope, path, HANDED, USE).compute
        self.uses.append(on)

        def use(env: Env) -> Use:
            return Use(on(env))

        return use


def _hands_over(value: Any) -> bool:
    """Say whether there is a `{use: NAME}` in a value."""
    if isinstance(value, dict):
        return value.keys() == {USE} or any(_hands_over(item) for item in value.values())
    return isinstance(value, list) and any(_hands_over(item) for item in value)
