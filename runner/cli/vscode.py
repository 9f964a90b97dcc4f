"""What Visual Studio Code needs for completion, hover and underlines in scenarios: settings, the schema, and a recommended extension."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runner.cli.json_text import NotAddableError, with_additions
from runner.cli.terminal import say
from runner.errors import UsageError
from runner.golden import write_all

SCHEMA = ".vscode/threadscore.schema.json"
"""Beside the settings that name it, so that the folder needs neither this package nor the network to be edited."""
EXTENSION = "redhat.vscode-yaml"
SCENARIOS = ("scenarios/**/*.yaml", "scenarios/**/*.yml")


def set_up(folder: Path, scenarios: Sequence[str]) -> int:
    """Write the files, adding to those that are there, and return the exit code.

    A file of the author's that cannot be added to is left alone: what to add is printed, and the code is 2.
    """
    from runner.spec.schema import schema_text

    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    additions: dict[Path, dict[str, Any]] = {
        folder / ".vscode/settings.json": {"yaml.schemas": {SCHEMA: list(scenarios or SCENARIOS)}},
        folder / ".vscode/extensions.json": {"recommendations": [EXTENSION]},
    }
    contents = {folder / SCHEMA: schema_text()}
    refused: dict[Path, NotAddableError] = {}
    for path, addition in additions.items():
        try:
            contents[path] = with_additions(_read(path), addition)
        except NotAddableError as error:
            refused[path] = error
    changed = write_all(contents)
    for path in contents:
        say(f"wrote {path}" if path in changed else f"{path} is up to date")
    for path, reason in refused.items():
        say(f"error: {path} {reason}; it is left as it is. Add to it:", err=True)
        for line in json.dumps(additions[path], indent=4).splitlines():
            say(line, err=True)
    return 2 if refused else 0


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError:
        raise NotAddableError("is no UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
