"""How a trace differs from another, to be read by people: what changed in words, then where the two part, as lanes with the step's line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from runner.analysis.difference import Change, Difference, Row, trace_changes
from runner.errors import Place
from runner.golden import Comparison
from runner.program import Program
from runner.report.changes import sentence
from runner.report.lanes import TIME, Cell, drawn, width_of, wrapped
from runner.report.problems import excerpt
from runner.report.words import describe, in_ascii, path_word, safe
from runner.suite import Result
from runner.trace import Event, Trace, seconds_text

NARROWEST = 16
"""Columns of a lane below which events are listed instead: what differs must be read, not only seen."""
MOST_OF_A_KIND = 4
"""Changes of one kind that are told; of more, how many there are."""
_SIGNS = {
    "new": "+",
    "thread-new": "+",
    "resource-new": "+",
    "blocked": "+",
    "gone": "-",
    "thread-gone": "-",
    "resource-gone": "-",
    "not-blocked": "-",
}
_OF_A_KIND = {
    "variable": "variables that end as something else",
    "queue": "queues that end otherwise",
    "ending": "threads that end otherwise",
    "waiting": "threads that wait at the end",
    "header": "of the header",
    "thread-new": "new threads",
    "thread-gone": "threads that are gone",
    "resource-new": "resources that are used now",
    "resource-gone": "resources that are no longer used",
    "moved": "events that come in another order",
    "changed": "events with something else",
    "blocked": "waits that are new",
    "not-blocked": "waits that are gone",
    "waits": "waits of another length",
    "new": "new events",
    "gone": "events that are gone",
}
_PAINT = {"-": "31", "+": "32", "~": "33"}
_WITHOUT_A_PLACE = ("shift", "step", "thread-new", "thread-gone", "resource-new", "resource-gone")


def difference(
    result: Result, width: int = 80, *, ascii_only: bool = False, color: bool = False, advice: str | None = None
) -> Iterable[str]:
    """Say how a scenario's trace differs from its golden, and how to accept it, or `advice` on that; nothing if it does not.

    With an empty `advice` none is given.
    """
    comparison, outcome = result.comparison, result.outcome
    assert comparison is not None
    assert outcome is not None
    match comparison:
        case Comparison(state="missing"):
            yield "  there is no golden yet"
        case Comparison(state="unreadable", reason=reason):
            yield f"  the golden cannot be compared: {safe(reason or '')}"
        case Comparison(expected=expected) if expected is not None:
            yield from trace_difference(expected, outcome.trace, result.program, width, ascii_only=ascii_only, color=color)
        case _:
            return
    if advice != "":
        yield from _advice(result, advice)


def _advice(result: Result, advice: str | None) -> Iterable[str]:
    if result.mismatches:
        yield "  it does not end as it expects, so `accept` would refuse it: change its steps, or its `expect`"
        return
    case = [] if result.case is None else ["--case", result.case]
    command = shlex.join(["python", "-m", "runner", "accept", path_word(result.scenario), *case])
    yield "  to accept what it does now:"
    yield f"    {safe(advice or command)}"


def trace_difference(
    expected: Trace, actual: Trace, program: Program | None = None, width: int = 80, *, ascii_only: bool = False, color: bool = False
) -> Iterable[str]:
    """Say how a trace differs from an expected one; nothing if it does not. With the program, steps are shown with their lines."""
    yield from difference_lines(trace_changes(expected, actual), program, width, ascii_only=ascii_only, color=color)


def difference_lines(
    found: Difference, program: Program | None = None, width: int = 80, *, ascii_only: bool = False, color: bool = False
) -> Iterable[str]:
    """Say what a difference is, in lines of `width` columns where words and paths let them be."""
    if found.divergence is None:
        return
    as_drawn = in_ascii if ascii_only else str
    yield "  what changed:"
    for sign, text in _told(found, program):
        first, *rest = wrapped(as_drawn(text), width - 6)
        yield "    " + _paint(sign, sign, color) + f" {first}"
        yield from (f"      {line}" for line in rest)
    if found.divergence.part != "event":
        yield "  all events are the same"
        return
    rows = found.rows or _as_they_are(found)
    differing = next(row for row in rows if row.mark != " ") if found.rows else rows[-1]
    number = differing.event.n if differing.actual is None else differing.actual.n
    yield f"  the first divergence is event {number}:"
    for line in _step(differing, found, program, width - 4, color):
        yield f"    {as_drawn(line)}"
    seen = {row.event.thread: None for row in rows}
    threads = [*(name for name in found.actual.footer.threads if name in seen), *(n for n in seen if n not in found.actual.footer.threads)]
    for line in drawn(map(_cell, rows), threads, width - 4, narrowest=NARROWEST, ascii_only=ascii_only):
        yield "    " + _paint(line, line[:1], color)


def _told(found: Difference, program: Program | None) -> Iterator[tuple[str, str]]:
    """Yield each change with its sign, and of a kind that there are many of, how many more."""
    kinds: dict[str, list[Change]] = {}
    for change in found.changes:
        kinds.setdefault(change.kind, []).append(change)
    for kind, changes in kinds.items():
        for change in changes[:MOST_OF_A_KIND]:
            yield _SIGNS.get(kind, "~"), sentence(change) + _where(change, found, program)
        more = sum(1 + change.alike for change in changes[MOST_OF_A_KIND:])
        if more:
            yield _SIGNS.get(kind, "~"), f"… and {more} more: {_OF_A_KIND.get(kind, kind)}"


def _where(change: Change, found: Difference, program: Program | None) -> str:
    """Say where the step that a change is about stands, in brackets."""
    event = change.event
    if event is None or not event.at or change.kind in _WITHOUT_A_PLACE:
        return ""
    place = place_of(event, found, program, gone=not change.actual)
    if program is None:
        return f" ({safe(event.at)})"
    return f" ({safe(program.source.where(place))})" if place is not None else f" (the step {safe(event.at)} is no longer in the file)"


def place_of(event: Event, found: Difference, program: Program | None, *, gone: bool) -> Place | None:
    """Return the place of an event's step; of one that only the expected trace has, if the step is still there, and the same."""
    if program is None or not event.at:
        return None
    path = found.step_now(event.at) if gone else event.at
    return None if path is None else program.place_of(path)


def _step(row: Row, found: Difference, program: Program | None, width: int, color: bool) -> Iterator[str]:
    event = row.event
    if not event.at:
        return
    place = place_of(event, found, program, gone=row.actual is None)
    if program is None:
        yield f"by the step {safe(event.at)}"
    elif place is None:
        yield f"by the step {safe(event.at)}, which is no longer in the file"
    else:
        yield safe(f"{program.source.where(place)}: {place.path}")
        yield from excerpt(program.source, place, width=width, color=color)


def _as_they_are(found: Difference) -> Sequence[Row]:
    """Return rows of the first divergence where nothing but names, steps and numbers differs."""
    divergence = found.divergence
    assert divergence is not None
    events = found.expected.events[max(divergence.index - 3, 0) : divergence.index]
    before = tuple(Row(" ", event, event) for event in events)
    parting = (("-", divergence.expected, None), ("+", None, divergence.actual))
    return before + tuple(Row(mark, one, other) for mark, one, other in parting if one is not None or other is not None)


def _cell(row: Row) -> Cell:
    event = row.event
    time = seconds_text(event.t)
    if row.mark == "~" and row.expected is not None:
        both = f"{seconds_text(row.expected.t)}→{time}"
        time = both if width_of(both) < TIME else time
    return Cell(time, event.thread, f"… {row.several} more events" if row.several else describe(event), row.mark)


def _paint(text: str, mark: str, color: bool) -> str:
    return f"\x1b[{_PAINT[mark]}m{text}\x1b[0m" if color and mark in _PAINT else text
