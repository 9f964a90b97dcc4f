"""Complete or undo what a process left that was killed while it wrote goldens; see `journal` for how it goes about that.

Either can be cut short and done again. What somebody else has changed in the meantime, git for one, is never overwritten.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from io import FileIO
from pathlib import Path

from runner.golden.files import content, real, remove, staged_at
from runner.golden.identity import distinct
from runner.golden.journal import Change, Journal, NewerJournalError, digest, forget, locked, parse, shown, sync, tell, tell_once
from runner.golden.names import JOURNAL


def recover(folders: Iterable[Path]) -> bool:
    """Settle what was interrupted in folders, and say so on standard error. Wait for a process that is still writing there.

    Return False if it cannot be settled, and say why.
    """
    settled = True
    for folder in folders:
        if os.path.lexists(folder / JOURNAL):
            try:
                _recover(Path(os.path.realpath(folder)))
            except (OSError, NewerJournalError) as error:
                why = getattr(error, "strerror", None) or str(error)
                text = f"an interrupted write of goldens in {shown(Path(os.path.realpath(folder)))} cannot be settled: {why}"
                tell_once(text, text)
                settled = False
    return settled


def _recover(folder: Path) -> None:
    while (found := _read(folder)) is not None:
        first = distinct([folder, Path(os.path.realpath(folder / found.lead))])[-1]
        lead = found if first == folder else _read(first)
        if lead is None or lead.token != found.token:
            first, lead = folder, found  # never certain, or done with but for this folder
        group = distinct([folder, first, *(Path(os.path.realpath(first / other)) for other in lead.folders)])
        with locked(group) as files:
            journals = {each: parse(file.read()) for each, file in files.items()}
            if journals.get(folder) != found or journals.get(first) != lead:
                continue  # it went on, or somebody else has settled it
            order = sorted(journals, key=lambda each: each != first)
            ours = {each: journals[each] for each in order if journals[each].token in (found.token, "")}  # cut short, and locked: nobody's
            _settle(first, ours, {each: files[each] for each in ours})
            return


def _read(folder: Path) -> Journal | None:
    with locked([folder]) as files:
        return parse(files[folder].read()) if folder in files else None


def _settle(lead: Path, journals: Mapping[Path, Journal], files: dict[Path, FileIO]) -> None:
    where = shown(lead) + (f" and {len(journals) - 1} more" if len(journals) > 1 else "")
    if not journals[lead].certain:
        text = f"undid an interrupted write of goldens in {where}: all are as they were"
    elif (obstacle := _obstacle(journals)) is not None:
        text = f"gave up an interrupted write of goldens in {where}: {shown(obstacle)} has changed since; see what `git diff` says"
    else:
        _complete(journals)
        count = sum(len(journal.changes) for journal in journals.values())
        text = f"completed an interrupted write of goldens in {where}: {count} file{'s' * (count != 1)}"
    remove(staged for _, _, staged, _ in _each(journals))
    forget(files)
    if (lead / JOURNAL).exists():
        raise OSError(errno.EACCES, "its journal cannot be removed")
    tell(text)


def _each(journals: Mapping[Path, Journal]) -> Iterator[tuple[Path, Path, Path, Change]]:
    """Yield each file as it is called, the target that a link leads to, where its new content is staged, and the change."""
    for folder, journal in journals.items():
        for name, change in journal.changes.items():
            path = folder / name
            target = path if change.new is None else real(path)
            yield path, target, staged_at(real(path), journal.token, change.staged), change


def _obstacle(journals: Mapping[Path, Journal]) -> Path | None:
    """Return a file that is neither new already nor as it was, with its new content at hand."""
    for path, target, staged, change in _each(journals):
        now = digest(content(target))
        if now != change.new and (now != change.old or (change.new is not None and digest(content(staged)) != change.new)):
            return path
    return None


def _complete(journals: Mapping[Path, Journal]) -> None:
    for _, target, staged, change in _each(journals):
        if change.new is None:
            target.unlink(missing_ok=True)
        elif digest(content(target)) != change.new:
            os.replace(staged, target)
    for folder in journals:
        sync(folder)
