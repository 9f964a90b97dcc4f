"""How far a soak is, on standard error: a bar on a terminal, else a line every half minute."""

from __future__ import annotations

import sys
import time

EVERY = 30.0
"""Seconds between two lines where there is no terminal."""
BAR = 24


class Progress:
    """Tells how many of so many executions there are, and at which rate."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._bar = sys.stderr.isatty()
        self._began = self._told = time.monotonic()

    def tell(self, made: int, *, last: bool = False) -> None:
        """Say it, unless it was said just now."""
        now = time.monotonic()
        if now - self._told < (0.2 if self._bar else EVERY) and not (last and self._bar):
            return
        self._told = now
        rate = made / max(now - self._began, 1e-9)
        text = f"{made:,} of {self._total:,}, {rate:,.0f} a second"
        if not last and rate:
            text += f", {_span((self._total - made) / rate)} to go"
        if self._bar:
            full = BAR * made // self._total
            text = f"\r[{'#' * full}{' ' * (BAR - full)}] {text}\x1b[K"
        print(text, end="\n" if last or not self._bar else "", file=sys.stderr, flush=True)


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes else f"{round(seconds)} s"
