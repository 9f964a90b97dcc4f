"""YAML data with expressions in its texts: what stands between `${` and `}` is compiled, all else is taken as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runner.compiler.expressions import compile_expression
from runner.compiler.scope import Compiled, Reading, Scope, constant
from runner.errors import ExpressionError


def split_template(text: str) -> list[tuple[bool, str]]:
    """Split text into (is an expression, part) at each `${…}`; `$${` stands for a plain `${`.

    Raises:
        ExpressionError: a `${` is not closed.
    """
    parts: list[tuple[bool, str]] = []
    plain = ""
    at = 0
    while (found := text.find("${", at)) >= 0:
        if found > at and text[found - 1] == "$":
            plain += text[at : found - 1] + "${"
            at = found + 2
            continue
        plain += text[at:found]
        if plain:
            parts.append((False, plain))
            plain = ""
        end = _closing(text, found + 2)
        parts.append((True, text[found + 2 : end]))
        at = end + 1
    plain += text[at:]
    if plain or not parts:
        parts.append((False, plain))
    return parts


def _closing(text: str, start: int) -> int:
    """Find the brace that closes an expression, passing over nested ones and quoted text."""
    depth = 0
    quote = ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            if character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return index
            depth -= 1
    raise ExpressionError("a ${ is not closed by a }")


def _merge(parts: Iterable[Compiled]) -> tuple[Reading, ...]:
    return tuple(dict.fromkeys(reading for part in parts for reading in part.reads))


def _names(parts: Iterable[Compiled]) -> frozenset[str]:
    return frozenset().union(*(part.names for part in parts))


def compile_value(value: Any, scope: Scope) -> Compiled:
    """Compile YAML data with `${…}` in its texts. Text that is exactly one `${…}` keeps the expression's type.

    Raises:
        ExpressionError: see `compile_expression`.
    """
    if isinstance(value, str):
        return _compile_text(value, scope) if "${" in value else constant(value)
    bounds = scope.bounds
    if isinstance(value, list):
        items = [compile_value(item, scope) for item in value]
        if all(item.constant for item in items):
            return constant([item.value for item in items], _names(items))
        computes = [item.compute for item in items]
        return Compiled(
            lambda env: bounds.bounded(bounds.gathered(compute(env) for compute in computes)), _merge(items), names=_names(items)
        )
    if isinstance(value, dict):
        pairs = {key: compile_value(item, scope) for key, item in value.items()}
        if all(item.constant for item in pairs.values()):
            return constant({key: item.value for key, item in pairs.items()}, _names(pairs.values()))
        computes = [item.compute for item in pairs.values()]
        return Compiled(
            lambda env: bounds.bounded(dict(zip(pairs, bounds.gathered(compute(env) for compute in computes), strict=True))),
            _merge(pairs.values()),
            names=_names(pairs.values()),
        )
    return constant(value)


def _compile_text(text: str, scope: Scope) -> Compiled:
    parts = split_template(text)
    compiled = [compile_expression(part, scope) if is_expression else constant(part) for is_expression, part in parts]
    if len(compiled) == 1:
        return compiled[0]
    if all(part.constant for part in compiled):
        return constant("".join(str(part.value) for part in compiled), _names(compiled))
    computes = [part.compute for part in compiled]
    bounds = scope.bounds
    return Compiled(
        lambda env: "".join(bounds.gathered(str(compute(env)) for compute in computes)), _merge(compiled), names=_names(compiled)
    )
