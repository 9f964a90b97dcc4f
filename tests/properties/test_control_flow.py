"""Control flow is Python's: random nests of it do the same as a scenario and as the Python that they spell.

The strategy writes Python's own syntax trees, so that what a program means is the compiler's business; `steps` translates one to a
scenario. Both log what they print, acquire and release, and how they end.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from typing import Any

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from runner.interpreter.flow import exception_text

ERRORS = ("ValueError", "KeyError", "LookupError", "RuntimeError", "ZeroDivisionError", "AssertionError")
FUNCTIONS = ("f", "g", "h")
"""Each calls only those behind it; the last is called by both and calls nobody."""
ENOUGH = 400
"""Prints and turns of a program that is compared."""

# -- the strategy: Python's statements, as text ----------------------------------------------------------------------------

Lines = list[str]


def indented(lines: Lines) -> Lines:
    """One level further in."""
    return [f"    {line}" for line in lines]


@st.composite
def blocks(draw: st.DrawFn, depth: int, callees: tuple[str, ...], leave: frozenset[str]) -> Lines:
    """One to three statements, with others in them `depth` levels deep; `leave` has the ways out that may stand here."""
    return [line for _ in range(draw(st.integers(1, 3))) for line in draw(statements(depth, callees, leave))]


@st.composite
def statements(draw: st.DrawFn, depth: int, callees: tuple[str, ...], leave: frozenset[str]) -> Lines:
    """One statement."""

    def inner(also: tuple[str, ...] = (), *, only: frozenset[str] = leave) -> Lines:
        return indented(draw(blocks(depth - 1, callees, only.union(also))))

    simple = ["print(n)", "n = n + 1", "print(7 // (n % 3))", "assert n % 3", "guard.release()", *sorted(leave)]
    simple += [f"raise {draw(st.sampled_from(ERRORS))}", *(f"print({name}())" for name in callees)]
    kind = draw(st.sampled_from(["simple", "simple", "try", "try", "for", "while", "with", "if"]))
    if kind == "simple" or not depth:
        return [draw(st.sampled_from(simple))]
    if kind == "if":
        return [f"if n % {draw(st.integers(2, 3))} == 0:", *inner(), *(["else:", *inner()] if draw(st.booleans()) else [])]
    if kind == "with":
        return ["with guard:", *inner()]
    if kind == "for":
        return [f"for i in range({draw(st.integers(1, 3))}):", *inner(("break", "continue"))]
    if kind == "while":
        return ["while n < 5:", "    n = n + 1", *inner(("break", "continue"))]
    lines = ["try:", *inner()]
    caught = draw(st.lists(st.sampled_from((*ERRORS, "Exception")), max_size=2, unique=True))
    for error in caught:
        lines += [f"except {error}:", *inner(("raise",))]
    if caught and draw(st.booleans()):
        lines += ["else:", *inner()]
    if not caught or draw(st.booleans()):
        lines += ["finally:", *inner(only=frozenset())]
    return lines


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Three functions, the first of which is the program."""
    lines: Lines = []
    for index, name in enumerate(FUNCTIONS):
        lines += [f"def {name}():", "    global n", *indented(draw(blocks(3 - index, FUNCTIONS[index + 1 :], frozenset({"return n"}))))]
    return "\n".join(lines)


# -- as a scenario ---------------------------------------------------------------------------------------------------------


def steps(nodes: list[ast.stmt]) -> list[Any]:
    """Translate statements."""
    return [step for node in nodes for step in translated(node)]


def translated(node: ast.stmt) -> list[Any]:
    """Translate one statement."""
    match node:
        case ast.Global():
            return []
        case ast.Expr(ast.Call(ast.Name("print"), [ast.Call(ast.Name(function))])):
            return [{"run": {"function": function, "as": "got"}}, {"print": "${str(got)}"}]
        case ast.Expr(ast.Call(ast.Name("print"), [value])):
            return [{"print": f"${{{ast.unparse(value)}}}"}]
        case ast.Expr():
            return [{"release": "guard"}]
        case ast.Assign(value=value):
            return [{"set": {"n": f"${{{ast.unparse(value)}}}"}}]
        case ast.Assert(test):
            return [{"assert": ast.unparse(test)}]
        case ast.Raise(error):
            return [{"raise": ast.unparse(error)} if error else "raise"]
        case ast.Return():
            return [{"return": "${n}"}]
        case ast.Break() | ast.Continue():
            return [type(node).__name__.lower()]
        case ast.With(body=body):
            return [{"with": {"lock": "guard", "do": steps(body)}}]
        case ast.For(iter=items, body=body):
            return [{"for": {"each": "i", "in": f"${{{ast.unparse(items)}}}", "do": steps(body)}}]
        case ast.While(test, body):
            return [{"while": {"test": ast.unparse(test), "do": steps(body)}}]
        case ast.If(test, body, orelse):
            return [{"if": {"test": ast.unparse(test), "then": steps(body), **({"else": steps(orelse)} if orelse else {})}}]
        case ast.Try(body, handlers, orelse, final):
            caught = {ast.unparse(each.type): steps(each.body) for each in handlers if each.type}
            parts = {"do": steps(body), "except": caught, "else": steps(orelse), "finally": steps(final)}
            return [{"try": {key: part for key, part in parts.items() if part}}]
    raise NotImplementedError(ast.dump(node))


def scenario(source: str) -> str:
    """Translate a program; its main thread prints what it returns."""
    functions = {node.name: {"do": steps(node.body)} for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    resources = {"guard": "rlock", "n": {"kind": "var", "value": 0}}
    main = [{"run": {"function": "f", "as": "got"}}, {"print": "${str(got)}"}]
    return json.dumps({"schema": 1, "resources": resources, "functions": functions, "main": main})


# -- as Python -------------------------------------------------------------------------------------------------------------


class TooLongError(BaseException):
    """No exception of the program's."""


class Guard:
    """A lock of one thread's, whose every acquire and release is logged."""

    def __init__(self, log: list[str]) -> None:
        self.log, self.held = log, 0

    def __enter__(self) -> None:
        self.held += 1
        self.log.append("acquire")

    def release(self) -> None:
        """Release it as an RLock does."""
        if not self.held:
            raise RuntimeError
        self.held -= 1
        self.log.append("release")

    def __exit__(self, *_: object) -> None:
        self.release()


def as_python(source: str) -> list[str] | None:
    """Run a program; None where it takes too long."""
    log: list[str] = []

    def write(value: object) -> None:
        log.append(str(value))
        if len(log) > ENOUGH:
            raise TooLongError

    names: dict[str, Any] = {"n": 0, "guard": Guard(log), "print": write}
    exec(source, names)
    try:
        write(names["f"]())
    except TooLongError:
        return None
    except Exception as error:
        log.append(type(error).__name__)
    return [*log, f"n = {names['n']}"]


def as_scenario(outcome: Any) -> list[str]:
    """Read the same off a run."""
    log = [
        event.value if event.op == "print" else event.op for event in outcome.trace.events if event.op in ("print", "acquire", "release")
    ]
    return [*log, *(exception_text(each.error).partition(":")[0] for each in outcome.failures), f"n = {outcome.trace.footer.vars['n']}"]


@given(programs())
def test_a_scenario_does_what_the_same_python_does(run_text: Callable[..., Any], source: str) -> None:
    """It prints, acquires and releases the same in the same order, and returns or raises the same."""
    wanted = as_python(source)
    if wanted is None:
        note("too long")
        return
    outcome = run_text(scenario(source), max_steps=100_000)
    note(outcome.verdict)
    assert as_scenario(outcome) == wanted
