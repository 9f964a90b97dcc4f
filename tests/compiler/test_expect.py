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


LISTED = """
params: {bug: true}
resources: {n: {kind: var, value: 1}, q: queue}
threads: {t: {do: [{raise: ValueError}]}}
expect:
  races: "${'allowed' if bug else 'forbidden'}"
  outcomes:
    - {vars: {n: "${2 if bug else 3}"}, queues: {q: {size: 0}}, printed: [1], note: one}
    - {raises: {t: ValueError}, verdict: "${'required' if bug else 'forbidden'}"}
    - {outcome: deadlock}
"""


def test_outcomes(compile_text: Callable[..., Any]) -> None:
    """Each entry is computed by the parameters, and has the outcome that goes with it, and its place."""
    expect, fixed = compile_text(LISTED).expect, compile_text(LISTED, bug=False).expect
    first, second, third = expect.outcomes
    assert (first.outcome, first.vars, first.queues["q"].size, first.printed, first.note) == ("completed", {"n": 2}, 0, ("1",), "one")
    assert [each.verdict for each in expect.outcomes] == ["allowed", "required", "allowed"]
    assert (second.outcome, second.raises, third.outcome) == ("failed", {"t": "ValueError"}, "deadlock")
    assert [each.place.line for each in expect.outcomes] == [8, 9, 10]
    assert expect.places["outcomes"].line == 7
    assert (expect.races, fixed.races) == ("allowed", "forbidden")
    assert (fixed.outcomes[0].vars, fixed.outcomes[1].verdict) == ({"n": 3}, "forbidden")
    assert expect.ends == {"completed", "failed", "deadlock"}


@pytest.mark.parametrize(
    ("expect", "closed", "any_outcome"),
    [
        ("{}", False, False),
        ("{outcomes: [{}]}", True, True),
        ("{outcome: failed, outcomes: [{}]}", True, False),
        ("{raises: {t: ValueError}, outcomes: [{outcome: failed}]}", True, False),
        ("{outcomes: [{verdict: forbidden}]}", False, False),
    ],
)
def test_what_a_list_leaves_open(compile_text: Callable[..., Any], expect: str, closed: bool, any_outcome: bool) -> None:
    """A list says all that there may be, unless it is of forbidden ends only."""
    compiled = compile_text(f"{FAILING}expect: {expect}\n").expect
    assert (compiled.closed, compiled.any_outcome) == (closed, any_outcome)


def test_how_to_explore(compile_text: Callable[..., Any]) -> None:
    """What the file says is computed by the parameters, and the program is the same whatever it says."""
    plain = compile_text(FAILING)
    program = compile_text(f"{FAILING}params: {{n: 5}}\nexplore: {{strategy: pct:2, seed: 3, time: any, max_executions: '${{n}}'}}\n")
    said = program.explore
    assert (said.strategy, said.seed, said.time, said.max_executions, said.max_steps) == ("pct:2", 3, "any", 5, None)
    assert plain.explore is None
    assert plain.fingerprint == compile_text(f"{FAILING}explore: {{time: any}}\nexpect: {{races: forbidden}}\n").fingerprint
