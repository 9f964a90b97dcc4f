"""`lint`: warnings, exit codes, and what `--fix` takes out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
Write = Callable[..., str]

UNUSED = """\
# kept: a comment at the top
name: unused
resources:
  # kept: what follows is about `guard`
  spare:
    kind: queue
    maxsize: 3    # goes with it
  # kept: before guard
  guard: lock
functions:
  helper:
    do:
      - with: {lock: guard, do: [{run: other}]}
  other:
    do:
      - sleep: 1
main:
  - with: {lock: guard, do: [{sleep: 1}]}    # kept: behind a step
"""
MENDED = """\
schema: 1
# kept: a comment at the top
name: unused
resources:
  # kept: what follows is about `guard`
  # kept: before guard
  guard: lock
main:
  - with: {lock: guard, do: [{sleep: 1}]}    # kept: behind a step
"""


def test_a_warning(cli: Cli, write: Write) -> None:
    """A warning has a place, an excerpt and a hint, and the exit code is 1."""
    write("x.yaml", "resources: {ready: event}\nmain:\n  - wait: ready\n")
    said = cli("lint", "x.yaml")
    assert (said.code, said.lines) == (1, ["1 warning"])
    assert said.err == (
        "x.yaml:4:5: warning[event-never-set]: nobody ever sets 'ready': this waits for ever\n"
        "    4 |   - wait: ready\n"
        "      |     ^^^^ `set` it, or give a timeout\n"
    )


def test_no_warning(cli: Cli, write: Write) -> None:
    """Without warnings the exit code is 0."""
    write("x.yaml")
    said = cli("lint", "x.yaml")
    assert (said.code, said.lines, said.err) == (0, ["0 warnings"], "")


def test_an_invalid_file(cli: Cli, write: Write) -> None:
    """An invalid file is told with its errors, the others are linted all the same, and the exit code is 3."""
    write("a.yaml", "main: [{wait: ready}]")
    write("b.yaml", "resources: {ready: event}\nmain: [{wait: ready}]")
    said = cli("lint", ".")
    assert (said.code, said.lines) == (3, ["1 warning"])
    assert "error[unknown-resource]" in said.err
    assert "warning[event-never-set]" in said.err


def test_validate_warns_too(cli: Cli, write: Write) -> None:
    """`validate` shows the same warnings, and they are no errors."""
    write("x.yaml", "resources: {ready: event}\nmain: [{wait: ready}]")
    said = cli("validate", "x.yaml")
    assert (said.code, said.lines) == (0, ["1 valid, 1 warning"])
    assert said.err == cli("lint", "x.yaml").err


def test_fix(cli: Cli, write: Write, tmp_path: Path) -> None:
    """`--fix` takes out what nothing uses, then what only that used, and says so; comments elsewhere stay."""
    write("x.yaml", UNUSED)
    said = cli("lint", "--fix", "x.yaml")
    assert (tmp_path / "x.yaml").read_text() == MENDED
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        "x.yaml: removed, for nothing uses the queue 'spare'",
        "x.yaml: removed, for nothing runs the function 'helper'",
        "x.yaml: removed, for nothing runs the function 'other'",
        "0 warnings, 3 removed",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "resources: {spare: lock}\nmain: [{sleep: 1}]\n",
        "functions:\n  f: &steps\n    do: [{sleep: 1}]\n  g: *steps\nmain: [{run: g}]\n",
        "params:\n  n: 1\ncases:\n  one: {n: 2}\nmain: [{sleep: 1}]\n",
        "functions:\n  f: {params: [a], do: [{sleep: 1}]}\nmain: [{run: {function: f, args: [1]}}]\n",
    ],
    ids=["shares its line", "an alias needs it", "a case needs it", "a function's parameter"],
)
def test_fix_leaves_alone(text: str, cli: Cli, write: Write, tmp_path: Path) -> None:
    """What cannot be taken out for sure stays, byte for byte, and is warned of."""
    write("x.yaml", text)
    before = (tmp_path / "x.yaml").stat()
    said = cli("lint", "--fix", "x.yaml")
    assert (said.code, said.lines) == (1, ["1 warning, 0 removed"])
    assert (tmp_path / "x.yaml").read_text() == "schema: 1\n" + text
    assert (tmp_path / "x.yaml").stat().st_mtime_ns == before.st_mtime_ns


def test_fix_one_of_two(cli: Cli, write: Write, tmp_path: Path) -> None:
    """What can be taken out is, though something else cannot."""
    write("x.yaml", "resources: {spare: lock}\nfunctions:\n  f:\n    do: [{sleep: 1}]\nmain: [{sleep: 1}]\n")
    said = cli("lint", "--fix", "x.yaml")
    assert (said.code, said.lines[-1]) == (1, "1 warning, 1 removed")
    assert (tmp_path / "x.yaml").read_text() == "schema: 1\nresources: {spare: lock}\nmain: [{sleep: 1}]\n"


def test_fix_keeps_line_ends(cli: Cli, tmp_path: Path) -> None:
    """Line ends and a byte order mark stay as they are."""
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfschema: 1\r\nresources:\r\n  spare: lock\r\nmain: [{sleep: 1}]\r\n")
    cli("lint", "--fix", "x.yaml")
    assert (tmp_path / "x.yaml").read_bytes() == b"\xef\xbb\xbfschema: 1\r\nmain: [{sleep: 1}]\r\n"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_fix_of_what_cannot_be_written(cli: Cli, write: Write, tmp_path: Path) -> None:
    """A write that is refused is an error, and nothing is said to be removed."""
    write("x.yaml", "resources:\n  spare: lock\nmain: [{sleep: 1}]\n")
    tmp_path.chmod(0o500)
    said = cli("lint", "--fix", "x.yaml")
    tmp_path.chmod(0o700)
    assert (said.code, said.out) == (2, "")


def test_explain(cli: Cli) -> None:
    """`explain` knows the codes of warnings, as they are shown."""
    said = cli("explain", "warning[joins-itself]")
    assert said.lines == [
        "warning[joins-itself]: A thread joins itself, which raises `RuntimeError`.",
        "",
        "  Let another thread, such as main, join it.",
    ]
