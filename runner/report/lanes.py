"""A trace as lanes: one column a thread, time running down."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.report.words import describe, in_ascii, safe
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


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines at spaces; a word that is wider than a line stays whole, for it is a place to click or copy."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and width_of(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@dataclass(frozen=True, slots=True)
class Cell:
    """One event to be drawn: its time as text, its thread, what happened."""

    time: str
    thread: str
    text: str
    mark: str = ""
    """What stands before the time, in a column of its own that is as wide as the widest mark."""


def lanes(events: Sequence[Event], threads: Sequence[str], width: int = 80, *, ascii_only: bool = False) -> Iterable[str]:
    """Draw events, one a line, each in its thread's column.

    Yields lines of `width` columns at the most. `threads` are the columns, in order.
    """
    return drawn((Cell(seconds_text(event.t), event.thread, describe(event)) for event in events), threads, width, ascii_only=ascii_only)


def drawn(
    cells: Iterable[Cell], threads: Sequence[str], width: int = 80, *, narrowest: int = NARROWEST, ascii_only: bool = False
) -> Iterable[str]:
    """Draw cells in lanes; one below the other where there are more threads than fit, or where marked ones would be alike when cut.

    A time is only written where it changes.
    """
    bar, ellipsis = (" | ", "..") if ascii_only else (" │ ", "…")
    as_drawn = in_ascii if ascii_only else str
    cells = list(cells)
    margin = max((len(cell.mark) for cell in cells), default=0)
    margin += margin > 0
    width -= margin
    lane = (width - TIME) // max(len(threads), 1) - len(bar)
    if lane < narrowest or _alike_when_cut((cell for cell in cells if cell.mark), lane):
        longest = min(max((width_of(safe(name)) for name in threads), default=0), 24)
        for cell in cells:
            text = f"{cell.time:>{TIME}}  {safe(cell.thread):<{longest}}  {cell.text}"
            yield f"{cell.mark:<{margin}}" + fit(as_drawn(text), width, ellipsis).rstrip()
        return

    def row(time: str, texts: Iterable[str], mark: str = "") -> str:
        return (
            f"{mark:<{margin}}" + fit(as_drawn(time), TIME, ellipsis) + "".join(bar + fit(as_drawn(text), lane, ellipsis) for text in texts)
        )

    yield row("t", map(safe, threads)).rstrip()
    rule = "-" if ascii_only else "─"
    yield (" " * margin + rule * TIME + ("-+-" if ascii_only else "─┼─").join(["", *(rule * lane for _ in threads)])).rstrip()
    before = None
    for cell in cells:
        time = "" if (cell.mark, cell.time) == before else f"{cell.time:>{TIME}}"
        before = cell.mark, cell.time
        yield row(time, (cell.text if name == cell.thread else "" for name in threads), cell.mark).rstrip()


def _alike_when_cut(cells: Iterable[Cell], lane: int) -> bool:
    shown: dict[tuple[str, str], str] = {}
    return any(shown.setdefault((cell.thread, fit(cell.text, lane)), cell.text) != cell.text for cell in cells)
