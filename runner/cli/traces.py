"""Read the traces that a command line names."""

from __future__ import annotations

import sys
from pathlib import Path

from runner.errors import UsageError


def read_bytes(path: str) -> bytes:
    """Return what a file holds; - is standard input.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
