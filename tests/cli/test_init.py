"""`init`: the starter scenario."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.suite import load


def test_starter_is_written(cli: Callable[..., Any]) -> None:
    """Without a path it is scenario.yaml."""
    said = cli("init")
    assert (said.code, said.err) == (0, "")
    assert said.out == "wrote scenario.yaml; run it with: python -m runner run scenario.yaml\n"
    assert Path("scenario.yaml").exists()


def test_starter_works(cli: Callable[..., Any]) -> None:
    """What is written is valid, runs, can be accepted, and then passes."""
    cli("init", "deep/first.yaml")
    assert cli("validate", "deep").lines == ["1 valid"]
    assert cli("run", "deep/first.yaml").code == 0
    assert cli("accept", "deep").code == 0
    assert cli("test", "deep").code == 0


def test_starter_shows_no_difference_between_seeds(cli: Callable[..., Any]) -> None:
    """Its lock does what it is for: the total is right whoever goes when."""
    cli("init")
    assert {cli("run", "-q", "scenario.yaml", "--seed", str(seed)).code for seed in range(20)} == {0}


def test_starter_can_be_overridden(cli: Callable[..., Any]) -> None:
    """The override that its comment tells works."""
    cli("init")
    assert cli("run", "scenario.yaml", "--set", "rounds=5").code == 0


def test_starter_says_how_to_run_it(cli: Callable[..., Any]) -> None:
    """The commands in its comments name the file."""
    cli("init", "deep/first.yaml")
    text = Path("deep/first.yaml").read_text()
    for verb in ("run", "accept", "test"):
        assert f"python -m runner {verb} deep/first.yaml" in text


def test_nothing_is_overwritten(cli: Callable[..., Any]) -> None:
    """A file that is there stays as it is."""
    Path("scenario.yaml").write_text("mine")
    said = cli("init")
    assert (said.code, said.out, said.err) == (2, "", "error: scenario.yaml exists already; name another file\n")
    assert Path("scenario.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["scenario.txt", "scenario", "scenario.json"])
def test_other_ending(cli: Callable[..., Any], name: str) -> None:
    """A scenario's name ends as scenarios' names do."""
    said = cli("init", name)
    assert (said.code, said.err) == (2, f"error: {name}: a scenario's name ends in .yaml\n")
    assert not Path(name).exists()


@pytest.mark.parametrize(
    "stem", ["null", "True", "1", "1e3", "0x1F", "a: b", "# x", "[x", "it's", 'say "so"', "a b", "ünï→😀", "- x", "~", "a{b}", "${x}", "on"]
)
def test_any_name_will_do(cli: Callable[..., Any], stem: str) -> None:
    """Whatever the file is called, the starter is valid and the scenario is called the same."""
    said = cli("init", f"./{stem}.yaml")
    assert said.code == 0
    assert load(f"{stem}.yaml").name == stem


def test_name_with_a_line_break(cli: Callable[..., Any]) -> None:
    """A line break in a name does not break out of the comment that the name is in."""
    cli("init", "a\nb: c.yaml")
    assert load("a\nb: c.yaml").name == "a\nb: c"


def test_folder_that_cannot_be_made(cli: Callable[..., Any]) -> None:
    """A file in place of a folder is told."""
    Path("file").write_text("")
    said = cli("init", "file/a.yaml")
    assert said.code == 2
    assert said.err.startswith("error: cannot write file")
