"""Write files so that each is old or new and never half: staged beside their targets and synced, and only then renamed.

Goldens go through `journal`, which builds on this and also survives a crash between two renames.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from runner.errors import UsageError
from runner.golden.names import HIDDEN


def in_ci() -> bool:
    """Say whether this runs in CI, where nobody looks at what is written: no golden may be, and nothing is left beside one."""
    return bool(os.environ.get("CI"))


def write_all(contents: Mapping[Path, str]) -> list[Path]:
    """Write files, all or none; return those whose content changed.

    A file that would not change is not touched; a device or pipe is written to as it is. Folders are made.

    Raises:
        UsageError: a file cannot be written. Nothing has been changed then, but what the message names besides.
    """
    refuse_folders(contents)
    data_of = {real(path): text.encode() for path, text in contents.items()}
    devices = [path for path in data_of if path.exists() and not path.is_file()]  # a pipe, a terminal, /dev/null
    changed = {path: data for path, data in data_of.items() if path not in devices and content(path) != data}
    token = new_token()
    staged: dict[Path, Path | None] = {}
    try:
        for path in devices:
            with naming(path), path.open("wb") as device:
                device.write(data_of[path])
        for number, (path, data) in enumerate(changed.items()):
            with naming(path.parent):
                path.parent.mkdir(parents=True, exist_ok=True)
            with naming(path):
                staged[path] = temporary = staged_at(path, token, number)
                stage(temporary, data, path)
        swap(staged)
    finally:
        remove(filter(None, staged.values()))
    return [path for path in contents if real(path) in changed]


def refuse_folders(paths: Iterable[Path]) -> None:
    """Refuse to write to a path that is a folder.

    Raises:
        UsageError: one is.
    """
    for path in paths:
        if path.is_dir():
            raise UsageError(f"cannot write {path}: it is a folder")


def real(path: Path) -> Path:
    """Follow a link: what it points to is what its owner wants written."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def content(path: Path) -> bytes | None:
    """Return what a file holds; None if it cannot be read, as when there is none."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def new_token() -> str:
    """Make up what tells the temporaries of one write from those of any other."""
    return os.urandom(6).hex()


def staged_at(target: Path, token: str, number: int) -> Path:
    """Return where a target's new content is staged: beside it, for only there a renaming is sure to be one."""
    return target.with_name(f"{HIDDEN}{token}.{number}")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn what the system says into an error that names the file it is about."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def stage(staged: Path, data: bytes, target: Path) -> None:
    """Write a new file with the permissions and, where we may, the owner of its target, or those that any new file gets, and sync it."""
    try:
        like = target.stat()
    except OSError:
        like = None
    private = 0o600 if like is not None else 0o666  # nobody may read early what the target keeps from them
    with open(staged, "xb", opener=lambda name, flags: os.open(name, flags, private)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if like is not None:
        with suppress(OSError, AttributeError):  # root in a container may, and must not take a user's files from him; Windows has none
            os.chown(staged, like.st_uid, like.st_gid)
        os.chmod(staged, like.st_mode & 0o777)


def swap(staged: Mapping[Path, Path | None]) -> None:
    """Give staged files the names of their targets, and remove the targets that have none staged.

    Where that fails, what was there before is put back. Ctrl-C waits until either is done: a second one would end the putting back.

    Raises:
        UsageError: a target cannot be replaced or removed, or be read and so not be put back.
    """
    with uninterrupted():
        _swap(staged)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Have Ctrl-C wait for what must not be left half done; it never lasts."""
    came: list[tuple[int, FrameType | None]] = []
    try:
        before = signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    except ValueError:  # no other thread than the first is ever interrupted
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if came and callable(before):
            before(*came[0])


def _swap(staged: Mapping[Path, Path | None]) -> None:
    before: dict[Path, bytes | None] = {}
    try:
        for target, temporary in staged.items():
            with naming(target):
                before[target] = target.read_bytes() if os.path.lexists(target) else None
                if temporary is not None:
                    os.replace(temporary, target)
                else:
                    target.unlink(missing_ok=True)
    except BaseException as error:
        stay = [str(target) for target, data in reversed(before.items()) if not _put_back(target, data)]
        if stay and isinstance(error, UsageError):
            raise UsageError(f"{error}; what was written already stays: {', '.join(stay)}") from None
        raise


def _put_back(target: Path, data: bytes | None) -> bool:
    if content(target) == data:
        return True
    temporary = staged_at(target, new_token(), 0)
    try:
        if data is None:
            target.unlink()
        else:
            stage(temporary, data, target)
            os.replace(temporary, target)
    except OSError:
        remove([temporary])
        return False
    return True


def remove(paths: Iterable[Path]) -> None:
    """Remove files as far as they are there and the system lets us."""
    for path in paths:
        with suppress(OSError):
            os.unlink(path)
