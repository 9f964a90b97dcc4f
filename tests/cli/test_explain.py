"""`explain`: what is said of an error code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.codes import codes
from runner.lint import RULES

NO_VERB = """\
error[no-verb]: A step is empty, or text or a number instead of a mapping.

  Write `verb: what`, with a space behind the colon.

  wrong:
    main:
      - sleep:1

  right:
    main:
      - sleep: 1
"""


@pytest.mark.parametrize("word", ["no-verb", "error[no-verb]", "error[no-verb]:", " No-Verb "])
def test_a_code(cli: Callable[..., Any], word: str) -> None:
    """Its meaning, its cure and an example; the code may be pasted as it was shown."""
    said = cli("explain", word)
    assert (said.code, said.out, said.err) == (0, NO_VERB, "")


def test_several_codes(cli: Callable[..., Any]) -> None:
    """One below the other, with a line between."""
    said = cli("explain", "no-verb", "no-such-file")
    assert said.out == NO_VERB + "\nerror[no-such-file]: There is no file of that name.\n\n  Check the path.\n"


@pytest.mark.parametrize(
    ("word", "advice"),
    [("two-verb", "did you mean 'two-verbs'?"), ("zzz", "`explain` alone lists all"), ("error[tga]", "did you mean 'tag'?")],
)
def test_an_unknown_code(cli: Callable[..., Any], word: str, advice: str) -> None:
    """The command is wrong; the likeliest code is named, and nothing else is explained."""
    said = cli("explain", "no-verb", word)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"error: there is no error code {word.removeprefix('error[').removesuffix(']')!r}; {advice}\n"


def test_all_codes(cli: Callable[..., Any]) -> None:
    """Without a code, each with its line, under its group's heading."""
    said = cli("explain")
    assert said.lines[:2] == ["The file", "  no-such-file              There is no file of that name."]
    assert [line.split()[0] for line in said.lines if line.startswith("  ")] == [*codes(), *RULES]


def test_a_narrow_encoding(process: Callable[..., Any]) -> None:
    """What an encoding lacks is drawn in ASCII."""
    said = process("explain", "syntax", env={"PYTHONIOENCODING": "ascii"})
    assert said.code == 0
    assert "within `{..}` and `[..]`, put `${..}` in quotes" in " ".join(said.out.split())


def test_it_starts_quickly(process: Callable[..., Any]) -> None:
    """Neither the models nor the engine are imported to explain a word."""
    said = process("explain", "tag", env={"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip() for line in said.err.splitlines()}
    assert said.code == 0
    assert "runner.codes" in imported
    assert not {"pydantic", "yaml", "runner.spec", "runner.suite"} & imported
