"""What the terminal can take: colour, width, characters."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO


def colored(stream: TextIO) -> bool:
    """Say whether to colour what goes to a stream: a terminal that can, and nobody said no."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def ascii_only(stream: TextIO | None = None) -> bool:
    """Say whether a stream takes ASCII only."""
    encoding = (stream or sys.stdout).encoding or "ascii"
    return not encoding.lower().replace("-", "").startswith("utf")


def width() -> int:
    """Return the terminal's width in columns; 80 when there is none, and never less than 40."""
    return max(shutil.get_terminal_size((80, 24)).columns, 40)
