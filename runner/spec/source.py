"""Where things stand in a scenario file: characters to lines and columns, paths to places.

Positions are character offsets, two a node, one list a container; a `Place` is only made when somebody asks for one.
Knows nothing of YAML's syntax and nothing of the models.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

from runner.errors import Place, SourceText

Path = tuple[str | int, ...]
"""Keys and list indices from the document's root to a value."""

_PLAIN_KEY = re.compile(r"""[^.\[\]"'\s\x00-\x1f\x7f]+""")


def path_text(path: Path) -> str:
    """Write a path as people read it: `threads.worker.do[0].get`; keys that would be misread are JSON-quoted."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            written = part if _PLAIN_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            parts.append(f".{written}" if parts else written)
    return "".join(parts)


class Text:
    """The characters of one file, without a byte order mark, and where its lines begin."""

    def __init__(self, name: str, content: str) -> None:
        self.name = name
        self.content = content

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends. Control characters never get this far, so these are YAML's own line breaks."""
        return tuple(self.content.splitlines())

    @cached_property
    def _starts(self) -> list[int]:
        lengths = (len(line) for line in self.content.splitlines(keepends=True))
        return list(accumulate(lengths, initial=0))

    def source_text(self) -> SourceText:
        """Return the name and lines, for excerpts."""
        return SourceText(self.name, self.lines)

    def line_at(self, offset: int) -> int:
        """Return the line, from 1, that a character offset is on."""
        return max(1, min(bisect_right(self._starts, offset), len(self.lines)))

    def place(self, start: int, end: int, path: Path = ()) -> Place:
        """Return the place of the characters from `start` up to `end`; what goes on in further lines is not underlined."""
        if start >= len(self.content):  # the end of the file: point behind its last character instead of at a line that is not there
            start = end = len(self.content.rstrip())
        line = self.line_at(start)
        column = start - self._starts[line - 1]
        length = len(self.lines[line - 1]) if self.lines else 0
        width = min(end - start, length - column)
        return Place(path_text(path), line, column + 1, max(1, width))


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text and the place of everything in it.

    `span` is the root's own; `marks` has, by a container's identity, the offsets of its members: for a list start and
    end of each item, for a mapping start and end of each key and of its value. `root` keeps those containers alive, so
    identities stay theirs.
    """

    characters: Text
    root: Any
    span: tuple[int, int]
    marks: dict[int, list[int]]
    _positions: dict[int, dict[str, int]] = field(default_factory=dict, compare=False)

    @property
    def text(self) -> SourceText:
        """The name and lines, for excerpts."""
        return self.characters.source_text()

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Find where the value at `path`, or with `key` its key, stands.

        Parts that the document does not have are passed over: short forms (`acquire: guard`) have nothing at `acquire.lock`,
        so that gives the place of `acquire`'s value. What stands in a list has no key; it gives the item.
        """
        value = self.root
        found: list[str | int] = []
        key_span = value_span = self.span
        for part in path:
            if isinstance(value, dict) and isinstance(part, str) and part in value:
                index = 4 * self._position(value, part)
                marks = self.marks[id(value)]
                key_span, value_span = (marks[index], marks[index + 1]), (marks[index + 2], marks[index + 3])
                value = value[part]
            elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
                marks = self.marks[id(value)]
                key_span = value_span = self._item_span(marks[2 * part], marks[2 * part + 1])
                value = value[part]
            else:  # the field that a short form stands for, `start: [a, b]` being short for `start: {threads: [a, b]}`
                continue
            found.append(part)
        has_key = found and isinstance(found[-1], str)
        start, end = key_span if key and has_key else self._visible(value, value_span, key_span)
        return self.characters.place(start, end, tuple(found))

    def _position(self, mapping: dict[str, Any], key: str) -> int:
        """Return how many keys of a mapping come before one; remembered, for a file's every step asks."""
        positions = self._positions.get(id(mapping))
        if positions is None:
            positions = self._positions[id(mapping)] = {known: index for index, known in enumerate(mapping)}
        return positions[key]

    def _item_span(self, start: int, end: int) -> tuple[int, int]:
        """An item with nothing in it starts and ends behind its dash; show the dash."""
        return (start - 1, start) if start == end and self.characters.content[start - 1 : start] == "-" else (start, end)

    def _visible(self, value: Any, span: tuple[int, int], key_span: tuple[int, int]) -> tuple[int, int]:
        """A mapping without braces begins with its first key; an empty value has no place, so its key stands for it."""
        start, end = span
        if start < end:
            return span
        marks = self.marks.get(id(value)) if isinstance(value, dict) else None
        if marks and marks[0] == start:
            return marks[0], marks[1]
        return (start, end + 1) if isinstance(value, dict | list) else key_span
