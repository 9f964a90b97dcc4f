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
from typing import Any, NamedTuple

from runner.errors import Place, SourceText

Path = tuple[str | int, ...]
"""Keys and list indices from the document's root to a value."""

_PLAIN_KEY = re.compile(r"""[^.\[\]"'\s\x00-\x1f\x7f]+""")


def path_text(path: Path) -> str:
    """Write a path as people read it: `threads.worker.do[0].get`; keys that would be misread are JSON-quoted."""
    text = ""
    for part in path:
        text = _longer(text, part)
    return text


def _longer(text: str, part: str | int) -> str:
    """Write a path that goes one part further."""
    if isinstance(part, int):
        return f"{text}[{part}]"
    written = part if part.isidentifier() or _PLAIN_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
    return f"{text}.{written}" if text else written


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

    def place(self, start: int, end: int, path: str = "") -> Place:
        """Return the place of the characters from `start` up to `end`; what goes on in further lines is not underlined."""
        if start >= len(self.content):  # the end of the file: point behind its last character instead of at a line that is not there
            start = end = len(self.content.rstrip())
        line = self.line_at(start)
        column = start - self._starts[line - 1]
        length = len(self.lines[line - 1]) if self.lines else 0
        width = min(end - start, length - column)
        return Place(path, line, column + 1, max(1, width))


class _Found(NamedTuple):
    """What is at a path: its value, the spans of its key and of itself, the path as text, and whether it has a key."""

    value: Any
    key_span: tuple[int, int]
    value_span: tuple[int, int]
    text: str
    has_key: bool


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
    _found: dict[Path, _Found] = field(default_factory=dict, compare=False)

    @property
    def text(self) -> SourceText:
        """The name and lines, for excerpts."""
        return self.characters.source_text()

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Find where the value at `path`, or with `key` its key, stands.

        Parts that the document does not have are passed over: short forms (`acquire: guard`) have nothing at `acquire.lock`,
        so that gives the place of `acquire`'s value. What stands in a list has no key; it gives the item.
        """
        found = self._find(path)
        start, end = found.key_span if key and found.has_key else self._visible(found.value, found.value_span, found.key_span)
        return self.characters.place(start, end, found.text)

    def value_span(self, path: Path) -> tuple[int, int]:
        """Return the character offsets between which the value at `path` stands."""
        return self._find(path).value_span

    def _find(self, path: Path) -> _Found:
        """Find what is at a path; remembered, for a step's path begins as those of its neighbours do."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = (
                self._step(self._find(path[:-1]), path[-1]) if path else _Found(self.root, self.span, self.span, "", False)
            )
        return found

    def _step(self, parent: _Found, part: str | int) -> _Found:
        value = parent.value
        if isinstance(value, dict) and isinstance(part, str) and part in value:
            index = 4 * self._position(value, part)
            start, end, value_start, value_end = self.marks[id(value)][index : index + 4]
            return _Found(value[part], (start, end), (value_start, value_end), _longer(parent.text, part), True)
        if isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
            marks = self.marks[id(value)]
            span = self._item_span(marks[2 * part], marks[2 * part + 1])
            return _Found(value[part], span, span, _longer(parent.text, part), False)
        return parent  # the field that a short form stands for, `start: [a, b]` being short for `start: {threads: [a, b]}`

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
