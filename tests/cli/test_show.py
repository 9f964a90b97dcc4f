"""`show`: traces as lanes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TWO = "name: zwei ✓\nthreads:\n  ann: {do: [{sleep: 1}, {print: é}]}\n  bob: {do: [{sleep: 2}]}"


@pytest.fixture
def golden(cli: Callable[..., Any], write: Callable[..., str]) -> str:
    """Write a scenario with a golden, and give the golden's name."""
    assert cli("accept", write("two.yaml", TWO)).code == 0
    return "two.golden.jsonl"


def test_lanes(cli: Callable[..., Any], golden: str) -> None:
    """A trace is shown with its name and policy, one column a thread, and its outcome."""
    said = cli("show", golden, "--width", "60")
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        "zwei ✓ (fifo)",
        "t        │ main           │ ann            │ bob",
        "─────────┼────────────────┼────────────────┼───────────────",
        "       0 │ start ann      │                │",
        "         │ start bob      │                │",
        "         │ blocked on ann │                │",
        "         │                │ sleep 1 s      │",
        "         │                │                │ sleep 2 s",
        '       1 │                │ print "é"      │',
        "         │                │ end            │",
        "         │ join ann       │                │",
        "         │ blocked on bob │                │",
        "       2 │                │                │ end",
        "         │ join bob       │                │",
        "         │ end            │                │",
        "completed after 2 s",
    ]


def test_ascii(cli: Callable[..., Any], golden: str) -> None:
    """With --ascii every character is ASCII, the name's too."""
    said = cli("show", golden, "--ascii")
    assert said.code == 0
    assert said.out.isascii()
    assert said.lines[0] == r"zwei \u2713 (fifo)"


def test_seed_is_told(cli: Callable[..., Any], golden: str) -> None:
    """A run under a seed says so."""
    cli("run", "-q", "two.yaml", "--seed", "7", "--trace", "t.jsonl")
    assert cli("show", "t.jsonl").lines[0] == "zwei ✓ (random, seed 7)"


def test_only_some_threads(cli: Callable[..., Any], golden: str) -> None:
    """`--thread` takes only a thread's lane, in the trace's order."""
    said = cli("show", golden, "--thread", "bob", "--thread", "main")
    assert said.lines[1].split() == ["t", "│", "main", "│", "bob"]
    assert len(said.lines) == 1 + 2 + 9 + 1


def test_unknown_thread(cli: Callable[..., Any], golden: str) -> None:
    """A thread that the trace does not have is told with those it has."""
    said = cli("show", golden, "--thread", "eve")
    assert (said.code, said.out, said.err) == (2, "", "error: the trace has no thread 'eve'; it has main, ann, bob\n")


def test_width_of_the_terminal(cli: Callable[..., Any], golden: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --width the terminal's is taken."""
    monkeypatch.setenv("COLUMNS", "60")
    assert cli("show", golden).lines[2] == cli("show", golden, "--width", "60").lines[2]


@pytest.mark.parametrize("width", ["39", "x", "-5"])
def test_width_that_makes_no_sense(cli: Callable[..., Any], golden: str, width: str) -> None:
    """Lanes need 40 columns."""
    assert cli("show", golden, "--width", width).code == 2


def test_stdin(cli: Callable[..., Any], golden: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input, in UTF-8 whatever the locale."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(golden).read_bytes()), "ascii"))
    assert cli("show", "-").out == cli("show", golden).out


def test_scenario_by_mistake(cli: Callable[..., Any], golden: str) -> None:
    """A scenario is no trace; where its trace is, is told."""
    said = cli("show", "two.yaml")
    assert said.code == 2
    assert said.err == "error: two.yaml is a scenario; show takes a trace: its golden, or what `run --trace PATH two.yaml` writes\n"


@pytest.mark.parametrize("name", ["nowhere.jsonl", "nowhere.yaml"])
def test_missing_file(cli: Callable[..., Any], name: str) -> None:
    """A file that is not there is told."""
    said = cli("show", name)
    assert (said.code, said.err) == (2, f"error: cannot read {name}: No such file or directory\n")


def test_folder(cli: Callable[..., Any]) -> None:
    """A folder is no trace."""
    said = cli("show", ".")
    assert (said.code, said.err) == (2, "error: cannot read .: Is a directory\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t.jsonl:1: no trace: the first line is not a trace's header"),
        (b"hello\n", "t.jsonl:1: no trace: this line is not JSON"),
        (b"[1]\n", "t.jsonl:1: no trace: this line is not an object"),
        (b"\xff\xfe", "t.jsonl:1: no trace: this line is not UTF-8 text"),
        (b'{"trace": 9}\n', "t.jsonl:1: the trace is of format 9; this version reads 1: use the one that wrote it"),
        (b'{"trace": 1, "scenario": "a", "policy": "fifo"}\n', "t.jsonl:1: the trace is cut short: its last line is no footer"),
        (b"<<<<<<< ours\n", "t.jsonl:1: a merge conflict is left in the trace; run the scenario again and accept the result"),
        (b"[" * 100_000, "t.jsonl:1: no trace: this line is not JSON"),
    ],
    ids=["empty", "text", "list", "utf-16", "newer", "cut-short", "merge", "deep"],
)
def test_damaged_file(cli: Callable[..., Any], data: bytes, message: str) -> None:
    """What is no trace is told with the reason, without a traceback."""
    Path("t.jsonl").write_bytes(data)
    said = cli("show", "t.jsonl")
    assert (said.code, said.out, said.err) == (2, "", f"error: {message}\n")


FIELDS = {
    0: ["scenario", "policy", "seed", "params", "case"],
    4: ["n", "t", "thread", "op", "on", "by", "error", "at"],
    -1: ["outcome", "t", "vars", "queues", "threads", "blocked", "cycle"],
}


@pytest.mark.parametrize("value", [None, True, -1, "x", [1], {"a": 1}, 1e300, [[[]]], {"a": {"thread": 1}}], ids=repr)
@pytest.mark.parametrize(("line", "field"), [(line, field) for line, fields in FIELDS.items() for field in fields])
def test_field_of_another_type(cli: Callable[..., Any], golden: str, line: int, field: str, value: object) -> None:
    """Whatever a trace holds, it is shown or refused; nothing in it is a bug of ours."""
    lines = Path(golden).read_text("utf-8").splitlines()
    record = json.loads(lines[line])
    record[field] = value
    lines[line] = json.dumps(record)
    Path("t.jsonl").write_text("\n".join(lines))
    said = cli("show", "t.jsonl")
    assert said.code in (0, 2)
    assert "Traceback" not in said.err


def test_nested_too_deep(cli: Callable[..., Any], golden: str) -> None:
    """A value nested deeper than Python goes is damage, not a crash."""
    lines = Path(golden).read_text("utf-8").splitlines()
    lines[1] = '{"n": 1, "t": 0, "thread": "main", "op": "print", "value": ' + "[" * 900 + "]" * 900 + ', "at": ""}'
    Path("t.jsonl").write_text("\n".join(lines))
    said = cli("show", "t.jsonl")
    assert said.code in (0, 2)
    assert "Traceback" not in said.err
