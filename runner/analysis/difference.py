"""The difference between two traces by what it means: which events are the same, and what became of the others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from runner.analysis.changes import KINDS, Change, Difference, Kind, Row
from runner.analysis.ending import footer_changes, header_changes
from runner.analysis.keys import Names, Side, sides, value_key
from runner.analysis.matching import Matching, matched
from runner.analysis.renames import renamed, resource_names, thread_names
from runner.analysis.times import end_time, shifts, waits
from runner.trace import ABSENT, Event, Trace
from runner.trace.diff import Divergence, first_divergence

BEFORE, LONGEST, IN_A_ROW = 3, 14, 6
"""Rows before the first one that differs; from there on; and those in a row that only one trace has."""
_HAPPENS: tuple[Kind, ...] = ("moved", "changed", "blocked", "not-blocked", "new", "gone")
_FIELDS = ("op", "on", "value", "result", "by", "error")


def trace_changes(expected: Trace, actual: Trace) -> Difference:
    """Say what changed from one trace to another. Traces that are different bytes differ in at least one change."""
    divergence = first_divergence(expected, actual)
    if divergence is None:
        return Difference(expected, actual, None)
    names = renamed(expected, actual)
    both = sides(expected.events, actual.events, names)
    matching = matched(*both)
    found = _Found(expected, actual, names, both, matching)
    changes = [*header_changes(expected.header, actual.header), *found.changes()]
    if changes:
        changes += waits(expected.events, actual.events, both, matching)
    own = {event.n for change in changes if change.kind == "moved" and _within_thread(change) for event in change.actual}
    changes += shifts(expected.events, actual.events, matching, own)
    changes += end_time(expected, actual, matching)
    ordered = sorted(_alike(changes), key=_rank)
    rows = tuple(_rows(expected.events, actual.events, found.anchors()))
    moved = {old: new for old, new in names.paths.items() if names.following.get(old) != new}
    return Difference(expected, actual, divergence, tuple(ordered), rows, moved)


def other_bytes(expected: Trace, actual: Trace, old: str, new: str) -> Difference:
    """Return the difference of two texts that differ although the traces in them do not: spaces, line ends, what no trace has."""
    lines = zip_longest(old.split("\n"), new.split("\n"))
    number, before, after = next((number, *pair) for number, pair in enumerate(lines, 1) if pair[0] != pair[1])
    divergence = Divergence("bytes", number - 1, None, None, before or "", after or "")
    return Difference(expected, actual, divergence, (Change("bytes", subject=str(number), old=before or "", new=after or ""),))


class _Found:
    """What is known of two traces while their changes are looked for."""

    def __init__(self, expected: Trace, actual: Trace, names: Names, both: tuple[Side, Side], matching: Matching) -> None:
        self.expected, self.actual = expected, actual
        self.names, self.matching = names, matching
        self.left, self.right = both
        self.places = [{index: (thread, place) for thread, own in side.threads.items() for place, index in enumerate(own)} for side in both]

    def changes(self) -> Iterator[Change]:
        """Yield every change but those of times and of the header."""
        gone, new = set(self.matching.gone), set(self.matching.new)
        known: list[str] = []
        for change in (*self._only("thread", thread_names, gone, new), *self._only("resource", resource_names, gone, new)):
            known.append(str(change.subject))
            yield change
        yield from footer_changes(self.expected.footer, self.actual.footer, self.names, known)
        yield from self._moved()
        yield from self._changed()
        yield from self._steps()
        yield from self._runs("gone", "not-blocked", 0, sorted(gone))
        yield from self._runs("new", "blocked", 1, sorted(new))
        renames: tuple[tuple[Kind, Mapping[str, str]], ...] = (
            ("thread-renamed", self.names.threads),
            ("resource-renamed", self.names.resources),
        )
        for kind, names in renames:
            if names:
                yield Change(kind, old=tuple(names), new=tuple(names.values()))
        yield from self._numbers()

    def anchors(self) -> list[tuple[int, int]]:
        """Return the events that are the same in both traces, and in the same order, but for time."""
        return [(one, other) for one, other in self.matching.stable if not any(self._fields(one, other))]

    def _fields(self, one: int, other: int) -> Iterator[str]:
        if self.left.content[one] == self.right.content[other]:
            return
        old, new = self.left.events[one], self.right.events[other]
        for field in _FIELDS:
            before, after = getattr(old, field), getattr(new, field)
            if value_key(before) != value_key(after) and not self.names.follows(before, after):
                yield field

    def _only(self, what: str, names_of: Callable[[Trace], dict[str, None]], gone: set[int], new: set[int]) -> Iterator[Change]:
        """Yield threads, or resources, that only one of the traces has, and take their events from those to be told of."""
        names = {str(self.names.name(name)): name for name in names_of(self.expected)}, {name: name for name in names_of(self.actual)}
        kinds: dict[tuple[str, int], Kind] = {
            ("thread", 0): "thread-gone", ("thread", 1): "thread-new", ("resource", 0): "resource-gone", ("resource", 1): "resource-new",
        }  # fmt: skip
        for which, side, left in ((0, self.left, gone), (1, self.right, new)):
            missing = [name for name in names[which] if name not in names[1 - which]]
            if not missing:
                continue
            events: dict[str, list[int]] = {name: [] for name in missing}
            for index in sorted(left):
                event = side.events[index]
                for name in (event.thread, event.on) if what == "thread" else (event.on,):
                    if name in events:
                        events[name].append(index)
                        break
            for name, own in events.items():
                if what == "resource" and len(own) < 2:
                    continue  # its one event, or its final state, says as much
                left.difference_update(own)
                concerned = tuple((self.expected, self.actual)[which].events[index] for index in own)
                yield Change(
                    kinds[what, which],
                    name if what == "thread" else None,
                    subject=name,
                    **{("expected", "actual")[which]: concerned},  # type: ignore[arg-type]
                )

    def _moved(self) -> Iterator[Change]:
        """Yield what came to another place, neighbours of a thread together, with the nearest event that it passed."""
        stable = [one for one, _ in self.matching.stable], [other for _, other in self.matching.stable]
        blocks: dict[tuple[str, int, int, str, int], list[tuple[int, int]]] = {}
        for one, other in self.matching.moved:
            was, now = bisect_left(stable[0], one), bisect_left(stable[1], other)
            where, beside = ("before", now) if now < was else ("after", now - 1)
            (thread, place), (_, other_place) = self.places[0][one], self.places[1][other]
            block = blocks.pop((thread, place, other_place, where, beside), [])  # the block that ends right before, if there is one
            blocks[thread, place + 1, other_place + 1, where, beside] = [*block, (one, other)]
        for (_, _, _, where, beside), block in blocks.items():
            expected = tuple(self.expected.events[one] for one, _ in block)
            actual = tuple(self.actual.events[other] for _, other in block)
            yield Change("moved", actual[0].thread, expected, actual, where, beside=self.actual.events[stable[1][beside]])

    def _changed(self) -> Iterator[Change]:
        for one, other in self.matching.pairs:
            for field in self._fields(one, other):
                old, new = self.expected.events[one], self.actual.events[other]
                before = getattr(self.left.events[one], field)
                after = getattr(new, field)
                yield Change(
                    "changed", new.thread, (old,), (new,), field, ABSENT if before is None else before, ABSENT if after is None else after
                )

    def _steps(self) -> Iterator[Change]:
        """Yield steps that are at another path: one change for all events of a step."""
        moved: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for one, other in self.matching.pairs:
            path = self.expected.events[one].at
            if self.names.following.get(path, path) != self.actual.events[other].at:
                moved.setdefault((path, self.actual.events[other].at), []).append((one, other))
        for (old, new), pairs in moved.items():
            expected = tuple(self.expected.events[one] for one, _ in pairs)
            actual = tuple(self.actual.events[other] for _, other in pairs)
            subject = "moved" if self.names.paths.get(old) == new else None
            yield Change("step", actual[0].thread, expected, actual, subject, old, new)

    def _runs(self, kind: Kind, blocked: Kind, which: int, left: Sequence[int]) -> Iterator[Change]:
        """Yield what only one trace has: neighbours of a thread together, waits each for itself."""
        trace, places = (self.expected, self.actual)[which], self.places[which]
        named = ("expected", "actual")[which]
        runs: dict[str, list[list[int]]] = {}
        passed: set[tuple[str, int]] = set()
        for index in left:
            thread, place = places[index]
            if trace.events[index].op == "blocked":
                passed.add((thread, place))
                event = trace.events[index]
                yield Change(blocked, self._thread(event.thread, which), subject=event.on, **{named: (event,)})  # type: ignore[arg-type]
                continue
            own = runs.setdefault(thread, [])
            before = place - 1
            while (thread, before) in passed:
                before -= 1
            if own and places[own[-1][-1]][1] == before:
                own[-1].append(index)
            else:
                own.append([index])
        for run in sorted(run for own in runs.values() for run in own):
            events = tuple(trace.events[index] for index in run)
            yield Change(kind, self._thread(events[0].thread, which), **{named: events})  # type: ignore[arg-type]

    def _thread(self, name: str, which: int) -> str:
        return name if which else self.names.threads.get(name, name)

    def _numbers(self) -> Iterator[Change]:
        """Yield events that are not numbered as their place has it, where they are in one trace only."""
        odd = [
            (self.expected.events[one], self.actual.events[other])
            for one, other in self.matching.pairs
            if self.expected.events[one].n - one != self.actual.events[other].n - other
        ]
        if odd:
            yield Change(
                "numbers", odd[0][1].thread, tuple(old for old, _ in odd), tuple(new for _, new in odd), old=odd[0][0].n, new=odd[0][1].n
            )


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


def _rows(expected: Sequence[Event], actual: Sequence[Event], anchors: Sequence[tuple[int, int]]) -> Iterator[Row]:
    """Yield the events around the first one that differs, of both traces."""
    one = other = shown = 0
    common: list[Row] = []
    for left, right in (*anchors, (len(expected), len(actual))):
        rows = [Row("-", event, None) for event in expected[one : min(left, one + IN_A_ROW)]]
        if left - one > IN_A_ROW:
            rows[-1] = Row("-", rows[-1].expected, None, left - one - IN_A_ROW + 1)
        rows += [Row("+", None, event) for event in actual[other : min(right, other + IN_A_ROW)]]
        if right - other > IN_A_ROW:
            rows[-1] = Row("+", None, rows[-1].actual, right - other - IN_A_ROW + 1)
        if left < len(expected) and right < len(actual):
            rows.append(Row(" " if expected[left].t == actual[right].t else "~", expected[left], actual[right]))
        for row in rows:
            if not shown and row.mark == " ":
                common = [*common[1 - BEFORE :], row]
                continue
            if not shown:
                yield from common
            shown += 1
            if shown > LONGEST:
                return
            yield row
        one, other = left + 1, right + 1
