"""`--update-golden`: what is written, when nothing is, and that it is all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Write = Callable[..., Path]
Files = Callable[[], dict[str, bytes]]


@pytest.fixture
def changed(project: pytest.Pytester, write: Write) -> pytest.Pytester:
    """Make a project in which one scenario does what its golden says, one something else, and one is new."""
    write("scenarios/hello.yaml", "main: [{print: goodbye}]")
    write("scenarios/new.yaml")
    return project


@pytest.mark.parametrize("words", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_writes(changed: pytest.Pytester, files: Files, words: list[str]) -> None:
    """Goldens become what the scenarios do now; those that would not change are not touched."""
    other = changed.path / "scenarios/deep/other.golden.jsonl"
    before = other.stat().st_mtime_ns, other.stat().st_ino
    changed.runpytest("scenarios/hello.yaml")
    assert "hello.golden.jsonl.new" in files()
    result = changed.runpytest("--update-golden", *words)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*= goldens =*", "wrote scenarios/hello.golden.jsonl", "wrote scenarios/new.golden.jsonl", "2 written, 1 unchanged"]
    )
    assert (other.stat().st_mtime_ns, other.stat().st_ino) == before
    assert b"goodbye" in files()["hello.golden.jsonl"]
    assert "hello.golden.jsonl.new" not in files()
    changed.runpytest().assert_outcomes(passed=3)


def test_only_what_is_chosen(changed: pytest.Pytester, files: Files) -> None:
    """Only the goldens of scenarios that ran are written."""
    before = files()
    result = changed.runpytest("--update-golden", "-k", "new")
    result.stdout.fnmatch_lines(["wrote scenarios/new.golden.jsonl", "1 written, 0 unchanged"])
    assert {name: data for name, data in files().items() if name != "new.golden.jsonl"} == before


def test_one_case(project: pytest.Pytester, write: Write, files: Files) -> None:
    """A case can be chosen by its id."""
    write("scenarios/cased.yaml", "params: {word: x}\ncases: {one: {word: a}, two: {word: b}}\nmain: [{print: '${word}'}]")
    project.runpytest("--update-golden", "scenarios/cased.yaml::cased[two]").assert_outcomes(passed=1)
    assert "cased[two].golden.jsonl" in files()
    assert "cased[one].golden.jsonl" not in files()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("main: [{print: hello}]\nexpect: {printed: [goodbye]}", "    scenarios/new.yaml:3:10: printed line 1: *"),
        ("resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]", "  deadlock after 0 s*"),
        ("main: [{pirnt: hello}]", "*did you mean 'print'?*"),
    ],
    ids=["expectation", "deadlock", "invalid"],
)
def test_refused(changed: pytest.Pytester, write: Write, files: Files, text: str, said: str) -> None:
    """A scenario that does not end as it expects fails, and then nothing at all is written."""
    write("scenarios/new.yaml", text)
    before = files()
    result = changed.runpytest("--update-golden")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([said, "nothing was written: not every test passed"])
    result.stdout.no_fnmatch_line("*python -m runner accept*")
    assert files() == before


@pytest.mark.parametrize(
    "body", ["assert False", "raise KeyboardInterrupt", "import os; os._exit(3)"], ids=["failure", "interruption", "crash"]
)
def test_nothing_is_written_when_anything_else_goes_wrong(changed: pytest.Pytester, files: Files, body: str) -> None:
    """A test that fails, an interruption or a process that dies keeps every golden as it was."""
    changed.makepyfile(test_zzz=f"def test_it():\n    {body}")
    before = files()
    result = changed.runpytest_subprocess("--update-golden", *(["-n", "1"] if "_exit" in body else []))
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["nothing was written: not every test passed"])
    assert files() == before


def test_not_repeatable(changed: pytest.Pytester, files: Files) -> None:
    """A scenario that does not do the same twice fails, and nothing is written."""
    changed.makeconftest(
        """
        import dataclasses
        import runner.suite

        real = runner.suite.run

        def run(*words, **options):
            outcome = real(*words, **options)
            return dataclasses.replace(outcome, trace=dataclasses.replace(outcome.trace, events=()))

        runner.suite.run = run
        """
    )
    before = files()
    result = changed.runpytest_subprocess("--update-golden", "-vv")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["FAILED scenarios/new.yaml::new - *two runs gave two different traces*"])
    assert files() == before


def test_file_that_cannot_be_written(changed: pytest.Pytester, files: Files) -> None:
    """Where a golden cannot be written the session fails and the others are as they were."""
    (changed.path / "scenarios/new.golden.jsonl").mkdir()
    before = files()
    result = changed.runpytest("--update-golden", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert files() == before


def test_refused_in_ci(changed: pytest.Pytester, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI set nothing runs, unless the other option is given."""
    monkeypatch.setenv("CI", "true")
    before = files()
    result = changed.runpytest("--update-golden")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the environment variable CI is set*--update-golden-in-ci does it all the same"])
    assert files() == before
    changed.runpytest("--update-golden-in-ci").assert_outcomes(passed=3)
    assert b"goodbye" in files()["hello.golden.jsonl"]


def test_collect_only(changed: pytest.Pytester, files: Files) -> None:
    """Nothing that does not run is written."""
    before = files()
    changed.runpytest("--update-golden", "--collect-only")
    assert files() == before
