"""The command line as a whole: verbs, help, and errors that none of them made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runner
import runner.cli.run_command as run_module
from runner.cli import VERBS
from runner.errors import InternalError


def test_version(cli: Callable[..., Any]) -> None:
    """`--version` prints the version."""
    assert cli("--version").out == f"threadscore {runner.__version__}\n"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_has_every_verb_and_exit_code(cli: Callable[..., Any], option: str) -> None:
    """Help names each verb with its line, and the exit codes."""
    said = cli(option)
    assert (said.code, said.err) == (0, "")
    for verb, text in VERBS.items():
        assert f"  {verb:<8}  {text}" in said.lines
    for code in ("0", "1", "2", "3", "4", "5", "70", "130"):
        assert f" {code} " in " ".join(said.out.split())


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_verb_has_help(cli: Callable[..., Any], verb: str, option: str) -> None:
    """Help behind a verb tells its options."""
    said = cli(verb, option)
    assert said.code == 0
    assert said.lines[0].startswith(f"Usage: python -m runner {verb}")


def test_no_verb_shows_help(cli: Callable[..., Any]) -> None:
    """Without a verb there is nothing to do but to show what could be done."""
    said = cli()
    assert said.code == 2
    assert "Usage: python -m runner" in said.out + said.err


@pytest.mark.parametrize(("typo", "verb"), [("tset", "test"), ("rum", "run"), ("acept", "accept"), ("valdate", "validate")])
def test_misspelt_verb_suggests_the_nearest(cli: Callable[..., Any], typo: str, verb: str) -> None:
    """A misspelt verb is told with the nearest there is."""
    said = cli(typo, "x.yaml")
    assert said.code == 2
    assert f"There is no verb {typo!r}. Did you mean {verb!r}?" in said.err


def test_verb_like_none(cli: Callable[..., Any]) -> None:
    """A verb that is like none is told without a guess."""
    said = cli("zzzzzz")
    assert said.code == 2
    assert "zzzzzz" in said.err
    assert "Did you mean" not in said.err


@pytest.mark.parametrize("verb", VERBS)
def test_unknown_option(cli: Callable[..., Any], verb: str) -> None:
    """An option that a verb does not have is the command's mistake."""
    said = cli(verb, "--nonsense")
    assert said.code == 2
    assert "--nonsense" in said.err


@pytest.mark.parametrize("error", [ZeroDivisionError("oh"), InternalError("oh"), OSError(5, "oh"), RecursionError("oh")])
def test_bug_of_ours(cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """What nobody foresaw has exit code 70, a traceback, and a request to report it."""

    def fail(*words: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(run_module, "run", fail)
    said = cli("run", write("a.yaml"))
    assert said.code == 70
    assert said.err.splitlines()[0] == "Traceback (most recent call last):"
    assert said.err.splitlines()[-1] == "This is a bug in threadscore: please report it with the traceback above."
    assert "oh" in said.err


def test_interrupted_outside_of_a_run(cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C anywhere else has exit code 130, and no traceback."""

    def fail(*words: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "load_cases", fail)
    said = cli("run", write("a.yaml"))
    assert said.code == 130
    assert said.err.strip() == "interrupted"


def test_full_disk_is_no_bug(cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Output that cannot be written is told, without a traceback."""

    def fail(*words: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_module, "run", fail)
    said = cli("run", write("a.yaml"))
    assert (said.code, said.err) == (2, "error: cannot write the output: No space left on device\n")


@pytest.mark.parametrize(
    ("words", "code"), [(("review", "."), 1), (("prune", "."), 2), (("show", "-"), 2), (("diff", "-", "a"), 2), (("fmt", "-"), 2)]
)
def test_standard_input_is_closed(
    cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    """Where there is no standard input, as behind `<&-`, verbs that would read it do without, or say so."""
    write("a.yaml")
    Path("old.golden.jsonl").touch()
    monkeypatch.setattr(sys, "stdin", None)
    said = cli(*words)
    assert said.code == code
    assert "Traceback" not in said.err
    assert "-" not in words or said.err == "error: cannot read -: standard input is closed\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_version_on_a_full_disk(process: Callable[..., Any]) -> None:
    """It says so, as every verb does, and shows no traceback."""
    with open("/dev/full", "wb") as full:
        said = process("--version", stdout=full)
    assert (said.code, said.err) == (2, "error: cannot write the output: No space left on device\n")
