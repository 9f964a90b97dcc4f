"""The functions and operators of expressions that could fill memory, with a bound on what they give."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

from runner.errors import ExpressionError

MAX_BITS = 13_300
MAX_ITEMS = 100_000
MAX_DEPTH = 50
"""Bounds on values: an integer's bits, a text's or list's length in all, lists in lists."""


def bounded(value: Any) -> Any:
    """Return a value that is within the bounds.

    Raises:
        ExpressionError: it is not.
    """
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise ExpressionError(f"the number grows beyond {MAX_BITS} bits")
    elif isinstance(value, str | list | tuple | dict):
        _check_size(value)
    return value


def _check_size(value: Any) -> None:
    """Count what a value is when written out: `[x, x]` forty times over is small in memory and endless on paper."""
    left = MAX_ITEMS
    level = [value]
    for _ in range(MAX_DEPTH):
        following: list[Any] = []
        for item in level:
            if isinstance(item, int):
                left -= item.bit_length() >> 6  # long numbers are long on paper too
            elif isinstance(item, str | list | tuple | dict | range):
                left -= len(item)
                if not isinstance(item, str | range):
                    following.extend(item.values() if isinstance(item, dict) else item)
            if left < 0:
                raise ExpressionError(f"the value grows beyond {MAX_ITEMS} items")
        if not following:
            return
        level = following
    raise ExpressionError(f"the value is nested more than {MAX_DEPTH} levels deep")


def _add(left: Any, right: Any) -> Any:
    return bounded(left + right)


def _subtract(left: Any, right: Any) -> Any:
    return bounded(left - right)


def _int(*arguments: Any) -> Any:
    return bounded(int(*arguments))


def _multiply(left: Any, right: Any) -> Any:
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, str | list | tuple) and isinstance(times, int) and len(sequence) * times > MAX_ITEMS:
            raise ExpressionError(f"the value grows beyond {MAX_ITEMS} items")
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 2 * MAX_BITS:
        raise ExpressionError(f"the number grows beyond {MAX_BITS} bits")
    return bounded(left * right)


def _power(base: Any, exponent: Any) -> Any:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(base) > 1 and exponent * math.log2(abs(base)) > MAX_BITS:
        raise ExpressionError(f"the number grows beyond {MAX_BITS} bits")
    result = base**exponent
    if isinstance(result, complex):
        raise ExpressionError("a negative number has no such root")
    return bounded(result)


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, str):  # '%999999999d' % 1 would fill memory
        raise ExpressionError("% is for numbers here; write text with ${…} in it")
    return left % right


def _range(*bounds: Any) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_ITEMS:
        raise ExpressionError(f"the range has more than {MAX_ITEMS} items")
    return numbers


def _round(number: Any, *digits: Any) -> Any:
    if digits and isinstance(digits[0], int) and abs(digits[0]) > MAX_BITS:  # round(5, -10**9) would compute 10**10**9
        raise ExpressionError(f"round takes at most {MAX_BITS} digits")
    return round(number, *digits)


def _sum(items: Any, start: Any = 0) -> Any:
    """Add one by one: the built-in adds floats more exactly from Python 3.12 on, and traces must not depend on the version."""
    total = start
    for item in items:
        if not isinstance(item, int | float):
            raise ExpressionError("sum is for numbers")
        total = _add(total, item)
    return total


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "bool": bool, "float": float, "int": _int, "len": len, "list": list, "max": max, "min": min,
    "range": _range, "round": _round, "sorted": sorted, "str": str, "sum": _sum,
}  # fmt: skip
"""The functions an expression may call."""

CHECKED: dict[type[ast.operator], tuple[str, Callable[..., Any]]] = {
    ast.Add: ("_add", _add),
    ast.Sub: ("_subtract", _subtract),
    ast.Mult: ("_multiply", _multiply),
    ast.Pow: ("_power", _power),
    ast.Mod: ("_modulo", _modulo),
}
"""Operator → the name, in compiled code, of the function that stands for it, and the function."""
