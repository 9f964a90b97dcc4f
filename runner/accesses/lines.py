"""Rewrite the tree of a module so that it says when it comes to a statement, and to a further turn of a loop.

It is statements, not lines of text: two on one line are two, one over several lines is one.
"""

from __future__ import annotations

import ast
from typing import Any

from runner.accesses.rewriting import Rewriting, is_text, placed
from runner.accesses.sites import Sites

_NO_LINE = (ast.Try, ast.TryStar, ast.While, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)
"""Statements that do nothing before what is inside of them; and imports, for two in a row have an order of their own."""


def by_lines(tree: ast.Module, file: str, sites: Sites) -> ast.Module:
    """Rewrite a whole module, in place."""
    rewriting = _Lines(file, sites)
    tree.body = rewriting.statements(tree.body)
    return tree


class _Lines(Rewriting):
    """A point before each statement, and before each further turn of a loop."""

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for index, each in enumerate(body):
            if not (index == 0 and is_text(each)) and not isinstance(each, _NO_LINE):
                found.append(placed(ast.Expr(self._hook("line", each)), each))
            self.visit(each)
            found.append(each)
        return found

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Go through the bodies of statements; of expressions, lambdas have none."""
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list) and inner:
                if field in ("handlers", "cases"):
                    for each in inner:
                        self.generic_visit(each)
                else:
                    setattr(node, field, self.statements(inner))
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        self._names.append(node.name)
        if node.name != "__del__":
            self.generic_visit(node)
        self._names.pop()
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_While(self, node: ast.While) -> Any:
        node.test = placed(ast.BoolOp(ast.And(), [self._hook("line", node), node.test]), node)
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> Any:
        node.iter = self._hook("turns", node, node.iter)
        return self.generic_visit(node)
