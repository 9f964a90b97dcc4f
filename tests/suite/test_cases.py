"""Cases: one file, several sets of parameters, a run and a golden each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.errors import ScenarioError, UsageError
from runner.suite import accept_all, check_file, load, load_cases, run
from runner.trace import decode

CASES = """\
params: {fixed: false, n: 1}
cases: {naive: {}, fixed: {fixed: true}}
resources: {guard: lock}
main:
  - acquire: guard
  - if: {test: not fixed, then: [{acquire: guard}]}
  - print: ${n}
expect: {outcome: "${'completed' if fixed else 'deadlock'}"}
"""

Write = Callable[..., Path]


def test_each_case_is_a_program(write: Write) -> None:
    """In the file's order, with its own values over the defaults, its own outcome and its own fingerprint."""
    naive, fixed = load_cases(write("a.yaml", CASES))
    assert [(p.case, p.name, dict(p.params), p.expect.outcome, run(p).verdict) for p in (naive, fixed)] == [
        ("naive", "a", {}, "deadlock", "deadlock"),
        ("fixed", "a", {"fixed": True}, "completed", "completed"),
    ]
    assert naive.fingerprint != fixed.fingerprint


def test_the_header_names_the_case(write: Write) -> None:
    """A trace tells which case it is of."""
    header = run(load(write("a.yaml", CASES), case="fixed")).trace.header
    assert (header.scenario, header.case, dict(header.params)) == ("a", "fixed", {"fixed": True})


def test_parameters_override_a_case(write: Write) -> None:
    """What the command line sets holds in every case."""
    programs = load_cases(write("a.yaml", CASES), {"n": 7, "fixed": True})
    assert [(p.case, dict(p.params)) for p in programs] == [("naive", {"n": 7, "fixed": True}), ("fixed", {"n": 7, "fixed": True})]


def test_a_file_with_cases_is_not_run_without_one(write: Write) -> None:
    """Loading just one program of it takes a case's name, or the defaults of the parameters."""
    assert load(write("a.yaml", CASES)).case is None


@pytest.mark.parametrize("text", [CASES, "main: [{print: x}]"])
def test_no_such_case(write: Write, text: str) -> None:
    """A case that the file does not have is the caller's mistake."""
    with pytest.raises(UsageError, match="has no case 'nix'"):
        load(write("a.yaml", text), case="nix")


def test_a_golden_each(write: Write, tmp_path: Path) -> None:
    """Accepted together, compared one by one."""
    path = write("a.yaml", CASES)
    accepted = accept_all([path])
    assert accepted.refused == ()
    assert [golden.name for golden in accepted.changed] == ["a[naive].golden.jsonl", "a[fixed].golden.jsonl"]
    assert decode((tmp_path / "a[fixed].golden.jsonl").read_text()).header.case == "fixed"
    (tmp_path / "a[naive].golden.jsonl").unlink()
    assert [(result.name.rpartition("/")[2], result.passed) for result in check_file(path)] == [
        ("a.yaml[naive]", False),
        ("a.yaml[fixed]", True),
    ]


def test_none_is_written_when_one_is_refused(write: Write, snapshot: Callable[[], Any]) -> None:
    """All of a file's cases or none."""
    path = write("a.yaml", CASES.replace("'deadlock'", "'failed'"))
    before = snapshot()
    accepted = accept_all([path])
    assert (accepted.changed, [result.case for result in accepted.refused]) == ({}, ["naive"])
    assert snapshot() == before


@pytest.mark.parametrize(
    ("cases", "code", "message"),
    [
        ("{}", "wrong-type", "expected at least one case; this mapping is empty"),
        ("{a: {fxied: 1}}", "unknown-name", "there is no parameter 'fxied'"),
        ("{a: {fixed: 1}, A: {}}", "name-collision", "the cases a and A differ in capitals only"),
        (
            "{a/b: {}}",
            "bad-name",
            "text 'a/b' cannot name a case or a schedule: it is part of a file's name, so use letters, digits, _ . and -",
        ),
    ],
)
def test_slips(write: Write, cases: str, code: str, message: str) -> None:
    """What cannot be a case is an error in the file."""
    with pytest.raises(ScenarioError) as caught:
        load_cases(write("a.yaml", CASES.replace("{naive: {}, fixed: {fixed: true}}", cases)))
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == (code, message)


def test_a_problem_of_one_case_is_told_once(write: Write) -> None:
    """What is wrong with every case is one problem, and what is wrong with one is not hidden by the others."""
    text = "params: {n: 1}\ncases: {a: {n: 2}, b: {n: -1}}\nresources: {s: {kind: semaphore, value: '${n}'}}\nmain: [{acquire: t}]\n"
    with pytest.raises(ScenarioError) as caught:
        load_cases(write("a.yaml", text))
    assert [problem.code for problem in caught.value.problems] == ["bad-count", "unknown-resource"]
