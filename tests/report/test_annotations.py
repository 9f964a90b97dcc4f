"""GitHub's workflow commands: one for each failure, and no way for a text to become one, or a part of one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report.account import Account
from runner.report.annotations import MOST, GitHubReport
from runner.report.reporter import Ending


def said(account: Account, workspace: str = ".") -> list[str]:
    """Return what is said of a test."""
    return [line.text for line in GitHubReport(Path(workspace)).test(account)]


def parsed(command: str) -> tuple[str, dict[str, str], str]:
    """Read a command as GitHub's runner does: name, properties, message."""
    match = re.fullmatch(r"::(\w+) (.*?)::(.*)", command)
    assert match is not None, command
    properties = dict(each.split("=", 1) for each in match[2].split(","))
    of_message = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]
    return (
        match[1],
        {name: unescaped(value, [("%3A", ":"), ("%2C", ","), *of_message]) for name, value in properties.items()},
        unescaped(match[3], of_message),
    )


def unescaped(text: str, escapes: list[tuple[str, str]]) -> str:
    """Undo escapes, that of the percent sign last."""
    for escape, character in escapes:
        text = text.replace(escape, character)
    return text


def test_a_pass_needs_no_annotation() -> None:
    """Nothing is said of a test that passes."""
    assert said(Account(Path("a.yaml"), None, 0)) == []


def test_a_failure() -> None:
    """A failure is an error at its place, titled with the test's name."""
    (command,) = said(
        Account(Path("a.yaml"), "naive", 1, kind="golden", message="it differs", file="lib/_b.yaml", line=7, column=3, lines=("  x: 100%",))
    )
    assert command == "::error file=lib/_b.yaml,line=7,col=3,title=a.yaml[naive]::it differs%0A  x: 100%25"


def test_obsolete_goldens() -> None:
    """A golden that belongs to no scenario is a warning."""
    (line,) = GitHubReport(Path()).end(Ending(obsolete=(Path("x.golden.jsonl"),)))
    assert parsed(line.text)[:2] == ("warning", {"file": "x.golden.jsonl", "line": "1", "col": "1", "title": "obsolete golden"})


@pytest.mark.parametrize(
    ("workspace", "file", "shown"),
    [("..", "a.yaml", f"{Path.cwd().name}/a.yaml"), (".", f"{Path.cwd()}/s/a.yaml", "s/a.yaml"), ("/elsewhere", "s/a.yaml", "s/a.yaml")],
)
def test_paths_are_from_the_top_of_the_checkout(workspace: str, file: str, shown: str) -> None:
    """A path begins at the workspace, wherever we stand; what is not in there stays as it is called."""
    (command,) = said(Account(Path("a.yaml"), None, 1, file=file), workspace)
    assert parsed(command)[1]["file"] == shown


def test_long_messages_are_cut() -> None:
    """A message has an end, also where a difference has none."""
    (command,) = said(Account(Path("a.yaml"), None, 1, message="x", lines=("y" * 100_000,)))
    assert len(parsed(command)[2]) == MOST


@given(st.text(st.characters(), max_size=50), st.text(st.characters(exclude_characters="/\0"), max_size=50))
def test_no_text_gets_out_of_its_place(text: str, name: str) -> None:
    """Whatever a file is called and says, the command is one line, and its parts are what they were meant to be."""
    (command,) = said(Account(Path(f"x{name}"), None, 1, message=text, file=f"x{name}", line=3, column=4))
    assert command.isprintable()
    verb, properties, message = parsed(command)
    assert (verb, list(properties), properties["line"], properties["col"]) == ("error", ["file", "line", "col", "title"], "3", "4")
    plain = text.replace("\r", "").replace("\n", "")
    if plain.isprintable():
        assert message == text


def test_workspace_that_is_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path begins at the workspace also where that is called by a link's name, as the system never calls the folder we stand in."""
    (tmp_path / "checkout/sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("checkout")
    monkeypatch.chdir(tmp_path / "checkout/sub")
    (command,) = said(Account(Path("a.yaml"), None, 1, file="a.yaml"), str(tmp_path / "link"))
    assert "file=sub/a.yaml," in command
