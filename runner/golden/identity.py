"""Which folders and files are the same one, by whatever names: letters' case may not matter, links and mounts give more of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.errors import UsageError


def folder_of(path: Path) -> Path:
    """Return the folder that a file is in, without links."""
    return Path(os.path.realpath(path.parent))


def identity(folder: Path) -> tuple[int, int, str]:
    """Return what tells one folder from another; a path where there is no such folder."""
    try:
        found = os.stat(folder)
    except OSError:
        return 0, 0, str(folder)
    return found.st_dev, found.st_ino, "" if found.st_ino else str(folder)


def alike(folders: Iterable[Path]) -> Iterable[list[Path]]:
    """Group folders that are the same one."""
    groups: dict[object, list[Path]] = {}
    for folder in folders:
        groups.setdefault(identity(folder), []).append(folder)
    return groups.values()


def distinct(folders: Iterable[Path]) -> list[Path]:
    """Leave out folders that are an earlier one by another name: whoever has locked it would wait for himself."""
    return [same[0] for same in alike(dict.fromkeys(folders))]


def once_each(contents: Mapping[Path, bytes | None]) -> set[Path]:
    """Return the paths without those that are an earlier one's file by another name.

    Raises:
        UsageError: two that are one file are to differ: the last would win, and the other be wrong from the start.
    """
    first: dict[object, Path] = {}
    for path, data in contents.items():
        target = Path(os.path.realpath(path) if data is not None else path)
        other = first.setdefault((identity(folder_of(target)), target.name), path)
        if contents[other] != data:
            raise UsageError(f"cannot write {path}: it is the same file as {other}, and they are to differ")
    return set(first.values())
