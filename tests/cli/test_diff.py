"""`diff`: two traces, or scenarios and their goldens."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TWO = "threads: {ann: {do: [{sleep: 1}, {print: hello}]}, bob: {do: [{sleep: 2}]}}"
KEYS = ["kind", "text", "thread", "events", "more", "expected", "actual", "place"]


@pytest.fixture
def changed(cli: Callable[..., Any], write: Callable[..., str]) -> str:
    """Return a scenario that is not as its golden has it any more."""
    name = write("two.yaml", TWO)
    assert cli("accept", name).code == 0
    return write("two.yaml", TWO.replace("hello", "hi"))


def test_scenario_and_its_golden(cli: Callable[..., Any], changed: str) -> None:
    """A scenario is run and compared; nothing is written."""
    before = sorted(Path().iterdir())
    said = cli("diff", changed)
    assert (said.code, said.err) == (1, "")
    assert said.lines[:3] == ["DIFFERENT  two.yaml", "  what changed:", '    ~ ann prints "hi" instead of "hello" (two.yaml:2:35)']
    assert sorted(Path().iterdir()) == before


def test_the_same(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A scenario as its golden, and a trace and itself, are a line."""
    cli("accept", write("two.yaml", TWO))
    said = cli("diff", ".")
    assert (said.code, said.out) == (0, "same  two.yaml\n")
    said = cli("diff", "two.golden.jsonl", "two.golden.jsonl")
    assert (said.code, said.out) == (0, "same  two.golden.jsonl\n")


def test_two_traces(cli: Callable[..., Any], changed: str) -> None:
    """Two traces are compared without their scenario: steps are told by their paths."""
    cli("run", "-q", changed, "--trace", "new.jsonl")
    said = cli("diff", "two.golden.jsonl", "new.jsonl")
    assert said.code == 1
    assert said.lines[0] == "DIFFERENT  two.golden.jsonl → new.jsonl"
    assert said.lines[2] == '    ~ ann prints "hi" instead of "hello" (threads.ann.do[1].print)'
    assert cli("diff", "new.jsonl", "two.golden.jsonl").lines[2].startswith('    ~ ann prints "hello" instead of "hi"')


def test_json(cli: Callable[..., Any], changed: str) -> None:
    """The JSON form has the verdict, the first divergence, and each change with its events and place."""
    said = cli("diff", changed, "--as", "json")
    assert said.code == 1
    told = json.loads(said.out)
    assert list(told) == ["verdict", "old", "new", "divergence", "changes"]
    assert (told["verdict"], told["old"], told["new"]) == ("different", "two.golden.jsonl", "two.yaml")
    golden = [json.loads(line) for line in Path("two.golden.jsonl").read_text().splitlines()]
    event = next(line for line in golden if line.get("value") == "hello")
    assert told["divergence"] == {"part": "event", "event": event["n"], "expected": event, "actual": {**event, "value": "hi"}}
    (change,) = told["changes"]
    assert list(change) == KEYS
    assert (change["kind"], change["thread"], change["events"], change["more"]) == ("changed", "ann", 1, 0)
    assert change["place"] == {"path": "threads.ann.do[1].print", "file": "two.yaml", "line": 2, "column": 35}


def test_json_of_the_same_and_the_missing(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """What is the same, or has no golden, is a line too."""
    cli("accept", write("a.yaml", TWO))
    write("b.yaml", TWO)
    said = cli("diff", "a.yaml", "b.yaml", "--as", "json")
    assert said.code == 1
    verdicts = [(line["verdict"], line["divergence"], line["changes"]) for line in map(json.loads, said.lines)]
    assert verdicts == [("same", None, []), ("missing", None, [])]


def test_no_golden(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A scenario without a golden does not keep others from being compared."""
    write("a.yaml", TWO)
    cli("accept", write("b.yaml", TWO))
    said = cli("diff", ".")
    assert (said.code, said.out) == (1, "NO GOLDEN  a.yaml\nsame  b.yaml\n")


def test_other_bytes(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Files that say the same in other bytes are different, and the line is named."""
    cli("accept", write("two.yaml", TWO))
    text = Path("two.golden.jsonl").read_text()
    Path("loose.jsonl").write_text(text.replace('"n": 2', '"n":  2'))
    said = cli("diff", "two.golden.jsonl", "loose.jsonl")
    assert said.code == 1
    assert said.lines[2].startswith("    ~ line 3 says the same in other bytes: ")
    assert said.lines[-1] == "  all events are the same"
    told = json.loads(cli("diff", "two.golden.jsonl", "loose.jsonl", "--as", "json").out)
    assert told["divergence"]["part"] == "bytes"


def test_cases(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Each case has its golden; --case takes one."""
    text = "params: {text: a}\nmain: [{print: '${text}'}]\ncases: {one: {text: b}, two: {text: c}}"
    name = write("c.yaml", text)
    assert cli("accept", name).code == 0
    write("c.yaml", text.replace("text: c", "text: d"))
    said = cli("diff", name)
    assert said.code == 1
    assert said.lines[:2] == ["same  c.yaml[one]", "DIFFERENT  c.yaml[two]"]
    assert cli("diff", name, "--case", "one").code == 0


def test_width(cli: Callable[..., Any], changed: str) -> None:
    """Lines keep to the width."""
    assert max(map(len, cli("diff", changed, "--width", "60").lines)) <= 60
    assert cli("diff", changed, "--width", "20").code == 2


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["a.jsonl"], "diff takes two traces"),
        (["a.jsonl", "b.jsonl", "c.jsonl"], "diff takes two traces"),
        (["two.golden.jsonl", "none.jsonl"], "cannot read none.jsonl"),
        (["two.golden.jsonl", "two.yaml"], "two.yaml is a scenario"),
        (["two.golden.jsonl", "bad.jsonl"], "bad.jsonl:1"),
    ],
)
def test_mistakes(cli: Callable[..., Any], changed: str, words: list[str], text: str) -> None:
    """What cannot be compared is told, with exit code 2."""
    Path("bad.jsonl").write_text("<<<<<<< ours\n")
    said = cli("diff", *words)
    assert (said.code, said.out) == (2, "")
    assert text in said.err


def test_invalid_scenario(cli: Callable[..., Any], changed: str, write: Callable[..., str]) -> None:
    """A scenario that is wrong is shown with its errors, the others are compared."""
    write("a.yaml", "main: [{pirnt: a}]")
    said = cli("diff", ".")
    assert said.code == 3
    assert "unknown-verb" in said.err
    assert "DIFFERENT  two.yaml" in said.lines


def test_colour_on_a_terminal_only(cli: Any, changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets colours, unless NO_COLOR is set."""
    cli.on_terminal = True
    assert "\x1b[31m-" in cli("diff", changed).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli("diff", changed).out


def test_golden_that_cannot_be_read(cli: Callable[..., Any], changed: str, write: Callable[..., str]) -> None:
    """It is told as an error, with exit code 2, and the others are compared all the same."""
    write("0.yaml")
    Path("0.golden.jsonl").write_text("<<<<<<< HEAD\n")
    said = cli("diff", ".")
    assert said.code == 2
    assert said.err.startswith("error: 0.golden.jsonl:1: a merge conflict is left in the trace")
    assert "DIFFERENT  " in said.out
