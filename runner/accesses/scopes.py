"""Which scope a name in a module's source belongs to, and whether several threads may see it rebound.

It knows Python's rules for names and nothing of what is done with them. Not `symtable`: its scopes have no link to the nodes of a tree.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from enum import Enum

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Sort(Enum):
    """What a name is where it is used."""

    OWN = "own"
    """One frame's, or never bound anew: nobody has to be told."""
    GLOBAL = "global"
    CELL = "cell"
    """A variable of a function that functions inside of it see, and that is bound more than once."""


class Scope:
    """A module, class, function or comprehension: what it binds, and which of that functions inside of it see."""

    def __init__(self, kind: str, parent: Scope | None) -> None:
        self.kind = kind
        self.parent = parent
        self.bound: dict[str, int] = {}
        """Name → how often it is bound; a loop counts twice."""
        self.fixed: dict[str, bool] = {}
        """Name → whether it is bound by definitions and imports only."""
        self.imported: set[str] = set()
        self.global_: set[str] = set()
        self.nonlocal_: set[str] = set()
        self.captured: set[str] = set()
        self.used: set[str] = set()

    def bind(self, name: str, times: int = 1, *, fixed: bool = False) -> None:
        """Note that a name is bound here; what is declared to be another scope's is counted there, by `declared`."""
        if name not in self.global_ and name not in self.nonlocal_:
            self.bound[name] = self.bound.get(name, 0) + times
            self.fixed[name] = fixed and self.fixed.get(name, True)

    def declared(self) -> None:
        """Note in other scopes which of their names this one may bind."""
        for name in self.global_ | self.nonlocal_:
            owner = self.owner(name)
            owner.bound[name] = owner.bound.get(name, 0) + 2
            owner.fixed[name] = False
            _capture(self, name)

    def owner(self, name: str) -> Scope:
        """Return the scope that a name in this one belongs to; the module's for what is Python's own."""
        scope: Scope = self
        while scope.parent is not None:
            if name in scope.global_:
                break
            if name in scope.bound and name not in scope.nonlocal_ and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.parent
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def sort(self, name: str) -> Sort:
        """Say what a name is that is used here."""
        owner = self.owner(name)
        if owner.kind == "module":
            if owner.fixed.get(name, False) or (name not in owner.bound and hasattr(builtins, name)):
                return Sort.OWN
            return Sort.OWN if name.startswith("__") and name.endswith("__") else Sort.GLOBAL
        return Sort.CELL if owner.kind == "function" and name in owner.captured and owner.bound[name] > 1 else Sort.OWN


def scopes_of(tree: ast.Module) -> dict[ast.AST, Scope]:
    """Return the scope that each module, class, function and comprehension of a tree makes."""
    reader = _Reader()
    reader.read(tree)
    for scope in reader.scopes.values():
        scope.declared()
    for scope in reader.scopes.values():
        for name in scope.used:
            _capture(scope, name)
    return reader.scopes


def _capture(scope: Scope, name: str) -> None:
    owner = scope.owner(name)
    inner: Scope | None = scope
    while inner is not None and inner is not owner:
        if inner.kind == "function":
            owner.captured.add(name)
        inner = inner.parent


class _Reader(ast.NodeVisitor):
    """Notes what each scope declares, then what it binds and uses."""

    def __init__(self) -> None:
        self.scopes: dict[ast.AST, Scope] = {}
        self._now: Scope | None = None
        self._loops = 0

    @property
    def now(self) -> Scope:
        assert self._now is not None
        return self._now

    def read(self, tree: ast.Module) -> None:
        self._within(self._enter(tree, "module"), tree.body)

    def _enter(self, node: ast.AST, kind: str) -> Scope:
        scope = self.scopes[node] = Scope(kind, self._now)
        return scope

    def _within(self, scope: Scope, nodes: Iterable[ast.AST | None]) -> None:
        before = self._now, self._loops
        self._now, self._loops = scope, 0
        for node in nodes:
            if node is not None:
                self.visit(node)
        self._now, self._loops = before

    def _bind(self, name: str, *, fixed: bool = False) -> None:
        self.now.bind(name, 2 if self._loops else 1, fixed=fixed)

    def visit_Global(self, node: ast.Global) -> None:
        self.now.global_.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.now.nonlocal_.update(node.names)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.now.used.add(node.id)
        else:
            self._bind(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.now.used.add(node.target.id)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        inner, scope = self.now, self.now
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        self._now = scope
        self._bind(node.target.id)
        self._now = inner
        inner.used.add(node.target.id)

    def visit_For(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        self._loops += 1
        self.generic_visit(node)
        self._loops -= 1

    visit_AsyncFor = visit_While = visit_For

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for each in node.names:
            name = (each.asname or each.name).partition(".")[0]
            self._bind(name, fixed=True)
            self.now.imported.add(name)

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self._bind(name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchMapping = visit_MatchAs

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, fixed=True)
        for each in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(each)
        scope = self._enter(node, "class")
        self._within(scope, [*getattr(node, "type_params", ()), *node.body])

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name, fixed=True)
        for each in node.decorator_list:
            self.visit(each)
        self._function(node, [*getattr(node, "type_params", ()), *node.body])

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, [node.body])

    def visit_TypeVar(self, node: ast.AST) -> None:
        self._bind(node.name, fixed=True)  # type: ignore[attr-defined]  # from 3.12 on

    visit_ParamSpec = visit_TypeVarTuple = visit_TypeVar

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, body: list[ast.AST]) -> None:
        args = node.args
        for default in (*args.defaults, *args.kw_defaults):
            if default is not None:
                self.visit(default)
        scope = self._enter(node, "function")
        for each in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if each is not None:
                scope.bind(each.arg)
        self._within(scope, body)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        scope = self._enter(node, "comprehension")
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        others = [each for generator in node.generators[1:] for each in (generator.target, generator.iter, *generator.ifs)]
        self._within(scope, [first.target, *first.ifs, *others, *results])

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp
