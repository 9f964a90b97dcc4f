"""Goldens in git: branches that change one scenario merge or conflict in its golden line by line, and no wrong merge goes unseen."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.cli import run_command_line

SCENARIO = """\
schema: 1
name: market
resources:
  price: {kind: var, value: 100}
  till: lock
threads:
  seller:
    do:
      - print: open
      - read: {var: price, as: seen}
      - sleep: 1
      - with: {lock: till, do: [{sleep: 0.5}, {print: counted}]}
      - print: swept
      - write: {var: price, value: "${seen if seen + 50 < 300 else 300}"}
      - sleep: 2
      - write: {var: price, value: 0}
      - print: closed
"""
CONFLICTS = ("<<<<<<< ", "=======", ">>>>>>> ")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


class Repository:
    """A git repository with a scenario and its golden, in the working folder."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.scenario, self.golden = Path("market.yaml"), Path("market.golden.jsonl")
        self._capture = capture
        self.scenario.write_text(SCENARIO, "utf-8")
        assert self.runner("accept", "market.yaml")[0] == 0
        self.git("init", "-q", "-b", "main")
        self.commit()

    def git(self, *words: str) -> tuple[int, str]:
        """Call git, whatever this machine's settings are: return its exit code and what it said."""
        settings = ["-c", "user.name=A. N. Author", "-c", "user.email=author@example.com", "-c", "commit.gpgsign=false"]
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        said = subprocess.run(["git", *settings, *words], capture_output=True, encoding="utf-8", env=environment, check=False)
        return said.returncode, said.stdout + said.stderr

    def runner(self, *words: str) -> tuple[int, str]:
        """Call `python -m runner` in this process."""
        self._capture.readouterr()
        code = run_command_line(list(words))
        captured = self._capture.readouterr()
        return code, captured.out + captured.err

    def commit(self) -> None:
        """Commit everything there is."""
        assert self.git("add", "-A")[0] == 0
        code, said = self.git("commit", "-q", "-m", "a change")
        assert code == 0, said

    @contextmanager
    def branch(self, name: str) -> Iterator[None]:
        """Do something on a branch of its own, commit it, and come back."""
        assert self.git("switch", "-q", "-c", name)[0] == 0
        yield
        self.commit()
        assert self.git("switch", "-q", "main")[0] == 0

    def change(self, *changes: tuple[str, str]) -> None:
        """Change the scenario's text and accept what it does then."""
        text = self.scenario.read_text("utf-8")
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        self.scenario.write_text(text, "utf-8")
        code, said = self.runner("accept", "market.yaml")
        assert code == 0, said

    def merge(self, ours: tuple[str, str], theirs: tuple[str, str]) -> list[str]:
        """Merge two branches that make a change each: return the files that conflict."""
        with self.branch("ours"):
            self.change(ours)
        with self.branch("theirs"):
            self.change(theirs)
        assert self.git("merge", "-q", "ours")[0] == 0
        code, said = self.git("merge", "-q", "--no-edit", "theirs")
        conflicts = self.git("diff", "--name-only", "--diff-filter=U")[1].split()
        assert code == bool(conflicts), said
        return conflicts

    def conflicting_lines(self) -> list[int]:
        """Return the lines of the golden that are git's markers."""
        return [number for number, line in enumerate(self.golden.read_text("utf-8").split("\n"), 1) if line.startswith(CONFLICTS)]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Repository:
    """Make one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    return Repository(capsys)


def test_changes_far_apart_merge(repository: Repository) -> None:
    """Where neither branch adds or removes an event, git merges the golden, and it is what the merged scenario gives."""
    assert repository.merge(("print: open", "print: good morning"), ("print: closed", "print: good night")) == []
    assert repository.runner("test", "market.yaml") == (0, "ok    market.yaml\n1 passed, 0 failed\n")
    golden = repository.golden.read_text("utf-8")
    assert "good morning" in golden
    assert "good night" in golden
    assert repository.git("status", "--porcelain") == (0, "")


def test_changes_of_one_event_conflict(repository: Repository) -> None:
    """Where both branches change the same event, its line conflicts, and no other."""
    assert repository.merge(("print: counted", "print: sold"), ("print: counted", "print: bought")) == [
        "market.golden.jsonl",
        "market.yaml",
    ]
    start, middle, end = repository.conflicting_lines()
    lines = repository.golden.read_text("utf-8").split("\n")
    assert (middle - start, end - middle) == (2, 2)
    assert '"value": "sold"' in lines[start]
    assert '"value": "bought"' in lines[middle]


def test_changes_of_neighbours_conflict(repository: Repository) -> None:
    """Where the branches change two events side by side, those lines conflict, far apart as they are in the scenario."""
    assert repository.merge(("print: open", "print: hello"), ("value: 100", "value: 200")) == ["market.golden.jsonl"]
    start, _, end = repository.conflicting_lines()
    lines = repository.golden.read_text("utf-8").split("\n")[start : end - 1]
    assert ['"op": "print"' in line for line in lines] == [True, False, False, True, False]


def test_conflict_in_the_scenario_is_named(repository: Repository) -> None:
    """While the scenario itself has the markers, it is invalid, and `accept` writes nothing."""
    repository.merge(("print: counted", "print: sold"), ("print: counted", "print: bought"))
    before = repository.golden.read_bytes()
    for verb in ("test", "accept"):
        code, said = repository.runner(verb, "market.yaml")
        assert code == 3
        assert "market.yaml:12:1: error[syntax]: a merge conflict is left in the file" in said
    assert repository.golden.read_bytes() == before


def test_conflict_is_named_and_accept_ends_it(repository: Repository) -> None:
    """`test` says which line of which golden has the markers, and what to do; having done it, git is clean and `test` passes."""
    repository.merge(("print: counted", "print: sold"), ("print: counted", "print: bought"))
    assert repository.git("checkout", "-q", "--ours", "market.yaml")[0] == 0
    code, said = repository.runner("test", "market.yaml")
    assert code == 1
    assert f"market.golden.jsonl:{repository.conflicting_lines()[0]}: a merge conflict is left in the trace" in said
    assert "python -m runner accept market.yaml" in said
    code, said = repository.runner("accept", "market.yaml")
    assert code == 0, said
    assert repository.conflicting_lines() == []
    repository.commit()
    assert repository.git("status", "--porcelain") == (0, "")
    assert repository.runner("test", "market.yaml")[0] == 0
    assert '"value": "sold"' in repository.golden.read_text("utf-8")


def test_new_event_conflicts_with_any_change_behind_it(repository: Repository) -> None:
    """One event more counts all later ones anew: a change far behind it merges in the scenario and conflicts in the golden."""
    assert repository.merge(("print: open", "print: open\n      - print: hello"), ("print: closed", "print: bye")) == [
        "market.golden.jsonl"
    ]
    assert repository.runner("accept", "market.yaml")[0] == 0
    golden = repository.golden.read_text("utf-8")
    assert '"value": "hello"' in golden
    assert '"value": "bye"' in golden
    repository.commit()
    assert repository.git("status", "--porcelain") == (0, "")


def test_new_event_merges_with_a_change_before_it(repository: Repository) -> None:
    """What comes before the new event is counted as it was, and so merges."""
    assert repository.merge(("print: open", "print: hello"), ("print: closed", "print: closed\n      - print: locked")) == []
    assert repository.runner("test", "market.yaml")[0] == 0


def test_golden_that_merges_into_what_no_run_does_is_found(repository: Repository) -> None:
    """Two changes merge cleanly, line by line, and together do what neither branch did: `test` shows the event that is wrong."""
    assert repository.merge(("value: 100", "value: 200"), ("seen + 50", "seen + 100")) == []
    code, said = repository.runner("test", "market.yaml")
    assert code == 1
    assert "write price ← 200" in said
    assert "write price ← 300" in said
    repository.runner("accept", "market.yaml")
    repository.commit()
    assert repository.runner("test", "market.yaml")[0] == 0


@pytest.mark.parametrize(("attributes", "code"), [("*.golden.jsonl text eol=lf\n", 0), ("", 1)], ids=["with", "without"])
def test_attributes_keep_line_ends(repository: Repository, attributes: str, code: int) -> None:
    """Where git is set to write CRLF, as on Windows, the line in `.gitattributes` keeps goldens as they are; without it, that is told."""
    Path(".gitattributes").write_text(attributes, "utf-8")
    repository.commit()
    repository.git("config", "core.autocrlf", "true")
    for path in (repository.scenario, repository.golden):
        path.unlink()
    assert repository.git("checkout", "-q", "--", ".")[0] == 0
    assert b"\r\n" in repository.scenario.read_bytes()
    assert (b"\r\n" in repository.golden.read_bytes()) == bool(code)
    assert repository.runner("test", "market.yaml")[0] == code
