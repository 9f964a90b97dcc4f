"""Find scenario files, and goldens that belong to none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.compiler import run_names
from runner.errors import ScenarioError, UsageError
from runner.golden import JOURNAL, golden_of, is_golden, may_have_cases, recover
from runner.golden.names import ENDINGS

TO_INCLUDE = "_"
"""What the names of files that others include begin with."""


def name_of(scenario: str | os.PathLike[str], case: str | None) -> str:
    """Return what messages call a scenario, or one of its cases: the file, and the case in brackets."""
    return os.fspath(scenario) if case is None else f"{os.fspath(scenario)}[{case}]"


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
            for path in files_below(given):
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
    """Return the scenario `NAME.yaml` beside `NAME[CASE].yaml` if it has a case, or a pinned schedule, of that name."""
    named = re.fullmatch(r"(.+)\[(.+)\]", scenario.stem)
    if named is not None:
        for other in (scenario.with_name(named[1] + ending) for ending in ENDINGS):
            with suppress(ScenarioError):
                if named[2] in run_names(other):
                    return other
    return None


def refuse_shared(scenarios: Iterable[Path]) -> None:
    """Refuse scenarios that would share a golden with any other in their folders, whether that was named too or not.

    Raises:
        UsageError: one would.
    """
    beside: dict[Path, list[Path]] = {}
    for scenario in scenarios:
        if scenario.parent not in beside:
            with suppress(OSError):
                beside[scenario.parent] = sorted(path for path in scenario.parent.iterdir() if path.suffix in ENDINGS)
        for other in beside.get(scenario.parent, ()):
            short, long = sorted((other.stem, scenario.stem), key=len)
            if other.name != scenario.name and (short == long or long.startswith(f"{short}[")):
                shared = set(_goldens_of(scenario, ())) & set(_goldens_of(other, ()))
                if shared:
                    raise UsageError(f"{scenario} and {other} would share one golden, {min(shared).name}; rename one")


def _goldens_of(scenario: Path, goldens: Iterable[Path]) -> Iterable[Path]:
    """Return the goldens that a scenario has; all that it may have where it cannot be read."""
    try:
        if not may_have_cases(scenario):
            return (golden_of(scenario),)
        return [golden_of(scenario, case) for case in run_names(scenario)]
    except (ScenarioError, OSError):
        return [golden for golden in goldens if golden.parent == scenario.parent and golden.name.startswith(scenario.stem)]


def files_below(folder: Path, *, hidden: bool = False) -> Iterable[Path]:
    """Yield the files below a folder, sorted; hidden ones if they are wanted. Interrupted writes of goldens are settled first.

    Raises:
        UsageError: a folder cannot be looked into, so nobody can tell what is not tested.
    """
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        if JOURNAL in files:
            recover([Path(parent)])
            files = [entry.name for entry in os.scandir(parent) if not entry.is_dir()]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if hidden or not name.startswith("."))


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # which has gone in the meantime
        raise UsageError(f"cannot look into {error.filename}: {error.strerror}") from None
