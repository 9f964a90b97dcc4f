"""Write and remove many goldens as one: all or none, whatever happens in between.

Each folder with a file to change gets a journal, which lists what changes in it, before anything does. The folders' new files are staged
beside their targets and synced. Then one line more in one of the journals, that of the *lead*, says that the write is certain; the others
name the folder in which to look for that line. Only then files get their names, and the journals go, that of the lead last. What a
process that was killed leaves behind, `recovery` completes or undoes, from whichever of the folders it comes.

While its process lives a journal is locked. Where the system has no such locks (Windows) it is up to the user not to write the
same goldens twice at the same time.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from runner.errors import UsageError
from runner.golden.files import content, naming, new_token, real, refuse_folders, remove, stage, staged_at, swap
from runner.golden.identity import alike, folder_of, identity, once_each
from runner.golden.names import ENDINGS, JOURNAL, is_golden, is_pending

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a file: digests of its old and its new content, None where there is no file, and the number of what is staged."""

    old: str | None
    new: str | None
    staged: int


@dataclass(frozen=True, slots=True)
class Journal:
    """What a folder's journal says: which write it is of, the folder of the lead, those of the others (the lead's only), the changes.

    Without a token it says nothing: it was cut short, and so nothing was staged yet.
    """

    token: str = ""
    lead: str = "."
    folders: tuple[str, ...] = ()
    changes: Mapping[str, Change] = field(default_factory=dict)
    certain: bool = False


class NewerJournalError(UsageError):
    """A journal was left by a newer version, which alone knows what to make of it."""


def change_goldens(contents: Mapping[Path, str | None]) -> list[Path]:
    """Write goldens and pending traces, and remove those whose content is None: all or none. Return those that changed.

    A scenario file may be among them, where it must change together with its goldens.

    A file that would not change is not touched. When another process is writing in one of the folders, wait for it.

    Raises:
        UsageError: a file cannot be written or removed, and it is named. Nothing has been changed, and no temporary is left.
    """
    from runner.golden.recovery import recover  # which builds on this module

    refuse_folders(contents)
    data_of = {path: None if text is None else text.encode() for path, text in contents.items()}
    changed = {path: data for path, data in data_of.items() if content(path) != data or (data is None and path.is_symlink())}
    if not changed:
        return []
    kept = once_each(data_of) & changed.keys()
    result, changed = list(changed), {path: data for path, data in changed.items() if path in kept}
    folders: dict[Path, list[Path]] = {}
    for path in changed:
        folders.setdefault(folder_of(path), []).append(path)
    folders = {same[0]: [path for folder in same for path in folders[folder]] for same in alike(folders)}
    while True:
        for folder, paths in folders.items():
            if not recover([folder]):
                raise UsageError(f"cannot write {paths[0]}: an earlier write there was interrupted and cannot be settled")
        with locked(folders, {folder: paths[0] for folder, paths in folders.items()}) as journals:
            if any(journal.read(1) for journal in journals.values()):
                continue  # whoever we waited for was killed
            try:
                _change(changed, folders, journals)
            finally:
                forget(journals)
        return result


def _change(changed: Mapping[Path, bytes | None], folders: Mapping[Path, list[Path]], journals: Mapping[Path, FileIO]) -> None:
    token, (lead, *others) = new_token(), journals
    numbers = {path: number for number, path in enumerate(changed)}
    moves = {_target(path, data): None if data is None else staged_at(real(path), token, numbers[path]) for path, data in changed.items()}
    try:
        for folder in journals:
            changes = {path.name: [digest(content(path)), digest(changed[path]), numbers[path]] for path in folders[folder]}
            record: dict[str, Any] = {"journal": FORMAT, "write": token, "changes": changes}
            if folder == lead:
                record["folders"] = [_relative(other, lead) for other in others]
            else:
                record["lead"] = _relative(lead, folder)
            with naming(folders[folder][0]):
                _append(journals[folder], record)
                sync(folder)
        for path, data in changed.items():
            staged = moves[_target(path, data)]
            if data is not None and staged is not None:
                with naming(path):
                    stage(staged, data, path)
        for folder in journals:
            sync(folder)
        with naming(folders[lead][0]):
            _append(journals[lead], {"certain": token})
        swap(moves)
        for folder in journals:
            sync(folder)
    finally:
        remove(filter(None, moves.values()))


def _target(path: Path, data: bytes | None) -> Path:
    return path if data is None else real(path)


def _relative(folder: Path, start: Path) -> str:
    """Write a folder so that it is still found when both have moved together."""
    try:
        return os.path.relpath(folder, start)
    except ValueError:  # on another drive
        return str(folder)


def digest(data: bytes | None) -> str | None:
    """Return what tells one content from another; None for no file."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _append(journal: FileIO, record: Mapping[str, Any]) -> None:
    data = json.dumps(record).encode() + b"\n"
    if journal.write(data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(journal.fileno())


@contextmanager
def locked(folders: Iterable[Path], needed_for: Mapping[Path, Path] | None = None) -> Iterator[dict[Path, FileIO]]:
    """Lock folders' journals, in one order for all processes, and wait for those who hold one. No two of the folders may be the same.

    Those that are not there are made where they are needed for a file that is to be written, else they are left out.

    Raises:
        UsageError: a journal cannot be made; the message names the file that it is needed for.
        OSError: a journal that is there cannot be opened.
    """
    held: dict[Path, FileIO] = {}
    with ExitStack() as stack:
        try:
            for folder in sorted(folders, key=identity):
                with nullcontext() if needed_for is None else naming(needed_for[folder]):
                    file = _lock(folder, create=needed_for is not None)
                if file is not None:
                    held[folder] = stack.enter_context(file)
        except BaseException:
            if needed_for is not None:
                forget({folder: file for folder, file in held.items() if not file.read(1)})
            raise
        yield {folder: held[folder] for folder in sorted(held)}


def _lock(folder: Path, *, create: bool) -> FileIO | None:
    """Open and lock a folder's journal; None if there is none and none is to be made."""
    flags = os.O_RDWR | os.O_CREAT if create else os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # the second for a pipe, which would be waited for
        flags |= getattr(os, name, 0)
    while True:
        try:
            file = FileIO(folder / JOURNAL, "r+" if create else "r", opener=lambda name, _: os.open(name, flags, 0o666))
        except FileNotFoundError:
            if create:
                raise
            return None
        try:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(errno.EINVAL, f"{JOURNAL} is no file")
            _wait_for(file, folder)
            if os.fstat(file.fileno()).st_nlink:
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # whoever held it is done and has removed it


def _wait_for(file: FileIO, folder: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        tell(f"waiting for another command that writes goldens in {shown(folder)}")
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:
        pass  # a file system without locks


def forget(journals: dict[Path, FileIO]) -> None:
    """Remove journals, that of the lead (the first) last; locked as they are, so that nobody takes one up in between."""
    for folder in reversed(journals):
        if fcntl is None:
            journals[folder].close()  # an open file cannot be removed there
        remove([folder / JOURNAL])


def parse(data: bytes) -> Journal:
    """Read a journal. It may come from anywhere: it names only goldens, pending traces and scenarios in its own folder, or it says nothing.

    Raises:
        NewerJournalError: it is of a newer format.
    """
    lines = data.split(b"\n")[:-1]  # what has no line end was cut short
    try:
        record = json.loads(lines[0])
        if record["journal"] != FORMAT:
            raise NewerJournalError(f"the journal is of format {record['journal']}; this version reads {FORMAT}")
        token, changes = record["write"], {name: Change(*change) for name, change in record["changes"].items()}
        folders = tuple(record.get("folders", ()))
        texts = [record.get("lead", "."), *folders, *(text for change in changes.values() for text in (change.old or "", change.new or ""))]
        if not (
            re.fullmatch("[0-9a-f]{12}", token)
            and all(isinstance(text, str) and _may_be_path(text) for text in texts)
            and all(type(change.staged) is int for change in changes.values())
            and all(Path(name).name == name and _may_be_path(name) and _may_be(Path(name), change) for name, change in changes.items())
        ):
            return Journal()
        certain = len(lines) > 1 and json.loads(lines[1]) == {"certain": token}
        return Journal(token, record.get("lead", "."), folders, changes, certain)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return Journal()


def _may_be(path: Path, change: Change) -> bool:
    """Say whether a file may be changed so: goldens and pending traces in any way, a scenario only into another text of it."""
    return is_golden(path) or is_pending(path) or (path.suffix in ENDINGS and None not in (change.old, change.new))


def _may_be_path(text: str) -> bool:
    """Say whether the system can be asked for a path at all."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def tell(text: str) -> None:
    """Say something on standard error at once: whoever waits, or finds files changed, must know why."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write((text if text.isprintable() else ascii(text)) + "\n")
            sys.stderr.flush()


_told: set[object] = set()


def tell_once(about: object, text: str) -> None:
    """Say something on standard error, not again of the same: a folder may have a hundred scenarios."""
    if about not in _told:
        _told.add(about)
        tell(text)


def shown(folder: Path) -> str:
    """Return a folder as messages show it: from the working folder, if it is below."""
    with suppress(OSError, ValueError):
        return str(folder.relative_to(os.path.realpath(Path.cwd())))
    return str(folder)
