"""`try`, `raise` and `return`: what passes where, and what is said of it, is as in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import Problem

Run = Callable[..., Any]


def events(outcome: Any, *names: str) -> list[Any]:
    """What printed lines and exceptions a run had, in order; only ops of these names."""
    return [event.value if event.op == "print" else event.error for event in outcome.trace.events if event.op in names]


def failing_place(outcome: Any) -> str:
    """Where the one exception that ended a thread was raised."""
    (failure,) = outcome.failures
    return failure.op.place.path


LOST_RETURNS = {
    "a finally that raises": "{try: {do: [{return: 5}], finally: [{raise: RuntimeError}]}}",
    "a with that cannot release": "{with: {lock: guard, do: [{release: guard}, {return: 5}]}}",
}


@pytest.mark.parametrize("step", LOST_RETURNS.values(), ids=LOST_RETURNS)
def test_a_return_that_an_exception_replaces_returns_nothing(run_text: Run, step: str) -> None:
    """What must be done before a `return` may raise; where that is caught, the function goes on and has returned nothing."""
    outcome = run_text(f"""
        resources: {{guard: lock}}
        functions: {{f: {{do: [{{try: {{do: [{step}], except: {{RuntimeError: [{{print: caught}}]}}}}}}]}}}}
        main: [{{run: {{function: f, as: x}}}}, {{print: "${{x}}"}}]
    """)
    assert events(outcome, "print") == ["caught", ""]


def test_a_return_computes_its_value_before_what_must_be_done(run_text: Run) -> None:
    """A `finally` that changes what is returned comes too late, as in Python."""
    outcome = run_text("""
        functions: {f: {do: [{let: {x: 1}}, {try: {do: [{return: "${x}"}], finally: [{let: {x: 2}}]}}]}}
        main: [{run: {function: f, as: x}}, {print: "${x}"}]
    """)
    assert events(outcome, "print") == ["1"]


def test_a_bare_raise_under_finally_is_refused(problems_of: Callable[..., tuple[Problem, ...]]) -> None:
    """It would raise whatever came last: the exception that the `finally` is there for, or the one handled around it."""
    (problem,) = problems_of("""
        main:
          - try:
              do: [{raise: KeyError}]
              except: {KeyError: [{try: {do: [{print: x}], finally: [raise]}}]}
    """)
    assert (problem.code, problem.place.path) == ("outside-except", "main[0].try.except.KeyError[0].try.finally[0]")


def test_a_bare_raise_under_a_try_in_finally_is_taken(run_text: Run) -> None:
    """It has an `except` of its own."""
    outcome = run_text("""
        main:
          - try:
              do: [{print: x}]
              finally: [{try: {do: [{raise: {error: KeyError, message: inner}}], except: {KeyError: [raise]}}}]
    """)
    assert (events(outcome, "raise"), failing_place(outcome)) == (["KeyError: inner"], "main[0].try.finally[0].try.do[0].raise")


def test_an_exception_that_waits_for_a_finally_is_recorded_once(run_text: Run) -> None:
    """What else is raised and dealt with meanwhile does not make it a new one, nor another step its origin."""
    outcome = run_text("""
        main:
          - try:
              do: [{raise: {error: ValueError, message: first}}]
              finally: [{try: {do: [{raise: KeyError}], except: {KeyError: [{print: c}]}}}]
    """)
    assert events(outcome, "raise") == ["ValueError: first", "KeyError"]
    assert failing_place(outcome) == "main[0].try.do[0].raise"


def test_a_bare_raise_goes_on_with_what_is_handled(run_text: Run) -> None:
    """So it is where another exception has come and gone; the step to blame is the one that raised it first."""
    outcome = run_text("""
        functions: {other: {do: [{try: {do: [{raise: KeyError}], except: {KeyError: [{print: c}]}}}]}}
        main: [{try: {do: [{raise: ValueError}], except: {ValueError: [{run: other}, raise]}}}]
    """)
    assert events(outcome, "raise", "end") == ["ValueError", "KeyError", "ValueError"]
    assert failing_place(outcome) == "main[0].try.do[0].raise"


def test_a_parameter_may_be_called_thread(run_text: Run) -> None:
    """The function's own name is the one that counts in it: run here, or by a pool."""
    outcome = run_text("""
        resources: {p: pool}
        functions: {f: {params: [thread], do: [{print: "${thread}"}]}}
        main: [{run: {function: f, args: [a]}}, {submit: {pool: p, function: f, args: [b]}}]
    """)
    assert events(outcome, "print") == ["a", "b"]


@pytest.mark.parametrize(("function", "code"), [("${nobody}", "unknown-name"), ("${1 / 0}", "bad-expression"), ("${none}", "wrong-type")])
@pytest.mark.parametrize("step", ["run: {function: '%s'}", "submit: {pool: p, function: '%s'}"])
def test_a_functions_name_that_cannot_be_computed_is_one_problem(
    problems_of: Callable[..., tuple[Problem, ...]], step: str, function: str, code: str
) -> None:
    """Nothing is said of a function `None`, which nobody wrote."""
    problems = problems_of(f"params: {{none: null}}\nresources: {{p: pool}}\nmain: [{{{step % function}}}]")
    assert [problem.code for problem in problems] == [code]
