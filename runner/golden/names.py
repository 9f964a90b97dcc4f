"""What the files beside a scenario are called: its goldens, what is pending, and what a write keeps there while it lasts."""

from __future__ import annotations

from pathlib import Path

ENDINGS = (".yaml", ".yml")
"""What the names of scenario files end with."""
SUFFIX = ".golden.jsonl"
PENDING = ".new"
HIDDEN = ".threadscore."
"""How the names of all files begin that are there only while goldens are written; nothing else may be called so."""
JOURNAL = HIDDEN + "journal"


def golden_of(scenario: Path, case: str | None = None) -> Path:
    """Return where the golden of a scenario, or of one of its cases, is: beside it, `NAME.golden.jsonl` or `NAME[CASE].golden.jsonl`.

    A pinned schedule has its golden as a case has.
    """
    return scenario.with_name(f"{scenario.stem}{'' if case is None else f'[{case}]'}{SUFFIX}")


def pending_of(golden: Path) -> Path:
    """Return where a trace that differs from its golden is put, to be looked at or accepted."""
    return golden.with_name(golden.name + PENDING)


def is_golden(path: Path) -> bool:
    """Say whether a file is a golden, by its name."""
    return path.name.endswith(SUFFIX)


def is_pending(path: Path) -> bool:
    """Say whether a file is a pending trace, by its name."""
    return path.name.endswith(SUFFIX + PENDING)


def may_have_cases(scenario: Path) -> bool:
    """Say whether a file may have cases or pinned schedules, and so a golden for each: most have none, and need not be loaded to know.

    Raises:
        OSError: the file cannot be read.
    """
    text = scenario.read_bytes()
    return b"cases" in text or b"schedules" in text
