"""Find scenario files, and goldens that belong to none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.compiler import case_names
from runner.errors import ScenarioError, UsageError
from runner.golden import golden_of, is_golden, may_have_cases

ENDINGS = (".yaml", ".yml")
TO_INCLUDE = "_"
"""What the names of files that others include begin with."""


@dataclass(frozen=True, slots=True)
class Found:
    """Scenario files, sorted by path, and goldens in the folders looked through that belong to none of them."""

    scenarios: tuple[Path, ...]
    obsolete: tuple[Path, ...]


def discover(paths: Iterable[str | os.PathLike[str]], *, to_include: bool = False) -> Found:
    """Find scenarios: files as they are named, folders with every YAML file below them; hidden ones aside.

    Files to include are no scenarios; they are found in folders with `to_include` only.

    Raises:
        UsageError: a path does not exist, or two scenarios would have the same golden.
    """
    scenarios: dict[Path, None] = {}
    goldens: list[Path] = []
    for path_given in paths:
        given = Path(path_given)
        if not os.fspath(path_given):
            raise UsageError("there is an empty path")
        try:
            is_folder, exists = given.is_dir(), given.exists()
        except OSError as error:
            raise UsageError(f"cannot look at {str(given)!r}: {error.strerror}") from None
        if is_folder:
            for path in _files_below(given):
                if is_golden(path):
                    goldens.append(path)
                elif path.suffix in ENDINGS and (to_include or not path.name.startswith(TO_INCLUDE)):
                    scenarios[path] = None
        elif exists:
            scenarios[given] = None
        else:
            raise UsageError(f"there is no file or folder {str(given)!r}")
    expected: dict[Path, Path] = {}
    for scenario in scenarios:
        other = expected.setdefault(golden_of(scenario), _with_case_of_that_name(scenario) or scenario)
        if other != scenario:
            raise UsageError(f"{other} and {scenario} would share one golden, {golden_of(scenario).name}; rename one")
    obsolete = set(goldens)
    if obsolete:
        obsolete -= {golden for scenario in scenarios for golden in _goldens_of(scenario, goldens)}
    return Found(tuple(sorted(scenarios)), tuple(sorted(obsolete)))


def _with_case_of_that_name(scenario: Path) -> Path | None:
    """Return the scenario `NAME.yaml` beside `NAME[CASE].yaml` if it has that case."""
    named = re.fullmatch(r"(.+)\[(.+)\]", scenario.stem)
    if named is not None:
        for other in (scenario.with_name(named[1] + ending) for ending in ENDINGS):
            with suppress(ScenarioError):
                if named[2] in case_names(other):
                    return other
    return None


def _goldens_of(scenario: Path, goldens: Iterable[Path]) -> Iterable[Path]:
    """Return the goldens that a scenario has; all that it may have where it cannot be read."""
    try:
        if not may_have_cases(scenario):
            return (golden_of(scenario),)
        return [golden_of(scenario, case) for case in case_names(scenario) or [None]]
    except (ScenarioError, OSError):
        return [golden for golden in goldens if golden.parent == scenario.parent and golden.name.startswith(scenario.stem)]


def _files_below(folder: Path) -> Iterable[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))
