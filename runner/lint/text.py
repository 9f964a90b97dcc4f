"""Texts that look like expressions whose `${…}` was forgotten."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Set

from runner.lint.rule import Found, Rule
from runner.lint.state import value_of
from runner.lint.study import Study
from runner.program import ops
from runner.program.ops import Compute, Env, Op

_LONGEST = 200
"""Characters; a longer text is one."""
_EVERYWHERE = frozenset({"thread", "index", "iteration"})
_COMPUTES = (ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.IfExp)


def _check(study: Study) -> Iterator[Found]:
    shared = _EVERYWHERE | {name for name, resource in study.program.resources.items() if resource.kind == "var"}
    parameters = _parameters(study)
    functions = {id(code): name for name, code in study.program.functions.items()}
    for code in study.program.codes:
        names = shared | parameters.get(functions.get(id(code), ""), set())
        names |= {name for op in code.ops if isinstance(name := getattr(op, "into", None), str)}
        for op in code.ops:
            for value in _values(op):
                text = value_of(value, Env())
                if isinstance(text, str) and _computes(text, names):
                    yield Found(op.place, f"this is the text {text!r}, and not computed", f'to compute it: "${{{text}}}"')


def _parameters(study: Study) -> dict[str, set[str]]:
    """Return the functions' parameters, as those who call them give them; those of a program's own have their values in it already."""
    found: dict[str, set[str]] = {}
    for code in study.program.codes:
        for op in code.ops:
            if isinstance(op, ops.Call | ops.Submit):
                found.setdefault(op.function, set()).update(name for name, _ in op.args)
    return found


def _values(op: Op) -> tuple[Compute, ...]:
    """Return what an op computes that is data: what is printed, or a message, may well look like an expression."""
    match op:
        case ops.Write(value=value) | ops.SetLocal(value=value) | ops.Let(value=value) | ops.Return(value=value):
            return (value,)
        case ops.Put(item=item):
            return (item,)
        case ops.Call(args=args) | ops.Submit(args=args):
            return tuple(value for _, value in args)
    return ()


def _computes(text: str, names: Set[str]) -> bool:
    """Say whether a text is an expression that computes something, of names that are all known here."""
    if len(text) > _LONGEST:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as of an escape in what is a text after all
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    prose = any(isinstance(node, ast.Is | ast.IsNot) for node in ast.walk(tree))  # no expression of the language either
    return isinstance(tree, _COMPUTES) and not prose and bool(used) and used <= names


RULES = (
    Rule(
        "expression-as-text",
        "A text such as `total + 1` is stored, handed on or returned as it is: without `${…}` nothing is computed.",
        'Put it in `${…}`: `"${total + 1}"`.',
        _check,
        every_case=True,
    ),
)
