"""What of goldens' files in a folder is of no use any more."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from runner.errors import ScenarioError, UsageError
from runner.golden import HIDDEN, JOURNAL, change_goldens, golden_of, is_pending, pending_of
from runner.golden.files import remove
from runner.limits import DEFAULT, Limits
from runner.suite.check import Result
from runner.suite.discover import discover, files_below
from runner.suite.judge import INVALID
from runner.suite.launch import load_cases


@dataclass(frozen=True, slots=True)
class Useless:
    """Goldens and pending traces that belong to no scenario, temporaries of writes that were killed; scenarios that cannot be loaded."""

    obsolete: tuple[Path, ...] = ()
    orphaned: tuple[Path, ...] = ()
    temporary: tuple[Path, ...] = ()
    invalid: tuple[Result, ...] = ()

    def __len__(self) -> int:
        return len(self.obsolete) + len(self.orphaned) + len(self.temporary)


def useless(folders: Iterable[str | os.PathLike[str]], limits: Limits = DEFAULT) -> Useless:
    """Find what may go from folders. Where a scenario cannot be loaded nothing may, for nobody knows its cases.

    Raises:
        UsageError: a path is no folder.
    """
    given = [Path(folder) for folder in folders]
    for folder in given:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder: only of a whole folder is it known which goldens belong to no scenario")
    found = discover(given)
    goldens: set[Path] = set()
    invalid: list[Result] = []
    for scenario in found.scenarios:
        try:
            goldens |= {golden_of(scenario, program.case) for program in load_cases(scenario, limits=limits, imports=False)}
        except ScenarioError as error:
            invalid.append(Result(scenario, INVALID, invalid=error))
    if invalid:
        return Useless(invalid=tuple(invalid))
    files = sorted({path for folder in given for path in files_below(folder, hidden=True)})
    wanted = {pending_of(golden) for golden in goldens}
    return Useless(
        tuple(path for path in found.obsolete if path not in goldens),
        tuple(path for path in files if is_pending(path) and not path.name.startswith(".") and path not in wanted),
        tuple(path for path in files if path.name.startswith(HIDDEN) and path.name != JOURNAL),
    )


def prune(found: Useless) -> None:
    """Remove what was found: goldens and pending traces all or none, then temporaries.

    Raises:
        UsageError: a golden or pending trace cannot be removed; none is, then.
    """
    change_goldens(dict.fromkeys((*found.obsolete, *found.orphaned)))
    remove(found.temporary)
