"""Paths of scenarios: how their names end, and how messages show them. Imports nothing of the package: collecting does."""

from __future__ import annotations

from pathlib import Path

ENDINGS = (".yaml", ".yml")


def shown(path: Path) -> Path:
    """Return a path as messages should show it: relative to where pytest was started, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
