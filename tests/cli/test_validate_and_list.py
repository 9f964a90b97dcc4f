"""`validate` and `list`: what is said of scenarios without running them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runner.interpreter
import runner.suite.launch as launch_module

BAD = "resources: {guard: lock}\nmain:\n  - acquire: gaurd\n  - pirnt: x"


def test_valid_files(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Files without errors are counted."""
    said = cli("validate", write("a.yaml"), write("b.yaml"))
    assert (said.code, said.out, said.err) == (0, "2 valid\n", "")


def test_every_error_of_every_file(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """All errors are told, with place, line and suggestion, and the files counted."""
    said = cli("validate", write("a.yaml", BAD), write("b.yaml"), write("c.yaml", "main: {}"))
    assert (said.code, said.out) == (3, "1 valid, 2 invalid\n")
    heads = [text.partition(": ")[0] + " " + text.partition("[")[2].partition("]")[0] for text in said.err.splitlines() if "error[" in text]
    assert heads == ["a.yaml:4:14 unknown-resource", "a.yaml:5:5 unknown-verb", "c.yaml:2:7 wrong-type"]
    assert "    4 |   - acquire: gaurd\n      |              ^^^^^ did you mean 'guard'? (declared at line 2)\n" in said.err


def test_nothing_is_run(cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Validating runs nothing."""
    monkeypatch.delattr(launch_module, "execute")
    monkeypatch.delattr(runner.interpreter, "execute")
    assert cli("validate", write("a.yaml")).code == 0


@pytest.mark.parametrize("verb", ["validate", "list", "test", "accept"])
def test_folder_without_scenarios(cli: Callable[..., Any], verb: str) -> None:
    """Where there are no scenarios the exit code is 5."""
    Path("empty").mkdir()
    said = cli(verb, "empty")
    assert (said.code, said.out, said.err) == (5, "", "there are no scenarios there\n")


@pytest.mark.parametrize("verb", ["validate", "list", "test", "accept"])
def test_path_that_is_not_there(cli: Callable[..., Any], verb: str) -> None:
    """A path that leads nowhere is the command's mistake."""
    said = cli(verb, "nowhere")
    assert (said.code, said.out, said.err) == (2, "", "error: there is no file or folder 'nowhere'\n")


@pytest.mark.parametrize("verb", ["validate", "list", "test", "accept", "run", "show"])
def test_path_is_required(cli: Callable[..., Any], verb: str) -> None:
    """Each verb that works on files wants at least one."""
    said = cli(verb)
    assert said.code == 2
    assert "Missing argument" in said.err


def test_list(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A scenario is a line: path, name, what it has, whether there is a golden."""
    write("x/a.yaml", "name: first one\nresources: {a: lock}\nthreads: {t: {count: 3, do: [{print: x}]}}")
    write("x/long-name.yaml")
    write("x/c.yaml", BAD)
    write("x/d.yaml", "main: {}")
    cli("accept", "x/a.yaml")
    said = cli("list", "x")
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        "x/a.yaml          first one: 3 threads, 1 resource, golden",
        "x/c.yaml          invalid (2 problems)",
        "x/d.yaml          invalid (1 problem)",
        "x/long-name.yaml  long-name: 0 threads, 0 resources, no golden",
    ]


def test_list_as_a_page(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A page goes to a file, whose folder is made and from which its links lead; without a file it is printed."""
    write("x/a.yaml", "description: It prints. Twice.\nmain: [{print: x}]")
    said = cli("list", "--as", "markdown", "--to", "docs/all.md", "x")
    assert (said.code, said.out, said.err) == (0, "wrote docs/all.md\n", "")
    page = Path("docs/all.md").read_text("utf-8")
    assert "| [a](../x/a.yaml) | It prints. |  | `print` |  |\n" in page
    assert "`python -m runner list --as markdown --to docs/all.md x`" in page
    printed = cli("list", "--as", "markdown", "x").out
    assert "| [a](x/a.yaml) | It prints. |  | `print` |  |\n" in printed


def test_a_page_with_what_does_not_compile(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """What is wrong only as a whole is as invalid on a page as in a list."""
    write("x/a.yaml", "main: [{acquire: nothing}]")
    assert "| [a](x/a.yaml) | invalid (1 problem) | | | |\n" in cli("list", "--as", "markdown", "x").out


def test_list_to_a_file(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """The plain list can be written to a file too."""
    write("x/a.yaml")
    lines = cli("list", "x").out
    assert cli("list", "--to", "all.txt", "x").out == "wrote all.txt\n"
    assert Path("all.txt").read_text("utf-8") == lines
