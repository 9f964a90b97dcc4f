"""What holds for the difference between any two traces: nothing is passed over, and nothing is made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.analysis.difference import Change, Difference, trace_changes
from runner.report.changes import sentence
from runner.report.difference import trace_difference
from runner.report.lanes import width_of
from runner.report.words import describe, safe
from runner.trace import ABSENT, Event, Trace, decode, encode

GOLDENS = sorted((Path(__file__).parents[2] / "scenarios").rglob("*.golden.jsonl"))
SECOND = 1_000_000_000


@cache
def golden(path: Path) -> Trace:
    return decode(path.read_text("utf-8"))


goldens = st.sampled_from(GOLDENS).map(golden).filter(lambda trace: len(trace.events) > 2)


def numbered(trace: Trace, events: Sequence[Event]) -> Trace:
    """Return a trace with other events, numbered from 1."""
    return replace(trace, events=tuple(replace(event, n=n) for n, event in enumerate(events, 1)))


def told(expected: Trace, actual: Trace) -> Difference:
    """Compare two traces that are not the same bytes: something must be told, in words."""
    assert encode(expected) != encode(actual)
    found = trace_changes(expected, actual)
    assert not found.same
    assert found.changes
    for change in found.changes:
        assert sentence(change).isprintable()
        assert "ABSENT" not in sentence(change)
    lines = list(trace_difference(expected, actual))
    assert lines[0] == "  what changed:"
    assert all(line.isprintable() for line in lines)
    return found


def only(found: Difference) -> Change:
    """Return the only change there is."""
    assert len(found.changes) == 1, [sentence(change) for change in found.changes]
    return found.changes[0]


OTHERS: dict[str, tuple[Any, ...]] = {
    "n": (0, 1, 7, 10**6),
    "t": (0, 1, SECOND, 10**15),
    "thread": ("main", "somebody else", "x\x1b[m"),
    "op": ("print", "blocked", "acquire", "end", "odd"),
    "on": (None, "main", "another"),
    "value": (ABSENT, None, 0, 1, 1.0, True, "1", [1], {"a": 1, "b": [1]}, "x" * 300),
    "result": (ABSENT, None, False, 0, -0.0, 0.0, "false"),
    "by": (None, "main", "another"),
    "error": (None, "ValueError", "odd"),
    "at": ("", "main[0].print", "threads.a.do[1].sleep", "\0", "odd [x]"),
}


@pytest.mark.parametrize("name", [each.name for each in fields(Event)])
@given(data=st.data())
@settings(max_examples=40)
def test_one_field_of_one_event(name: str, data: st.DataObject) -> None:
    """Whatever is changed of any event of any golden, it is told."""
    trace = data.draw(goldens)
    index = data.draw(st.integers(0, len(trace.events) - 1))
    others = [*OTHERS[name], getattr(data.draw(st.sampled_from(trace.events)), name)]
    event = replace(trace.events[index], **{name: data.draw(st.sampled_from(others))})
    changed = replace(trace, events=(*trace.events[:index], event, *trace.events[index + 1 :]))
    if encode(changed) == encode(trace):
        assert trace_changes(trace, changed).changes == ()
        return
    told(trace, changed)
    told(changed, trace)


@given(goldens, st.data(), st.booleans())
def test_an_event_that_is_dropped(trace: Trace, data: st.DataObject, renumbered: bool) -> None:
    """An event that is gone is named, and as new the other way round, whether or not the others are numbered anew."""
    index = data.draw(st.integers(0, len(trace.events) - 1))
    events = (*trace.events[:index], *trace.events[index + 1 :])
    shorter = numbered(trace, events) if renumbered else replace(trace, events=events)
    for found, one, other in ((told(trace, shorter), "gone", "not-blocked"), (told(shorter, trace), "new", "blocked")):
        changes = [change for change in found.changes if change.kind != "numbers"]
        assert [change.kind in (one, other) for change in changes] == [True]
        assert len(found.changes) == 1 or not renumbered
        assert safe(describe(trace.events[index]))[:30] in sentence(changes[0])
        assert changes[0].thread == trace.events[index].thread


@given(goldens, st.data())
def test_an_event_that_is_there_twice(trace: Trace, data: st.DataObject) -> None:
    """An event that is repeated is new, and that is all."""
    index = data.draw(st.integers(0, len(trace.events) - 1))
    change = only(told(trace, numbered(trace, (*trace.events[: index + 1], *trace.events[index:]))))
    assert change.kind in ("new", "blocked")
    assert replace(change.actual[0], n=0) == replace(trace.events[index], n=0)


@given(goldens, st.data(), st.booleans())
def test_neighbours_that_changed_places(trace: Trace, data: st.DataObject, renumbered: bool) -> None:
    """Two events in another order are told, each of them by name."""
    index = data.draw(st.integers(0, len(trace.events) - 2))
    one, other = trace.events[index : index + 2]
    if one.t != other.t or replace(one, n=0) == replace(other, n=0):
        return
    events = (*trace.events[:index], other, one, *trace.events[index + 2 :])
    found = told(trace, numbered(trace, events) if renumbered else replace(trace, events=events))
    moved = [change for change in found.changes if change.kind == "moved"]
    assert len(moved) == 1
    assert moved[0].beside is not None
    assert {moved[0].actual[0].thread, moved[0].beside.thread} == {one.thread, other.thread}
    assert len(found.changes) == 1 or not renumbered


@given(goldens, st.data())
def test_an_event_that_moved(trace: Trace, data: st.DataObject) -> None:
    """An event that comes at another place among those of other threads is named, and nothing else is told to have moved."""
    index = data.draw(st.integers(0, len(trace.events) - 1))
    event = trace.events[index]
    same_time = [at for at, other in enumerate(trace.events) if other.t == event.t]
    before = max((at for at in same_time if at < index and trace.events[at].thread == event.thread), default=same_time[0] - 1)
    after = min((at for at in same_time if at > index and trace.events[at].thread == event.thread), default=same_time[-1] + 1)
    target = data.draw(st.integers(before + 1, after - 1))
    rest = [*trace.events[:index], *trace.events[index + 1 :]]
    if abs(target - index) < 2:
        return
    moved = numbered(trace, [*rest[:target], event, *rest[target:]])
    change = only(told(trace, moved))
    assert change.kind == "moved"
    assert [replace(each, n=0) for each in change.actual] == [replace(event, n=0)]
    assert change.subject == ("before" if target < index else "after")


@given(goldens, st.data(), st.integers(-(10**9), 10**10).filter(bool))
def test_all_later_from_one_on(trace: Trace, data: st.DataObject, offset: int) -> None:
    """Times that are all later from one event on are one change, which names this event."""
    index = data.draw(st.integers(0, len(trace.events) - 1))
    later = tuple(replace(event, t=event.t + offset * (at >= index)) for at, event in enumerate(trace.events))
    change = only(told(trace, replace(trace, events=later, footer=replace(trace.footer, t=trace.footer.t + offset))))
    assert (change.kind, change.old, change.new, len(change.actual)) == ("shift", offset, offset, len(later) - index)
    assert change.actual[0] == later[index]


@given(goldens, st.data())
def test_a_thread_that_is_called_otherwise(trace: Trace, data: st.DataObject) -> None:
    """A thread with another name is one change, if its name is no value."""
    old = data.draw(st.sampled_from([name for name in trace.footer.threads if name != "main"] or ["main"]))
    root, new = f"threads.{old}", f"{old}x"

    def path(at: str) -> str:
        return at.replace(root, f"threads.{new}", 1) if at == root or at.startswith((root + "[", root + ".")) else at

    def name(text: Any) -> Any:
        return new if text == old and isinstance(text, str) else text

    def event(each: Event) -> Event:
        return replace(each, thread=name(each.thread), on=name(each.on), by=name(each.by), value=name(each.value), at=path(each.at))

    footer = replace(
        trace.footer,
        threads={name(thread): end for thread, end in trace.footer.threads.items()},
        blocked=tuple(
            replace(each, thread=name(each.thread), on=name(each.on), by=name(each.by), at=path(each.at)) for each in trace.footer.blocked
        ),
        cycle=tuple(map(name, trace.footer.cycle)),
    )
    if trace.events and any(value in (old,) for state in trace.footer.vars.values() for value in [state]):
        return
    change = only(told(trace, replace(trace, events=tuple(map(event, trace.events)), footer=footer)))
    assert (change.kind, change.old, change.new) == ("thread-renamed", (old,), (new,))


@given(goldens, st.data())
def test_a_resource_that_is_called_otherwise(trace: Trace, data: st.DataObject) -> None:
    """A resource with another name is one change."""
    names = sorted({event.on for event in trace.events if event.on is not None and event.on not in trace.footer.threads})
    if not names:
        return
    old = data.draw(st.sampled_from(names))
    new = f"{old}x"

    def name(text: Any) -> Any:
        return new if text == old and isinstance(text, str) else text

    footer = replace(
        trace.footer,
        vars={name(var): value for var, value in trace.footer.vars.items()},
        queues={name(queue): state for queue, state in trace.footer.queues.items()},
        blocked=tuple(replace(each, on=name(each.on)) for each in trace.footer.blocked),
    )
    change = only(told(trace, replace(trace, events=tuple(replace(each, on=name(each.on)) for each in trace.events), footer=footer)))
    assert (change.kind, change.old, change.new) == ("resource-renamed", (old,), (new,))


HEADERS: dict[str, tuple[Any, ...]] = {
    "scenario": ("another", "x\x1b[m"),
    "policy": ("random", "free"),
    "seed": (None, 0, 7),
    "case": (None, "other"),
    "params": ({}, {"a": 1}, {"a": 1.0}, {"a": True, "b": 2}, {"b": 2, "a": True}),
}
FOOTERS: dict[str, tuple[Any, ...]] = {
    "outcome": ("completed", "deadlock", "failed", "hung", "step_limit", "odd"),
    "t": (0, 1, 10**15),
    "vars": ({}, {"a": 1}, {"a": True}, {"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, {"b": 1, "a": 1}, {"a": 1, "b": 1}),
    "queues": ({}, {"q": {}}, {"q": {"size": 1}}, {"q": {"size": 1, "items": [1]}}, {"q": {"items": [1], "size": 1}}),
    "threads": ({}, {"main": "ended"}, {"main": "blocked", "z": "ended"}, {"z": "ended", "main": "blocked"}),
    "cycle": ((), ("main",), ("main", "z"), ("z", "main")),
}


@pytest.mark.parametrize("part", ["header", "footer"])
@given(data=st.data())
@settings(max_examples=200)
def test_fields_of_header_and_footer(part: str, data: st.DataObject) -> None:
    """Whatever differs in the first or last line is told: its type and the order of its names, too."""
    trace = data.draw(goldens)
    pools = HEADERS if part == "header" else FOOTERS
    name = data.draw(st.sampled_from(sorted(pools)))
    one, other = (
        replace(trace, **{part: replace(getattr(trace, part), **{name: data.draw(st.sampled_from(pools[name]))})}) for _ in range(2)
    )
    if encode(one) == encode(other):
        assert trace_changes(one, other).same
    else:
        told(one, other)


@given(goldens, goldens, st.integers(40, 120), st.booleans())
def test_any_two_traces(one: Trace, other: Trace, width: int, ascii_only: bool) -> None:
    """Traces that have nothing to do with each other can be compared too, within the width but for paths."""
    if one is other:
        assert trace_changes(one, other).changes == ()
        return
    told(one, other)
    lines = list(trace_difference(one, other, None, width, ascii_only=ascii_only))
    assert not ascii_only or all(line.isascii() for line in lines)
    assert all(width_of(line) <= width or len(max(line.split(), key=len)) > width - 40 for line in lines)


@pytest.mark.parametrize("mutate", [lambda trace: trace, lambda trace: decode(encode(trace))], ids=["itself", "read"])
def test_the_same(mutate: Callable[[Trace], Trace]) -> None:
    """A trace does not differ from itself."""
    for path in GOLDENS:
        found = trace_changes(golden(path), mutate(golden(path)))
        assert (found.same, found.changes, found.rows) == (True, (), ())
