"""Where a trace parts from its golden, shown in context: both sides as lanes, the step's line, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from runner.golden import Comparison
from runner.report.lanes import lanes
from runner.report.words import describe, safe
from runner.suite import Result
from runner.trace import Event, Trace, seconds_text
from runner.trace.diff import Divergence

BEFORE, AFTER = 3, 4
"""Events shown before and from the first divergence on."""


def difference(result: Result, width: int = 80, *, ascii_only: bool = False) -> Iterable[str]:
    """Say how a scenario's trace differs from its golden."""
    comparison, outcome = result.comparison, result.outcome
    assert comparison is not None
    assert outcome is not None
    match comparison:
        case Comparison(state="missing"):
            yield "  there is no golden yet"
        case Comparison(state="unreadable", reason=reason):
            yield f"  the golden cannot be compared: {reason}"
        case Comparison(expected=expected, divergence=divergence) if expected is not None and divergence is not None:
            yield from _divergence(expected, outcome.trace, divergence, width, ascii_only)
            event = divergence.actual or divergence.expected
            place = result.program.place_of(event.at) if event is not None and result.program is not None else None
            if place is not None and result.program is not None:
                yield f"  the step is {safe(place.path)} at {result.program.source.where(place)}"
        case _:
            return
    yield "  to accept what it does now:"
    yield f"    python -m runner accept {shlex.quote(str(result.scenario))}"


def _divergence(expected: Trace, actual: Trace, divergence: Divergence, width: int, ascii_only: bool) -> Iterable[str]:
    if divergence.part != "event":
        yield f"  the events are the same; the {divergence.part} differs:"
        yield f"    expected  {safe(divergence.expected_line)}"
        yield f"    actual    {safe(divergence.actual_line)}"
        return
    yield f"  the first divergence is event {divergence.index + 1}:"
    yield f"    expected  {_one(divergence.expected)}"
    yield f"    actual    {_one(divergence.actual)}"
    first = max(divergence.index - BEFORE, 0)
    sides = {side: trace.events[first : divergence.index + AFTER] for side, trace in (("expected", expected), ("actual", actual))}
    seen = {event.thread: None for shown in sides.values() for event in shown}
    threads = [*(name for name in actual.footer.threads if name in seen), *(name for name in seen if name not in actual.footer.threads)]
    for side, shown in sides.items():
        yield f"  {side}, from event {first + 1}:"
        yield from ("    " + line for line in lanes(shown, threads, width - 4, ascii_only=ascii_only))


def _one(event: Event | None) -> str:
    if event is None:
        return "(the trace has ended)"
    return f"t={seconds_text(event.t)} {safe(event.thread)}: {describe(event)}"
