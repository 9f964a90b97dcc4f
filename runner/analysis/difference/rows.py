"""Two traces side by side, from shortly before the first event that differs: what a view of both has to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.analysis.difference.changes import Row
from runner.trace import Event

BEFORE, LONGEST, IN_A_ROW = 3, 14, 6
"""Rows before the first one that differs; from there on; and those in a row that only one trace has."""


def side_by_side(expected: Sequence[Event], actual: Sequence[Event], anchors: Sequence[tuple[int, int]]) -> Iterator[Row]:
    """Yield the events of both traces around the first one that differs.

    `anchors` are the positions of events that are the same in both, and in the same order, but for time.
    """
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
