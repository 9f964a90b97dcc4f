"""`prune`: deleting what belongs to no scenario, and nothing else."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runner.suite.prune as prune_module
from runner.errors import UsageError


def names() -> list[str]:
    """Name all files below the working folder."""
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


USELESS = [
    "x/.threadscore.0123456789ab.0",
    "x/gone.golden.jsonl",
    "x/gone.golden.jsonl.new",
    "x/two[old].golden.jsonl",
    "x/two[old].golden.jsonl.new",
]
KEPT = [
    "x/.hidden/lost.golden.jsonl",
    "x/.mine.golden.jsonl.new",
    "x/notes.txt",
    "x/one.golden.jsonl",
    "x/one.golden.jsonl.new",
    "x/one.yaml",
    "x/two.yaml",
    "x/two[case].golden.jsonl",
]


@pytest.fixture
def folder(cli: Callable[..., Any], write: Callable[..., str]) -> str:
    """Make a folder with goldens that are of use and others that are not."""
    write("x/one.yaml")
    write("x/two.yaml", "cases: {case: {}}\nmain: [{print: x}]")
    cli("accept", "x")
    Path("x/.hidden").mkdir()
    for name in (*USELESS, *KEPT):
        Path(name).touch()
    return "x"


def test_yes(cli: Callable[..., Any], folder: str) -> None:
    """With --yes it names what belongs to no scenario or case and deletes it."""
    said = cli("prune", "--yes", folder)
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        "obsolete: x/gone.golden.jsonl",
        "obsolete: x/two[old].golden.jsonl",
        "orphaned: x/gone.golden.jsonl.new",
        "orphaned: x/two[old].golden.jsonl.new",
        "left over: x/.threadscore.0123456789ab.0",
        "5 files deleted",
    ]
    assert names() == KEPT
    assert cli("prune", folder).lines == ["there is nothing to delete"]


def test_dry_run(cli: Callable[..., Any], folder: str) -> None:
    """With --dry-run it names the same, deletes nothing and has exit code 1."""
    said = cli("prune", "--dry-run", folder)
    assert (said.code, said.lines[-1]) == (1, "5 files to delete")
    assert names() == sorted(KEPT + USELESS)


def test_nobody_to_ask(cli: Callable[..., Any], folder: str) -> None:
    """Without a terminal and without --yes nothing is deleted."""
    said = cli("prune", folder)
    assert (said.code, said.err) == (2, "error: nobody can be asked here, so nothing was deleted; --yes deletes without asking\n")
    assert names() == sorted(KEPT + USELESS)


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, KEPT), ("n\n", 1, KEPT + USELESS), ("\n", 1, KEPT + USELESS)])
def test_in_a_terminal_it_asks(cli: Any, folder: str, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, left: list[str]) -> None:
    """In a terminal it asks, and only yes is yes."""

    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Typed(typed))
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt="": sys.stdin.readline().rstrip("\n"))
    cli.on_terminal = True
    assert cli("prune", folder).code == code
    assert names() == sorted(left)


def test_interruption_deletes_nothing(cli: Any, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at the question deletes nothing, and says so on a line of its own."""

    def interrupt(prompt: str = "") -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", interrupt)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    cli.on_terminal = True
    said = cli("prune", folder)
    assert (said.code, said.err) == (130, "\nnothing was deleted\ninterrupted\n")
    assert names() == sorted(KEPT + USELESS)


def test_file_is_a_usage_error(cli: Callable[..., Any], folder: str) -> None:
    """Of a single file it is not known what else is beside it."""
    said = cli("prune", "--yes", "x/one.yaml")
    assert (said.code, said.err) == (
        2, "error: x/one.yaml is no folder: only of a whole folder is it known which goldens belong to no scenario\n",
    )  # fmt: skip
    assert names() == sorted(KEPT + USELESS)


def test_scenario_that_cannot_be_loaded(cli: Callable[..., Any], folder: str, write: Callable[..., str]) -> None:
    """Where a scenario is invalid nobody knows its cases, and nothing is deleted."""
    write("x/deep/bad.yaml", "main: [{pirnt: x}]")
    said = cli("prune", "--yes", folder)
    assert said.code == 3
    assert "x/deep/bad.yaml:2:9: error[unknown-verb]" in said.err
    assert "nothing was deleted: 1 invalid" in said.err
    assert set(USELESS) < set(names())


def test_in_ci_it_is_refused(cli: Callable[..., Any], folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI set nothing is deleted, unless that is meant."""
    monkeypatch.setenv("CI", "1")
    assert cli("prune", "--yes", folder).code == 2
    assert names() == sorted(KEPT + USELESS)
    assert cli("prune", "--yes", "--allow-ci", folder).code == 0
    assert names() == KEPT


def test_refused_deletion_deletes_none(cli: Callable[..., Any], folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one file cannot be deleted all stay, and it is named."""
    real = Path.unlink

    def unlink(path: Path, **options: Any) -> None:
        if path.name.startswith("two"):
            raise PermissionError(1, "Operation not permitted")
        real(path, **options)

    monkeypatch.setattr(Path, "unlink", unlink)
    said = cli("prune", "--yes", folder)
    assert (said.code, said.err) == (2, "error: cannot write x/two[old].golden.jsonl: Operation not permitted\n")
    assert names() == sorted(KEPT + USELESS)


def test_no_folder_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is an error, too."""
    with pytest.raises(UsageError, match="is no folder"):
        prune_module.useless([tmp_path / "nowhere"])
