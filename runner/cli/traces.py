"""Read the traces that a command line names."""

from __future__ import annotations

from pathlib import Path

from runner.cli.terminal import read_stdin
from runner.errors import UsageError


def read_bytes(path: str) -> bytes:
    """Return what a file holds; - is standard input.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return read_stdin() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
