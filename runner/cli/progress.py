"""How far a long command is: one line at the bottom of the terminal, gone when it is done.

It goes to stderr, if that is a terminal. Whoever prints while it is there calls `clear` first: it cannot know of other output. click's
own bar stays where it is at the end, and cannot be taken away for a line of output in between.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from runner.cli.terminal import ascii_only
from runner.report.lanes import fit, width_of
from runner.report.words import in_ascii, safe
from runner.substrate.process import wall_seconds

if TYPE_CHECKING:
    from runner.exploration import Progress as Told

EVERY = 0.1
"""Seconds from one drawing to the next: what changes faster cannot be read."""
BAR = 20


class Progress:
    """Counts things done of so many, and shows it.

    with Progress("testing", len(scenarios)) as progress:
        for scenario in scenarios:
            progress.show(str(scenario))
            …
            progress.clear()
            say("…")
            progress.step()
    """

    def __init__(self, doing: str, length: int) -> None:
        self._doing = doing
        self._length = length
        self._done = 0
        self._now = ""
        self._start = wall_seconds()
        self._drawn_at = -EVERY
        self._covered = 0  # columns that the bar takes at the moment
        self._wanted = os.environ.get("TERM") != "dumb" and _columns() is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.clear()

    def show(self, now: str) -> None:
        """Say what is being done now, and how far we are."""
        self._now = now
        self._draw()

    def _draw(self) -> None:
        time = wall_seconds()
        columns = _columns() if self._wanted and time - self._drawn_at >= EVERY else None
        if columns is not None:
            self._drawn_at = time
            self._write(self.line(time - self._start, columns))

    def step(self) -> None:
        """Count one more."""
        self._done += 1

    def clear(self) -> None:
        """Take the bar away, for now or for good."""
        if self._covered:
            self._write("")
            self._drawn_at = -EVERY  # it comes back with the next thing that is done

    def line(self, seconds: float, columns: int) -> str:
        """Return the bar after so many seconds, at most so many columns wide."""
        share = self._done / max(self._length, 1)
        rate = f" {self._done / seconds:.0f}/s" if self._done and seconds else ""
        return _bar(self._doing, share, f"{self._done}/{self._length}{rate}", self._now, columns)

    def _write(self, text: str) -> None:
        """Put a text in place of the bar; with spaces, which every terminal has."""
        before, after = self._covered, width_of(text)
        self._covered = max(before, after)  # Ctrl-C may come as soon as it is written
        sys.stderr.write(f"\r{' ' * before}\r{text}")
        sys.stderr.flush()
        self._covered = after


class Executions(Progress):
    """Shows how far exploring is: what part is estimated to be done, how many executions, how many a second, how many findings."""

    def __init__(self, now: str) -> None:
        super().__init__("exploring", 0)
        self._now = now
        self._told: Told | None = None

    def hear(self, told: Told) -> None:
        """Take over how far it is."""
        self._told = told
        self._draw()

    def line(self, seconds: float, columns: int) -> str:
        """Return the bar; the rate is that of what the search itself took."""
        told = self._told
        if told is None:
            return _bar(self._doing, 0, "", self._now, columns)
        share = "" if told.share is None else f"{told.share:.0%} "
        made = told.states or told.executions
        rate = f" {made / told.seconds:.0f}/s" if told.seconds else ""
        found = f", {told.found} found" if told.found else ""
        return _bar(self._doing, told.share or 0, f"{share}{made}{rate}{found}", self._now, columns)


def _bar(doing: str, share: float, counts: str, now: str, columns: int) -> str:
    full = round(min(max(share, 0), 1) * BAR)
    text = f"{doing} [{'#' * full}{'-' * (BAR - full)}] {counts} {safe(now)}"
    narrow = ascii_only(sys.stderr)
    return fit(in_ascii(text) if narrow else text, columns, ".." if narrow else "…").rstrip()


def _columns() -> int | None:
    """Return what fits in a line of the terminal on stderr, less the last column, behind which some begin a new line; None without one."""
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (AttributeError, OSError, ValueError):
        return None
    return max((columns or 80) - 1, 10)
