"""Control flow becomes jumps: loops turn as often as they should, and a `with` releases exactly once on every way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.program import ops

Run = Callable[..., Any]


def printed(outcome: Any) -> list[str]:
    """What a run printed."""
    return [event.value for event in outcome.trace.events if event.op == "print"]


def locks(outcome: Any) -> list[str]:
    """Acquires and releases of a run, as `+a` and `-a`."""
    signs = {"acquire": "+", "release": "-"}
    return [signs[event.op] + event.on for event in outcome.trace.events if event.op in signs]


LOOPS = {
    "repeat": ("repeat: {times: 3, as: i, do: [{print: '${i}'}]}", "0 1 2"),
    "repeat zero times": ("repeat: {times: '${0}', do: [{print: never}]}", ""),
    "repeat a computed number": ("repeat: {times: '${len([1, 2])}', as: i, do: [{print: '${i}'}]}", "0 1"),
    "for a list": ("for: {each: x, in: [a, b], do: [{print: '${x}'}]}", "a b"),
    "for a range": ("for: {each: x, in: '${range(2, 5)}', do: [{print: '${x}'}]}", "2 3 4"),
    "for an empty list": ("for: {each: x, in: [], do: [{print: never}]}", ""),
    "while": ("while: {test: n < 3, do: [{set: {n: '${n + 1}'}}, {print: '${n}'}]}", "1 2 3"),
    "while false": ("while: {test: false, do: [{print: never}]}", ""),
    "forever with break": (
        "forever: {do: [{set: {n: '${n + 1}'}}, {if: {test: n == 3, then: [break]}}, {print: '${n}'}]}", "1 2"),
    "continue": ("repeat: {times: 4, as: i, do: [{if: {test: i % 2, then: [continue]}}, {print: '${i}'}]}", "0 2"),
    "break out of for": ("for: {each: x, in: [1, 2, 3], do: [{if: {test: x == 2, then: [break]}}, {print: '${x}'}]}", "1"),
    "continue in while": (
        "while: {test: n < 4, do: [{set: {n: '${n + 1}'}}, {if: {test: n == 2, then: [continue]}}, {print: '${n}'}]}", "1 3 4"),
    "break the inner loop only": (
        "repeat: {times: 2, as: i, do: [{repeat: {times: 3, as: j, do: [{if: {test: j == 1, then: [break]}}, {print: '${i}${j}'}]}}]}",
        "00 10"),
    "continue the outer loop behind the inner": (
        "repeat: {times: 2, as: i, do: [{repeat: {times: 2, as: j, do: [{print: '${i}${j}'}]}}, {if: {test: i == 0, then: [continue]}}, "
        "{print: last}]}", "00 01 10 11 last"),
    "an inner loop begins anew": ("repeat: {times: 2, do: [{for: {each: x, in: [a, b], do: [{print: '${x}'}]}}]}", "a b a b"),
    "if": ("if: {test: n == 0, then: [{print: yes}]}", "yes"),
    "if not": ("if: {test: n > 0, then: [{print: yes}]}", ""),
    "else": ("if: {test: n > 0, then: [{print: yes}], else: [{print: no}]}", "no"),
    "then without else": ("if: {test: n == 0, then: [{print: yes}], else: [{print: no}]}", "yes"),
    "nested if": ("if: {test: true, then: [{if: {test: false, then: [{print: a}], else: [{print: b}]}}], else: [{print: c}]}", "b"),
}  # fmt: skip


@pytest.mark.parametrize(("step", "text"), LOOPS.values(), ids=LOOPS)
def test_loops_and_branches(run_text: Run, step: str, text: str) -> None:
    """Each loop and branch takes the turns it would in Python, then the step behind it comes."""
    outcome = run_text(f"resources: {{n: {{kind: var, value: 0}}}}\nmain: [{{{step}}}, {{print: end}}]\n")
    assert (outcome.verdict, printed(outcome)) == ("completed", [*text.split(), "end"])


def test_a_local_may_come_out_of_a_loop(run_text: Run) -> None:
    """As in Python, a loop's name keeps its last value behind the loop."""
    outcome = run_text("main: [{repeat: {times: 3, as: i, do: [{let: {x: '${i * 10}'}}]}}, {print: '${i} ${x}'}]")
    assert printed(outcome) == ["2 20"]


RESOURCES = "resources: {a: lock, b: lock, c: lock}\nfunctions: {fail: {do: [{assert: false}]}, ok: {do: [{print: ok}]}}\n"

WAYS_OUT = {
    "the end": ("with: {lock: a, do: [{with: {lock: b, do: [{print: x}]}}]}", "+a +b -b -a"),
    "break through two": (
        "forever: {do: [{with: {lock: a, do: [{with: {lock: b, do: [break]}}]}}]}", "+a +b -b -a"),
    "break through one of two": (
        "with: {lock: a, do: [{forever: {do: [{with: {lock: b, do: [break]}}]}}]}", "+a +b -b -a"),
    "continue through two": (
        "repeat: {times: 2, do: [{with: {lock: a, do: [{with: {lock: b, do: [continue]}}]}}]}", "+a +b -b -a +a +b -b -a"),
    "continue, then the end": (
        "repeat: {times: 2, as: i, do: [{with: {lock: a, do: [{if: {test: i == 0, then: [continue]}}, {print: x}]}}]}", "+a -a +a -a"),
    "break, else the end": (
        "repeat: {times: 3, as: i, do: [{with: {lock: a, do: [{if: {test: i == 1, then: [break]}}, {print: x}]}}]}", "+a -a +a -a"),
    "a with behind a break": (
        "forever: {do: [{with: {lock: a, do: [{if: {test: false, then: [break]}}, {with: {lock: b, do: [break]}}]}}]}", "+a +b -b -a"),
    "one behind the other": ("repeat: {times: 1, do: [{with: {lock: a, do: [break]}}, {with: {lock: b, do: [break]}}]}", "+a -a"),
    "three deep": (
        "forever: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{with: {lock: c, do: [break]}}]}}]}}]}", "+a +b +c -c -b -a"),
    "a call": ("with: {lock: a, do: [{run: ok}]}", "+a -a"),
}  # fmt: skip


@pytest.mark.parametrize(("step", "text"), WAYS_OUT.values(), ids=WAYS_OUT)
def test_a_with_releases_once_on_each_way_out(run_text: Run, step: str, text: str) -> None:
    """Break and continue release what was acquired inside the loop, innermost first, and nothing twice."""
    outcome = run_text(f"{RESOURCES}main: [{{{step}}}, {{with: {{lock: c, do: [{{print: free}}]}}}}]\n")
    assert (outcome.verdict, locks(outcome)) == ("completed", [*text.split(), "+c", "-c"])


EXCEPTIONS = {
    "in one": ("with: {lock: a, do: [{assert: false}]}", "+a -a"),
    "in two": ("with: {lock: a, do: [{with: {lock: b, do: [{assert: false}]}}]}", "+a +b -b -a"),
    "between two": ("with: {lock: a, do: [{with: {lock: b, do: [{print: x}]}}, {assert: false}]}", "+a +b -b -a"),
    "before the inner": ("with: {lock: a, do: [{assert: false}, {with: {lock: b, do: [{print: x}]}}]}", "+a -a"),
    "in a loop in one": ("with: {lock: a, do: [{repeat: {times: 2, do: [{assert: false}]}}]}", "+a -a"),
    "in the second turn": (
        "repeat: {times: 3, as: i, do: [{with: {lock: a, do: [{assert: i < 1}]}}]}", "+a -a +a -a"),
    "behind a break not taken": (
        "forever: {do: [{with: {lock: a, do: [{if: {test: false, then: [break]}}, {assert: false}]}}]}", "+a -a"),
    "behind an inner continue not taken": (
        "forever: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{if: {test: false, then: [continue]}}, {assert: false}]}}]}}]}",
        "+a +b -b -a"),
    "behind the with": ("if: {test: true, then: [{with: {lock: a, do: [{print: x}]}}, {assert: false}]}", "+a -a"),
    "in a function": ("with: {lock: a, do: [{run: fail}]}", "+a -a"),
    "in the condition of an if": ("with: {lock: a, do: [{if: {test: 1 < thread, then: [{print: x}]}}]}", "+a -a"),
    "released by the body": ("with: {lock: a, do: [{release: a}, {assert: false}]}", "+a -a"),
}  # fmt: skip


@pytest.mark.parametrize(("step", "text"), EXCEPTIONS.values(), ids=EXCEPTIONS)
def test_a_with_releases_once_on_an_exception(run_text: Run, step: str, text: str) -> None:
    """An exception releases what is held, innermost first, nothing twice, and ends the thread."""
    outcome = run_text(f"{RESOURCES}main: [{{{step}}}, {{print: never}}]\n")
    assert (outcome.verdict, locks(outcome)) == ("failed", text.split())
    assert "never" not in printed(outcome)


def test_an_exception_is_recorded_once(run_text: Run) -> None:
    """However many `with`s and calls it passes, one exception is one `raise` event, at the step that raised it."""
    outcome = run_text("""
        resources: {a: lock}
        functions: {inner: {do: [{with: {lock: a, do: [{assert: {that: false, message: oh}}]}}]}, outer: {do: [{run: inner}]}}
        main: [{run: outer}]
    """)
    raised = [(e.thread, e.error, e.at) for e in outcome.trace.events if e.op == "raise"]
    assert raised == [("main", "AssertionError: oh", "functions.inner.do[0].with.do[0].assert")]
    (failure,) = outcome.failures
    assert isinstance(failure.op, ops.Assert)


def test_a_release_that_fails_replaces_the_exception(run_text: Run) -> None:
    """As in Python, what a `with`'s own release raises is what goes on upwards; outer `with`s still release."""
    outcome = run_text("""
        resources: {a: lock, b: lock}
        main: [{with: {lock: a, do: [{with: {lock: b, do: [{release: b}, {assert: false}]}}]}}]
    """)
    assert [e.error for e in outcome.trace.events if e.op == "raise"] == ["AssertionError: False", "RuntimeError"]
    assert locks(outcome) == ["+a", "+b", "-b", "-a"]
    assert type(outcome.failures[0].error) is RuntimeError


def test_cleanups_are_innermost_first(compile_text: Callable[..., Any]) -> None:
    """The first cleanup that covers an op is that of the `with` nearest to it."""
    code = compile_text("""
        resources: {a: lock, b: lock}
        main: [{with: {lock: a, do: [{with: {lock: b, do: [{print: x}]}}]}}]
    """).main
    at = next(index for index, op in enumerate(code.ops) if isinstance(op, ops.Print))
    released = [code.ops[cleanup.target].on({}) for cleanup in code.cleanups if cleanup.start <= at < cleanup.end]  # type: ignore[attr-defined]
    assert released == ["b", "a"]


def test_every_jump_has_a_target(compile_text: Callable[..., Any]) -> None:
    """No jump is left unpatched, whatever is nested in what."""
    code = compile_text("""
        resources: {a: lock, n: {kind: var, value: 0}}
        main:
          - forever:
              do:
                - with: {lock: a, do: [{for: {each: x, in: [1], do: [{if: {test: n, then: [break], else: [continue]}}]}}, break]}
                - while: {test: n, do: [continue]}
    """).main
    targets = [op.target for op in code.ops if isinstance(op, ops.Jump | ops.JumpUnless | ops.Next)]
    assert all(0 <= target <= len(code.ops) for target in targets)
    assert len(targets) > 8
