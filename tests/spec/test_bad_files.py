"""Files that are no YAML, or more of it than is good: one clear problem each, at its place, and never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from runner.errors import ScenarioError
from runner.limits import Limits
from runner.spec import load, loads, yaml_events

Mistakes = Callable[[str | bytes], list[str]]


def codes_of(path: Path | str) -> list[str]:
    """Return the codes and places of a file's problems."""
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return [f"{p.place.line}:{p.place.column} {p.code}" for p in caught.value.problems]


def test_a_valid_file_loads(tmp_path: Path, valid: str) -> None:
    """A file gives the scenario in it, under the file's name."""
    path = tmp_path / "x.yaml"
    path.write_text(valid, "utf-8")
    loaded = load(path)
    assert (loaded.scenario.name, loaded.source.text.name) == ("everything", str(path))


def test_missing_files(tmp_path: Path) -> None:
    """A name that is no file's is a problem of its own."""
    assert codes_of(tmp_path / "none.yaml") == ["1:1 no-such-file"]
    assert codes_of("\0") == ["1:1 no-such-file"]


def test_directories(tmp_path: Path) -> None:
    """A directory is no scenario."""
    assert codes_of(tmp_path) == ["1:1 not-a-file"]


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else the system says against reading a file is a problem too."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert codes_of(tmp_path / "x.yaml") == ["1:1 unreadable-file"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", "1:1 empty-file", id="empty"),
        pytest.param(b"# only\n# comments\n", "1:1 empty-file", id="comments only"),
        pytest.param(b"---\n", "1:1 empty-file", id="an empty document"),
        pytest.param(b" \n\n", "1:1 empty-file", id="blank"),
        pytest.param(b"\xef\xbb\xbf", "1:1 empty-file", id="only a byte order mark"),
        pytest.param(b"#" * (1 << 20) + b"#", "1:1 too-large", id="over 1 MiB"),
        pytest.param(b"schema: 1\nname: caf\xe9\n", "2:10 not-utf-8", id="Latin-1"),
        pytest.param(b"\xef\xbb\xbfname: \xc3\xa9\xff\n", "1:8 not-utf-8", id="not UTF-8 behind a byte order mark"),
        pytest.param("schema: 1\n".encode("utf-16"), "1:1 not-utf-8", id="UTF-16"),
        pytest.param("schema: 1\n".encode("utf-16-le"), "1:1 not-utf-8", id="UTF-16 without a mark"),
        pytest.param("schema: 1\n".encode("utf-32-be"), "1:1 not-utf-8", id="UTF-32"),
        pytest.param(b"schema: 1\nname: a\0b\n", "2:8 bad-character", id="NUL"),
        pytest.param(b"schema: 1\nname: \x1b[0m\n", "2:7 bad-character", id="escape"),
        pytest.param("a: \ufeffx\n".encode(), "1:4 bad-character", id="a byte order mark within"),
        pytest.param("a: \ud800x\n", "1:4 bad-character", id="half a surrogate pair"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, expected: str, mistakes: Mistakes) -> None:
    """Size, encoding and characters are judged before anything else."""
    assert mistakes(data) == [expected]


def test_the_largest_file_is_allowed(valid: str) -> None:
    """A file of exactly 1 MiB loads."""
    padding = "#" * ((1 << 20) - len(valid.encode()))
    assert loads((valid + padding).encode()).scenario.name == "everything"


SYNTAX = [
    pytest.param("main:\n\t- break\n", "2:1 syntax", id="tab indent"),
    pytest.param("main:\n  - sleep: 1\n\t- break\n", "3:1 syntax", id="tab indent within a list"),
    pytest.param("a: |\n\tx\n", "2:1 syntax", id="tab in a block scalar"),
    pytest.param("a: 1\nname: 'x\nb: 1\n", "2:7 syntax", id="unclosed single quote"),
    pytest.param('a: 1\nname: "x\n', "2:7 syntax", id="unclosed double quote"),
    pytest.param("a: b: c\n", "1:5 syntax", id="two colons"),
    pytest.param("a: @x\n", "1:4 syntax", id="leading @"),
    pytest.param("a: `x`\n", "1:4 syntax", id="leading backtick"),
    pytest.param("a: %x\n", "1:4 syntax", id="leading %"),
    pytest.param("a: *\n", "1:4 syntax", id="leading *"),
    pytest.param("a: & b\n", "1:4 syntax", id="leading &"),
    pytest.param("a: ]\n", "1:4 syntax", id="leading ]"),
    pytest.param("a: - b\n", "1:4 syntax", id="item behind a key"),
    pytest.param("a: 1\n  b: 2\n", "2:3 syntax", id="key too deep"),
    pytest.param("a:\n  - b\n c: 1\n", "3:2 syntax", id="key between levels"),
    pytest.param("a: 1\nfoo\nb: 2\n", "2:1 syntax", id="key without colon"),
    pytest.param(": x\n", "1:1 syntax", id="colon without key"),
    pytest.param("a: [1, 2\nb: 3\n", "2:2 syntax", id="unclosed ["),
    pytest.param("a: {x: 1\n", "1:4 syntax", id="unclosed { at the end"),
    pytest.param("a: [1,\n", "1:7 syntax", id="unclosed [ behind a comma"),
    pytest.param("a: {x: ${y}}\n", "1:8 syntax", id="expression without quotes in braces"),
    pytest.param("a: 'it's'\n", "1:8 syntax", id="apostrophe in single quotes"),
    pytest.param('a: "\\q"\n', "1:4 syntax", id="unknown escape"),
    pytest.param("a: |9x\n", "1:6 syntax", id="text behind |"),
    pytest.param("%YAML 3.0\n---\na: 1\n", "1:1 syntax", id="directive"),
    pytest.param("{a: 1}\nb: 2\n", "2:1 syntax", id="text behind the document"),
    pytest.param("a: 1\n---\nb: 2\n", "2:1 several-documents", id="several documents"),
    pytest.param("---\n---\na: 1\n", "2:1 several-documents", id="an empty document before"),
    pytest.param("- a\n- b\n", "1:1 not-a-mapping", id="root is a list"),
    pytest.param("text\n", "1:1 not-a-mapping", id="root is text"),
    pytest.param("12\n", "1:1 not-a-mapping", id="root is a number"),
    pytest.param("a: !x!y 1\n", "1:4 tag", id="undeclared tag handle"),
]


@pytest.mark.parametrize(("text", "expected"), SYNTAX)
def test_text_that_is_no_yaml(text: str, expected: str, mistakes: Mistakes) -> None:
    """The one problem stands at the mistake."""
    assert mistakes(text) == [expected]


@pytest.mark.parametrize(("text", "expected"), [case for case in SYNTAX if case.id != "unknown escape"])
def test_text_that_is_no_yaml_to_the_slow_parser(text: str, expected: str, mistakes: Mistakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own parser words its errors differently; ours are the same."""
    monkeypatch.setattr(yaml_events, "EventLoader", yaml.SafeLoader)
    assert mistakes(text) == [expected]


BOMB = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[" * 100_000, "1:51 too-deep", id="brackets"),
        pytest.param("{a: " * 100_000, "1:201 too-deep", id="braces"),
        pytest.param("- " * 100_000, "1:101 too-deep", id="dashes"),
        pytest.param("? " * 100_000, "1:101 too-deep", id="keys of keys"),
        pytest.param(BOMB, "7:10 too-many-nodes", id="alias bomb"),
        pytest.param("".join(f"a{i}: &a{i} [{f'*a{i - 1}' if i else ''}]\n" for i in range(90)), "50:12 too-deep", id="deep by aliases"),
        pytest.param("a: [" + "x," * 260_000 + "]", "1:499999 too-many-nodes", id="too many values"),
        pytest.param("%TAG !a! b\n" * 5000, "1:1 tag", id="directives"),
    ],
)
def test_text_that_would_cost_too_much(text: str, expected: str, mistakes: Mistakes) -> None:
    """Depth and size are judged while the text is read, aliases as what they stand for."""
    assert mistakes(text) == [expected]


def test_limits_can_be_set() -> None:
    """Another depth holds where it is asked for."""
    text = "schema: 1\nmain: [{print: [[[]]]}]\n"
    assert loads(text, limits=Limits(depth=6)).scenario.main
    with pytest.raises(ScenarioError, match="more than 5 levels"):
        loads(text, limits=Limits(depth=5))


@pytest.mark.parametrize("text", ["{" + "[], " * 300 + "}", "a: 1\n" * 300, "schema: 1\nmain: [" + "a, " * 300 + "]"])
def test_a_file_wrong_everywhere_is_not_reported_everywhere(text: str, mistakes: Mistakes) -> None:
    """After a hundred problems, one more says that there are more."""
    found = mistakes(text)
    assert len(found) == 101
    assert sum("too-many-problems" in line for line in found) == 1
