"""What is told of a test: it can be sent to another process, and has all that reports need."""

from __future__ import annotations

import pickle
from pathlib import Path
from textwrap import dedent

import pytest

from runner.report.account import Account, CheckOptions, accounts, all_accounts, lost
from runner.suite import Item, RunOptions


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(text: str, *, asked: CheckOptions | None = None, cases: tuple[str, ...] | None = None) -> list[Account]:
    """Test a scenario and tell of it, as another process would."""
    Path("a.yaml").write_text("schema: 1\n" + dedent(text))
    return pickle.loads(pickle.dumps(all_accounts(Item(Path("a.yaml"), cases), pickle.loads(pickle.dumps(asked or CheckOptions())))))


@pytest.mark.parametrize(
    ("text", "kind", "code", "place", "message"),
    [
        ("main: [{print: x}]", "golden", 1, (1, 1), "there is no golden yet"),
        ("main: [{pirnt: x}]", "invalid", 3, (2, 9), "there is no verb `pirnt` [unknown-verb]"),
        ("main: [{pirnt: x}, {pirnt: x}]", "invalid", 3, (2, 9), "there is no verb `pirnt` [unknown-verb], and 1 more"),
        ("resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]", "deadlock", 4, (3, 23), "deadlock"),
        ("main: [{raise: ValueError}]", "failed", 4, (2, 9), "failed; main raised ValueError"),
        ("main: [{print: x}]\nexpect: {printed: [y]}", "expectation", 1, (3, 10), "printed line 1: expected 'y', was 'x'"),
    ],
)
def test_failures(text: str, kind: str, code: int, place: tuple[int, int], message: str) -> None:
    """Each sort of failure has its kind, its exit code, its place, what is wrong in a line, and more lines."""
    (account,) = told(text)
    assert (account.kind, account.code, (account.line, account.column), account.message) == (kind, code, place, message)
    assert account.file == "a.yaml"
    assert account.lines


@pytest.mark.parametrize("state", ["different", "unreadable"])
def test_goldens(state: str) -> None:
    """A golden that differs, and one that cannot be read, are told apart."""
    (replayed,) = told("main: [{print: x}]")
    trace = '{"trace": 1, "scenario": "a", "policy": "fifo"}\n' if state == "different" else "no trace\n"
    footer = '{"outcome": "completed", "t": 0, "vars": {}, "queues": {}, "threads": {"main": "ended"}}\n'
    Path("a.golden.jsonl").write_text(trace + (footer if state == "different" else ""))
    (account,) = told("main: [{print: x}]")
    assert account.message == (
        'event 1: expected the end, was main: print "x"'
        if state == "different"
        else "the golden cannot be compared: a.golden.jsonl:1: no trace: this line is not JSON"
    )
    assert account.replay == replayed.replay != ""


def test_options_are_kept() -> None:
    """A test is run as was asked for."""
    (account,) = told("main: [{forever: [{print: x}]}]", asked=CheckOptions(RunOptions(max_steps=3)))
    assert (account.kind, account.message) == ("step_limit", "step limit reached")


def test_one_case() -> None:
    """Of a file with cases those are tested that are wanted, with a name, a time, and the command that shows each run."""
    (account,) = told('params: {n: 1}\ncases: {one: {}, two: {n: 2}}\nmain: [{print: "${n}"}]', cases=("two",))
    assert (account.name, account.command) == ("a.yaml[two]", "python -m runner run a.yaml --case two")
    assert account.seconds > 0


def test_colours_are_beside_the_plain_text() -> None:
    """Where colours are asked for, both are told."""
    (account,) = told("main: [{pirnt: x}]", asked=CheckOptions(color=True))
    assert "\x1b[1;31m" in "\n".join(account.painted)
    assert "\x1b" not in "\n".join(account.lines)


def test_tests_are_told_as_they_end() -> None:
    """In one process nobody waits for the last case to hear of the first."""
    Path("a.yaml").write_text("schema: 1\nparams: {n: 1}\ncases: {one: {}, two: {n: 2}}\nmain: [{print: x}]\n")
    telling = accounts(Item(Path("a.yaml")), CheckOptions(keep_pending=True))
    assert next(telling).case == "one"


def test_lost() -> None:
    """A file whose process died is a failure of its own kind."""
    (account,) = lost(Item(Path("a.yaml")))
    assert (account.name, account.code, account.kind, account.file) == ("a.yaml", 4, "died", "a.yaml")
    assert account.lines == ("  the process that ran it died: out of memory, killed, or crashed",)
