"""Plain scalars by YAML 1.2's core schema, and nothing of YAML 1.1's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.spec import loads


def value_of(written: str) -> Any:
    """Load a scenario with one value in it, and return the value."""
    return loads(f"schema: 1\nparams:\n  it: {written}\nmain: [break]\n").scenario.params["it"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("0", 0), ("7", 7), ("-7", -7), ("+7", 7), ("010", 10), ("-08", -8), ("0o17", 15), ("0x1F", 31),
        ("1.5", 1.5), ("-1.", -1.0), (".5", 0.5), ("1e3", 1000.0), ("1E-2", 0.01), ("+1.5e+1", 15.0),
    ],
)  # fmt: skip
def test_core_scalars_are_values(written: str, value: Any) -> None:
    """What the core schema resolves has its value and its type."""
    found = value_of(written)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "written",
    ["yes", "no", "on", "off", "y", "n", "Yes", "NO", "tRUE", "nULL", "1:30", "2001-01-01", "1_000", "0b11", "0O17", "0XF", "-0x1F", "-0o7",
     "1e", "e3", "1.2.3", ".", "-x", "+", "..", "=", "<<", "inf", "nan", "--1", "None", "10ms", "1,000", "١"],
)  # fmt: skip
def test_everything_else_is_text(written: str) -> None:
    """What YAML 1.1 or Python would make something of stays text."""
    assert value_of(written) == written


@pytest.mark.parametrize("text", ["1", "true", "null", "", ".nan", "~"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_quoted_scalars_are_text(text: str, quote: str) -> None:
    """Quotes make text of anything."""
    assert value_of(f"{quote}{text}{quote}") == text


def test_block_scalars_are_text() -> None:
    """A block scalar is text, even of digits."""
    assert value_of("|-\n    12") == "12"


@pytest.mark.parametrize("written", [".nan", ".NaN", ".NAN", ".inf", "-.inf", "+.Inf", ".INF", "1e999", "-1e999"])
def test_numbers_are_finite(written: str, mistakes: Callable[[str], list[str]]) -> None:
    """Infinity and not-a-number are refused wherever they stand."""
    assert mistakes(f"schema: 1\nparams: {{it: {written}}}\nmain: [break]\n") == ["2:14 not-finite"]


def test_the_longest_integer_is_exact() -> None:
    """An integer of as many digits as are allowed keeps them all."""
    assert value_of("9" * 4000) == 10**4000 - 1


@pytest.mark.parametrize("written", ["1" * 4001, "-" + "1" * 4000, "1" * 5000, "0x" + "f" * 3999, "0o" + "7" * 4000])
def test_longer_integers_are_refused(written: str, mistakes: Callable[[str], list[str]]) -> None:
    """Python itself would refuse to print them."""
    assert mistakes(f"schema: 1\nparams: {{it: {written}}}\nmain: [break]\n") == ["2:14 too-many-digits"]


def test_an_alias_shares_the_value() -> None:
    """What an anchor names is built once."""
    params = loads("schema: 1\nparams: {a: &it [1, 2], b: *it}\nmain: [break]\n").scenario.params
    assert params["a"] is params["b"]
