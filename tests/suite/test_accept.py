"""Accepting what scenarios do as their goldens: what is refused, and that nothing is written then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import runner.suite.accept as accept_module
from runner.errors import UsageError
from runner.golden import golden_of, pending_of
from runner.suite import Accepted, accept_all, check_scenario
from runner.trace import encode

Write = Callable[..., Path]
Snapshot = Callable[[], dict[str, bytes]]

DEADLOCK = "resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]"


def test_accept_writes_what_check_compares(write: Write, snapshot: Snapshot) -> None:
    """The goldens written are the traces' bytes; they are returned as changed."""
    one, other = write("a.yaml"), write("deep/b.yml", "main: [{sleep: 1}]")
    assert accept_all([one, other]) == Accepted({golden_of(one): "new", golden_of(other): "new"})
    for scenario in (one, other):
        outcome = check_scenario(scenario).outcome
        assert outcome is not None
        assert golden_of(scenario).read_bytes() == encode(outcome.trace).encode()
    assert list(snapshot()) == ["a.golden.jsonl", "a.yaml", "deep/b.golden.jsonl", "deep/b.yml"]


def test_accept_again_changes_nothing(write: Write) -> None:
    """Goldens that are as they should be are not among those changed."""
    scenario = write("a.yaml")
    accept_all([scenario])
    assert accept_all([scenario]) == Accepted(unchanged=(golden_of(scenario),))


def test_accept_expected_deadlock(write: Write) -> None:
    """A deadlock that a scenario expects is accepted."""
    scenario = write("a.yaml", DEADLOCK + "\nexpect: {outcome: deadlock}")
    assert accept_all([scenario]) == Accepted({golden_of(scenario): "new"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (DEADLOCK, 4),
        ("main: [{assert: 1 > 2}]", 4),
        ("main: [{print: hello}]\nexpect: {printed: []}", 1),
        ("main: [{print: hello}]\nexpect: {outcome: deadlock}", 1),
        ("main: [{pirnt: hello}]", 3),
    ],
    ids=["deadlock", "exception", "expectation", "no-deadlock", "invalid"],
)
def test_accept_refuses_and_writes_nothing(write: Write, snapshot: Snapshot, text: str, code: int) -> None:
    """One scenario that does not end as it should keeps all goldens from being written."""
    scenarios = [write("a.yaml"), write("b.yaml", text), write("c.yaml")]
    before = snapshot()
    accepted = accept_all(scenarios)
    assert (accepted.changed, accepted.unchanged) == ({}, ())
    assert [(result.scenario, result.code) for result in accepted.refused] == [(scenarios[1], code)]
    assert snapshot() == before


def test_accept_names_all_that_it_refuses(write: Write) -> None:
    """Every scenario is looked at, so that all refusals are known at once."""
    scenarios = [write("a.yaml", DEADLOCK), write("b.yaml"), write("c.yaml", "main: {}")]
    assert [result.code for result in accept_all(scenarios).refused] == [4, 3]


def test_refusal_keeps_what_is_pending(write: Write) -> None:
    """What an earlier difference left stays when nothing is written."""
    scenario, bad = write("a.yaml"), write("b.yaml", DEADLOCK)
    pending = pending_of(golden_of(scenario))
    pending.write_text("old")
    accept_all([scenario, bad])
    assert pending.read_text() == "old"


def test_accept_removes_what_is_pending(write: Write) -> None:
    """Accepting settles what an earlier difference left, also where the golden did not change."""
    scenario = write("a.yaml")
    accept_all([scenario])
    pending = pending_of(golden_of(scenario))
    pending.write_text("old")
    assert accept_all([scenario]) == Accepted(unchanged=(golden_of(scenario),))
    assert not pending.exists()


def count_runs(monkeypatch: pytest.MonkeyPatch, change: Callable[[int, Any], Any] = lambda turn, outcome: outcome) -> list[Any]:
    """Count the runs, and let each outcome be changed."""
    runs: list[Any] = []
    real = accept_module.run

    def run(*arguments: Any, **options: Any) -> Any:
        outcome = change(len(runs), real(*arguments, **options))
        runs.append(outcome)
        return outcome

    monkeypatch.setattr(accept_module, "run", run)
    return runs


def test_accept_runs_twice(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each scenario is run twice before its golden is written."""
    runs = count_runs(monkeypatch)
    accept_all([write("a.yaml"), write("b.yaml")])
    assert len(runs) == 4


def test_accept_refuses_what_differs_from_run_to_run(write: Write, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario whose second run gives other bytes is an error, and nothing is written."""
    scenarios = [write("a.yaml"), write("b.yaml")]
    before = snapshot()
    count_runs(
        monkeypatch,
        lambda turn, outcome: replace(outcome, trace=replace(outcome.trace, events=outcome.trace.events[:-1])) if turn == 3 else outcome,
    )
    with pytest.raises(UsageError) as caught:
        accept_all(scenarios)
    assert str(caught.value) == f"{scenarios[1]} gave two different traces when run twice; nothing was written"
    assert snapshot() == before


def test_interruption_ends_accept(write: Write, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during one scenario's run ends all, and nothing is written."""
    scenarios = [write("a.yaml"), write("b.yaml"), write("c.yaml")]
    before = snapshot()
    runs = count_runs(monkeypatch, lambda turn, outcome: replace(outcome, verdict="interrupted") if turn == 2 else outcome)
    accepted = accept_all(scenarios)
    assert (accepted.changed, accepted.unchanged) == ({}, ())
    assert [(result.scenario, result.code) for result in accepted.refused] == [(scenarios[1], 130)]
    assert len(runs) == 3
    assert snapshot() == before


def test_dry_run_writes_nothing(write: Write, snapshot: Snapshot) -> None:
    """With `dry_run` it is said what would change, and no file is touched."""
    scenario, other = write("a.yaml"), write("b.yaml")
    accept_all([scenario])
    pending_of(golden_of(scenario)).write_text("old")
    before = snapshot()
    assert accept_all([scenario, other], dry_run=True) == Accepted({golden_of(other): "new"}, (golden_of(scenario),))
    assert snapshot() == before


def test_pending_only(write: Write) -> None:
    """With `as_pending` only what a failed test left is written, although others would change too."""
    scenario, other = write("a.yaml"), write("b.yaml")
    accept_all([scenario])
    write("a.yaml", "main: [{print: goodbye}]")
    check_scenario(scenario)
    assert accept_all([scenario, other], as_pending=True) == Accepted({golden_of(scenario): "changed"})
    assert not pending_of(golden_of(scenario)).exists()


def test_pending_that_is_no_longer_what_is_done_is_refused(write: Write, snapshot: Snapshot) -> None:
    """What was looked at is what is written, or nothing."""
    scenario = write("a.yaml")
    accept_all([scenario])
    write("a.yaml", "main: [{print: goodbye}]")
    check_scenario(scenario)
    write("a.yaml", "main: [{print: farewell}]")
    before = snapshot()
    with pytest.raises(
        UsageError, match=r"a\.yaml has changed since it was looked at: it no longer does what is in .*a\.golden\.jsonl\.new"
    ):
        accept_all([scenario], as_pending=True)
    assert snapshot() == before


def test_newer_golden_is_refused(write: Write, snapshot: Snapshot) -> None:
    """A golden of a newer format is never turned into an older one; nothing at all is written."""
    scenario, other = write("a.yaml"), write("b.yaml")
    golden_of(other).write_text('{"trace": 2, "scenario": "b"}\n')
    before = snapshot()
    with pytest.raises(UsageError, match=r"b\.golden\.jsonl:1: the golden is of trace format 2"):
        accept_all([scenario, other])
    assert snapshot() == before


def test_conflict_is_mended_and_told(write: Write) -> None:
    """A golden with merge markers is written anew, which is the remedy, and what it was is told with its line."""
    scenario = write("a.yaml")
    accept_all([scenario])
    golden = golden_of(scenario)
    good = golden.read_text()
    golden.write_text(f"{good}<<<<<<< ours\n")
    assert accept_all([scenario]).changed == {golden: f"it had a merge conflict at line {len(good.splitlines()) + 1}"}
    assert golden.read_text() == good


@pytest.mark.parametrize("accepted", ["a.yaml", "a[b].yaml"])
def test_golden_shared_with_a_scenario_that_is_not_named_is_refused(write: Write, snapshot: Snapshot, accepted: str) -> None:
    """`a[b].yaml` and the case `b` of `a.yaml` would have one golden; neither may be accepted while the other is there."""
    scenarios = {path.name: path for path in (write("a.yaml", "cases: {b: {}}\nmain: [{print: x}]"), write("a[b].yaml"))}
    before = snapshot()
    with pytest.raises(UsageError, match=r"would share one golden, a\[b\]\.golden\.jsonl; rename one"):
        accept_all([scenarios[accepted]])
    assert snapshot() == before


def test_names_alike_that_share_nothing(write: Write) -> None:
    """Beside `a.yaml`, `a[b].yaml` and `ab.yaml` may be accepted where `a.yaml` has no such case."""
    write("a[b].yaml")
    write("ab.yaml")
    assert len(accept_all([write("a.yaml")]).changed) == 1


def test_yml_beside_yaml_is_refused(write: Write) -> None:
    """`a.yml` and `a.yaml` would have one golden."""
    write("a.yml")
    with pytest.raises(UsageError, match=r"would share one golden, a\.golden\.jsonl"):
        accept_all([write("a.yaml")])


def test_only_those_goldens_that_are_picked(write: Write) -> None:
    """With `only` the cases of a file can be picked one by one."""
    scenario = write("a.yaml", "cases: {b: {}, c: {}}\nmain: [{print: x}]")
    wanted = golden_of(scenario, "c")
    assert accept_all([scenario], only={wanted}) == Accepted({wanted: "new"})
