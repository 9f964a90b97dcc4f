"""The page of what exploring says of the scenarios: it has them all, and the lines of the small ones are still so."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.gallery import PAGE, cases, line, title
from runner.program import Program

LINES = {text.split(" | ")[0].removeprefix("| "): text for text in PAGE.read_text("utf-8").splitlines() if text.startswith("| [")}
FEW = 40


def executions(text: str) -> int:
    """Return how many executions a line speaks of."""
    return int(text.split(" | ")[4].split(" ")[0].replace(",", ""))


CASES = list(cases())
SMALL = [(path, program) for path, program in CASES if title(path, program) in LINES and executions(LINES[title(path, program)]) <= FEW]


def test_every_case_has_a_line() -> None:
    """No case of a scenario is missing, and none is there that is no more."""
    assert list(LINES) == [title(path, program) for path, program in CASES]


@pytest.mark.parametrize(("path", "program"), SMALL, ids=[f"{path.stem}-{program.case}" for path, program in SMALL])
def test_what_is_small_is_explored_again(path: Path, program: Program) -> None:
    """Exploring a case comes to what its line says; `python -m benchmarks.gallery` writes the page anew."""
    assert line(path, program) == LINES[title(path, program)]
