"""`test` and `accept`: goldens on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import runner.suite.check as check_module

TWO = "threads:\n  ann: {do: [{sleep: 1}, {print: hello}]}\n  bob: {do: [{sleep: 2}, {print: goodbye}]}"
DEADLOCK = "resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]"


@pytest.fixture
def two(cli: Callable[..., Any], write: Callable[..., str]) -> str:
    """Write a scenario with a golden."""
    name = write("two.yaml", TWO)
    assert cli("accept", name).code == 0
    return name


def files() -> dict[str, bytes]:
    """Read all files below the working folder."""
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


# -- test ------------------------------------------------------------------------------------------------------------------


def test_pass(cli: Callable[..., Any], two: str) -> None:
    """A scenario as its golden is a line, and nothing is written."""
    before = files()
    said = cli("test", two)
    assert (said.code, said.out, said.err) == (0, "ok    two.yaml\n1 passed, 0 failed\n", "")
    assert files() == before


def test_quiet_names_only_what_fails(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """With -q a scenario that passes is not named."""
    write("x.yaml")
    said = cli("test", "-q", ".")
    assert said.code == 1
    assert said.lines[0] == "FAIL  x.yaml"
    assert said.lines[-1] == "1 passed, 1 failed"


def test_changed_wait(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """A wait that was changed is shown as the first divergence, with its line, and what to do; the new trace is left."""
    write("two.yaml", TWO.replace("sleep: 1", "sleep: 3"))
    golden = Path("two.golden.jsonl").read_bytes()
    said = cli("test", two)
    assert said.code == 1
    assert said.lines[0] == "FAIL  two.yaml"
    assert "    ~ ann sleeps 3 s instead of 1 s (two.yaml:3:15)" in said.lines
    start = said.lines.index("  the first divergence is event 4:")
    assert said.lines[start + 1] == "    two.yaml:3:15: threads.ann.do[0].sleep"
    assert said.lines[-4:] == [
        "  to accept what it does now:",
        "    python -m runner accept two.yaml",
        "  to see it run: python -m runner run two.yaml",
        "0 passed, 1 failed",
    ]
    assert max(map(len, said.lines)) <= 80
    assert Path("two.golden.jsonl").read_bytes() == golden
    assert cli("show", "two.golden.jsonl.new").code == 0


def test_in_ci_nothing_is_left(cli: Callable[..., Any], two: str, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI set a difference is shown, and no file is written."""
    monkeypatch.setenv("CI", "true")
    write("two.yaml", TWO.replace("sleep: 1", "sleep: 3"))
    before = files()
    assert cli("test", two).code == 1
    assert files() == before


def test_empty_ci_is_no_ci(cli: Callable[..., Any], two: str, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """CI set to nothing counts as not set."""
    monkeypatch.setenv("CI", "")
    write("two.yaml", TWO.replace("sleep: 1", "sleep: 3"))
    assert cli("test", two).code == 1
    assert Path("two.golden.jsonl.new").exists()


def test_missing_golden(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A scenario without a golden fails, with the command that makes one."""
    said = cli("test", write("a.yaml"))
    assert said.code == 1
    assert said.lines == [
        "FAIL  a.yaml",
        "  there is no golden yet",
        "  to accept what it does now:",
        "    python -m runner accept a.yaml",
        "  to see it run: python -m runner run a.yaml",
        "0 passed, 1 failed",
    ]


def test_unreadable_golden(cli: Callable[..., Any], two: str) -> None:
    """A golden with a merge conflict says so."""
    Path("two.golden.jsonl").write_text("<<<<<<< ours\n" + Path("two.golden.jsonl").read_text())
    said = cli("test", two)
    assert said.code == 1
    assert said.lines[1].startswith("  the golden cannot be compared: two.golden.jsonl:1: a merge conflict is left in the trace")


def test_expectation_and_golden_are_both_told(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """What `expect` says and what the golden says are told together."""
    write("two.yaml", TWO.replace("hello", "hi") + "\nexpect: {printed: [hello, goodbye]}")
    said = cli("test", two)
    assert said.code == 1
    assert "    two.yaml:5:10: printed line 1: expected 'hello', was 'hi'" in said.lines
    assert '    ~ ann prints "hi" instead of "hello" (two.yaml:3:27)' in said.lines


def test_unexpected_deadlock(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """A scenario that no longer ends has code 4 and is explained."""
    write("two.yaml", DEADLOCK)
    said = cli("test", two)
    assert said.code == 4
    assert any("cycle: main → main" in text for text in said.lines)


def test_invalid_scenario(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """A file with errors fails with them, and the others are tested."""
    write("bad.yaml", "main: [{pirnt: x}]")
    said = cli("test", ".")
    assert said.code == 3
    assert "bad.yaml:2:9: error[unknown-verb]" in said.err
    assert "ok    two.yaml" in said.lines


def test_obsolete_golden(cli: Callable[..., Any], two: str) -> None:
    """A golden without a scenario fails a test of its folder."""
    Path("gone.golden.jsonl").write_bytes(Path("two.golden.jsonl").read_bytes())
    said = cli("test", ".")
    assert said.code == 1
    assert said.lines == [
        "ok    two.yaml",
        "obsolete: gone.golden.jsonl belongs to no scenario; delete it, or bring its scenario back",
        "1 passed, 0 failed, 1 obsolete",
    ]


@pytest.mark.parametrize("words", [["two.yaml"], [".", "-k", "two"]])
def test_obsolete_goldens_are_not_looked_for_in_parts(cli: Callable[..., Any], two: str, words: list[str]) -> None:
    """Files by name, or a filter, leave goldens that belong to other scenarios alone."""
    Path("gone.golden.jsonl").write_bytes(Path("two.golden.jsonl").read_bytes())
    assert cli("test", *words).code == 0


def test_keyword(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """`-k` takes the scenarios with a text in their path."""
    write("deep/lock.yaml")
    cli("accept", "deep")
    assert cli("test", ".", "-k", "deep/").lines == ["ok    deep/lock.yaml", "1 passed, 0 failed"]


def test_keyword_that_fits_none(cli: Callable[..., Any], two: str) -> None:
    """A filter that leaves nothing has code 5."""
    said = cli("test", ".", "-k", "nothing")
    assert (said.code, said.err) == (5, "no test has 'nothing' in its name\n")


def test_limits(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """`--max-steps` bounds the runs of a test."""
    said = cli("test", "--max-steps", "5", write("a.yaml", "main: [{forever: [{print: x}]}]"))
    assert said.code == 4
    assert any("step limit reached" in text and "5 steps" in text for text in said.lines)


def test_interrupted_test_ends_all(cli: Callable[..., Any], two: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during a test ends the command."""
    real = check_module.run
    monkeypatch.setattr(check_module, "run", lambda *words, **options: replace(real(*words, **options), verdict="interrupted"))
    said = cli("test", two)
    assert (said.code, said.out, said.err.strip()) == (130, "", "interrupted")


# -- accept ----------------------------------------------------------------------------------------------------------------


def test_accept(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Goldens written are named and counted."""
    write("x/a.yaml")
    write("x/b.yml")
    said = cli("accept", "x")
    assert (said.code, said.err) == (0, "")
    assert said.lines == ["wrote x/a.golden.jsonl", "wrote x/b.golden.jsonl", "2 written, 0 unchanged"]
    assert cli("test", "x").code == 0


def test_accept_again(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """A golden that would not change is only counted, and not touched."""
    os.utime("two.golden.jsonl", ns=(1, 1))
    write("x.yaml")
    said = cli("accept", ".")
    assert said.lines == ["wrote x.golden.jsonl", "1 written, 1 unchanged"]
    assert Path("two.golden.jsonl").stat().st_mtime_ns == 1


def test_accept_settles_a_difference(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """What a failing test left becomes the golden and goes."""
    write("two.yaml", TWO.replace("sleep: 1", "sleep: 3"))
    cli("test", two)
    new = Path("two.golden.jsonl.new").read_bytes()
    assert cli("accept", two).lines == ["wrote two.golden.jsonl", "1 written, 0 unchanged"]
    assert Path("two.golden.jsonl").read_bytes() == new
    assert not Path("two.golden.jsonl.new").exists()
    assert cli("test", two).code == 0


def test_accept_in_ci_is_refused(cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI set no golden is written."""
    monkeypatch.setenv("CI", "1")
    said = cli("accept", write("a.yaml"))
    assert said.code == 2
    assert said.err == "error: goldens are not written in CI (the environment variable CI is set); --allow-ci does it all the same\n"
    assert list(files()) == ["a.yaml"]


def test_accept_in_ci_with_allow_ci(cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`--allow-ci` says that it is meant."""
    monkeypatch.setenv("CI", "1")
    assert cli("accept", "--allow-ci", write("a.yaml")).code == 0
    assert list(files()) == ["a.golden.jsonl", "a.yaml"]


def test_refused_outcome(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """A scenario that does not end as it expects is explained, and nothing is written."""
    write("bad.yaml", DEADLOCK)
    write("two.yaml", TWO.replace("hello", "hi"))
    before = files()
    said = cli("accept", ".")
    assert (said.code, said.out) == (4, "")
    assert said.err.splitlines() == [
        "refused: bad.yaml",
        "  deadlock after 0 s of virtual time: 2 events, 2 steps",
        "    main waits for a at bad.yaml:3:23, held by itself since bad.yaml:3:9",
        "    cycle: main → main",
        "    bad.yaml:1:1: the outcome: expected 'completed', was 'deadlock'",
        "nothing was written: 1 refused",
    ]
    assert files() == before


def test_refused_file(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """An invalid scenario is refused with its errors."""
    said = cli("accept", write("a.yaml"), write("bad.yaml", "main: [{pirnt: x}]"))
    assert said.code == 3
    assert "refused: bad.yaml\nbad.yaml:2:9: error[unknown-verb]" in said.err
    assert sorted(files()) == ["a.yaml", "bad.yaml"]


def test_golden_that_cannot_be_written(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A folder where a golden should be is told, and no golden is written."""
    write("a.yaml")
    Path("b.golden.jsonl").mkdir()
    said = cli("accept", "a.yaml", write("b.yaml"))
    assert (said.code, said.out, said.err) == (2, "", "error: cannot write b.golden.jsonl: it is a folder\n")
    assert sorted(files()) == ["a.yaml", "b.yaml"]


def test_dry_run(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """`--dry-run` names what would be written, with exit code 1 if there is anything, also in CI."""
    write("x.yaml")
    before = files()
    said = cli("accept", "--dry-run", ".")
    assert (said.code, said.lines) == (1, ["would write x.golden.jsonl", "1 to write, 1 unchanged"])
    assert cli("accept", "--dry-run", two).code == 0
    assert files() == before


def test_pending_only(cli: Callable[..., Any], two: str, write: Callable[..., str]) -> None:
    """`--pending` writes what a failed test left and leaves new scenarios alone."""
    write("two.yaml", TWO.replace("sleep: 1", "sleep: 3"))
    write("x.yaml")
    cli("test", ".")
    assert cli("accept", "--pending", ".").lines == ["wrote two.golden.jsonl", "1 written, 0 unchanged"]
    assert cli("accept", "--pending", ".").lines == ["0 written, 0 unchanged"]


def test_conflict_is_overwritten_and_told(cli: Callable[..., Any], two: str) -> None:
    """Accepting is the remedy for a merge conflict, and says what it was."""
    Path("two.golden.jsonl").write_text("<<<<<<< ours\n")
    assert cli("accept", two).lines[0] == "wrote two.golden.jsonl (it had a merge conflict at line 1)"


def test_interrupted_write_is_told(cli: Callable[..., Any], two: str) -> None:
    """What a killed write left in a folder is settled by the next test, by folder or by file, and that is one line on standard error."""
    for path in (".", two):
        Path(".threadscore.journal").touch()
        said = cli("test", path)
        assert (said.code, said.err) == (0, "undid an interrupted write of goldens in .: all are as they were\n")
        assert not Path(".threadscore.journal").exists()


def test_advice_names_the_case_only(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Of a file with cases, what to type accepts the case that differs and no other."""
    write("a.yaml", 'params: {n: 1}\ncases: {one: {}, two: {n: 2}}\nmain: [{print: "${n}"}]')
    said = cli("test", "a.yaml")
    assert "    python -m runner accept a.yaml --case one" in said.lines
    assert "    python -m runner accept a.yaml --case two" in said.lines


def test_advice_for_a_name_that_begins_with_a_dash(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """What to type is no option."""
    write("-a.yaml")
    said = cli("test", ".")
    assert "    python -m runner accept ./-a.yaml" in said.lines
    assert "  to see it run: python -m runner run ./-a.yaml" in said.lines


def test_accept_is_not_advised_where_it_would_refuse(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Of a deadlock that nobody expects, what to do is to mend the scenario or its `expect`."""
    write("a.yaml", "resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]")
    said = cli("test", "a.yaml")
    assert "  it does not end as it expects, so `accept` would refuse it: change its steps, or its `expect`" in said.lines
    assert "runner accept" not in said.out
