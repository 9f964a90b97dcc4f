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


OUTCOMES = "completed, deadlock, failed, step_limit, event_limit or size_limit"


@pytest.mark.parametrize(
    ("expect", "code", "message"),
    [
        ("{raises: {nobody: ValueError}}", "unknown-thread", "there is no thread 'nobody'"),
        ("{raises: {t: Mistake}}", "unknown-exception", "there is no exception 'Mistake' for scenarios"),
        ("{raises: \"${{'t': 'Mistake'}}\"}", "unknown-exception", "there is no exception 'Mistake' for scenarios"),
        ("{raises: '${3}'}", "wrong-type", "expected a mapping, not the number 3"),
        ("{raises: {t: KeyError}, outcome: completed}", "wrong-value", "`raises` goes with the outcome 'failed', not 'completed'"),
        ("{deadlock: [p_0]}", "unknown-thread", "there is no thread 'p_0'"),
        ("{deadlock: [t], outcome: failed}", "wrong-value", "`deadlock` goes with the outcome 'deadlock', not 'failed'"),
        ("{outcome: dedlock}", "wrong-value", f"expected {OUTCOMES}, not text 'dedlock'"),
        ("{outcome: \"${'fine'}\"}", "wrong-value", f"expected {OUTCOMES}, not text 'fine'"),
    ],
)
def test_what_cannot_be_expected(problems_of: Callable[..., tuple[Any, ...]], expect: str, code: str, message: str) -> None:
    """What cannot come true is one problem in the file."""
    assert [(each.code, each.message) for each in problems_of(f"{FAILING}expect: {expect}\n")] == [(code, message)]
