"""Names that get values: a function's parameters, of what a call gives, and those that steps give values to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runner.compiler.names import Names, Path
from runner.errors import did_you_mean
from runner.spec.forms import Form
from runner.spec.steps import Step


def bind(names: Names, function: str, args: list[Any] | dict[str, Any], path: Path, args_path: Path) -> list[tuple[str, Any, Path]] | None:
    """Match arguments with a function's parameters: (parameter, value, the value's path) each; None on a problem."""
    if function not in names.functions:
        names.unknown("function", function, path, names.functions)
        return None
    params = names.functions[function]
    wants = f"{function!r} takes {', '.join(params) or 'no arguments'}"
    if isinstance(args, dict):
        known = frozenset(params)
        for name in args:
            if name not in known:
                message = f"{wants}; there is no {name!r}"
                names.problem("wrong-arguments", message, (*args_path, name), did_you_mean(name, params), key=True)
                return None
        missing = [name for name in params if name not in args]
        if missing:
            names.problem("wrong-arguments", f"{wants}; {', '.join(missing)} is missing", args_path)
            return None
        return [(name, args[name], (*args_path, name)) for name in params]
    if len(args) != len(params):
        names.problem("wrong-arguments", f"{wants}; {len(args)} given", args_path)
        return None
    return [(name, value, (*args_path, index)) for index, (name, value) in enumerate(zip(params, args, strict=True))]


_BINDING = {
    form: tuple(key for key in form.model_fields if key in ("as_", "each", "do", "then", "else_", "finally_", "except_"))
    for form in Form.__subclasses__()
}
"""Form → the fields that give a name to a value, or have steps that may."""


def names_bound(steps: list[Step], path: Path) -> Iterator[tuple[str, Path]]:
    """Yield every name that steps give a value to, in loops and branches too, and where they do."""
    for index, step in enumerate(steps):
        verb, content = step.parts()
        if verb == "let":
            yield from ((name, (*path, index, verb, name)) for name in content)
        for key in _BINDING.get(type(content), ()):
            found = getattr(content, key)
            where = (*path, index, verb, key.rstrip("_"))
            if not found:
                continue
            if isinstance(found, str):
                yield found, where
            elif isinstance(found, dict):
                for error, handler in found.items():
                    yield from names_bound(handler, (*where, error))
            else:
                yield from names_bound(found, where)
