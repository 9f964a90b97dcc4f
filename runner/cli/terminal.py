"""What the terminal can take: colour, width, characters. What verbs say goes out here."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

import click

from runner.errors import UsageError
from runner.report.log_commands import without_commands
from runner.report.words import in_ascii, safe


def say(text: str, *, err: bool = False, finished: bool = False) -> None:
    """Print one line on stdout or stderr. Names from files and of files can neither move the cursor nor add lines of their own.

    A text that is `finished` may have colours: whoever made it has seen to the rest.
    """
    text = without_commands(text if finished else safe(text))
    click.echo(in_ascii(text) if ascii_only(sys.stderr if err else sys.stdout) else text, err=err, color=True if finished else None)


def can_ask() -> bool:
    """Say whether somebody is there to be asked: a terminal to read from and to write to."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def read_stdin() -> bytes:
    """Read standard input to its end.

    Raises:
        UsageError: it was closed before we began.
    """
    if sys.stdin is None:
        raise UsageError("cannot read -: standard input is closed")
    return sys.stdin.buffer.read()


def colored(stream: TextIO | None) -> bool:
    """Say whether to colour what goes to a stream: a terminal that can, and nobody said no."""
    return stream is not None and stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def ascii_only(stream: TextIO | None) -> bool:
    """Say whether a stream takes ASCII only. One that was closed before we began takes nothing, which is as good."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return not encoding.lower().replace("-", "").startswith("utf")


def width() -> int:
    """Return the terminal's width in columns; 80 when there is none, and never less than 40."""
    return max(shutil.get_terminal_size((80, 24)).columns, 40)
