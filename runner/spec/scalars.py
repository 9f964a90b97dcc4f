"""YAML 1.2's core schema: which plain scalars are not text. Quoted ones always are, and never come here.

So `no`, `on`, `1:30` and `2001-01-01` are text, `010` is ten, and `1e3` is a number, whatever YAML 1.1 made of them.
"""

from __future__ import annotations

import math
import re
import sys

_CONSTANTS: dict[str, bool | None] = {"": None, "~": None}
for _word, _constant in (("null", None), ("true", True), ("false", False)):
    _CONSTANTS |= dict.fromkeys((_word, _word.capitalize(), _word.upper()), _constant)
SUSPICIOUS = frozenset("0123456789+-.~nNtTfF")
"""What a plain scalar that is not text starts with, unless it is empty."""
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class Refused(Exception):
    """A number that the language does not have."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def plain_scalar(text: str, max_digits: int) -> str | int | float | bool | None:
    """Return what a plain scalar stands for.

    Raises:
        Refused: it is infinite, not a number, or an integer of too many digits.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in "nNtTfF~":
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text, 10, max_digits)
    if _BASED.fullmatch(text):
        return _integer(text, 0, max_digits)
    number = float(text) if _FLOAT.fullmatch(text) else None
    if number is None and not _NOT_FINITE.fullmatch(text):
        return text
    if number is None or not math.isfinite(number):
        shown = text if len(text) <= 60 else text[:60] + "…"
        endless = "to wait without end, leave the timeout out; " if "inf" in text.lower() else ""
        raise Refused("not-finite", f"{shown} is not a finite number", f"{endless}put it in quotes if it is text")
    return number


def _integer(text: str, base: int, max_digits: int) -> int:
    """Convert an integer, unless it is so long that Python would refuse to, or to print it again."""
    most = min(max_digits, sys.get_int_max_str_digits() or max_digits)
    if len(text) * (1.25 if base == 0 else 1) > most:  # a hexadecimal digit is 1.2 decimal ones
        raise Refused("too-many-digits", f"an integer has at most {most} digits", "put it in quotes if it is text")
    return int(text, base)
