"""Testing one scenario against its golden, and what is left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import runner.suite.check as check_module
from runner.golden import golden_of, pending_of
from runner.suite import RunOptions, accept_all, check_scenario
from runner.trace import encode

Write = Callable[..., Path]
Snapshot = Callable[[], dict[str, bytes]]

DEADLOCK = "resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]"


def test_scenario_as_its_golden_passes(write: Write) -> None:
    """What was accepted passes."""
    scenario = write("a.yaml")
    accept_all([scenario])
    result = check_scenario(scenario)
    assert (result.code, result.passed, result.mismatches, result.invalid) == (0, True, [], None)
    assert result.comparison is not None
    assert result.comparison.state == "same"


def test_missing_golden_fails_and_is_not_written(write: Write, snapshot: Snapshot) -> None:
    """A scenario without a golden fails with code 1, and nothing is written."""
    scenario = write("a.yaml")
    before = snapshot()
    result = check_scenario(scenario)
    assert result.comparison is not None
    assert (result.code, result.passed, result.comparison.state) == (1, False, "missing")
    assert snapshot() == before


def test_difference_is_left_beside_the_golden(write: Write, snapshot: Snapshot) -> None:
    """A trace that differs is written beside its golden, which stays as it was."""
    scenario = write("a.yaml")
    accept_all([scenario])
    golden = snapshot()["a.golden.jsonl"]
    write("a.yaml", "main: [{print: goodbye}]")
    result = check_scenario(scenario)
    assert result.outcome is not None
    assert result.code == 1
    assert snapshot()["a.golden.jsonl"] == golden
    assert snapshot()["a.golden.jsonl.new"] == encode(result.outcome.trace).encode()


def test_difference_is_not_left_when_it_should_not(write: Write, snapshot: Snapshot) -> None:
    """With `keep_pending=False` no file is written."""
    scenario = write("a.yaml")
    accept_all([scenario])
    write("a.yaml", "main: [{print: goodbye}]")
    before = snapshot()
    assert check_scenario(scenario, keep_pending=False).code == 1
    assert snapshot() == before


def test_difference_that_cannot_be_left_is_a_difference_all_the_same(
    write: Write, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a read-only checkout tests go on as ever; that nothing is left beside goldens is said once for each folder."""
    for name in ("a.yaml", "b.yaml"):
        scenario = write(name)
        accept_all([scenario])
        write(name, "main: [{print: goodbye}]")

    def refuse(*words: object, **options: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        codes = [check_scenario(scenario.with_name(name)).code for name in ("a.yaml", "b.yaml")]
    assert codes == [1, 1]
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].endswith("a.golden.jsonl.new: Read-only file system")


def test_pass_removes_what_an_earlier_difference_left(write: Write) -> None:
    """Once a scenario passes again its pending trace goes."""
    scenario = write("a.yaml")
    accept_all([scenario])
    pending = pending_of(golden_of(scenario))
    pending.write_text("old")
    assert check_scenario(scenario).passed
    assert not pending.exists()


def test_unreadable_golden_fails_and_leaves_nothing(write: Write, snapshot: Snapshot) -> None:
    """A damaged golden fails with code 1; there is nothing to compare with, so nothing is put beside it."""
    scenario = write("a.yaml")
    golden_of(scenario).write_text("no trace\n")
    before = snapshot()
    result = check_scenario(scenario)
    assert result.comparison is not None
    assert (result.code, result.comparison.state) == (1, "unreadable")
    assert snapshot() == before


def test_expectation_fails_although_the_golden_is_the_same(write: Write) -> None:
    """`expect` is checked as well as the golden: it is no part of the trace."""
    scenario = write("a.yaml")
    accept_all([scenario])
    write("a.yaml", "main: [{print: hello}]\nexpect: {printed: [goodbye]}")
    result = check_scenario(scenario)
    assert result.comparison is not None
    assert (result.code, result.comparison.state) == (1, "same")
    assert [mismatch.message for mismatch in result.mismatches] == ["printed line 1: expected 'goodbye', was 'hello'"]


def test_unexpected_deadlock_outweighs_a_difference(write: Write) -> None:
    """A scenario that ends in a deadlock nobody expected has code 4, golden or none."""
    assert check_scenario(write("a.yaml", DEADLOCK)).code == 4


def test_invalid_scenario_is_not_run(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that cannot be read has code 3 and its errors, and no outcome."""
    monkeypatch.delattr(check_module, "run")
    result = check_scenario(write("a.yaml", "main: [{pirnt: hello}]"))
    assert (result.code, result.outcome, result.comparison) == (3, None, None)
    assert result.invalid is not None
    assert [problem.code for problem in result.invalid.problems] == ["unknown-verb"]


def test_missing_file_is_an_invalid_scenario(tmp_path: Path) -> None:
    """A scenario that is gone by the time it is read has code 3."""
    assert check_scenario(tmp_path / "gone.yaml").code == 3


def test_interrupted_run_is_not_compared(write: Write, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was interrupted says nothing about its golden: code 130, and no file."""
    scenario = write("a.yaml")
    accept_all([scenario])
    real = check_module.run
    monkeypatch.setattr(check_module, "run", lambda *arguments, **options: replace(real(*arguments, **options), verdict="interrupted"))
    before = snapshot()
    result = check_scenario(scenario)
    assert (result.code, result.comparison) == (130, None)
    assert snapshot() == before


def test_options_hold(write: Write) -> None:
    """A scenario is run as the options say."""
    scenario = write("a.yaml", "main: [{forever: [{print: x}]}]\nexpect: {outcome: step_limit}")
    result = check_scenario(scenario, RunOptions(max_steps=5))
    assert result.outcome is not None
    assert result.outcome.steps == 5


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("main: [{pirnt: hello}]", "2:9"),
        (DEADLOCK, "3:23"),
        ("main: [{print: hello}, {raise: ValueError}]", "2:25"),
        ("main: [{print: hello}]\nexpect: {printed: [goodbye]}", "3:10"),
        ("main: [{print: hello}, {print: again}]", "2:25"),
        ("main: [{print: hello}]\nresources: {late: {kind: var, value: 1}}", "1:1"),
    ],
    ids=["invalid", "deadlock", "exception", "expectation", "event", "footer"],
)
def test_place_of_a_failure(write: Write, text: str, place: str) -> None:
    """A failure is about a place in the file: the mistake, the step that went wrong, the expectation, the first step that differs."""
    accept_all([write("a.yaml")])
    scenario = write("a.yaml", text)
    file, where = check_scenario(scenario).where
    assert (file, f"{where.line}:{where.column}") == (str(scenario), place)


def test_place_without_a_golden(write: Write) -> None:
    """Where no step is to blame it is the file's first line."""
    assert check_scenario(write("a.yaml")).where[1].line == 1
