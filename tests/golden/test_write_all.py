"""Writing several files: all or nothing, nothing that need not be, and no leftovers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.errors import UsageError
from runner.golden import pending_of, remove_pending, write_all

NAMES = ("a.golden.jsonl", "b.golden.jsonl", "c.golden.jsonl")


@pytest.fixture
def targets(tmp_path: Path) -> dict[Path, str]:
    """Give three targets with an old content each, and their new one."""
    for name in NAMES:
        (tmp_path / name).write_text(f"old {name}")
    return {tmp_path / name: f"new {name}" for name in NAMES}


def contents(folder: Path) -> dict[str, str]:
    """Read every file of a folder, hidden ones too."""
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def failing_at(turn: int, real: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    """Make a function that fails when it is called for the `turn`th time, counting from 1."""
    calls = 0

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == turn:
            raise error
        return real(*arguments, **options)

    return call


def test_every_file_is_written(tmp_path: Path, targets: dict[Path, str]) -> None:
    """Every target has its new content, and nothing else is left in the folder."""
    assert write_all(targets) == list(targets)
    assert contents(tmp_path) == {name: f"new {name}" for name in NAMES}


def test_folders_are_made(tmp_path: Path) -> None:
    """A target's folder is made where there is none."""
    target = tmp_path / "x" / "y" / "a.golden.jsonl"
    assert write_all({target: "new"}) == [target]
    assert target.read_text() == "new"


def test_text_is_written_as_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    """What is written is the text's UTF-8 bytes, whatever the platform's line ends and locale."""
    target = tmp_path / "a"
    write_all({target: "→ é\n\u2028\n"})
    assert target.read_bytes() == "→ é\n\u2028\n".encode()


def test_nothing_to_write_is_nothing(tmp_path: Path) -> None:
    """No targets, no files."""
    assert write_all({}) == []
    assert contents(tmp_path) == {}


def test_unchanged_file_is_not_touched(tmp_path: Path, targets: dict[Path, str]) -> None:
    """A file that has its content already keeps its inode and its time, and is not among those changed."""
    first, *others = targets
    targets[first] = first.read_text()
    os.utime(first, ns=(1, 1))
    before = first.stat()
    assert write_all(targets) == others
    assert (first.stat().st_ino, first.stat().st_mtime_ns) == (before.st_ino, 1)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_permissions_are_kept(tmp_path: Path, targets: dict[Path, str], mode: int) -> None:
    """A file that is replaced keeps its permissions."""
    target = next(iter(targets))
    target.chmod(mode)
    write_all(targets)
    assert target.stat().st_mode & 0o777 == mode


@pytest.fixture
def umask() -> Iterator[Callable[[int], None]]:
    """`umask(mask)` sets it for the test."""
    before = os.umask(0)
    os.umask(before)
    yield lambda mask: os.umask(mask) and None
    os.umask(before)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_new_file_follows_the_umask(tmp_path: Path, umask: Callable[[int], None], mask: int, mode: int) -> None:
    """A new file has the permissions that any other program would give it."""
    umask(mask)
    target = tmp_path / "a"
    write_all({target: "new"})
    assert target.stat().st_mode & 0o777 == mode


def test_umask_is_left_as_it_was(tmp_path: Path, umask: Callable[[int], None]) -> None:
    """Looking the umask up does not change it."""
    umask(0o027)
    write_all({tmp_path / "a": "new"})
    assert os.umask(0o027) == 0o027


@pytest.mark.parametrize("place", range(3))
def test_folder_in_place_of_a_target_refuses_all(tmp_path: Path, targets: dict[Path, str], place: int) -> None:
    """Where one target is a folder nothing is written, whichever it is."""
    blocked = tmp_path / NAMES[place]
    blocked.unlink()
    blocked.mkdir()
    with pytest.raises(UsageError) as caught:
        write_all(targets)
    assert str(caught.value) == f"cannot write {blocked}: it is a folder"
    assert contents(tmp_path) == {name: f"old {name}" for name in NAMES if name != blocked.name}
    assert list(blocked.iterdir()) == []


def test_file_in_place_of_a_folder_refuses_all(tmp_path: Path, targets: dict[Path, str]) -> None:
    """Where a target's folder is a file nothing is written."""
    (tmp_path / "file").write_text("a file")
    with pytest.raises(UsageError, match=r"cannot write .*file: "):
        write_all({**targets, tmp_path / "file" / "d": "new"})
    assert contents(tmp_path) == {"file": "a file", **{name: f"old {name}" for name in NAMES}}


@pytest.mark.parametrize("function", ["fsync", "chmod"])
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_failure_while_staging_changes_nothing(
    tmp_path: Path, targets: dict[Path, str], monkeypatch: pytest.MonkeyPatch, function: str, turn: int
) -> None:
    """When the disk is full before the first file is renamed, every file is as it was and no temporary is left."""
    monkeypatch.setattr(os, function, failing_at(turn, getattr(os, function), OSError(28, "No space left on device")))
    with pytest.raises(UsageError) as caught:
        write_all(targets)
    monkeypatch.undo()
    assert str(caught.value) == f"cannot write {tmp_path / NAMES[turn - 1]}: No space left on device"
    assert contents(tmp_path) == {name: f"old {name}" for name in NAMES}


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_failure_while_renaming_puts_everything_back(
    tmp_path: Path, targets: dict[Path, str], monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    """When a rename fails, every file is as it was and no temporary is left."""
    monkeypatch.setattr(os, "replace", failing_at(turn, os.replace, PermissionError(13, "Permission denied")))
    with pytest.raises(UsageError) as caught:
        write_all(targets)
    monkeypatch.undo()
    assert str(caught.value) == f"cannot write {tmp_path / NAMES[turn - 1]}: Permission denied"
    assert contents(tmp_path) == {name: f"old {name}" for name in NAMES}


def test_what_cannot_be_put_back_is_named(tmp_path: Path, targets: dict[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """When renames fail from some point on, the files renamed before it are new as a whole, and the error names them."""
    real, calls = os.replace, iter(range(10))

    def replace(source: Any, target: Any) -> None:
        if next(calls):
            raise PermissionError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(UsageError) as caught:
        write_all(targets)
    monkeypatch.undo()
    paths = [tmp_path / name for name in NAMES]
    assert str(caught.value) == f"cannot write {paths[1]}: Permission denied; what was written already stays: {paths[0]}"
    assert contents(tmp_path) == {NAMES[0]: f"new {NAMES[0]}", **{name: f"old {name}" for name in NAMES[1:]}}


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_interruption_leaves_no_temporaries(
    tmp_path: Path, targets: dict[Path, str], monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Ctrl-C at any point leaves whole files and no temporaries."""
    monkeypatch.setattr(os, function, failing_at(1, getattr(os, function), KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_all(targets)
    monkeypatch.undo()
    assert contents(tmp_path) == {name: f"old {name}" for name in NAMES}


def test_files_are_synced_before_the_first_is_renamed(targets: dict[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """All content is on the disk before any file gets its name."""
    order: list[str] = []
    for function in ("fsync", "replace"):
        real = getattr(os, function)

        def note(*arguments: Any, function: str = function, real: Callable[..., Any] = real) -> None:
            order.append(function)
            real(*arguments)

        monkeypatch.setattr(os, function, note)
    write_all(targets)
    assert order == ["fsync"] * 3 + ["replace"] * 3


def test_pending_is_removed(tmp_path: Path) -> None:
    """A pending trace that is settled goes, and its golden stays."""
    golden = tmp_path / NAMES[0]
    golden.write_text("golden")
    pending_of(golden).write_text("pending")
    remove_pending(golden)
    assert contents(tmp_path) == {golden.name: "golden"}


def test_removing_no_pending_is_no_error(tmp_path: Path) -> None:
    """Where there is no pending trace nothing happens."""
    remove_pending(tmp_path / NAMES[0])
    assert contents(tmp_path) == {}
