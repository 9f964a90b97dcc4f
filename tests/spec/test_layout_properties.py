"""Whatever the file and however it is written, its layout can be set anew once, and nothing but white space changes."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from runner.errors import ScenarioError, UsageError
from runner.spec import format_text
from runner.spec.loader import parse

FRAGMENTS = st.sampled_from(
    ["\n", "\n\n", " ", "    ", "\t", " # c", "# c\n", "\n  # c\n", "- ", "- - ", "? ", ": ", ", ", "[", "]", "{", "}", "[a, b]", "{a : 1}",
     "|\n", "|2-\n", "|+\n", ">\n", "'", '"', "&x ", "*x ", "\\", "\\\n", "\r\n", "\r", "\x85", "\u2028", "---\n", "...\n", "\ufeff", "é🎉"]
)  # fmt: skip
LEAVES = (
    st.integers(-9, 99)
    | st.booleans()
    | st.none()
    | st.sampled_from(["a", "no", "1:30", "${x + 1}", "a: b", "x # y", "it's", "", " x", "two\nlines", "three\n\n lines\n", "- z", "é🎉"])
)
KEYS = st.sampled_from(["a", "do", "print", "a b", "0", "ü", "x: y"])
DATA = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12),
    min_size=1,
)
SPACES = st.sampled_from([" ", " ", "  ", "    "])
PLAIN = re.compile(r"[a-z][a-z ]*[a-z]|[a-z]")


def words(text: str) -> list[str]:
    """What stands on each line, without white space."""
    return [word for line in text.splitlines() if (word := "".join(line.split()))]


def check(text: str) -> str:
    """Lay a text out, and check what must hold of any."""
    after = format_text(text)
    assert words(after) == words(text.removeprefix("\ufeff"))
    assert repr(parse(after).root) == repr(parse(text).root)
    assert format_text(after) == after
    assert not re.match(r"[ \n]*\n", after)
    return after


class Writer:
    """Writes data as YAML in some way or other. `draw` decides; comments are numbered."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.numbers = count(1)

    def maybe(self) -> bool:
        """Draw yes now and then."""
        return self.draw(st.integers(0, 3)) == 0

    def comment(self) -> str:
        """Make a comment."""
        return f"# {next(self.numbers)}"

    def between(self) -> list[str]:
        """Blank lines, and comments in any column."""
        return (
            [" " * self.draw(st.integers(0, 9)) + self.comment() if self.draw(st.booleans()) else "" for _ in range(2)]
            if self.maybe()
            else []
        )

    def text(self, value: str) -> list[str]:
        """Write a text: as a block, in quotes of either kind, or plain."""
        if self.maybe() and value.strip() == value and "#" not in value and "\n" in value:
            return ["|-", *(f"  {line}" if line else "" for line in value.split("\n"))]
        if self.maybe() and value.isprintable():
            return ["'" + value.replace("'", "''") + "'"]
        return [value] if PLAIN.fullmatch(value) and value != "no" else [json.dumps(value, ensure_ascii=False)]

    def flow(self, value: Any) -> str:
        """Data in brackets; line breaks are followed by a space at least, so that all is further in than what it belongs to."""
        space = st.sampled_from(["", "", " ", "  ", "\n ", "\n     ", "\n  # in brackets\n   "])
        if isinstance(value, dict):
            members = [f"{json.dumps(key, ensure_ascii=False)}:{self.draw(SPACES)}{self.flow(member)}" for key, member in value.items()]
        elif isinstance(value, list):
            members = [self.flow(member) for member in value]
        else:
            return json.dumps(value, ensure_ascii=False)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        inner = ",".join(self.draw(space) + member + self.draw(space) for member in members) or self.draw(space)
        return opening + inner + closing

    def node(self, value: Any) -> tuple[bool, list[str]]:
        """Lines for a value, and whether it is a block of its own; if not, its first line stands behind a key or dash."""
        if not isinstance(value, dict | list):
            return False, self.text(value) if isinstance(value, str) else [json.dumps(value)]
        if not value or self.maybe():
            return False, self.flow(value).split("\n")
        lines: list[str] = []
        members = value.items() if isinstance(value, dict) else [(None, member) for member in value]
        for key, member in members:
            lines += self.between()
            head = "-" if key is None else self.text(key)[0] + ":"
            block, inner = self.node(member)
            end = self.draw(SPACES) + self.comment() if self.maybe() else ""
            if block and key is None and self.draw(st.booleans()) and re.match(r"[^\s#]", inner[0]):
                gap = self.draw(SPACES)
                lines += [f"-{gap}{inner[0]}", *(" " * (1 + len(gap)) + line for line in inner[1:])]
            elif block:
                least = 0 if key is not None and isinstance(member, list) else 1
                by = self.draw(st.integers(least, 5))
                lines += [head + end, *self.between(), *(" " * by + line for line in inner)]
            else:
                lines += [f"{head}{self.draw(SPACES)}{inner[0]}", *inner[1:]]
                if end and inner[0] != "|-":
                    lines[-1] += end
        return True, lines


@st.composite
def files(draw: st.DrawFn) -> str:
    """A mapping, written in some way or other."""
    writer = Writer(draw)
    lines = writer.between() + writer.node(draw(DATA))[1] + writer.between()
    by = draw(st.sampled_from(["", "", "  "]))
    return "\n".join(by + line for line in lines) + draw(st.sampled_from(["\n", "", "\n\n\n"]))


@given(files())
def test_however_it_is_written(text: str) -> None:
    """Each line stays a line with the same on it, and so every comment its place; the data stays, and once is enough."""
    after = check(text)
    for line in after.splitlines():
        assert line == line.rstrip()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(st.data())
def test_mutations_of_a_scenario(valid: str, data: st.DataObject) -> None:
    """A scenario with pieces put in, cut out and replaced: where it stays YAML, the same holds."""
    text = valid
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 0, 0, 1, 5])))
        text = text[:start] + data.draw(FRAGMENTS) + text[end:]
    try:
        check(text)
    except ScenarioError:
        assume(False)
    except UsageError:
        assert re.search(r"^\s+(---|\.\.\.)", text, re.MULTILINE)  # text that would be a document's mark at the left
