"""Rewrite the tree of a module so that it says what it is about to read or write: calls of hooks, at each place that touches objects.

It knows syntax and Python's order of evaluation, and not what the hooks do (hooks.py). Each hook is called when all operands are
evaluated and nothing but the access itself is left to do:

| source | becomes |
| --- | --- |
| `a.b` | `H.read(a, n).b` |
| `a.b = v`, `del a.b` | `H.write(a, n).b = v` |
| `a[k]` | `H.item(a, k, n)` |
| `a[k] = v`, `del a[k]` | `H.slot(a, k, n)[0] = v` |
| `x`, a global | `(H.global_(n) and x)` |
| `x = v`, a global | `H.globals(n)["x"] = v` |
| `x`, a variable of several functions | `(H.cell(lambda: x, n) and x)` |
| `x = v`, such | `H.changed(lambda: x, n).cell_contents = v` |
| `a.b += v` | `t = a; u = H.read(t, n).b; u += H.inplace(u, v, n); H.write(t, n).b = u` |
| `f(…)` | `H.call(f, n)(…)`, which gives a function of C another one that says what it does with containers |
| `k in a`, `a + b`, `a == b` | `H.inside(k, a, n)` and so on |
| `for x in a`, `if a`, `*a`, `x, y = a`, `f"{a}"` | `H.each(a, n)`, `H.content(a, n)` |

`H` is a constant (rewriting.py). Names that begin with a dot can be nobody's own.
"""

from __future__ import annotations

import ast
from typing import Any, cast

from runner.accesses.rewriting import CELL, HOOKS, Rewriting, is_hook, is_text, placed
from runner.accesses.scopes import Scope, Sort, scopes_of
from runner.accesses.sites import Sites

_LEFT_ALONE = frozenset({
    "super", "locals", "globals", "vars", "dir", "eval", "exec", "isinstance", "issubclass", "id", "type", "callable", "property",
    "staticmethod", "classmethod", "range", "int", "float", "bool", "hash", "abs", "round", "ord", "chr", "input", "open", "object",
})  # fmt: skip
"""Built-in functions that touch no container, or look at who calls them."""
_CONTAINER_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.BitOr, ast.BitAnd, ast.BitXor)
_CONTAINER_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_BOOLEAN = (ast.Compare, ast.BoolOp, ast.Constant)
_PLAIN = (ast.Constant, ast.JoinedStr)


def by_accesses(tree: ast.Module, file: str, sites: Sites) -> ast.Module:
    """Rewrite a whole module, in place."""
    rewriting = _Accesses(file, sites, scopes_of(tree), tree)
    tree.body = rewriting.statements(tree.body)
    return tree


class _Accesses(Rewriting):
    """A point before each read and write."""

    def __init__(self, file: str, sites: Sites, scopes: dict[ast.AST, Scope], tree: ast.Module) -> None:
        super().__init__(file, sites)
        self._scopes = scopes
        self._scope = scopes[tree]
        self._temporary = 0

    # -- scopes ------------------------------------------------------------------------------------------------------------

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self._decorators(node)
        node.bases = [self.visit(each) for each in node.bases]
        for each in node.keywords:
            each.value = self.visit(each.value)
        outer, self._scope = self._scope, self._scopes[node]
        super().visit_ClassDef(node)
        self._scope = outer
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        self._decorators(node)
        self._defaults(node.args)
        if node.name == "__del__":  # called at any moment, in the midst of anything
            return node
        outer, self._scope = self._scope, self._scopes[node]
        self._names.append(node.name)
        text, body = (node.body[:1], node.body[1:]) if is_text(node.body[0]) else ([], node.body)
        node.body = [*text, *self._still_bound(node), *self.statements(body)]
        self._names.pop()
        self._scope = outer
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def _still_bound(self, node: ast.AST) -> list[ast.stmt]:
        """Keep variables of a function its own though all that binds them is rewritten; it is never executed, nor compiled."""
        scope = self._scope
        names = [name for name in scope.bound if scope.sort(name) is Sort.CELL]
        if not names:
            return []
        targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
        first = node.body[0]  # type: ignore[attr-defined]  # it is a function
        return [placed(ast.If(ast.Constant(0), [ast.Assign(targets, ast.Constant(None))], []), first)]

    def _decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        node.decorator_list = [self.visit(each) for each in node.decorator_list]

    def _defaults(self, args: ast.arguments) -> None:
        args.defaults = [self.visit(each) for each in args.defaults]
        args.kw_defaults = [None if each is None else self.visit(each) for each in args.kw_defaults]

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self._defaults(node.args)
        outer, self._scope = self._scope, self._scopes[node]
        self._names.append("<lambda>")
        node.body = self.visit(node.body)
        self._names.pop()
        self._scope = outer
        return node

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Any:
        first, *others = node.generators
        first.iter = self._iterated(first)
        outer, self._scope = self._scope, self._scopes[node]
        first.ifs = [self._tested(each) for each in first.ifs]
        for each in others:
            each.iter = self._iterated(each)
            each.ifs = [self._tested(test) for test in each.ifs]
        if isinstance(node, ast.DictComp):
            node.key, node.value = self.visit(node.key), self.visit(node.value)
        else:
            node.elt = self.visit(node.elt)
        self._scope = outer
        return node

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def _iterated(self, loop: ast.comprehension | ast.For) -> ast.expr:
        if is_hook(loop.iter) and isinstance(loop.iter, ast.Call):  # the turns of a loop, each a line: what it goes through is inside
            inner = loop.iter.args[0]
            loop.iter.args[0] = self._hook("each", inner, self.visit(inner))
            return loop.iter
        made = self.visit(loop.iter)
        if isinstance(loop, ast.comprehension) and loop.is_async:
            return cast(ast.expr, made)
        return self._hook("each", loop.iter, made)

    # -- names -------------------------------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> Any:
        sort = self._scope.sort(node.id)
        if sort is Sort.OWN or node.id.startswith("."):
            return node
        name = self._mangled(node.id)
        if isinstance(node.ctx, ast.Load):
            told = self._hook("global_", node, name=name) if sort is Sort.GLOBAL else self._hook("cell", node, _cell(node), name=name)
            return placed(ast.BoolOp(ast.And(), [told, node]), node)
        if sort is Sort.GLOBAL:
            return placed(ast.Subscript(self._hook("globals", node, name=name), ast.Constant(name), node.ctx), node)
        return placed(ast.Attribute(self._hook("changed", node, _cell(node), name=name), "cell_contents", node.ctx), node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        node.value = self._bound(node.target, self.visit(node.value))
        return node

    def _bound(self, target: ast.Name, value: ast.expr) -> ast.expr:
        """Say at the value that a name is about to be bound to it, where the name itself has to stay."""
        sort = self._scope.sort(target.id)
        if sort is Sort.OWN:
            return value
        hook, more = ("global_value", []) if sort is Sort.GLOBAL else ("cell_value", [_cell(target)])
        return self._hook(hook, target, value, *more, name=self._mangled(target.id))

    def _mangled(self, name: str) -> str:
        if self._class is None or not name.startswith("__") or name.endswith("__") or not self._class.strip("_"):
            return name
        return f"_{self._class.lstrip('_')}{name}"

    # -- attributes and items ----------------------------------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        value = self.visit(node.value)
        if not (node.attr.startswith("__") and node.attr.endswith("__")) and not _is_super(node.value):
            hook = "read" if isinstance(node.ctx, ast.Load) else "write"
            value = self._hook(hook, _end(node), value, name=self._mangled(node.attr))
        node.value = value
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        value, key = self.visit(node.value), self._key(node.slice)
        if isinstance(node.ctx, ast.Load):
            return placed(self._hook("item", node, value, key), node)
        return placed(ast.Subscript(self._hook("slot", node, value, key), ast.Constant(0), node.ctx), node)

    def _key(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Slice):
            parts = [ast.Constant(None) if each is None else self.visit(each) for each in (node.lower, node.upper, node.step)]
            return placed(ast.Call(ast.Attribute(ast.Constant(HOOKS), "slice", ast.Load()), parts, []), node)
        if isinstance(node, ast.Tuple):
            node.elts = [self._key(each) for each in node.elts]
            return node
        return cast(ast.expr, self.visit(node))

    # -- operators ---------------------------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> Any:
        if is_hook(node):
            return node
        function = node.func
        plain = isinstance(function, ast.Name) and self._scope.sort(function.id) is Sort.OWN and self._is_known(function.id)
        node.func = self.visit(function)
        node.args = [self.visit(each) for each in node.args]
        for each in node.keywords:
            each.value = self._content(each.value) if each.arg is None else self.visit(each.value)
        if not plain and not isinstance(function, ast.Lambda):
            node.func = self._hook("call", function, node.func)
        return node

    def _is_known(self, name: str) -> bool:
        """Say whether a name is that of a function that need not be looked at when it is called: one of the module, or one left alone."""
        owner = self._scope.owner(name)
        if name not in owner.bound:
            return name in _LEFT_ALONE
        return owner.fixed.get(name, False) and name not in owner.imported

    def visit_Compare(self, node: ast.Compare) -> Any:
        left, rights = self.visit(node.left), [self.visit(each) for each in node.comparators]
        if len(rights) == 1:
            operator, right = node.ops[0], rights[0]
            if isinstance(operator, ast.In | ast.NotIn):
                return self._hook("inside" if isinstance(operator, ast.In) else "outside", node, left, right)
            if isinstance(operator, _CONTAINER_COMPARISONS) and not isinstance(node.left, _PLAIN) and not isinstance(right, _PLAIN):
                return self._hook("compare", node, ast.Constant(type(operator).__name__), left, right)
        node.left = left
        node.comparators = [
            self._hook("content", each, each) if isinstance(operator, ast.In | ast.NotIn) else each
            for operator, each in zip(node.ops, rights, strict=True)
        ]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        plain = isinstance(node.left, _PLAIN) or isinstance(node.right, _PLAIN)
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, _CONTAINER_OPERATORS) and not plain:
            return self._hook("binary", node, ast.Constant(type(node.op).__name__), left, right)
        node.left, node.right = left, right
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        *tested, last = node.values
        node.values = [*(self._tested(each) for each in tested), self.visit(last)]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        node.operand = self._tested(node.operand) if isinstance(node.op, ast.Not) else self.visit(node.operand)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        node.test, node.body, node.orelse = self._tested(node.test), self.visit(node.body), self.visit(node.orelse)
        return node

    def _tested(self, node: ast.expr) -> ast.expr:
        if is_hook(node):
            return node
        if isinstance(node, ast.BoolOp):
            node.values = [self._tested(each) for each in node.values]
            return node
        if isinstance(node, _BOOLEAN) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            return cast(ast.expr, self.visit(node))
        return self._content(node)

    def _content(self, node: ast.expr) -> ast.expr:
        """Say of an expression's value, if it is a container, that what is in it is about to be looked at."""
        made = self.visit(node)
        return cast(ast.expr, made) if isinstance(node, ast.Constant) else self._hook("content", node, made)

    def visit_Starred(self, node: ast.Starred) -> Any:
        node.value = self._content(node.value) if isinstance(node.ctx, ast.Load) else self.visit(node.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> Any:
        node.values = [
            self._content(value) if key is None else self.visit(value) for key, value in zip(node.keys, node.values, strict=True)
        ]
        node.keys = [None if key is None else self.visit(key) for key in node.keys]
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        node.value = self._content(node.value)
        if node.format_spec is not None:
            node.format_spec = self.visit(node.format_spec)
        return node

    # -- statements --------------------------------------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> Any:
        unpacked = any(isinstance(each, ast.Tuple | ast.List) for each in node.targets)
        node.value = self._content(node.value) if unpacked else self.visit(node.value)
        node.targets = [self.visit(each) for each in node.targets]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self.visit(node.value)
            if isinstance(node.target, ast.Name):
                node.value = self._bound(node.target, node.value)
                return node
        node.target = node.target if isinstance(node.target, ast.Name) else self.visit(node.target)
        return node

    def visit_TypeAlias(self, node: ast.AST) -> Any:
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        target, value = node.target, self.visit(node.value)
        simple = isinstance(node.value, _PLAIN)
        if isinstance(target, ast.Name) and self._scope.sort(target.id) is Sort.OWN:
            node.value = value if simple else self._hook("inplace", node, ast.Name(target.id, ast.Load()), value)
            return node
        before: list[ast.stmt] = []
        names: list[str] = []

        def keep(value: ast.expr) -> str:
            self._temporary += 1
            names.append(f".{self._temporary}")
            before.append(placed(ast.Assign([ast.Name(names[-1], ast.Store())], value), node))
            return names[-1]

        get: ast.expr
        put: ast.expr
        if isinstance(target, ast.Name):
            get = self.visit(placed(ast.Name(target.id, ast.Load()), target))
            put = self.visit(target)
        elif isinstance(target, ast.Attribute):
            owner, name = keep(self.visit(target.value)), self._mangled(target.attr)
            get = ast.Attribute(self._hook("read", _end(target), ast.Name(owner, ast.Load()), name=name), target.attr, ast.Load())
            put = ast.Attribute(self._hook("write", _end(target), ast.Name(owner, ast.Load()), name=name), target.attr, ast.Store())
        else:
            owner, key = keep(self.visit(target.value)), keep(self._key(target.slice))
            get = self._hook("item", target, ast.Name(owner, ast.Load()), ast.Name(key, ast.Load()))
            slot = self._hook("slot", target, ast.Name(owner, ast.Load()), ast.Name(key, ast.Load()))
            put = ast.Subscript(slot, ast.Constant(0), ast.Store())
        result = keep(get)
        if not simple:
            value = self._hook("inplace", node, ast.Name(result, ast.Load()), value)
        change = ast.AugAssign(ast.Name(result, ast.Store()), node.op, value)
        store = ast.Assign([put], ast.Name(result, ast.Load()))
        forget = ast.Delete([ast.Name(name, ast.Del()) for name in names])
        return [*before, *(placed(each, node) for each in (change, store, forget))]

    def visit_For(self, node: ast.For) -> Any:
        node.iter = self._iterated(node)
        node.target = self.visit(node.target)
        node.body, node.orelse = self.statements(node.body), self.statements(node.orelse)
        return node

    def visit_While(self, node: ast.While | ast.If) -> Any:
        node.test = self._tested(node.test)
        node.body, node.orelse = self.statements(node.body), self.statements(node.orelse)
        return node

    visit_If = visit_While

    def visit_Assert(self, node: ast.Assert) -> Any:
        node.test = self._tested(node.test)
        node.msg = None if node.msg is None else self.visit(node.msg)
        return node

    def visit_Match(self, node: ast.Match) -> Any:
        node.subject = self._content(node.subject)
        for case in node.cases:  # patterns stay as they are
            case.guard = None if case.guard is None else self._tested(case.guard)
            case.body = self.statements(case.body)
        return node


def _cell(name: ast.Name) -> ast.Lambda:
    """Return a lambda whose one cell is the variable's."""
    arguments = ast.arguments([], [ast.arg(CELL)], None, [], [], None, [ast.Constant(None)])
    return placed(ast.Lambda(arguments, ast.Name(name.id, ast.Load())), name)


def _end(node: ast.Attribute) -> ast.AST:
    """Return where the name behind the dot is."""
    line, column = node.end_lineno or node.lineno, (node.end_col_offset or 0) - len(node.attr)
    return ast.Pass(lineno=line, col_offset=column, end_lineno=line, end_col_offset=node.end_col_offset)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
