"""When two traces are the same."""

from __future__ import annotations

from collections.abc import Callable

from runner.interpreter import Outcome
from runner.trace import decode, encode, equal

RunText = Callable[..., Outcome]


def test_same(run_text: RunText) -> None:
    """A trace is the same as itself, also when it was read from a file, where tuples have become lists."""
    trace = run_text("resources: {a: {kind: var, value: [1, 2.5]}}\nmain: [{sleep: 500ms}, {set: {a: '${[1]}'}}]").trace
    assert equal(trace, decode(encode(trace)))


def test_times(run_text: RunText) -> None:
    """`times=False` passes over when things happened, and nothing else."""
    early, late = (run_text(f"main: [{{sleep: 1}}, {{print: x}}, {{sleep: {rest}}}]").trace for rest in ("500ms", "1"))
    assert not equal(early, late, times=False)  # how long a sleep is says what happened
    soon, later = (run_text(f"params: {{rest: {rest}}}\nmain: [{{print: x}}]").trace for rest in (1, 2))
    assert equal(soon, later, times=False)
    waits = "resources: {{a: event}}\nthreads: {{b: {{do: [{{wait: {{for: a, timeout: {}}}}}]}}}}"
    short, long = (run_text(waits.format(seconds)).trace for seconds in (1, 2))
    assert short.footer.t != long.footer.t
    assert not equal(short, long)
    assert equal(short, long, times=False)


def test_header(run_text: RunText) -> None:
    """`header=False` passes over how a run was made."""
    text = "main: [{print: x}]"
    plain, seeded = run_text(text).trace, run_text(text, "random", 3).trace
    assert not equal(plain, seeded)
    assert equal(plain, seeded, header=False)
