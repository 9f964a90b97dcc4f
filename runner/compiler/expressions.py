"""Expressions: a small, side-effect-free, bounded subset of Python's syntax, compiled to functions of a thread's names.

Parsed with `ast`, checked node by node, then compiled by Python itself, so that evaluating one costs what the same Python
would. Whatever could grow without bound (`+` and `*` on text, `**`, `range`) goes through a function that checks sizes.
A shared variable is read by an op of its own before the expression is evaluated; the value read is found under `$NAME`.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

from runner.compiler.bounds import CHECKED, FUNCTIONS
from runner.compiler.scope import Compiled, Reading, Scope, constant, replica_of
from runner.errors import ExpressionError, SizeLimitError, closest
from runner.program.kinds import ASKED, OF_FUTURES, with_article
from runner.program.ops import Compute, Env

CHARACTERS_A_PART = 5
"""An expression of so many characters may have one part: a node of its syntax tree."""

_PLAIN = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.Div, ast.FloorDiv,
    ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.IfExp, ast.List, ast.Tuple, ast.Dict,
    ast.Subscript, ast.Slice, ast.Load,
)  # fmt: skip


class UnknownNameError(ExpressionError):
    """An expression uses a name that nothing declares."""

    def __init__(self, name: str, guess: str | None) -> None:
        self.guess = guess
        super().__init__(f"there is no {name!r} to use here")


class _Rewrite(ast.NodeTransformer):
    """Check each node, and turn names into look-ups."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.reads: list[Reading] = []
        self.names: set[str] = set()
        self.local = False

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, _PLAIN):
            raise ExpressionError(f"{_describe(node)} is not allowed in an expression")
        return super().generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bytes | complex) or node.value is ...:
            raise ExpressionError(f"{node.value!r} is not allowed in an expression")
        if isinstance(node.value, str) and any("\ud800" <= character <= "\udfff" for character in node.value):
            raise ExpressionError(f"{node.value!r} holds half a character")
        self.scope.bounds.bounded(node.value)
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        return _sized(super().generic_visit(node))

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return _sized(super().generic_visit(node))

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        if None in node.keys:
            raise ExpressionError("** is not allowed in an expression")
        return _sized(super().generic_visit(node))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        left, right = self.visit(node.left), self.visit(node.right)
        if type(node.op) in CHECKED:
            return _call(CHECKED[type(node.op)], [left, right])
        self.visit(node.op)
        return ast.BinOp(left, node.op, right, **_HERE)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method), args=[], keywords=[]) if owner != "self":
                return self._ask(owner, f"{method}()")
            case ast.Call(func=ast.Attribute(value=ast.Subscript() as replica, attr=method), args=[], keywords=[]):
                return self._of_replica(replica, f"{method}()")
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            what = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
            raise ExpressionError(f"{what}() is not a function of the language; there are {', '.join(FUNCTIONS)}")
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise ExpressionError("functions take plain arguments only")
        return _call(node.func.id, [self.visit(arg) for arg in node.args])

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Subscript):
            return self._of_replica(node.value, node.attr)
        if not isinstance(node.value, ast.Name):
            raise ExpressionError("attributes are not allowed in an expression, but for those of resources and of self")
        if node.value.id != "self":
            return self._ask(node.value.id, node.attr)
        if self.scope.fields is None:
            raise ExpressionError("there is no self here: it is for the `run` of a class")
        if node.attr not in self.scope.fields:
            guess = closest(node.attr, self.scope.fields)
            raise UnknownNameError(f"self.{node.attr}", guess and f"self.{guess}")
        self.local = True
        return _look_up("env", f"self.{node.attr}")

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._of_replica(node, None) if self._group(node) else super().generic_visit(node)

    def _group(self, node: ast.Subscript) -> tuple[str, ...]:
        """Return what the subscripted name stands for, if it is one with `count`."""
        if not isinstance(node.value, ast.Name) or node.value.id in self.scope.names or node.value.id in self.scope.params:
            return ()
        return self.scope.groups.get(node.value.id, ())

    def _of_replica(self, node: ast.Subscript, what: str | None) -> ast.AST:
        """Turn `NAME[INDEX]`, a variable, and `NAME[INDEX].method()` into a look-up of what an op has read before."""
        group = self._group(node)
        if not group or not isinstance(node.value, ast.Name):
            by_a_name = "; a future is asked by a name, which `let` gives it" if what in OF_FUTURES else ""
            raise ExpressionError(f"values have no methods and attributes in an expression{by_a_name}")
        name, text = node.value.id, ast.unparse(node.slice)
        kind = self.scope.kinds[group[0]]
        if what is None and kind != "var":
            raise ExpressionError(f"{name}[{text}] is {with_article(kind)}, and no value; {_what_to_ask(f'{name}[{text}]', kind)}")
        if what is not None and what not in ASKED.get(kind, ()) and (kind != "local" or what.endswith("()")):
            raise ExpressionError(f"there is no {name}[{text}].{what}; {_what_to_ask(f'{name}[{text}]', kind)}")
        index = compile_expression(text, self.scope)
        self.names |= index.names
        replica = replica_of(name, group, index)
        if index.constant:
            return self._read(Reading(replica(Env()), kind, what))
        for reading in index.reads:
            self._read(reading)
        self.local = True
        return self._read(Reading(name, kind, what, text, replica))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        name, scope = node.id, self.scope
        self.names.add(name)
        if name in scope.names:
            self.local = True
            return _look_up("env", name)
        if name in scope.params:
            value = scope.params[name]
            scope.budget.pay(len(value) if isinstance(value, str | list | dict) else 0)
            return _look_up("params", name)
        if name in scope.groups:
            raise ExpressionError(f"{name!r} stands for {len(scope.groups[name])}; name one: {name}[0], or {name}[index]")
        kind = scope.kinds.get(name)
        if kind == "var":
            return self._read(Reading(name, kind))
        if kind is not None:
            raise ExpressionError(f"{name!r} is {with_article(kind)}, and no value; {_what_to_ask(name, kind)}")
        if scope.fields is not None and name in scope.fields:
            raise UnknownNameError(name, f"self.{name}")
        capital = name.capitalize()
        guess = capital if capital in ("True", "False", "None") else closest(name, (*scope.names, *scope.params, *scope.variables))
        raise UnknownNameError(name, "None" if name == "null" else guess)

    def _read(self, reading: Reading) -> ast.AST:
        if reading not in self.reads:
            self.reads.append(reading)
        return _look_up("env", reading.key)

    def _ask(self, owner: str, what: str) -> ast.AST:
        """Turn `resource.method()` and `resource.attribute` into a look-up of what an op has read before."""
        scope = self.scope
        self.names.add(owner)
        kind = "name" if owner in scope.names else "parameter" if owner in scope.params else scope.kinds.get(owner)
        if owner in scope.groups and kind not in ("name", "parameter"):
            raise ExpressionError(f"{owner!r} stands for {len(scope.groups[owner])}; name one: {owner}[0].{what}")
        if kind is None:
            raise UnknownNameError(owner, closest(owner, (*scope.names, *scope.kinds)))
        if kind == "local" and not what.endswith("()"):
            return self._read(Reading(owner, kind, what))
        if what in (OF_FUTURES if kind == "name" else ASKED.get(kind, ())):
            self.local = self.local or kind == "name"
            return self._read(Reading(owner, kind, what))
        raise ExpressionError(f"there is no {owner}.{what}; {_what_to_ask(owner, kind)}")


def _what_to_ask(owner: str, kind: str) -> str:
    """Say what may be asked of a thing of a kind."""
    if kind == "local":
        return f"each thread has attributes of its own in it: {owner}.NAME"
    asked = OF_FUTURES if kind == "name" else ASKED.get(kind, ())
    if not asked:
        return (
            f"values have no methods here; the functions are {', '.join(FUNCTIONS)}"
            if kind == "parameter"
            else f"nothing can be asked of {with_article(kind)}"
        )
    questions = ", ".join(f"{owner}.{what}" for what in asked)
    if kind == "name":
        return f"values have no methods; of a future an expression may ask {questions}"
    return f"of {with_article(kind)} an expression may ask {questions}"


_HERE: dict[str, Any] = {"lineno": 1, "col_offset": 0}
"""A location for the nodes we make: Python wants one, and asking `ast` to fill them in afterwards costs as much as parsing."""


def _call(function: str, arguments: list[Any]) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load(), **_HERE), arguments, [], **_HERE)


def _sized(display: Any) -> ast.Call:
    """Check the size of what a list, tuple or mapping written out comes to."""
    return _call("_bounded", [display])


def _look_up(mapping: str, name: str) -> ast.Subscript:
    return ast.Subscript(ast.Name(mapping, ast.Load(), **_HERE), ast.Constant(name, **_HERE), ast.Load(), **_HERE)


_DESCRIPTIONS = {
    "Lambda": "lambda", "ListComp": "a comprehension", "GeneratorExp": "a comprehension", "JoinedStr": "an f-string", "Set": "a set",
    "Is": "`is` (use ==)", "IsNot": "`is not` (use !=)", "NamedExpr": ":=", "Starred": "*", "Await": "await", "Attribute": "an attribute",
}  # fmt: skip


def _describe(node: ast.AST) -> str:
    return _DESCRIPTIONS.get(type(node).__name__, type(node).__name__)


_FOREIGN = (
    ("${", "leave the ${…} out: this is an expression already"),
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("===", "write `==`"),
    ("++", "write `+ 1`"),
)


def _foreign(text: str) -> str | None:
    """Recognise what other languages have in place of Python's syntax."""
    found = next((advice for sign, advice in _FOREIGN if sign in text), None)
    if found is None and (replica := re.search(r"([A-Za-z_]\w*)-(\d+)\.", text)):
        found = f"one of several is {replica[1]}[{replica[2]}] here"
    if found is None and re.search(r"![^=]", text):
        found = "write `not`"
    if found is None and re.search(r"[^=!<>]=[^=]", text):
        found = "write `==` to compare"
    return found


def compile_expression(text: str, scope: Scope) -> Compiled:
    """Compile one expression.

    Raises:
        ExpressionError: it is no expression, uses what the language leaves out, a name that is unknown, or (a constant) fails.
    """
    text = text.strip()
    most = scope.max_characters
    if len(text) > most:
        raise SizeLimitError("expression", f"the expression is longer than {most} characters")
    scope.budget.pay(20 + len(text))  # one without any text costs as much to parse and compile as twenty items do
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python would warn of, it warns its own authors of
            tree = ast.parse(text, mode="eval")
            if sum(1 for _ in ast.walk(tree)) > most // CHARACTERS_A_PART:
                raise SizeLimitError("expression", f"the expression has more than {most // CHARACTERS_A_PART} parts")
            rewrite = _Rewrite(scope)
            body = rewrite.visit(tree).body
            arguments = ast.arguments([], [ast.arg("env", **_HERE)], None, [], [], None, [])
            function = ast.Expression(ast.Lambda(arguments, body, **_HERE))
            functions = scope.bounds.names if rewrite.local or rewrite.reads else scope.budget.names
            names = {"__builtins__": {}, "params": scope.params, **functions}
            compute: Compute = eval(compile(function, "<expression>", "eval"), names)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = _foreign(text) or (error.msg if isinstance(error, SyntaxError) else "it is too deep")
        raise ExpressionError(f"{text!r} is no expression: {reason}") from None
    mentioned = frozenset(rewrite.names)
    if rewrite.local or rewrite.reads:
        return Compiled(compute, tuple(rewrite.reads), names=mentioned)
    try:
        return constant(compute(Env()), mentioned)
    except ExpressionError:
        raise
    except Exception as error:
        raise ExpressionError(f"{text!r} fails: {type(error).__name__}: {error}") from None
