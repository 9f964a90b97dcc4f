"""The difference between two traces: which changes there are, those that are alike counted together, the most important first."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest

from runner.analysis.difference.changes import KINDS, Change, Difference, Kind
from runner.analysis.difference.events import EventChanges
from runner.analysis.difference.header_footer import footer_changes, header_changes
from runner.analysis.difference.keys import Names, sides, value_key
from runner.analysis.difference.matching import matched
from runner.analysis.difference.renames import renamed
from runner.analysis.difference.rows import side_by_side
from runner.analysis.difference.times import end_time, shifts, waits
from runner.trace import Trace
from runner.trace.divergence import Divergence, first_divergence

_HAPPENS: tuple[Kind, ...] = ("moved", "changed", "blocked", "not-blocked", "new", "gone")


def trace_changes(expected: Trace, actual: Trace) -> Difference:
    """Say what changed from one trace to another. Traces that are different bytes differ in at least one change."""
    divergence = first_divergence(expected, actual)
    if divergence is None:
        return Difference(expected, actual, None)
    names = renamed(expected, actual)
    both = sides(expected.events, actual.events, names)
    matching = matched(*both)
    of_events = EventChanges(expected, actual, names, both, matching)
    one_sided = list(of_events.one_sided())
    changes = [
        *header_changes(expected.header, actual.header),
        *one_sided,
        *footer_changes(expected.footer, actual.footer, names, [str(change.subject) for change in one_sided]),
        *of_events.others(),
        *_renames(names),
    ]
    if changes:
        changes += waits(expected.events, actual.events, both, matching)
    own = {event.n for change in changes if change.kind == "moved" and _within_thread(change) for event in change.actual}
    changes += shifts(expected.events, actual.events, matching, own)
    changes += end_time(expected, actual, matching)
    ordered = sorted(_alike(changes), key=_rank)
    rows = tuple(side_by_side(expected.events, actual.events, of_events.anchors()))
    moved = {old: new for old, new in names.paths.items() if names.following.get(old) != new}
    return Difference(expected, actual, divergence, tuple(ordered), rows, moved)


def other_bytes(expected: Trace, actual: Trace, old: str, new: str) -> Difference:
    """Return the difference of two texts that differ although the traces in them do not: spaces, line ends, what no trace has."""
    lines = zip_longest(old.split("\n"), new.split("\n"))
    number, before, after = next((number, *pair) for number, pair in enumerate(lines, 1) if pair[0] != pair[1])
    divergence = Divergence("bytes", number - 1, None, None, before or "", after or "")
    return Difference(expected, actual, divergence, (Change("bytes", subject=str(number), old=before or "", new=after or ""),))


def _renames(names: Names) -> Iterator[Change]:
    renames: tuple[tuple[Kind, Mapping[str, str]], ...] = (("thread-renamed", names.threads), ("resource-renamed", names.resources))
    for kind, new_of in renames:
        if new_of:
            yield Change(kind, old=tuple(new_of), new=tuple(new_of.values()))


def _within_thread(change: Change) -> bool:
    return change.beside is not None and change.beside.thread == change.thread


def _rank(change: Change) -> tuple[int, int]:
    """Put what happens in the order in which it happens: in a run that is deterministic, causes come before effects."""
    if change.kind in _HAPPENS and change.event is not None:
        return KINDS.index(_HAPPENS[0]), change.event.n
    return KINDS.index(change.kind), 0


def _alike(changes: Iterable[Change]) -> list[Change]:
    """Count changes that say much the same with the first one that does."""
    found: dict[Hashable, Change] = {}
    for number, change in enumerate(changes):
        key = _likeness(change) or number
        found[key] = replace(found[key], alike=found[key].alike + 1 + change.alike) if key in found else change
    return list(found.values())


def _likeness(change: Change) -> Hashable:
    events = change.actual or change.expected
    match change.kind:
        case "changed":
            return change.kind, change.subject, events[0].op, events[0].on
        case "moved":
            return change.kind, change.thread, change.beside.thread if change.beside else None
        case "blocked" | "not-blocked" | "waits":
            return change.kind, change.subject
        case "new" | "gone":
            return change.kind, tuple((event.op, event.on) for event in events)
        case "step":
            return change.kind, change.subject
        case "ending":
            return change.kind, value_key(change.old), value_key(change.new)
    return None
