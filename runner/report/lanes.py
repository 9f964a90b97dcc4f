"""A trace as lanes: one column a thread, time running down."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from runner.report.words import describe, in_ascii, line, safe
from runner.trace import Event, seconds_text

NARROWEST = 12
"""Columns of a lane below which lanes say nothing any more; with more threads than fit, events are listed instead."""
TIME = 8


def width_of(text: str) -> int:
    """Return how many terminal columns a text takes."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """Cut or pad a text to a number of columns."""
    if width_of(text) > width:
        kept = ""
        for character in text:
            if width_of(kept + character) > width - width_of(ellipsis):
                break
            kept += character
        text = kept + ellipsis
    return text + " " * (width - width_of(text))


def lanes(events: Sequence[Event], threads: Sequence[str], width: int = 80, *, ascii_only: bool = False) -> Iterable[str]:
    """Draw events, one a line, each in its thread's column.

    Yields lines of `width` columns at the most. `threads` are the columns, in order.
    """
    bar, ellipsis = (" | ", "..") if ascii_only else (" │ ", "…")
    drawn = in_ascii if ascii_only else str
    lane = (width - TIME) // max(len(threads), 1) - len(bar)
    if lane < NARROWEST:
        longest = max((width_of(safe(name)) for name in threads), default=0)
        for event in events:
            yield fit(drawn(line(event, min(longest, 24))), width, ellipsis).rstrip()
        return

    def row(time: str, cells: Iterable[str]) -> str:
        return fit(time, TIME, ellipsis) + "".join(bar + fit(drawn(cell), lane, ellipsis) for cell in cells)

    yield row("t", map(safe, threads)).rstrip()
    rule = "-" if ascii_only else "─"
    yield (rule * TIME + ("-+-" if ascii_only else "─┼─").join(["", *(rule * lane for _ in threads)])).rstrip()
    before = None
    for event in events:
        time = "" if event.t == before else f"{seconds_text(event.t):>{TIME}}"
        before = event.t
        yield row(time, (describe(event) if name == event.thread else "" for name in threads)).rstrip()
