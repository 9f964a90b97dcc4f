"""Which Python modules scenarios may call: those that whoever runs them says, and the project that they are run in. No other, by default.

A scenario, and what lies beside it, may come from anybody, and so have no say. The directory that a command is run in has: Python itself
takes modules from there.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from runner.errors import UsageError
from runner.limits import DEFAULT, Limits

FILE = "pyproject.toml"


def with_calls(modules: Iterable[str], project: Path, limits: Limits = DEFAULT) -> Limits:
    """Return limits that allow calls of these modules, and of those that a project's pyproject.toml lists: `[tool.threadscore] allow_call`.

    Raises:
        UsageError: what is listed is no module's name, or the file cannot be read.
    """
    given = [_module(name, "--allow-call") for name in modules]
    calls = tuple(dict.fromkeys((*given, *of_project(project))))
    return replace(limits, calls=calls) if calls else limits


@cache
def of_project(project: Path) -> tuple[str, ...]:
    """Return the modules that a project's pyproject.toml lists.

    Raises:
        UsageError: it lists something else, or cannot be read.
    """
    file = project / FILE
    try:
        data = file.read_bytes()
        if b"threadscore" not in data:  # what is wrong with the rest of it is for others to say
            return ()
        table: Any = tomllib.loads(data.decode())
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise UsageError(f"{FILE} cannot be read: {error}") from None
    for key in ("tool", "threadscore", "allow_call"):
        table = table.get(key, {}) if isinstance(table, dict) else {}
    if table == {}:
        return ()
    where = f"allow_call in {FILE}"
    if not isinstance(table, list):
        raise UsageError(f'{where} is a list of modules, such as ["bank"], not {table!r}')
    return tuple(_module(name, where) for name in table)


def _module(name: Any, where: str) -> str:
    if not isinstance(name, str) or not all(word.isidentifier() for word in name.split(".")):
        raise UsageError(f"{where} takes modules or packages, such as bank or bank.demo, not {name!r}")
    return name


def look_here() -> None:
    """Find modules from the directory that the command is run in, as `python -m` does, however we were started; processes inherit it."""
    here = os.getcwd()
    if "" not in sys.path and here not in sys.path:
        sys.path.insert(0, here)
