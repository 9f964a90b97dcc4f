"""The functions and operators of expressions that could fill memory, with a bound on what they give."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable
from typing import Any

from runner.errors import ExpressionError, SizeLimitError
from runner.limits import Limits

MAX_DEPTH = 50
"""Lists in lists in lists."""


MAX_COMPUTED = 50
"""Bound on all that is computed before the run, in values of the largest size: a file has room for a hundred thousand."""


class SpentError(SizeLimitError):
    """The file's expressions cost more than they may in all: there is no point in computing any others."""


class Bounds:
    """The limits on what expressions compute, and the functions and operators that keep to them."""

    def __init__(self, limits: Limits) -> None:
        self._bits = limits.bits
        self._items = limits.items
        self.most_computed = MAX_COMPUTED * limits.items
        self.names: dict[str, Callable[..., Any]] = {
            "_bounded": self.bounded,
            "_add": lambda left, right: self.bounded(left + right),
            "_subtract": lambda left, right: self.bounded(left - right),
            "_multiply": self._multiply,
            "_power": self._power,
            "_modulo": _modulo,
            "abs": abs, "bool": bool, "float": float, "int": self._int, "len": len, "list": list, "max": max, "min": min,
            "range": self._range, "round": self._round, "sorted": sorted, "str": str, "sum": self._sum,
        }  # fmt: skip
        """What compiled expressions find under these names."""

    def bounded(self, value: Any) -> Any:
        """Return a value that is within the bounds.

        Raises:
            SizeLimitError: it is not.
        """
        if isinstance(value, int):
            if value.bit_length() > self._bits:
                raise self._too_long()
        elif isinstance(value, str | list | tuple | dict) and self.written_out(value) > self._items:
            raise self._too_large()
        return value

    def gathered(self, values: Iterable[Any]) -> list[Any]:
        """Make a list within the bounds, and stop computing its items once it is not.

        Raises:
            SizeLimitError: it is not.
        """
        found: list[Any] = []
        left = self._items
        for value in values:
            left -= len(value) if isinstance(value, str | list | tuple | dict) else 1
            if left < 0:
                raise self._too_large()
            found.append(value)
        return found

    def _too_long(self) -> SizeLimitError:
        return SizeLimitError("bits", f"the number grows beyond {self._bits} bits")

    def _too_large(self) -> SizeLimitError:
        return SizeLimitError("items", f"the value grows beyond {self._items} items")

    def written_out(self, value: Any) -> int:
        """Count what a value is when written out, at most until it is too large: `[x, x]` forty times over is small in memory only."""
        items = 0
        level = [value]
        for _ in range(MAX_DEPTH):
            following: list[Any] = []
            for item in level:
                if isinstance(item, int):
                    items += item.bit_length() >> 6  # long numbers are long on paper too
                elif isinstance(item, str | list | tuple | dict | range):
                    items += len(item)
                    if not isinstance(item, str | range):
                        following.extend(item.values() if isinstance(item, dict) else item)
                if items > self._items:
                    return items
            if not following:
                return items
            level = following
        raise SizeLimitError("items", f"the value is nested more than {MAX_DEPTH} levels deep")

    def _int(self, *arguments: Any) -> Any:
        return self.bounded(int(*arguments))

    def _multiply(self, left: Any, right: Any) -> Any:
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, str | list | tuple) and isinstance(times, int) and len(sequence) * times > self._items:
                raise self._too_large()
        if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 2 * self._bits:
            raise self._too_long()
        return self.bounded(left * right)

    def _power(self, base: Any, exponent: Any) -> Any:
        whole = isinstance(base, int) and isinstance(exponent, int)
        if whole and abs(base) > 1 and exponent * math.log2(abs(base)) > self._bits:
            raise self._too_long()
        result = base**exponent
        if isinstance(result, complex):
            raise ExpressionError("a negative number has no such root")
        return self.bounded(result)

    def _range(self, *bounds: Any) -> range:
        numbers = range(*bounds)
        if len(numbers) > self._items:
            raise SizeLimitError("items", f"the range has more than {self._items} items")
        return numbers

    def _round(self, number: Any, *digits: Any) -> Any:
        if digits and isinstance(digits[0], int) and abs(digits[0]) > self._bits:  # round(5, -10**9) would compute 10**10**9
            raise ExpressionError(f"round takes at most {self._bits} digits")
        return round(number, *digits)

    def _sum(self, items: Any, start: Any = 0) -> Any:
        """Add one by one: the built-in adds floats more exactly from Python 3.12 on, and traces must not depend on the version."""
        total = start
        for item in items:
            if not isinstance(item, int | float):
                raise ExpressionError("sum is for numbers")
            total = self.bounded(total + item)
        return total


class Budget:
    """What a file's constants may still cost, counted in items and characters rather than seconds, so that it is the same everywhere."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._left = bounds.most_computed
        self._paid: dict[str, Callable[..., Any]] = {}

    def pay(self, items: int) -> None:
        """Count work that is done, or about to be.

        Raises:
            SpentError: too much has been computed.
        """
        self._left -= items
        if self._left < 0:
            raise SpentError("items", f"the file's expressions come to more than {self.bounds.most_computed} items in all")

    @property
    def names(self) -> dict[str, Callable[..., Any]]:
        """The functions that compiled code calls, each paying for what it gives: nothing costs more than the values in it."""
        if not self._paid:
            self._paid = {name: self._paying(function) for name, function in self.bounds.names.items()}
        return self._paid

    def _paying(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            value = function(*arguments)
            if isinstance(value, str | list | tuple | dict | range):
                self.pay(self.bounds.written_out(value))
            return value

        return call


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, str):  # '%999999999d' % 1 would fill memory
        raise ExpressionError("% is for numbers here; write text with ${…} in it")
    return left % right


FUNCTIONS = ("abs", "bool", "float", "int", "len", "list", "max", "min", "range", "round", "sorted", "str", "sum")
"""The functions an expression may call."""

CHECKED: dict[type[ast.operator], str] = {
    ast.Add: "_add",
    ast.Sub: "_subtract",
    ast.Mult: "_multiply",
    ast.Pow: "_power",
    ast.Mod: "_modulo",
}
"""Operator → the name, in compiled code, of the function that stands for it."""
