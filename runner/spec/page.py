"""Lines of laid-out text: blank ones are squeezed, and comments behind them are brought into columns. Knows nothing of YAML."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

APART: Final = 2
"""Spaces between what a line says and its comment, at the least."""


@dataclass(slots=True)
class Line:
    """One line. `text` has its indentation; `column` is where the comment stood before, `width` how long the text was then.

    A fixed line is part of a text that goes over several lines, so blank ones count, and so does `end`, its line break.
    """

    text: str = ""
    comment: str = ""
    column: int = 0
    width: int = 0
    fixed: bool = False
    end: str = "\n"

    @property
    def blank(self) -> bool:
        """Whether nothing stands on the line, and nothing depends on it."""
        return not (self.text or self.comment or self.fixed)


class Page:
    """The lines so far. The last one may still grow, up to column `width`; it is indented by `indentation`."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.width = self.indentation = 0
        self._pieces: list[str] = []  # of the last line; a file may be one line, which adding up would copy again and again

    def add(self, line: Line) -> None:
        """Add a line."""
        self._join()
        self.lines.append(line)
        self.width = len(line.text)
        self.indentation = self.width - len(line.text.lstrip(" "))

    def add_blank(self) -> None:
        """Add a blank line, but neither at the start nor after another."""
        self._join()
        if self.lines and not self.lines[-1].blank:
            self.add(Line())

    def write(self, column: int, text: str) -> None:
        """Put text on the last line, at a column."""
        self._pieces += (" " * (column - self.width), text)
        self.width = column + len(text)

    def text(self) -> str:
        """Return the whole, which ends with its last line's end."""
        self._join()
        while self.lines and self.lines[-1].blank:
            self.lines.pop()
        self._align()
        return "".join(line.text + line.comment + line.end for line in self.lines)

    def _join(self) -> None:
        if self._pieces:
            self.lines[-1].text += "".join(self._pieces)
            self._pieces.clear()

    def _align(self) -> None:
        """Put comments behind their lines. Successive ones that stood in one column do so again, as far from the text as before.

        What one line's text grew or shrank by moves its comment; in a column the one that grew most decides.
        """
        for _, together in groupby((line for line in self.lines if line.comment), lambda line: line.column):
            group = list(together)
            texts = [line for line in group if line.text]
            moved = group[0].column + max(len(line.text) - line.width for line in texts)
            column = max(moved, max(len(line.text) for line in texts) + APART)
            for line in group:
                line.text = line.text.ljust(column)
