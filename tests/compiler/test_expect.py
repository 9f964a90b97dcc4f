"""What is expected at the end: templates, what goes with what, and names that there must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

FAILING = "threads: {t: {do: [{raise: ValueError}]}}\n"


def test_what_is_expected_may_depend_on_parameters(compile_text: Callable[..., Any]) -> None:
    """One file, several runs: each part may be one template, and the outcome goes with what that comes to."""
    text = f"""
params: {{bug: false}}
{FAILING}
expect:
  raises: "${{{{'t': 'ValueError'}} if bug else {{}}}}"
  printed: "${{['a'] if bug else []}}"
  deadlock: ${{[]}}
"""
    right, wrong = compile_text(text).expect, compile_text(text, bug=True).expect
    assert (right.outcome, right.raises, right.printed) == ("completed", {}, ())
    assert (wrong.outcome, wrong.raises, wrong.printed) == ("failed", {"t": "ValueError"}, ("a",))


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        ("{raises: {t: ValueError}}", "failed"),
        ("{deadlock: [t]}", "deadlock"),
        ("{outcome: \"${'failed' if 1 else 'completed'}\"}", "failed"),
        ("{}", "completed"),
    ],
)
def test_the_outcome_goes_with_the_rest(compile_text: Callable[..., Any], expect: str, outcome: str) -> None:
    """Left out, it is the one that what else is expected needs."""
    assert compile_text(f"{FAILING}expect: {expect}\n").expect.outcome == outcome


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ("{raises: {nobody: ValueError}}", "unknown-thread"),
        ("{raises: {t: Mistake}}", "unknown-exception"),
        ("{raises: \"${{'t': 'Mistake'}}\"}", "unknown-exception"),
        ("{raises: '${3}'}", "wrong-type"),
        ("{deadlock: [nobody]}", "unknown-thread"),
        ("{deadlock: [t], outcome: failed}", "wrong-value"),
        ("{outcome: \"${'fine'}\"}", "wrong-value"),
    ],
)
def test_what_cannot_be_expected(problems_of: Callable[..., tuple[Any, ...]], expect: str, problem: str) -> None:
    """Each is one problem."""
    assert [each.code for each in problems_of(f"{FAILING}expect: {expect}\n")] == [problem]


def test_a_parameter_may_choose_the_function(compile_text: Callable[..., Any], problems_of: Callable[..., tuple[Any, ...]]) -> None:
    """Which one it is must be known before the run, so that functions cannot call each other in a circle."""
    text = """
params: {which: one}
functions: {one: {do: [{print: one}]}, two: {do: [{print: two}]}}
threads: {t: {target: "${which}"}}
main: [{run: "${which}"}]
"""
    assert [op.function for op in compile_text(text, which="two").main.ops] == ["two"]
    assert [each.code for each in problems_of(text, which="three")] == ["unknown-function", "unknown-function"]
    assert [each.code for each in problems_of("functions: {f: {do: [{sleep: 0}]}}\nmain: [{let: {x: f}}, {run: '${x}'}]")] == [
        "bad-expression"
    ]
    assert [each.code for each in problems_of(text.replace("print: one", "run: '${which}'"))] == ["cyclic-functions"]
