"""Expressions: what they may hold, what they may not, and the bounds that keep them harmless."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compiler.bounds import FUNCTIONS
from runner.compiler.expressions import UnknownNameError, compile_expression
from runner.compiler.scope import Reading, Scope
from runner.compiler.values import compile_value, split_template
from runner.errors import ExpressionError
from runner.limits import DEFAULT
from runner.program.ops import Env

NOTHING = Scope({})
MAX_BITS, MAX_ITEMS, MAX_TEXT = DEFAULT.bits, DEFAULT.items, DEFAULT.expression
MAX_NODES = MAX_TEXT // 5


def value_of(text: str, scope: Scope = NOTHING, **env: Any) -> Any:
    """Evaluate an expression with names of a thread's own."""
    return compile_expression(text, scope).compute(Env(env))


ALLOWED = {
    "1": 1, "1.5": 1.5, "'text'": "text", "'a' 'b'": "ab", "None": None, "True": True, "[1, 'a']": [1, "a"], "(1, 2)": (1, 2), "()": (),
    "{'a': 1}": {"a": 1},
    "1 + 2": 3, "'a' + 'b'": "ab", "[1] + [2]": [1, 2], "5 - 7": -2, "3 * 4": 12, "'ab' * 2": "abab", "2 * [0]": [0, 0],
    "7 / 2": 3.5, "7 // 2": 3, "7 % 3": 1, "2 ** 10": 1024, "2 ** -1": 0.5, "-3": -3, "+3": 3, "not 1": False,
    "1 and 0": 0, "0 or 'x'": "x", "1 if 0 else 2": 2,
    "1 == 1.0": True, "1 != 1": False, "1 < 2 < 3": True, "2 <= 2": True, "1 > 2": False, "2 >= 3": False,
    "2 in [1, 2]": True, "'x' not in 'abc'": True,
    "[4, 5, 6][1]": 5, "[4, 5, 6][-1]": 6, "[4, 5, 6][1:]": [5, 6], "'abcd'[::2]": "ac", "{'a': 7}['a']": 7,
    "abs(-2)": 2, "bool('')": False, "float('1.5')": 1.5, "int('7')": 7, "int('11', 2)": 3, "len('abc')": 3, "list('ab')": ["a", "b"],
    "max(1, 3, 2)": 3, "min([4, 2])": 2, "range(1, 4)": range(1, 4), "round(2.567, 1)": 2.6, "round(2.5)": 2, "round(1250, -2)": 1200,
    "sorted([3, 1, 2])": [1, 2, 3], "str(5)": "5", "sum([1, 2, 3])": 6, "sum([1, 2], 10)": 13, "sum(range(4))": 6,
    " 1 + 1 ": 2, "(1 +\n 2)": 3, "1  # a comment": 1,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), ALLOWED.items(), ids=ALLOWED)
def test_allowed(text: str, value: Any) -> None:
    """Each allowed construct computes what it does in Python, type included."""
    found = value_of(text)
    assert (found, type(found)) == (value, type(value))


def test_every_function_is_tried() -> None:
    """The table above calls each function of the language."""
    assert [name for name in FUNCTIONS if not any(f"{name}(" in text for text in ALLOWED)] == []


REFUSED = {
    "": "no expression", "1 +": "no expression", "1; 2": "no expression", "x = 1": "no expression", "x := 1": "no expression",
    "yield": "no expression", "import os": "no expression", "1\n2": "no expression", "*x": "no expression", "'": "no expression",
    "lambda: 1": "lambda", "[x for x in [1]]": "comprehension", "{x: 1 for x in [1]}": "DictComp", "{x for x in [1]}": "SetComp",
    "sum(x for x in [1])": "comprehension", "f'{1}'": "f-string", "{1, 2}": "a set",
    "[*[1]]": r"\*", "{**{'a': 1}}": r"\*\*", "(x := 1)": ":=",
    "1 is 1": "use ==", "1 is not 1": "use !=", "await x": "await", "(yield)": "Yield",
    "~1": "Invert", "1 << 2": "LShift", "1 >> 2": "RShift", "1 | 2": "BitOr", "1 & 2": "BitAnd", "1 ^ 2": "BitXor", "1 @ 2": "MatMult",
    "b'x'": "b'x'", "1j": "1j", "...": "Ellipsis",
    "'a'.upper()": "not a function", "().__class__": "attributes", "self.x": "no self", "(1).real": "attributes",
    "open('x')": "not a function", "__import__('os')": "not a function", "eval('1')": "not a function", "_add(1, 2)": "not a function",
    "(1)(2)": "not a function", "[len][0]('a')": "not a function",
    "max([1], default=0)": "plain arguments", "max(*[1, 2])": "plain arguments",
    "'%d' % 5": "% is for numbers", "'%s' % [1]": "% is for numbers",
    "sum(['a'], '')": "sum is for numbers", "sum([[1]], [])": "sum is for numbers",
    "1 / 0": "ZeroDivisionError", "[1][3]": "IndexError", "{'a': 1}['b']": "KeyError", "'a' + 1": "TypeError", "int('x')": "ValueError",
    "'abc'[::0]": "ValueError", "2.0 ** 10000": "OverflowError", "max([])": "ValueError", "range(1, 2, 0)": "ValueError",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=REFUSED)
def test_refused(text: str, message: str) -> None:
    """Whatever is not in the language, and every constant that fails, is an ExpressionError that says what it is."""
    with pytest.raises(ExpressionError, match=message):
        compile_expression(text, NOTHING)


BOMBS = {
    "long text": "1" + " + 1" * MAX_TEXT,
    "many parts": "+".join("1" * (MAX_NODES // 2)),
    "deep parentheses": "(" * 400 + "1" + ")" * 400,
    "deep signs": "-" * 900 + "1",
    "deep lists": "[" * 190 + "]" * 190,
    "power": "9 ** 9 ** 9",
    "power of a power": "(2 ** 9000) ** 9000",
    "product": "(2 ** 9000) * (2 ** 9000)",
    "large literal": "9" * 990 + "**99",
    "text product": f"'ab' * {MAX_ITEMS}",
    "product from the left": f"{MAX_ITEMS} * 'ab'",
    "list product": "[0] * 10 ** 12",
    "tuple product": "(0, 0) * 10 ** 12",
    "sum of texts": f"'a' * {MAX_ITEMS} + 'b'",
    "range": "range(10 ** 12)",
    "list of a range": "list(range(10 ** 12))",
    "rounding up": "round(5, -10 ** 9)",
    "rounding down": "round(5.5, 10 ** 9)",
    "padded text": "'%999999999d' % 1",
    "sum of lists": "sum([[0] * 100000] * 100000, [])",
    "digits": "int('9' * 5000)",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_bounded(text: str) -> None:
    """What could take time or memory without bound is refused, and at once."""
    with pytest.raises(ExpressionError):
        compile_expression(text, NOTHING)


GROWING = {
    "text": "${x}${x}",
    "text in an expression": "${x + x}",
    "a list": ["${x}", "${x}"],
    "a list in an expression": "${[x, x]}",
    "a tuple": "${(x, x)}",
    "a mapping": {"a": "${x}", "b": "${x}"},
    "a mapping in an expression": "${{1: x, 2: x}}",
    "a product of lists": "${[x] * 2}",
    "deeper and deeper": "${[x]}",
    "ranges": "${[range(60000), x]}",
}


@pytest.mark.parametrize("value", GROWING.values(), ids=GROWING)
def test_a_value_made_of_itself_is_bounded(value: Any) -> None:
    """Doubling again and again is small in memory for lists that share their items, and endless once written out."""
    compute = compile_value(value, Scope({}, frozenset({"x"}))).compute

    def again_and_again(x: Any = "ab") -> None:
        for _ in range(60):
            x = compute(Env(x=x))

    with pytest.raises(ExpressionError, match=r"beyond|levels deep"):
        again_and_again()


def test_the_bounds_let_their_own_size_pass() -> None:
    """A value exactly as large as the bound is fine."""
    assert len(value_of(f"'a' * {MAX_ITEMS}")) == MAX_ITEMS
    assert len(value_of(f"range({MAX_ITEMS})")) == MAX_ITEMS
    assert value_of(f"2 ** {MAX_BITS // 2 - 1}").bit_length() == MAX_BITS // 2


def test_a_bound_holds_when_the_value_comes_at_run_time() -> None:
    """Names do not get around the bounds."""
    scope = Scope({}, frozenset({"x"}))
    with pytest.raises(ExpressionError, match="beyond"):
        value_of("x * x", scope, x=2**9999)


@given(st.lists(st.floats(-1e6, 1e6), max_size=20))
def test_sum_adds_one_by_one(numbers: list[float]) -> None:
    """The built-in sum of floats differs between Python versions; the language's is plain addition from the left."""
    total: float = 0
    for number in numbers:
        total += number
    assert value_of("sum(x)", Scope({}, frozenset({"x"})), x=numbers) == total


@given(st.text("0123456789+-*/%()[]{}'\"<>=,. abxnotiforelsmr_:\n$", max_size=40))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    """No text makes the compiler fail in any other way."""
    try:
        compiled = compile_expression(text, Scope({"a": 1}, frozenset({"x"})))
    except ExpressionError:
        return
    assert compiled.reads == ()


# -- names -----------------------------------------------------------------------------------------------------------------


def test_a_name_of_the_threads_comes_before_a_parameter() -> None:
    """What the steps bind hides what the file declares."""
    scope = Scope({"x": 1}, frozenset({"x"}), {"x": "var"})
    assert value_of("x", scope, x=5) == 5


def test_a_parameter_comes_before_a_shared_variable() -> None:
    """A parameter's value is known before the run, so the expression is a constant."""
    compiled = compile_expression("x + 1", Scope({"x": 1}, frozenset(), {"x": "var"}))
    assert (compiled.constant, compiled.value, compiled.reads) == (True, 2, ())


def test_a_shared_variable_is_read_once_by_an_op_of_its_own() -> None:
    """Each variable is listed once, in order of use, and its value found under `$NAME`."""
    compiled = compile_expression("b + a * b", Scope({}, frozenset(), {"a": "var", "b": "var"}))
    assert (compiled.reads, compiled.constant) == ((Reading("b", "var"), Reading("a", "var")), False)
    assert compiled.compute(Env({"$a": 3, "$b": 2})) == 8


def test_a_field_of_self() -> None:
    """In a class `self.NAME` is a field."""
    assert value_of("self.i * 2", Scope({}, fields=frozenset({"i"})), **{"self.i": 4}) == 8


@pytest.mark.parametrize(
    ("text", "guess"), [("cuont", "count"), ("zzz", None), ("self.nmae", "self.name"), ("totl", "total"), ("idex", "index"), ("len", None)]
)
def test_an_unknown_name_has_a_guess(text: str, guess: str | None) -> None:
    """The name most likely meant is found among names, parameters, variables and fields."""
    scope = Scope({"count": 1}, frozenset({"index"}), {"total": "var"}, frozenset({"name"}))
    with pytest.raises(UnknownNameError) as caught:
        compile_expression(text, scope)
    assert caught.value.guess == guess


def test_a_name_without_a_value_yet() -> None:
    """A name that is bound later in the file, or in a branch not taken, is a NameError of the thread."""
    with pytest.raises(NameError, match="'x' has no value yet"):
        value_of("x", Scope({}, frozenset({"x"})))


@pytest.mark.parametrize("hidden", ["params", "env", "_add", "__builtins__"])
def test_the_machinery_cannot_be_named(hidden: str) -> None:
    """What compiled code uses inside is not the author's to use."""
    with pytest.raises(UnknownNameError):
        compile_expression(hidden, Scope({"x": 1}))


# -- templates -------------------------------------------------------------------------------------------------------------

TEMPLATES = {
    "plain": [(False, "plain")],
    "": [(False, "")],
    "${x}": [(True, "x")],
    "a ${x} b": [(False, "a "), (True, "x"), (False, " b")],
    "${x}${y}": [(True, "x"), (True, "y")],
    "$${x}": [(False, "${x}")],
    "a $${x} ${y}": [(False, "a ${x} "), (True, "y")],
    "$$${x}": [(False, "$${x}")],
    "$5 and {x}": [(False, "$5 and {x}")],
    "${ {'a': 1}['a'] }": [(True, " {'a': 1}['a'] ")],
    "${'}'}": [(True, "'}'")],
    '${"{"}': [(True, '"{"')],
    "${x} }": [(True, "x"), (False, " }")],
}


@pytest.mark.parametrize(("text", "parts"), TEMPLATES.items(), ids=TEMPLATES)
def test_split_template(text: str, parts: list[tuple[bool, str]]) -> None:
    """`${…}` is an expression, `$${` a plain `${`; braces and quotes inside are passed over."""
    assert split_template(text) == parts


@pytest.mark.parametrize("text", ["${", "a ${x", "${ {x }", "${'}"])
def test_an_expression_that_is_not_closed(text: str) -> None:
    """A `${` without its `}` is an error, not text."""
    with pytest.raises(ExpressionError, match="not closed"):
        split_template(text)


X_IS_5 = Scope({"x": 5})
VALUES = {
    "${x}": 5,
    "${x} apples": "5 apples",
    "${x}${x}": "55",
    "${None}": None,
    "got ${None}": "got None",
    "$${x}": "${x}",
    "no template": "no template",
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES)
def test_text_that_is_one_expression_keeps_its_type(text: str, value: Any) -> None:
    """Exactly one `${…}` gives the value itself; with anything beside it, text."""
    assert compile_value(text, X_IS_5).value == value


def test_data_is_computed_at_any_depth() -> None:
    """Lists and mappings may hold templates; keys are left as they are."""
    compiled = compile_value({"a": [1, "${x + 1}", {"${x}": "${x}"}], "b": None}, X_IS_5)
    assert compiled.value == {"a": [1, 6, {"${x}": 5}], "b": None}


def test_data_merges_the_variables_it_reads() -> None:
    """A variable that stands in two places of one value is read once."""
    compiled = compile_value(["${v}", {"k": "${w} ${v}"}], Scope({}, frozenset(), {"v": "var", "w": "var"}))
    assert compiled.reads == (Reading("v", "var"), Reading("w", "var"))
    assert compiled.compute(Env({"$v": 1, "$w": 2})) == [1, {"k": "2 1"}]


def test_infinity_may_be_computed() -> None:
    """A float literal beyond all bounds is Python's infinity."""
    assert math.isinf(value_of("1e400"))
