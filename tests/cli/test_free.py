"""`test --free`: real threads, held against what the program may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runner.suite.free as free_module
from runner.conformance import History, observed
from runner.interpreter import Outcome

Cli = Callable[..., Any]
Write = Callable[..., str]

LOCKED = """
resources: {total: {kind: var, value: 0}, guard: lock}
threads:
  adder: {count: 2, do: [{with: {lock: guard, do: [{set: {total: "${total + 1}"}}]}}]}
expect: {vars: {total: 2}}
"""
FIRST = """
resources: {q: simple_queue}
threads: {a: {do: [{put: {queue: q, item: a}}]}, b: {do: [{put: {queue: q, item: b}}]}}
main: [{start: a}, {start: b}, {get: {queue: q, as: first}}, {print: "${first}"}, {get: {queue: q, as: second}}]
expect: {printed: [a]}
"""


@pytest.fixture
def accepted(cli: Cli, write: Write) -> Write:
    """`accepted(name, text)` writes a scenario and its golden."""

    def accepted(name: str, text: str) -> str:
        path = write(name, text)
        assert cli("accept", path).code == 0
        return path

    return accepted


def test_orders_are_counted(cli: Cli, accepted: Write) -> None:
    """What passes says how many orders there were."""
    said = cli("test", accepted("a.yaml", LOCKED), "--free", "5")
    assert said.code == 0
    assert said.lines[0].startswith("ok    a.yaml: 5 free runs, ")
    assert said.lines[1] == "1 passed, 0 failed"


def test_a_deadlock_is_waited_for_but_briefly(cli: Cli, accepted: Write) -> None:
    """A run that hangs is the deadlock that the program can come to."""
    path = accepted("a.yaml", "resources: {l: lock}\nmain: [{acquire: l}, {acquire: l}]\nexpect: {outcome: deadlock}")
    said = cli("test", path, "--free", "2", "--strict")
    assert (said.code, said.lines) == (0, ["ok    a.yaml: 2 free runs, 1 order", "1 passed, 0 failed"])


def test_an_unexpected_end_is_told_and_fails_where_that_is_wanted(cli: Cli, accepted: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that the program allows passes though `expect` does not have it; with --strict it fails and says what was not met."""
    path = accepted("a.yaml", FIRST)
    real = free_module.judge
    monkeypatch.setattr(free_module, "judge", lambda program, outcome: real(program, _with_printed(outcome, "b")))
    said = cli("test", path, "--free", "3")
    assert said.code == 0
    assert "; 3 ended otherwise than expected" in said.lines[0]
    said = cli("test", path, "--free", "3", "--strict", "--json", "report.json")
    assert said.code == 1
    assert said.lines[:2] == ["FAIL  a.yaml", "  3 of 3 free runs: printed line 1: expected 'a', was 'b'"]
    told = [json.loads(line) for line in Path("report.json").read_text().splitlines()]
    assert told[0]["kind"] == "free"


def _with_printed(outcome: Outcome, text: str) -> Outcome:
    for event in outcome.trace.events:
        if event.op == "print":
            event.value = text
    return outcome


def test_a_run_that_is_not_the_programs_fails(cli: Cli, accepted: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no execution does is shown: where the closest one leaves it, and what was seen before."""
    path = accepted("a.yaml", LOCKED)

    def impossible(outcome: Outcome) -> History:
        next(event for event in outcome.trace.events if event.op == "read").value = 7
        return observed(outcome)

    monkeypatch.setattr(free_module, "observed", impossible)
    said = cli("test", path, "--free", "3")
    assert said.code == 1
    assert said.lines[0] == "FAIL  a.yaml"
    assert said.lines[1].startswith("  free run 1 of 3 (completed) went its own way; n")
    assert "read total → 7" in said.out
    assert "  to see it run: python -m runner run a.yaml" in said.lines


def test_the_golden_comes_first(cli: Cli, accepted: Write, write: Write) -> None:
    """A scenario that is not as its golden is not run freely: there is nothing to hold that against."""
    path = accepted("a.yaml", "main: [{print: a}]")
    write("a.yaml", "main: [{print: b}]")
    said = cli("test", path, "--free", "3")
    assert said.code == 1
    assert "free run" not in said.out


@pytest.mark.parametrize("words", [("--strict",), ("--pace", "10")])
def test_options_of_free_runs(cli: Cli, accepted: Write, words: tuple[str, ...]) -> None:
    """Options that say how to run freely want --free."""
    said = cli("test", accepted("a.yaml", LOCKED), *words)
    assert (said.code, said.err) == (2, f"error: {words[0]} goes with --free N\n")


def test_many_processes(cli: Cli, accepted: Write) -> None:
    """Free runs are made in other processes as well."""
    accepted("lab/a.yaml", LOCKED)
    accepted("lab/b.yaml", LOCKED)
    said = cli("test", "lab", "--free", "2", "-j", "2")
    assert said.code == 0
    assert [line.split(":")[0] for line in said.lines] == ["ok    lab/a.yaml", "ok    lab/b.yaml", "2 passed, 0 failed"]
