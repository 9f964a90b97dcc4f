"""`expect.raises`, `expect.deadlock` and outcomes by parameters: what holds, and what is told where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.suite import judge

RAISES = """
params: {{error: false}}
resources: {{q: queue, t: {{kind: timer, interval: 1, function: f}}}}
functions: {{f: {{do: [{{raise: KeyError}}]}}}}
threads:
  w: {{count: 2, do: [{{if: {{test: index == 1, then: [{{get: {{queue: q, block: false}}}}]}}}}]}}
main: [{{start: [w, t]}}, {{join: [w, t]}}]
expect: {expect}
"""
DEADLOCK = """
resources: {{a: lock, b: lock, c: lock, p: {{kind: pool, max_workers: 1}}}}
functions:
  outer: {{do: [{{submit: {{pool: p, function: inner, as: job}}}}, {{result: "${{job}}"}}]}}
  inner: {{do: [{{print: never}}]}}
threads:
  x: {{do: [{{acquire: a}}, {{sleep: 1}}, {{acquire: b}}]}}
  y: {{do: [{{acquire: b}}, {{sleep: 1}}, {{acquire: a}}]}}
  z: {{do: [{{sleep: 1}}, {{acquire: a}}]}}
main: {main}
expect: {expect}
"""
LOCKS, POOL = "[{start: [x, y, z]}]", "[{submit: {pool: p, function: outer, as: job}}, {result: '${job}'}]"

Judged = Callable[[str], list[str]]


@pytest.fixture
def judged(compile_text: Callable[..., Any], run_program: Callable[..., Any]) -> Judged:
    """`judged(text)` runs a scenario and gives what does not hold."""

    def judged(text: str) -> list[str]:
        program = compile_text(text)
        return [mismatch.message for mismatch in judge(program, run_program(program))]

    return judged


@pytest.mark.parametrize(
    "expect",
    [
        "{raises: {w-1: queue.Empty, t: KeyError}}",
        "{raises: {w-1: Empty, t: KeyError}, outcome: failed}",
        "{raises: {w-1: Empty, t: KeyError}, outcome: \"${'completed' if error else 'failed'}\"}",
    ],
)
def test_raises_holds(judged: Judged, expect: str) -> None:
    """The threads that exceptions end, and by which; the outcome that goes with it need not be said."""
    assert judged(RAISES.format(expect=expect)) == []


def test_raises_names_all_of_them(judged: Judged) -> None:
    """A thread that nobody expected to fail is a difference, and so is another exception: the class itself is named, not its parents."""
    (message,) = judged(RAISES.format(expect="{raises: {w-1: LookupError}}"))
    assert message == "exceptions that ended threads: expected {'w-1': 'LookupError'}, was {'t': 'KeyError', 'w-1': 'Empty'}"


def test_no_exceptions_at_all(judged: Judged) -> None:
    """`raises: {}` says that none ends a thread."""
    assert judged("threads: {w: {do: [{print: x}]}}\nexpect: {raises: {}}") == []
    (message, _) = judged("threads: {w: {do: [{raise: KeyError}]}}\nexpect: {raises: {}}")
    assert message == "the outcome: expected 'completed', was 'failed'"


@pytest.mark.parametrize(("main", "threads"), [(LOCKS, "[x, y]"), (LOCKS, "[y, x]"), (POOL, "[p_0]")])
def test_deadlock_holds(judged: Judged, main: str, threads: str) -> None:
    """The threads of the circle, in any order; those that only wait for it are none of them. A pool's workers may be."""
    assert judged(DEADLOCK.format(main=main, expect=f"{{deadlock: {threads}}}")) == []


def test_another_circle(judged: Judged) -> None:
    """Who waits for whom is told."""
    messages = judged(DEADLOCK.format(main=LOCKS, expect="{deadlock: [x, z]}"))
    assert messages == ["threads that wait for each other: expected ['x', 'z'], was ['x', 'y']"]


def test_no_deadlock_after_all(judged: Judged) -> None:
    """Where nothing is stuck, both the outcome and the circle differ."""
    messages = judged(DEADLOCK.format(main="[{print: x}]", expect="{deadlock: [x, y]}"))
    assert messages == [
        "the outcome: expected 'deadlock', was 'completed'",
        "threads that wait for each other: expected ['x', 'y'], was []",
    ]
