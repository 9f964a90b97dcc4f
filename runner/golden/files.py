"""Golden files on disk. Writing is all or nothing: every file is staged and synced before the first is renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from runner.errors import UsageError

SUFFIX = ".golden.jsonl"
PENDING = ".new"


def golden_of(scenario: Path, case: str | None = None) -> Path:
    """Return where the golden of a scenario, or of one of its cases, is: beside it, `NAME.golden.jsonl` or `NAME[CASE].golden.jsonl`."""
    return scenario.with_name(f"{scenario.stem}{'' if case is None else f'[{case}]'}{SUFFIX}")


def may_have_cases(scenario: Path) -> bool:
    """Say whether a scenario file may have cases, and so a golden for each: most have none, and need not be loaded to know.

    Raises:
        OSError: the file cannot be read.
    """
    return b"cases" in scenario.read_bytes()


def in_ci() -> bool:
    """Say whether this runs in CI, where nobody looks at what is written: no golden may be, and nothing is left beside one."""
    return bool(os.environ.get("CI"))


def pending_of(golden: Path) -> Path:
    """Return where a trace that differs from its golden is put, to be looked at or accepted."""
    return golden.with_name(golden.name + PENDING)


def is_golden(path: Path) -> bool:
    """Say whether a file is a golden, by its name."""
    return path.name.endswith(SUFFIX)


def write_all(contents: Mapping[Path, str]) -> list[Path]:
    """Write files so that each is old or new and never half; return those whose content changed.

    A file that would not change is not touched; a device or pipe is written to as it is. All others are written beside their
    targets and synced first, and only then renamed, one after the other. Folders are made.

    Raises:
        UsageError: a file cannot be written. Nothing has been changed then, unless it was a renaming that failed, which
            the checks and the staging before it leave little reason for: files renamed before that one are new.
    """
    for path in contents:
        if path.is_dir():
            raise UsageError(f"cannot write {path}: it is a folder")
    data_of = {_target(path): text.encode() for path, text in contents.items()}
    devices = [path for path in data_of if path.exists() and not path.is_file()]  # a pipe, a terminal, /dev/null
    changed = {path: data for path, data in data_of.items() if path not in devices and not _same(path, data)}
    staged: dict[Path, str] = {}
    try:
        for path in devices:
            with path.open("wb") as device:
                device.write(data_of[path])
        for path, data in changed.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            staged[path] = name
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, _mode(path))
        for path in changed:
            os.replace(staged[path], path)
            del staged[path]
    except OSError as error:
        where = error.filename2 or error.filename
        raise UsageError(f"cannot write{f' {where}' if where else ''}: {error.strerror}") from None
    finally:
        for name in staged.values():
            _remove(name)
    return [path for path in contents if _target(path) in changed]


def _target(path: Path) -> Path:
    """Follow a link: what it points to is what its owner wants written."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def remove_pending(golden: Path) -> None:
    """Remove what an earlier mismatch left, now that it is settled."""
    _remove(str(pending_of(golden)))


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _mode(path: Path) -> int:
    """Return the permissions a file has, or that a new one would get: temporary files are private otherwise."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _remove(name: str) -> None:
    try:
        os.unlink(name)
    except OSError:
        pass
