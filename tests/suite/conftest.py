"""What the suite's tests share: scenario files in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(name, text)` writes a scenario and returns its path; `schema: 1` may be left out of the text."""

    def write(name: str, text: str = "main: [{print: hello}]") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("schema: 1\n" + dedent(text), "utf-8")
        return path

    return write


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[[], dict[str, bytes]]:
    """`snapshot()` gives all files below the test's folder and what is in them."""
    return lambda: contents(tmp_path)
