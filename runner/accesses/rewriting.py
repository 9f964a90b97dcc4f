"""What rewriting a module's tree takes, whatever it is for: calls of hooks at places, and a constant that stands for the hooks.

The hooks are put into the compiled code's constants, so nothing is added to any namespace.
"""

from __future__ import annotations

import ast
import types
from typing import Any, TypeVar

from runner.accesses.sites import Sites

HOOKS = "\0hooks"
"""The constant that stands for the hooks until the code is compiled."""
CELL = ".cell"
"""A parameter that tells lambdas put in from the program's own."""

_Node = TypeVar("_Node", bound=ast.AST)


def substituted(code: types.CodeType, hooks: object) -> types.CodeType:
    """Return a code object that has the hooks in place of the constant, at all depths."""
    constants: list[Any] = []
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            each = substituted(each, hooks)
        elif isinstance(each, str) and each == HOOKS:
            each = hooks
        constants.append(each)
    return code.replace(co_consts=tuple(constants))


class Rewriting(ast.NodeTransformer):
    """What both levels share: the function that is being rewritten, and calls of hooks."""

    def __init__(self, file: str, sites: Sites) -> None:
        self._file = file
        self._sites = sites
        self._names: list[str] = []
        self._class: str | None = None

    def _hook(self, hook: str, at: ast.AST, *args: ast.expr, name: str = "") -> ast.Call:
        number = self._sites.add(self._file, at, ".".join(self._names) or "<module>", name)
        function = ast.Attribute(ast.Constant(HOOKS), hook, ast.Load())
        call = ast.Call(function, [*args, ast.Constant(number)], [])
        return placed(call, at)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """Rewrite what is in a class."""
        outer, self._class = self._class, node.name
        self._names.append(node.name)
        node.body = self.statements(node.body)
        self._names.pop()
        self._class = outer
        return node

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Rewrite statements in a row."""
        found: list[ast.stmt] = []
        for each in body:
            made = self.visit(each)
            found += made if isinstance(made, list) else [made]
        return found


def is_hook(node: ast.AST) -> bool:
    """Say whether an expression is a call of a hook, which was put in before."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return isinstance(node.func.value, ast.Constant) and node.func.value.value == HOOKS


def placed(node: _Node, at: ast.AST) -> _Node:
    """Give a new node, and what in it is new, the place of another one."""
    place = {name: getattr(at, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
    todo: list[ast.AST] = [node]
    while todo:
        each = todo.pop()
        if "lineno" in each._attributes:
            if hasattr(each, "lineno"):
                continue  # it has a place, and so has all that is in it
            for name, value in place.items():
                setattr(each, name, value)
        todo += ast.iter_child_nodes(each)
    return node


def is_text(node: ast.stmt) -> bool:
    """Say whether a statement is a text alone, as a docstring is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
