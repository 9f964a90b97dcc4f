"""Where in a program's source something is done: what hooks and messages say of a place."""

from __future__ import annotations

import ast
import linecache
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A place in a source file. `name` is the attribute or variable that is used there, where it is one.

    Of each place there is one for as long as a watch lasts, so it is compared by what it is: that is quick.
    """

    file: str
    line: int
    column: int
    function: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def text(self) -> str:
        """The line's text, without the blanks around it."""
        return linecache.getline(self.file, self.line).strip()


class Sites:
    """Numbers for the places of any number of files: rewritten code has the number, and hooks look the place up."""

    def __init__(self) -> None:
        self._all: list[Site] = []

    def __getitem__(self, number: int) -> Site:
        return self._all[number]

    def __len__(self) -> int:
        return len(self._all)

    def since(self, number: int) -> list[Site]:
        """Return the places from a number on."""
        return self._all[number:]

    def extend(self, more: list[Site]) -> None:
        """Give the next numbers to these."""
        self._all += more

    def add(self, file: str, node: ast.AST, function: str, name: str = "") -> int:
        """Return the number of a place, as of the node of a tree."""
        self._all.append(Site(file, node.lineno, node.col_offset + 1, function, name))  # type: ignore[attr-defined]  # it has a place
        return len(self._all) - 1
