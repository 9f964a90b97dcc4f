"""The one layout: what `format_text` moves, and what it leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from runner.errors import ScenarioError, UsageError
from runner.spec import format_text, layout, loads, yaml_events

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("**/*.yaml"))


@pytest.fixture(params=["EventLoader", "SafeLoader"], autouse=True)
def _scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out by libyaml's scanner, where there is one, and by PyYAML's own."""
    if request.param == "SafeLoader":
        for module in (layout, yaml_events):
            monkeypatch.setattr(module, "EventLoader", yaml.SafeLoader)


CASES = {
    "mappings by two": ("a:\n      b:\n       c: 1\n", "a:\n  b:\n    c: 1\n"),
    "a document that starts further in": ("  a: 1\n  b:\n    - 2\n", "a: 1\nb:\n  - 2\n"),
    "lists by two under their key": ("a:\n- b\n-   c: 1\n    d: 2\n", "a:\n  - b\n  - c: 1\n    d: 2\n"),
    "lists in lists": ("a:\n-   - b\n    - c\n-\n    - d\n", "a:\n  - - b\n    - c\n  -\n    - d\n"),
    "a key behind a list no deeper than its own": ("a:\n  b:\n  - c\n  d: 1\ne: 2\n", "a:\n  b:\n    - c\n  d: 1\ne: 2\n"),
    "keys with a question mark": ("?   a\n:   - b\n    - c\n", "? a\n: - b\n  - c\n"),
    "one space behind colons and commas": ("a :   {b:   1,c: 2 ,   d: [ 3,4 ] }\n", "a: {b: 1, c: 2, d: [3, 4]}\n"),
    "a colon close to a quoted key": ('{"a":1, "b" : 2}\n', '{"a": 1, "b": 2}\n'),
    "empty brackets": ("a: [ ]\nb: {   }\n", "a: []\nb: {}\n"),
    "a comma at the end": ("a: [b , ]\n", "a: [b,]\n"),
    "anchors and aliases": ("a:   &x   {b: 1}\nc:  [ *x , *x ]\n", "a: &x {b: 1}\nc: [*x, *x]\n"),
    "an anchor above its mapping": ("a: &x\n   b: 1\nc: &y\n- 1\n", "a: &x\n  b: 1\nc: &y\n  - 1\n"),
    "an alias that is a key": ("a: &x b\n*x  : 1\n", "a: &x b\n*x : 1\n"),
    "values on lines of their own": ("a:\n    b\nc:\n      [d]\n", "a:\n  b\nc:\n  [d]\n"),
    "members under the first": ("a: [b,\n  c,\n    {d: 1,\n  e: 2}\n ]\n", "a: [b,\n    c,\n    {d: 1,\n     e: 2}\n   ]\n"),
    "members that hang": (
        "a:\n    - b: [\n     {\n  c: 1 },\n    d\n       ]\n",
        "a:\n  - b: [\n      {\n        c: 1},\n      d\n    ]\n",
    ),
    "a value below its key in brackets": ("a: {\n b:\n c}\n", "a: {\n  b:\n    c}\n"),
    "JSON": ('{\n    "a": [\n        1,\n        2\n    ]\n}\n', '{\n  "a": [\n    1,\n    2\n  ]\n}\n'),
    "blank lines": ("\n\na: 1\n\n\n\nb:\n\n  - 2\n   \n  - 3\n\n\n", "a: 1\n\nb:\n\n  - 2\n\n  - 3\n"),
    "spaces at line ends": ("a: 1  \nb: [2, \n  3]    \n", "a: 1\nb: [2,\n    3]\n"),
    "no line end at the end": ("a: 1", "a: 1\n"),
    "a byte order mark": ("\ufeffa: 1\n", "a: 1\n"),
    "old line ends": ("a: 1\rb: 2\x85c: 3\r", "a: 1\nb: 2\nc: 3\n"),
    "line ends as in the first line": ("a: 1\r\nb: |\n  x\n  y\r\nc: 2\n", "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 2\r\n"),
    "a line separator in a text": ('a: "b\u2028    c"\n\n', 'a: "b\u2028    c"\n'),
    "a document's marks": ("%YAML   1.1\n---   # a\nb:  1\n...\n# c\n", "%YAML   1.1\n---   # a\nb: 1\n...\n# c\n"),
    "nothing but comments": ("\n  # a\n\n\n# b", "# a\n\n# b\n"),
    "nothing": ("", ""),
    "nothing but blank lines": ("\n \n", ""),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_layout(before: str, after: str) -> None:
    """White space between what YAML knows is set anew."""
    assert format_text(before) == after
    assert format_text(after) == after


COMMENTS = {
    "two spaces at least": ("a: 1 # b\nc: 2# d\n", "a: 1  # b\nc: 2# d\n"),
    "more stay": ("a: 1     # b\n", "a: 1     # b\n"),
    "a column moves with its lines": (
        "a:\n    bcd: 1     # x\n    e:  23     # y\n    f: 4    # z\n",
        "a:\n  bcd: 1     # x\n  e: 23      # y\n  f: 4    # z\n",
    ),
    "a column goes over lines without a comment": ("a: 1    # x\nbcd: 2\ne: 3    # y\n", "a: 1    # x\nbcd: 2\ne: 3    # y\n"),
    "a column is wide enough for all": ("a: 1 # x\nb: 'c'\ne: 3 # y\n", "a: 1  # x\nb: 'c'\ne: 3  # y\n"),
    "a comment that goes on below": ("a:  1   # x\n        # y\nb: 2\n", "a: 1   # x\n       # y\nb: 2\n"),
    "before a key": ("a:\n    # x\n    b: 1\n  # y\n    c: 2\n", "a:\n  # x\n  b: 1\n  # y\n  c: 2\n"),
    "before a list's items": ("a:\n# x\n- b\n# y\n- c\n", "a:\n  # x\n  - b\n  # y\n  - c\n"),
    "before a value": ("a:\n      # x\n    b\n", "a:\n  # x\n  b\n"),
    "at the end of a block": (
        "a:\n    b:\n        - c: 1\n          # x\n        # y\n      # z\n# w\nd: 1\n",
        "a:\n  b:\n    - c: 1\n      # x\n    # y\n  # z\n# w\nd: 1\n",
    ),
    "at the end of the file": ("a:\n    b: 1\n    # x\n# y\n", "a:\n  b: 1\n  # x\n# y\n"),
    "in brackets": ("a: [ # x\n # y\n b, # z\n      # w\n ]\n", "a: [  # x\n  # y\n  b,  # z\n  # w\n]\n"),
    "behind the head of a text": ("a:   | # x\n    b\n  # y\nc: 1\n", "a: |  # x\n  b\n# y\nc: 1\n"),
    "behind a dash": ("- # x\n    a: 1\n", "-  # x\n  a: 1\n"),
}


@pytest.mark.parametrize(("before", "after"), COMMENTS.values(), ids=COMMENTS)
def test_comments(before: str, after: str) -> None:
    """Comments stay on their lines, and stand with what they are about."""
    assert format_text(before) == after
    assert format_text(after) == after


TEXTS = {
    "literal": (
        "a:\n    b: |\n          x\n            y\n\n          z\n\n\n    c: 1\n",
        "a:\n  b: |\n    x\n      y\n\n    z\n\n  c: 1\n",
    ),
    "folded": ("a:\n- >-\n      x\n        y\n", "a:\n  - >-\n    x\n      y\n"),
    "kept ends": ("a: |+\n     x\n\n\nb: >+\n y\n\n\n\n", "a: |+\n  x\n\n\nb: >+\n  y\n\n\n\n"),
    "told indentation": ("a:\n   b: |2-\n        x\n       y\n", "a:\n  b: |2-\n       x\n      y\n"),
    "told indentation in a list": ("a:\n- |1\n   x\n", "a:\n  - |1\n     x\n"),
    "spaces at line ends": ("a: |\n  x  \n     \n  y\n", "a: |\n  x  \n     \n  y\n"),
    "no line end at the end": ("a: |\n    x", "a: |\n  x"),
    "nothing in it": ("a: |\n\n\nb: |+\n\n\nc: 1\n", "a: |\n\nb: |+\n\n\nc: 1\n"),
    "plain": ("a:\n    b: x\n       y\n\n        z\n", "a:\n  b: x\n     y\n\n      z\n"),
    "plain, hardly further in": ("a:\n    b:    x\n     y\n", "a:\n  b: x\n    y\n"),
    "double quotes": ('a:\n    b: "x\n        y\\\n        z\\ \n        w"\n', 'a:\n  b: "x\n      y\\\n      z\\ \n      w"\n'),
    "single quotes": ("a:\n- b: 'x\n\n   it''s'\n", "a:\n  - b: 'x\n\n      it''s'\n"),
    "to the very left": ('a: "x\ny"\n', 'a: "x\n  y"\n'),
}


@pytest.mark.parametrize(("before", "after"), TEXTS.values(), ids=TEXTS)
def test_texts_of_several_lines(before: str, after: str) -> None:
    """Their lines move together, and what they say stays."""
    assert format_text(before) == after
    assert format_text(after) == after
    assert yaml.safe_load(before) == yaml.safe_load(after)


def test_tabs() -> None:
    """A tab between two things of a line, where YAML lets it be, becomes a space."""
    if layout.EventLoader is yaml.SafeLoader:
        pytest.skip("PyYAML's own scanner takes none there")
    assert format_text("a:\t1\nb: [2,\t3]\t# c\n") == "a: 1\nb: [2, 3]  # c\n"


@pytest.mark.parametrize("value", ["no", '"no"', "'on'", '"1:30"', "010", "'x'", '"\\u00e9"', "'it''s'", "~", "0x1F"])
def test_values_stay_as_they_are_written(value: str) -> None:
    """Quotes are neither put nor dropped, for other readers of YAML see more in plain words than we do."""
    assert format_text(f"a:   {value}\n") == f"a: {value}\n"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_our_own_scenarios(path: Path) -> None:
    """The scenarios of this repository have the layout."""
    text = path.read_text("utf-8")
    assert format_text(text) == text


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_twice_as_wide(path: Path) -> None:
    """A file with every indentation doubled comes back as it was."""
    text = path.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    wide = "".join(" " * (len(line) - len(line.lstrip(" "))) + line for line in lines)
    assert wide != text
    assert format_text(wide) == text


def test_the_scenario_stays_the_same(valid: str) -> None:
    """Before and after, the file is the same scenario."""
    messy = valid.replace(": ", ":   ").replace("\n  ", "\n     ")
    assert format_text(messy) != messy
    assert loads(format_text(messy)).scenario == loads(messy).scenario


@pytest.mark.parametrize(
    ("text", "mistake"),
    [("a: [", "1:5 syntax"), ("a: 1\na: 2", "2:1 duplicate-key"), ("a: !x 1", "1:4 tag"),
     (b"a: \xff", "1:4 not-utf-8"), ("a: *b", "1:4 unknown-alias")],
)  # fmt: skip
def test_what_is_no_yaml_is_refused(text: str | bytes, mistake: str) -> None:
    """Where it cannot be told what a file says, it says where it is wrong."""
    with pytest.raises(ScenarioError) as caught:
        format_text(text, "x.yaml")
    (problem,) = caught.value.problems
    assert f"{problem.place.line}:{problem.place.column} {problem.code}" == mistake


@pytest.mark.parametrize("wrong", ["a: 2\n", "a: 1\nb: 2\n", "a: true  # b\n", "# b\na: 1\n", "a: [", ""])
def test_nothing_else_than_the_same_comes_out(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """If the layout were wrong about a file, it would be refused."""
    monkeypatch.setattr(layout, "_Layout", lambda text: SimpleNamespace(text=lambda: wrong))
    with pytest.raises(UsageError, match=r"x\.yaml is left as it is"):
        format_text("a:  1   # b\n", "x.yaml")


def test_what_would_become_a_document_mark_is_refused() -> None:
    """`---` in a key is text as long as it is not at the very left, where that key would come."""
    with pytest.raises(UsageError, match="left as it is"):
        format_text("  --- a: 1\n")


def test_what_would_be_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Indenting a list can make a file larger than a scenario can be."""
    text = "a:\n" + "- b\n" * 2_000
    monkeypatch.setattr(layout, "DEFAULT", replace(layout.DEFAULT, bytes=len(text)))
    with pytest.raises(UsageError, match="larger than 8,003 bytes"):
        format_text(text)


@pytest.mark.parametrize("before", ["[[{0}, [b,\n", '[{0}, "x\n', '["x\n{1}y", [\n b,\n'])
def test_many_lines_are_not_put_far_to_the_right(before: str) -> None:
    """A file stays of about its size, whatever its lines would have to be put under."""
    end = "\n" * 3 + '"]' if before.count('"') == 1 else "]]]" if before.startswith("[[") else "]]"
    text = "a: " + before.format(",".join("c" * 9_000), " " * 9_000) + "d,\n" * 2_000 + end
    assert len(format_text(text)) < 500_000
