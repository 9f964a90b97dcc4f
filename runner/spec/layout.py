"""The one layout of scenario files: the white space between YAML's tokens is set anew, and nothing else is touched.

Not a round trip through a library that loads and dumps, for such a one writes the whole file anew and has to be kept from
wrapping lines, dropping quotes and moving comments. Here comments, quotes, anchors and texts stay because nobody rewrites them:
each line of the file becomes one line, with another indentation, other spaces between its tokens, or none. What comes out is
read again all the same and compared with what went in. Knows YAML, and nothing of scenarios.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.tokens import (
    AliasToken,
    AnchorToken,
    BlockEndToken,
    BlockEntryToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    DirectiveToken,
    DocumentEndToken,
    DocumentStartToken,
    FlowEntryToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    KeyToken,
    ScalarToken,
    StreamEndToken,
    StreamStartToken,
    ValueToken,
)

from runner.errors import ScenarioError, UsageError
from runner.limits import DEFAULT
from runner.spec.loader import parse
from runner.spec.page import Line, Page
from runner.spec.yaml_events import EventLoader

STEP: Final = 2
"""Spaces that each level is indented by."""
FURTHEST: Final = 120
"""The column up to which lines are put under something above them; further on, each of many lines could be made very long."""

_OPENING: Final = (FlowSequenceStartToken, FlowMappingStartToken)
_CLOSING: Final = (FlowSequenceEndToken, FlowMappingEndToken)
_COMPLETE: Final = (ScalarToken, AliasToken, FlowEntryToken, *_CLOSING)
"""Tokens behind which nothing but a space keeps `,`, `]` and `}` away, so that there need be none."""
_INTRODUCING: Final = (KeyToken, ValueToken, AnchorToken)
"""Tokens behind which a value comes; on a line of its own it is indented further."""
_STRUCTURE: Final = (KeyToken, ValueToken, BlockEntryToken)
_AT_THE_LEFT: Final = (DirectiveToken, DocumentStartToken, DocumentEndToken, StreamEndToken)

_END: Final = re.compile("\r\n?|\n|\x85")
_BREAK: Final = re.compile("([\n\u2028\u2029])")
"""What ends a line once the usual ends are one. The other two are YAML 1.1's; within a text they are part of it, and stay."""
_HEADER: Final = re.compile(r"[|>][-+]?([1-9])?[-+]?")


def format_text(text: str | bytes, name: str = "<text>") -> str:
    """Lay out the text, or the bytes, of a scenario file; `name` is what messages call it.

    The data stays, and so do comments, anchors, quotes, the order of keys, and which lines there are but for superfluous blank
    ones. Laying out what is laid out changes nothing. Line ends become those of the first line; a byte order mark is dropped.

    Raises:
        ScenarioError: this is no YAML, or YAML that the language does not have; all that is wrong with it.
        UsageError: what would come out does not say the same, which is a bug of ours, or is larger than a scenario can be.
    """
    before = parse(text, name)
    content = before.characters.content
    first_end = _END.search(content)
    laid_out = _Layout(_END.sub("\n", content)).text()
    if first_end and first_end[0] == "\r\n":
        laid_out = laid_out.replace("\n", "\r\n")
    if len(laid_out.encode()) > DEFAULT.bytes:
        raise UsageError(f"{name} is left as it is, for laid out anew it would be larger than {DEFAULT.bytes:,} bytes")
    if laid_out != content and not (_words(laid_out) == _words(content) and _same_data(laid_out, before.root)):
        raise UsageError(f"{name} is left as it is, for laid out anew it would not say the same; please report this with the file")
    return laid_out


def _words(text: str) -> list[str]:
    """Return what stands on each line, without any white space; lines with nothing on them are not there."""
    return [words for line in text.splitlines() if (words := "".join(line.split()))]


def _same_data(text: str, data: Any) -> bool:
    """Say whether a text stands for data, with its keys in order; 1, 1.0 and true are three different things."""
    try:
        return repr(parse(text).root) == repr(data)
    except ScenarioError:
        return False


@dataclass(frozen=True, slots=True)
class _Block:
    """An open mapping or list without brackets: the column that it had, and the one it has.

    A bare one is a list no deeper than the key it belongs to; YAML marks neither its start nor its end.
    """

    old: int
    new: int
    is_list: bool
    bare: bool = False


@dataclass(slots=True)
class _Flow:
    """An open bracket: where it is closed on a line of its own, what hangs from it, and where its members' lines begin.

    They begin under the first member if that stands on the bracket's line and not too far to the right; otherwise they hang,
    one step further in than `base`.
    """

    close: int
    base: int
    members: int | None = None


class _Layout:
    """The state of one pass over a file's tokens. Columns and offsets count from 0."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.page = Page()
        self.blocks: list[_Block] = []
        self.ended: list[_Block] = []  # since the last token that is seen, innermost first
        self.flows: list[_Flow] = []
        self.before: Any = None  # the kind of the last token that is seen
        self.at = 0  # where it ends
        self.column = 0  # and in what column
        self.fresh = True  # nothing stands yet on the line there

    def text(self) -> str:
        """Lay out the whole."""
        opened: Any = None
        starts_key = False
        for token in yaml.scan(self.source, Loader=EventLoader):
            kind = token.__class__
            seen = token.start_mark.index < token.end_mark.index or kind is StreamEndToken
            if kind is BlockEndToken:
                self._leave_bare()
                self.ended.append(self.blocks.pop())
                continue
            if kind is BlockMappingStartToken or kind is BlockSequenceStartToken:
                opened = token
                continue
            if not self.flows and opened is None and (kind is KeyToken or kind is ValueToken):
                self._leave_bare()
            if kind is KeyToken and not seen:
                starts_key = True
            elif kind is not StreamStartToken:
                self._place(token, kind, opened, starts_key and not self.flows)
                opened, starts_key = None, False
        return self.page.text()

    def _leave_bare(self) -> None:
        if self.blocks and self.blocks[-1].bare:
            self.ended.append(self.blocks.pop())

    def _place(self, token: Any, kind: Any, opened: Any, starts_key: bool) -> None:
        """Write a token, and before it what stands between the last one and this one."""
        gap = self.source[self.at : token.start_mark.index]
        old = 0 if kind is StreamEndToken else token.start_mark.column
        is_list = kind is BlockEntryToken
        bare = is_list and opened is None and not self.blocks[-1].is_list
        opens = bare or opened is not None
        same_line = not self.fresh and not gap.strip(" \t") and kind is not StreamEndToken
        if same_line:
            column = self.page.width + self._spaces(kind, gap)
        else:
            value = opens or not (starts_key or kind in _STRUCTURE or kind in _AT_THE_LEFT)
            column = self._indentation(kind, value=value)
        if opens:
            self.blocks.append(_Block(old, column, is_list, bare))
        if not same_line:
            self._fill(gap, column, old=old, value=value, last=kind is StreamEndToken)
            if kind is StreamEndToken:
                return
            self.page.add(Line(" " * column))
        self.ended.clear()
        if self.flows and self.flows[-1].members is None:
            self._begin_members(column)
        if kind in _OPENING:
            self.flows.append(_Flow(column, max(min(self.page.indentation, FURTHEST), self._level)))
        elif kind in _CLOSING:
            self.flows.pop()
        self.before, self.at, self.column, self.fresh = kind, token.end_mark.index, token.end_mark.column, False
        if kind is ScalarToken and token.style in ("|", ">"):
            self._write_block(token, column)
        else:
            self._write(self.source[token.start_mark.index : self.at], column, column - old)

    @property
    def _level(self) -> int:
        """The column of the innermost mapping or list without brackets."""
        return self.blocks[-1].new if self.blocks else 0

    def _spaces(self, kind: Any, gap: str) -> int:
        """Return how many spaces stand before a token, behind another one on its line."""
        if self.before in _OPENING:
            return 0
        if kind is ValueToken:
            close = self.before is ScalarToken or self.before in _CLOSING
        elif kind is FlowEntryToken or kind in _CLOSING:
            close = self.before in _COMPLETE
        else:
            return 1
        return 0 if close else min(len(gap), 1)

    def _indentation(self, kind: Any, *, value: bool) -> int:
        """Return the column of a token that begins a line: a value or a part of the block that it is in."""
        if kind in _AT_THE_LEFT:
            return 0
        if not self.flows:
            return 0 if not self.blocks else self._level + (STEP if value else 0)
        flow = self.flows[-1]
        if flow.members is None:
            self._begin_members(None)
        if kind in _CLOSING:
            return flow.close
        return (flow.members or 0) + (STEP if self.before in _INTRODUCING else 0)

    def _begin_members(self, first: int | None) -> None:
        """Fix where the members' lines of a bracket begin, by the column of the first if it stands on the bracket's line."""
        flow = self.flows[-1]
        if first is None or first > FURTHEST:
            flow.members, flow.close = flow.base + STEP, flow.base
        else:
            flow.members = first

    def _fill(self, gap: str, column: int, *, old: int, value: bool, last: bool) -> None:
        """Write the comments and blank lines in the gap before a token that begins a line; `column` is its new one."""
        lines = _BREAK.split(gap)[::2]
        if not self.fresh:
            self._end_line(lines.pop(0))
        if not last:
            lines.pop()  # the token's own
        for line in lines:
            comment = line.strip(" \t")
            position = len(line) - len(line.lstrip(" \t"))
            above = self.page.lines[-1] if self.page.lines else Line()
            if not comment:
                self.page.add_blank()
            elif above.comment and above.column == position != old:  # it goes on with the comment above it
                self.page.add(Line("", comment, position))
            elif self.flows:
                self.page.add(Line(" " * (self.flows[-1].members or 0) + comment))
            elif value or position <= old:
                self.page.add(Line(" " * column + comment))
            else:  # further in than what follows: the end of something that ends here
                around = [block.new for block in (*self.blocks, *reversed(self.ended)) if old <= block.old <= position]
                self.page.add(Line(" " * (around[-1] if around else column) + comment))

    def _end_line(self, rest: str) -> None:
        """Keep the comment that stands behind the last token."""
        comment = rest.strip(" \t")
        if comment:
            line = self.page.lines[-1]
            line.comment, line.width = comment, self.column
            line.column = self.column + len(rest) - len(rest.lstrip(" \t"))

    def _write(self, text: str, column: int, shift: int) -> None:
        """Write what stands on the line, and further lines of a text as far from its start as before, if that is deep enough."""
        first, *others = _BREAK.split(text)
        self.page.write(column, _trimmed(first))
        for end, part in zip(others[::2], others[1::2], strict=True):
            self.page.lines[-1].end = end
            body = part.lstrip(" \t")
            indentation = max(len(part) - len(body) + min(shift, FURTHEST), self._level + STEP) if body else 0
            self.page.add(Line(" " * indentation + _trimmed(body), fixed=True))

    def _write_block(self, token: Any, column: int) -> None:
        """Write a `|` or `>` text: all of its lines go in or out together. The scanner's end of it may lie in the next token's line."""
        first, *others = _BREAK.split(self.source[token.start_mark.index : self.at])
        header = _HEADER.match(first)
        assert header is not None
        self.page.write(column, header[0])
        self.column = token.start_mark.column + header.end()
        self._end_line(first[header.end() :])
        if header[1]:
            new = self._level + int(header[1])
            old = (self.blocks[-1].old if self.blocks else 0) + int(header[1])
        else:
            new = self._level + STEP
            old = next((len(text) - len(text.lstrip(" ")) for text in others[1::2] if text.strip(" ")), len(self.source))
        ends = [*others[2::2], ""]  # the file's end, or else what stands behind is the next token's indentation
        lines = [Line(text[old:] and " " * new + text[old:], fixed=True, end=end) for text, end in zip(others[1::2], ends, strict=False)]
        if lines and not lines[-1].text:
            lines.pop()
            self.at -= len(others[-1])
        count = len(lines)
        if "+" not in header[0]:  # else blank lines at its end are part of the text
            while count and not lines[count - 1].text:
                count -= 1
        for line in lines[:count]:
            self.page.add(line)
        if count < len(lines):
            self.page.add_blank()
        self.fresh = True


def _trimmed(line: str) -> str:
    """Drop the spaces at a line's end, but none that a backslash keeps."""
    trimmed = line.rstrip(" \t")
    return line if trimmed.endswith("\\") else trimmed
