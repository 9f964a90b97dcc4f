"""Pools: what their workers are called, what becomes of exceptions, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import Problem

Run = Callable[..., Any]


def raised(outcome: Any) -> list[tuple[str, str]]:
    """Which threads raised what, in order."""
    return [(event.thread, event.error) for event in outcome.trace.events if event.op == "raise"]


def test_each_result_that_raises_is_recorded(run_text: Run) -> None:
    """A future raises the same exception to everyone who asks, however often, and the step that asked last is to blame."""
    outcome = run_text("""
        resources: {p: pool}
        functions: {fail: {do: [{raise: ValueError}]}}
        main:
          - submit: {pool: p, function: fail, as: job}
          - try: {do: [{result: "${job}"}], except: {ValueError: [{print: caught}]}}
          - result: "${job}"
    """)
    assert raised(outcome) == [("p_0", "ValueError"), ("main", "ValueError"), ("main", "ValueError")]
    (failure,) = outcome.failures
    assert failure.op.place.path == "main[2].result"


def test_a_worker_may_be_told_of_its_own_earlier_failure(run_text: Run) -> None:
    """What ended one job is a new exception to the next, if it asks the future."""
    outcome = run_text("""
        resources: {p: pool}
        functions: {fail: {do: [{raise: ValueError}]}, ask: {params: [job], do: [{result: "${job}"}]}}
        main: [{submit: {pool: p, function: fail, as: job}}, {submit: {pool: p, function: ask, args: ["${job}"]}}]
    """)
    assert raised(outcome) == [("p_0", "ValueError"), ("p_0", "ValueError")]


COLLISIONS = {
    "a thread": ("p: {kind: pool, max_workers: 2}", "p_1: {do: [{sleep: 1}]}"),
    "a timer": ("p: {kind: pool, max_workers: 2}, p_1: {kind: timer, interval: 1, function: f}", "t: {do: [{start: p_1}]}"),
    "of a replica": ("p: {kind: pool, count: 2}", "p-1_0: {do: [{sleep: 1}]}"),
}


@pytest.mark.parametrize(("resources", "thread"), COLLISIONS.values(), ids=COLLISIONS)
def test_nothing_else_may_have_a_workers_name(problems_of: Callable[..., tuple[Problem, ...]], resources: str, thread: str) -> None:
    """A trace could not tell the two apart."""
    problems = problems_of(f"functions: {{f: {{do: [{{print: x}}]}}}}\nresources: {{{resources}}}\nthreads: {{{thread}}}")
    assert [problem.code for problem in problems] == ["name-collision"]


def test_a_name_that_no_worker_has_is_free(run_text: Run) -> None:
    """`p_2` is nobody where there are two workers."""
    outcome = run_text("""
        resources: {p: {kind: pool, max_workers: 2}}
        threads: {p_2: {do: [{print: me}]}, p_x: {do: [{print: me}]}}
    """)
    assert outcome.verdict == "completed"


def test_a_worker_stopped_in_an_atomic_group_keeps_nobody_waiting(compile_text: Run, run_free: Run, no_leak: None) -> None:
    """On real threads a group holds a lock; a limit that ends the run in there must let the others end as well."""
    program = compile_text("""
        resources: {p: pool, began: {kind: var, value: false}, x: {kind: var, value: 0}}
        functions:
          group: {do: [{set: {began: true}}, {atomic: [{while: {test: "True", do: [{set: {x: 1}}]}}]}]}
        main: [{submit: {pool: p, function: group}}, {while: {test: not began, do: [{sleep: 1}]}}, {forever: {do: [{set: {x: 2}}]}}]
    """)
    assert run_free(program, max_steps=20_000).verdict == "step_limit"


@pytest.mark.parametrize("resources", ["p: {kind: pool, max_workers: 1000}", "p: {kind: pool, max_workers: 500, count: 2}"])
def test_workers_count_as_threads(problems_of: Callable[..., tuple[Problem, ...]], resources: str) -> None:
    """More than the system may have to give are refused before it is asked."""
    (problem,) = problems_of(f"resources: {{{resources}}}\nthreads: {{t: {{do: [{{sleep: 1}}]}}}}")
    assert problem.message == "1001 threads, the workers of pools among them, are more than the limit of 1000"


def test_at_the_end_no_pool_takes_more(run_text: Run) -> None:
    """As at the exit of Python, all are shut down before the first is waited for: what runs in one cannot submit to another."""
    outcome = run_text("""
        resources: {a: pool, b: pool}
        functions: {f: {do: [{sleep: 1}, {submit: {pool: b, function: g}}]}, g: {do: [{print: g}]}}
        main: [{submit: {pool: a, function: f}}, {submit: {pool: b, function: g}}]
    """)
    assert raised(outcome) == [("a_0", "RuntimeError")]
    assert [event.thread for event in outcome.trace.events if event.op == "print"] == ["b_0"]
