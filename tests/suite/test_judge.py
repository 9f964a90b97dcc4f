"""Each part of `expect`, held and not held, and the exit code that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from runner.interpreter import Outcome
from runner.program import Expectation, Program
from runner.suite import exit_code, judge

BODY = """\
params: {{n: 2}}
resources:
  total: {{kind: var, value: 1}}
  names: {{kind: var, value: [a, b]}}
  jobs: queue
  stack: simple_queue
main:
  - set: {{total: "${{total + n}}"}}
  - put: {{queue: jobs, item: x}}
  - put: {{queue: jobs, item: [1, 2]}}
  - put: {{queue: stack, item: 1}}
  - print: one
  - print: two
expect:
  {expect}
"""


@pytest.fixture
def judged(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> Callable[[str], list[tuple[str, int]]]:
    """`judged(expect)` gives each mismatch's message and line."""

    def judged(expect: str) -> list[tuple[str, int]]:
        program = compile_text(BODY.format(expect=expect))
        return [(mismatch.message, mismatch.place.line) for mismatch in judge(program, run_program(program))]

    return judged


@pytest.mark.parametrize(
    "expect",
    [
        "outcome: completed",
        "vars: {total: 3}",
        'vars: {total: "${1 + n}"}',
        "vars: {names: [a, b]}",
        "vars: {total: 3, names: [a, b]}",
        "queues: {jobs: {size: 2}}",
        "queues: {jobs: {unfinished: 2}}",
        "queues: {jobs: {items: [x, [1, 2]]}}",
        "queues: {jobs: {size: 2, unfinished: 2, items: [x, [1, 2]]}, stack: {size: 1, items: [1]}}",
        "printed: [one, two]",
    ],
)
def test_expectation_holds(judged: Callable[[str], list[tuple[str, int]]], expect: str) -> None:
    """What is as expected is no mismatch."""
    assert judged(expect) == []


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("outcome: deadlock", "the outcome: expected 'deadlock', was 'completed'"),
        ("vars: {total: 4}", "variable total: expected 4, was 3"),
        ('vars: {total: "3"}', "variable total: expected '3', was 3"),
        ("vars: {names: [b, a]}", "variable names: expected ['b', 'a'], was ['a', 'b']"),
        ("queues: {jobs: {size: 1}}", "queue jobs, size: expected 1, was 2"),
        ("queues: {jobs: {unfinished: 0}}", "queue jobs, unfinished: expected 0, was 2"),
        ("queues: {jobs: {items: []}}", "queue jobs, items: expected [], was ['x', [1, 2]]"),
        ("printed: [one, three]", "printed line 2: expected 'three', was 'two'"),
        ("printed: [one]", "printed: expected 1 lines, there were 2"),
        ("printed: [one, two, three]", "printed: expected 3 lines, there were 2"),
        ("printed: []", "printed: expected 0 lines, there were 2"),
    ],
)
def test_expectation_does_not_hold(judged: Callable[[str], list[tuple[str, int]]], expect: str, message: str) -> None:
    """What is not as expected is one mismatch, with both values, at the line of `expect` that says so."""
    line = 1 + BODY.splitlines().index("  {expect}") + 1
    assert judged(expect) == [(message, line)]


def test_every_mismatch_is_given(judged: Callable[[str], list[tuple[str, int]]]) -> None:
    """All that differs is told at once, each at its own line."""
    expect = "vars:\n    total: 0\n    names: []\n  printed: []"
    assert [line for _, line in judged(expect)] == [17, 18, 19]


def test_outcome_is_completed_unless_said_otherwise(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> None:
    """Without `expect` a run is still expected to complete."""
    program = compile_text("resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]")
    assert [mismatch.message for mismatch in judge(program, run_program(program))] == ["the outcome: expected 'completed', was 'deadlock'"]


@pytest.mark.parametrize(
    ("verdict", "expected", "mismatches", "code"),
    [
        ("completed", "completed", 0, 0),
        ("completed", "completed", 1, 1),
        ("completed", "deadlock", 1, 1),
        ("deadlock", "deadlock", 0, 0),
        ("deadlock", "deadlock", 1, 1),
        ("deadlock", "completed", 1, 4),
        ("failed", "completed", 1, 4),
        ("failed", "failed", 0, 0),
        ("failed", "deadlock", 1, 4),
        ("step_limit", "step_limit", 0, 0),
        ("step_limit", "completed", 1, 4),
        ("hung", "completed", 1, 4),
        ("hung", "deadlock", 1, 4),
        ("interrupted", "completed", 0, 130),
        ("interrupted", "deadlock", 3, 130),
    ],
)
def test_exit_code(verdict: str, expected: str, mismatches: int, code: int) -> None:
    """A wrong end weighs more than a difference; that a run was interrupted outweighs all."""
    program: Any = SimpleNamespace(expect=Expectation(outcome=expected), schedule=None)
    outcome: Any = SimpleNamespace(verdict=verdict)
    found: list[Any] = [None] * mismatches
    assert exit_code(program, outcome, found) == code


@pytest.mark.parametrize(
    "expect",
    [
        "outcomes: [{vars: {total: 3}}, {vars: {total: 4}, verdict: required}]",
        "outcomes: [{vars: {total: 4}, verdict: forbidden}]",
        "outcomes: [{outcome: deadlock}, {printed: [one, two], queues: {jobs: {size: 2}}, verdict: required}]",
    ],
)
def test_one_of_the_outcomes(judged: Callable[[str], list[tuple[str, int]]], expect: str) -> None:
    """A run need end in one of those listed, whatever the others are; and in any but those forbidden where only such are listed."""
    assert judged(expect) == []


@pytest.mark.parametrize(
    ("expect", "message", "line"),
    [
        ("outcomes: [{vars: {total: 4}}]", "an outcome that is not listed: completed, variable total 3", 0),
        ("outcomes: [{outcome: deadlock}]", "an outcome that is not listed: completed", 0),
        ("outcomes:\n    - {vars: {total: 3}, verdict: forbidden}", "a forbidden outcome: completed, variable total 3", 1),
        ("outcomes:\n    - {}\n    - {vars: {total: 3}, verdict: forbidden, note: a bug}", "a forbidden outcome: a bug", 2),
    ],
)
def test_none_of_the_outcomes(judged: Callable[[str], list[tuple[str, int]]], expect: str, message: str, line: int) -> None:
    """What is not listed is told at the list, what is forbidden at its entry."""
    first = 1 + BODY.splitlines().index("  {expect}") + 1
    assert judged(expect) == [(message, first + line)]


@pytest.mark.parametrize(
    ("expect", "mismatches", "code"),
    [
        ("outcomes: [{}, {outcome: deadlock}]", 0, 0),
        ("outcomes: [{outcome: deadlock, vars: {n: 0}}]", 0, 0),
        ("outcomes: [{outcome: deadlock, vars: {n: 1}}]", 1, 1),
        ("outcomes: [{}]", 1, 4),
        ("{outcome: completed, outcomes: [{}, {outcome: deadlock}]}", 1, 1),
        ("outcomes: [{outcome: deadlock, verdict: forbidden}]", 2, 4),
    ],
)
def test_a_listed_deadlock(
    compile_text: Callable[..., Program], run_program: Callable[..., Outcome], expect: str, mismatches: int, code: int
) -> None:
    """A list decides how a run may end, unless an outcome is written beside it."""
    expect = expect if expect.startswith("{") else f"{{{expect}}}"
    program = compile_text(
        f"resources: {{a: lock, n: {{kind: var, value: 0}}}}\nmain: [{{acquire: a}}, {{acquire: a}}]\nexpect: {expect}\n"
    )
    outcome = run_program(program)
    found = judge(program, outcome)
    assert (len(found), exit_code(program, outcome, found)) == (mismatches, code)
