"""YAML text to plain Python data and the positions of everything in it, in one pass over the parser's events.

Not `yaml.compose`: libyaml's recurses without bound and crashes the process on 100 kB of `[`, and it shares what aliases
stand for without telling how much that is. Here an explicit stack bounds the depth, and each alias pays for what it brings.
Scalars follow YAML 1.2's core schema. Knows nothing of scenarios.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from runner.limits import Limits
from runner.spec.complaints import Complaint, Unreadable
from runner.spec.fields import kind_of
from runner.spec.scalars import SUSPICIOUS, Refused, plain_scalar
from runner.spec.source import Path, Text
from runner.spec.syntax import TAG_HINT, explain

EventLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where it was compiled in; the same events, ten times slower, where it was not."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: plain data, and by each container's identity the offsets of its members (see `Source`)."""

    root: Any
    span: tuple[int, int]
    marks: dict[int, list[int]]
    complaints: list[Complaint]


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What an alias stands for; `nodes` is 0 as long as it is still open."""

    start: int
    value: Any
    nodes: int
    height: int


_ITEM: Final = object()
"""In place of a key: the container is a list."""
_KEY: Final = object()
"""In place of a key: the container is a mapping, and its next key has not come yet."""

_STAND_IN = 1
"""Where a scalar was refused: right in the most places, so that it does not cause a second message."""


def build(text: Text, limits: Limits) -> Document:
    """Build the document in `text`.

    Raises:
        Unreadable: the text is not one YAML document, or it is too large; what was found until then is in it.
    """
    if text.content.count("%TAG") > 1000:  # libyaml compares each with all before it; nobody needs one
        raise Unreadable([Complaint("tag", "tags are not part of the language", 0, 1)])
    builder = _Builder(text, limits)
    # A loader of a scenario reads events only: what constructs objects is never called.
    loader = EventLoader(text.content)
    try:
        root = builder.run(loader.get_event)
    except yaml.MarkedYAMLError as error:
        builder.complaints.append(explain(error, text))
        raise Unreadable(builder.complaints) from None
    except yaml.YAMLError:
        builder.complaints.append(Complaint("syntax", "this is not YAML", 0, 1))
        raise Unreadable(builder.complaints) from None
    finally:
        loader.dispose()
    return Document(root, builder.span, builder.marks, builder.complaints)


class _Builder:
    """The state of one pass. `run` is the hot loop; each method is a path that ordinary files seldom take."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.complaints: list[Complaint] = []
        self.marks: dict[int, list[int]] = {}
        self.anchors: dict[str, _Anchor] = {}
        self.stack: list[tuple[Any, list[int], Any, str | None, int]] = []
        self.span = (0, 0)

    def run(self, next_event: Callable[[], Any]) -> Any:
        """Build the document. One long function on purpose: it runs once a node, and a call costs as much as its work."""
        stack, marks_of, anchors = self.stack, self.marks, self.anchors
        max_nodes, max_depth = self.limits.nodes, self.limits.depth
        container: Any = []  # of documents
        marks: list[int] = []
        key: Any = _ITEM
        heights = [0]
        nodes = 0
        while True:
            event = next_event()
            kind = event.__class__
            if kind is ScalarEvent:
                nodes += 1
                value = event.value
                start = event.start_mark.index
                marks.append(start)
                marks.append(event.end_mark.index)
                if event.tag is not None:
                    self.refuse_tag(event, container, key)
                elif event.implicit[0] and (not value or value[0] in SUSPICIOUS):
                    value = self.resolve(value, container, key, marks)
                if event.anchor is not None:
                    self.note_anchor(event.anchor, container, key, _Anchor(start, value, 1, 0))
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                nodes += 1
                start = event.start_mark.index
                marks.append(start)
                marks.append(event.end_mark.index)
                if len(stack) >= max_depth:
                    self.stop("too-deep", f"this is nested more than {max_depth} levels deep", marks)
                if event.tag is not None:
                    self.refuse_tag(event, container, key)
                if event.anchor is not None:
                    self.note_anchor(event.anchor, container, key, _Anchor(start, None, 0, 0))
                stack.append((container, marks, key, event.anchor, nodes))
                heights.append(0)
                marks = []
                if kind is MappingStartEvent:
                    container, key = {}, _KEY
                else:
                    container, key = [], _ITEM
                marks_of[id(container)] = marks
                if nodes > max_nodes:
                    self.stop_at_size(stack[-1][1])
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = container
                height = heights.pop() + 1
                heights[-1] = max(heights[-1], height)
                container, marks, key, anchor, before = stack.pop()
                if anchor is not None:
                    anchors[anchor] = _Anchor(anchors[anchor].start, value, nodes - before + 1, height)
            elif kind is AliasEvent:
                marks.append(event.start_mark.index)
                marks.append(event.end_mark.index)
                target = self.follow(event.anchor, container, key, marks)
                value = target.value
                nodes += target.nodes
                heights[-1] = max(heights[-1], target.height)
            elif kind is StreamEndEvent:
                break
            else:
                if kind is DocumentStartEvent and container:
                    span = [event.start_mark.index, event.end_mark.index]
                    self.stop("several-documents", "a second document starts here; a file holds one scenario", span)
                continue
            if nodes > max_nodes:
                self.stop_at_size(marks)
            if key is _ITEM:
                container.append(value)
            elif key is _KEY:
                if value.__class__ is not str or value in container or value == "<<":
                    value = self.mend_key(value, container, marks)
                key = value
            else:
                container[key] = value
                key = _KEY
        self.span = (marks[0], marks[1]) if marks else (0, 0)
        return container[0] if container else None

    def path(self, container: Any, key: Any) -> Path:
        """Return the path of the value that is being built."""
        frames = [(frame[0], frame[2]) for frame in self.stack[1:]]
        parts: list[str | int] = []
        for holder, part in [*frames, (container, key)] if self.stack else []:
            if part is _ITEM:
                parts.append(len(holder))
            elif part is not _KEY:  # what stands inside a key is shown as a place in the mapping that the key is in
                parts.append(part)
        return tuple(parts)

    def complain(self, code: str, message: str, span: list[int], path: Path, hint: str | None = None, damage: Path | None = None) -> None:
        """Note a mistake that does not keep the rest of the file from being read."""
        self.complaints.append(Complaint(code, message, span[-2], span[-1], path, hint, damage))
        if len(self.complaints) >= self.limits.problems:
            self.stop("too-many-problems", "there are more problems than these; mend these first", span)

    def stop(self, code: str, message: str, span: list[int], hint: str | None = None) -> NoReturn:
        """Give up: going on would be pointless or too costly."""
        raise Unreadable([*self.complaints, Complaint(code, message, span[-2], span[-1], (), hint)])

    def stop_at_size(self, marks: list[int]) -> NoReturn:
        """Give up on a file that holds too much."""
        hint = "aliases count as all that they stand for" if self.anchors else None
        self.stop("too-many-nodes", f"the file holds more than {self.limits.nodes:,} values up to here", marks, hint)

    def refuse_tag(self, event: Any, container: Any, key: Any) -> None:
        """Complain of a tag; the value goes on as the text or container that it is."""
        start = event.start_mark.index
        tag = re.compile(r"(?:&\S+\s+)?(!\S*)").match(self.text.content, start)
        span = [tag.start(1), tag.end(1)] if tag else [start, event.end_mark.index]
        path = self.path(container, key)
        damage = path if isinstance(event, ScalarEvent) else None  # `!!int "5"` may well have been meant as a number
        self.complain("tag", "tags are not part of the language", span, path, TAG_HINT, damage)

    def note_anchor(self, name: str, container: Any, key: Any, anchor: _Anchor) -> None:
        """Keep what an anchor names. A second one of its name would silently change what later aliases mean."""
        first = self.anchors.get(name)
        if first is not None:
            span = [anchor.start, anchor.start + len(name) + 1]
            line = self.text.line_at(first.start)
            self.complain("duplicate-anchor", f"there is an anchor &{name} at line {line} already", span, self.path(container, key))
        self.anchors[name] = anchor

    def follow(self, name: str, container: Any, key: Any, marks: list[int]) -> _Anchor:
        """Return what an alias stands for, or a stand-in."""
        path = self.path(container, key)
        anchor = self.anchors.get(name)
        if anchor is None:
            self.complain(
                "unknown-alias", f"there is no anchor &{name} before this", marks, path, "put text that starts with * in quotes", path
            )
        elif anchor.nodes == 0:
            self.complain(
                "recursive-alias", f"*{name} stands inside what it stands for", marks, path, "to do it again, use repeat or while", path
            )
        elif len(self.stack) + anchor.height > self.limits.depth:
            self.stop("too-deep", f"this alias nests more than {self.limits.depth} levels deep", marks)
        else:
            return anchor
        return _Anchor(0, _STAND_IN, 1, 0)

    def mend_key(self, value: Any, container: dict[str, Any], marks: list[int]) -> str:
        """Complain of a key that cannot be one, and return what stands in for it."""
        path = self.path(container, _KEY)
        if isinstance(value, str) and value in container:
            at = 4 * list(container).index(value)
            line = self.text.line_at(marks[at])
            self.complain("duplicate-key", f"the key {_brief(value)} is here twice; the first is at line {line}", marks, (*path, value))
            del container[value], marks[at : at + 4]  # the later one counts, and marks stay in the order of keys
            return value
        if value == "<<":
            hint = "write the keys out, or give the whole mapping by *alias"
            self.complain("merge-key", "merge keys are not part of the language", marks, path, hint, path)
            return "<<"
        stand_in = self.text.content[marks[-2] : marks[-1]][:40]
        while stand_in in container:
            stand_in += "'"
        message = "a key is missing here" if value is None else f"a key must be text, not {kind_of(value)}"
        quoted = f'write "{stand_in}"' if isinstance(value, bool | int | float) else None
        self.complain("key-not-text", message, marks, path, quoted, (*path, stand_in))
        return stand_in

    def resolve(self, text: str, container: Any, key: Any, marks: list[int]) -> Any:
        """Turn a plain scalar into a value, or into a stand-in."""
        try:
            return plain_scalar(text, self.limits.digits)
        except Refused as refused:
            path = self.path(container, key)
            self.complain(refused.code, refused.message, marks, path, refused.hint, path)
            return _STAND_IN


def _brief(text: str) -> str:
    return repr(text) if len(text) <= 60 else repr(text[:60])[:-1] + "…'"
