"""Changing many goldens as one: all or none, also when the process is killed between any two things that it does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from runner.errors import UsageError
from runner.golden import HIDDEN, JOURNAL, change_goldens, pending_of, recover
from runner.golden.journal import forget, locked

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking where there are threads: the child touches none
unix = pytest.mark.skipif(os.name != "posix", reason="locks and signals are those of POSIX")

NAMES = ("a/one.golden.jsonl", "a/two.golden.jsonl", "b/three.golden.jsonl", "b/deep/four.golden.jsonl")
GONE = "b/gone.golden.jsonl"
FRESH = "a/fresh.golden.jsonl"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make old goldens in three folders, a pending trace and a golden that is to go, and work there."""
    for name in (*NAMES, GONE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"old {name}\n")
    pending_of(tmp_path / NAMES[0]).write_text("pending\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # slow; the order of things is looked at, not the disk
    return tmp_path


def changes(root: Path = Path()) -> dict[Path, str | None]:
    """Give the changes that the tests make to it: four goldens rewritten, one new, a golden and a pending trace removed."""
    new: dict[Path, str | None] = {root / name: f"new {name}\n" for name in (*NAMES, FRESH)}
    return {**new, root / GONE: None, pending_of(root / NAMES[0]): None}


def files(root: Path) -> dict[str, str]:
    """Read every file below a folder, hidden ones too."""
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


OLD = {**{name: f"old {name}\n" for name in (*NAMES, GONE)}, f"{NAMES[0]}.new": "pending\n"}
NEW = {name: f"new {name}\n" for name in (*NAMES, FRESH)}


def put(tree: Path, contents: dict[str, str]) -> None:
    """Have these files below a folder and no others."""
    for name in files(tree):
        (tree / name).unlink()
    for name, text in contents.items():
        (tree / name).write_text(text)


def in_child(turn: int, do: Callable[[], object]) -> int:
    """Do something in a process that is killed when it calls for the `turn`th time what touches the disk; return its exit code."""
    child = os.fork()
    if child == 0:
        try:
            calls = 0

            def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
                def call(*words: Any, **options: Any) -> Any:
                    nonlocal calls
                    calls += 1
                    if calls == turn:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return real(*words, **options)

                return call

            for name in ("open", "fsync", "replace", "unlink", "chmod", "close"):
                setattr(os, name, deadly(getattr(os, name)))
            do()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def changing() -> None:
    """Make the changes."""
    change_goldens(changes())


def recovering() -> None:
    """Recover in every folder."""
    recover([Path("a"), Path("b"), Path("b/deep")])


def test_all_is_changed_and_nothing_is_left(tree: Path) -> None:
    """Goldens are written and removed, in several folders, and no journal or temporary stays."""
    assert set(change_goldens(changes())) == set(changes())
    assert files(tree) == NEW


def test_nothing_to_change_touches_nothing(tree: Path) -> None:
    """What holds its content already is left alone, and no journal is made for it."""
    os.utime(NAMES[0], ns=(1, 1))
    before = os.stat("a").st_mtime_ns
    assert change_goldens({Path(NAMES[0]): f"old {NAMES[0]}\n", Path(FRESH): None}) == []
    assert (os.stat(NAMES[0]).st_mtime_ns, os.stat("a").st_mtime_ns) == (1, before)


def test_two_goldens_that_are_one_file(tree: Path) -> None:
    """Where a link makes two goldens one file that would have to hold two things, nothing is written: the last would win."""
    Path(FRESH).symlink_to("one.golden.jsonl")
    for first in (f"old {NAMES[0]}\n", "new\n"):  # also where the first has its content already
        with pytest.raises(UsageError, match=r"cannot write a/fresh\.golden\.jsonl: it is the same file as a/one\.golden\.jsonl"):
            change_goldens({Path(NAMES[0]): first, Path(FRESH): "other\n"})
    assert files(tree) == {**OLD, FRESH: OLD[NAMES[0]]}
    change_goldens({Path(NAMES[0]): "same\n", Path(FRESH): "same\n"})
    assert files(tree) == {**OLD, NAMES[0]: "same\n", FRESH: "same\n"}


@unix
def test_folder_with_two_names_is_locked_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is given by two names, as letters' case or a mount may have it, is not waited for by who has locked it."""
    real = os.path.realpath
    monkeypatch.setattr(os.path, "realpath", lambda path, **options: real(path, **options) if "alias" not in str(path) else str(path))
    (tree / "alias").symlink_to("a")
    change_goldens({Path(NAMES[0]): "new\n", tree / "alias/two.golden.jsonl": "new\n", tree / "alias/one.golden.jsonl": "new\n"})
    assert files(tree) == {**OLD, NAMES[0]: "new\n", NAMES[1]: "new\n"}
    (tree / "a" / JOURNAL).write_text(
        '{"journal": 1, "write": "0123456789ab", "lead": "../alias", "folders": ["../alias"], "changes": {}}\n'
    )
    assert recover([Path("a")])


@unix
def test_owner_and_permissions_stay(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A golden keeps its permissions, and its owner where the writer may see to that, as root in a container may."""
    given = []
    monkeypatch.setattr(os, "chown", lambda path, user, group: given.append((user, group)))
    os.chmod(NAMES[0], 0o640)
    change_goldens({Path(NAMES[0]): "new\n", Path(FRESH): "new\n"})
    found = os.stat(NAMES[0])
    assert found.st_mode & 0o777 == 0o640
    assert given == [(found.st_uid, found.st_gid)]


def test_linked_golden_is_written_through_its_link(tree: Path) -> None:
    """A golden that is a link stays one, and what it points to is written."""
    (tree / "shared.jsonl").write_text("old\n")
    Path(FRESH).symlink_to(tree / "shared.jsonl")
    change_goldens({Path(FRESH): "new\n"})
    assert Path(FRESH).is_symlink()
    assert (tree / "shared.jsonl").read_text() == "new\n"
    assert set(files(tree)) == {*OLD, FRESH, "shared.jsonl"}


# -- killed at every point -------------------------------------------------------------------------------------------------


@unix
def test_killed_at_every_point(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Wherever a write is killed each file is whole; the next command makes all of them new or all of them old, and says which."""
    came_to = []
    for turn in range(1, 1000):
        put(tree, OLD)
        code = in_child(turn, changing)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        left = files(tree)
        assert all(text in (OLD.get(name), NEW.get(name)) for name, text in left.items() if HIDDEN not in name)
        recovering()
        said = capfd.readouterr().err.splitlines()
        assert files(tree) in (OLD, NEW)
        assert bool(said) is any(HIDDEN in name for name in left)
        assert all(("completed" if files(tree) == NEW else "undid") in line for line in said)
        came_to.append(files(tree) == NEW)
    assert files(tree) == NEW
    assert came_to == sorted(came_to)  # once certain, always certain
    assert len(came_to) > 40
    assert True in came_to


@unix
@pytest.mark.parametrize("certain", [False, True])
def test_killed_at_every_point_of_recovery(tree: Path, certain: bool) -> None:
    """Recovery that is killed wherever it may be is completed by the next one, in the same sense."""
    fatal = next(turn for turn in range(1, 1000) if _completed(tree, turn)) + (2 if certain else -2)
    turns = 0
    for turn in range(1, 1000):
        put(tree, OLD)
        assert in_child(fatal, changing) == -signal.SIGKILL
        code = in_child(turn, recovering)
        recovering()
        assert files(tree) == (NEW if certain else OLD)
        if code == 0:
            break
        turns += 1
    assert turns > 8


def _completed(tree: Path, turn: int) -> bool:
    put(tree, OLD)
    in_child(turn, changing)
    recovering()
    return files(tree) == NEW


@pytest.mark.parametrize("folder", ["a", "b", "b/deep"])
def test_any_of_the_folders_will_do(tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], folder: str) -> None:
    """Once a write is certain, whoever comes by one of its folders completes it in all of them."""
    interrupted(tree, changes(), monkeypatch)
    recover([Path(folder)])
    assert files(tree) == NEW
    assert capfd.readouterr().err == "completed an interrupted write of goldens in a and 2 more: 7 files\n"


def test_tree_that_was_moved_is_completed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals know each other's folders by the way between them, so a checkout may be moved or mounted elsewhere."""
    interrupted(tree, changes(), monkeypatch)
    (tree / "moved").mkdir()
    for name in ("a", "b"):
        (tree / name).rename(tree / "moved" / name)
    recover([tree / "moved" / "b" / "deep"])
    assert files(tree / "moved") == NEW


# -- what others do in the meantime ------------------------------------------------------------------------------------------


def interrupted(tree: Path, contents: dict[Path, str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a write as it is when it is certain and no file has its name yet."""

    def die(moves: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("runner.golden.journal.swap", die)
        patch.setattr("runner.golden.journal.remove", lambda paths: None)
        patch.setattr("runner.golden.journal.forget", lambda journals: None)
        with pytest.raises(SystemExit):
            change_goldens(contents)
    assert any(HIDDEN in name for name in files(tree))


def test_what_has_changed_since_is_not_overwritten(tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Where somebody, git for one, has put another content into a golden, the write is given up and that is said."""
    interrupted(tree, changes(), monkeypatch)
    Path(NAMES[2]).write_text("from another branch\n")
    recover([Path("a")])
    assert files(tree) == {**OLD, NAMES[2]: "from another branch\n"}
    assert capfd.readouterr().err == (
        "gave up an interrupted write of goldens in a and 2 more: b/three.golden.jsonl has changed since; see what `git diff` says\n"
    )


def test_staged_files_that_were_swept_away(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a `git clean` of what was staged, every golden stays as it is and the journals go."""
    interrupted(tree, changes(), monkeypatch)
    for path in tree.rglob(f"{HIDDEN}*"):
        if path.name != JOURNAL:
            path.unlink()
    recover([Path("b")])
    assert files(tree) == OLD


def test_damaged_staged_file_is_not_used(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A staged file that does not hold what was to be written never becomes a golden."""
    interrupted(tree, changes(), monkeypatch)
    next(path for path in (tree / "a").glob(f"{HIDDEN}*") if path.name != JOURNAL).write_text("half")
    recover([Path("a")])
    assert files(tree) == OLD


def test_next_write_settles_first(tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Who writes goldens in a folder completes what was interrupted there, then does its own."""
    interrupted(tree, changes(), monkeypatch)
    change_goldens({Path(NAMES[1]): "newer\n"})
    assert files(tree) == {**NEW, NAMES[1]: "newer\n"}
    assert capfd.readouterr().err.startswith("completed an interrupted write")


@unix
def test_a_second_writer_waits(tree: Path) -> None:
    """While one process holds a journal another neither recovers nor writes there; it says that it waits, and then goes on."""
    program = "from pathlib import Path; from runner.golden import change_goldens; change_goldens({Path('a/fresh.golden.jsonl'): 'second'})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with ExitStack() as holding:
        journals = holding.enter_context(locked([tree / "a"], {tree / "a": tree / FRESH}))
        with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, env=environment) as child:
            assert child.stderr is not None
            assert child.stderr.readline() == "waiting for another command that writes goldens in a\n"
            assert not Path(FRESH).exists()
            Path(FRESH).write_text("first")
            forget(journals)
            holding.close()
            assert child.stderr.read() == ""
            assert child.wait() == 0
    assert files(tree) == {**OLD, FRESH: "second"}


# -- refusals ----------------------------------------------------------------------------------------------------------------


def failing(turn: int, real: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    """Make a function that fails when it is called for the `turn`th time, counting from 1."""
    calls = iter(range(1, 10_000))

    def call(*words: Any, **options: Any) -> Any:
        if next(calls) == turn:
            raise error
        return real(*words, **options)

    return call


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(30, "Read-only file system")], ids=str)
@pytest.mark.parametrize("function", ["open", "fsync", "replace", "chmod"])
def test_failure_at_any_turn_changes_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch, function: str, error: OSError) -> None:
    """Whatever fails, and whichever time it is called: every file is as it was, nothing is left over, and the message names a golden."""
    refusals = []
    for turn in range(1, 50):
        put(tree, OLD)
        with monkeypatch.context() as patch:
            patch.setattr(os, function, failing(turn, getattr(os, function), error))
            try:
                change_goldens(changes())
            except UsageError as refusal:
                refusals.append(str(refusal))
            else:
                assert files(tree) == NEW  # names that could not be synced are no failure
                continue
        assert files(tree) == OLD
    assert len(refusals) >= 4
    for refusal in refusals:
        assert re.fullmatch(rf"cannot write [ab]/.*\.golden\.jsonl: {error.strerror}", refusal)


@pytest.mark.parametrize("function", ["open", "fsync", "replace", "chmod"])
def test_interruption_at_any_turn_is_all_or_none(tree: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    """Ctrl-C wherever it comes leaves all files old or all new, and nothing else."""
    came_to = set()
    for turn in range(1, 50):
        put(tree, OLD)
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(os, function, failing(turn, getattr(os, function), KeyboardInterrupt()))
            change_goldens(changes())
        assert files(tree) in (OLD, NEW)
        came_to.add(files(tree) == NEW)
    assert False in came_to


@unix
def test_two_interruptions_are_all_or_none(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever presses Ctrl-C again and again while goldens get their names has all of them, old or new, and then the interruption."""
    real = os.replace

    def replace(*words: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        real(*words)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        change_goldens(changes())
    assert files(tree) == NEW
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_golden_that_cannot_be_read_is_not_lost(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be put back if another golden fails is not replaced in the first place."""
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "two.golden.jsonl":
            raise PermissionError(13, "Permission denied")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", read_bytes)
        with pytest.raises(UsageError, match=r"cannot write a/two\.golden\.jsonl: Permission denied"):
            change_goldens(changes())
    assert files(tree) == OLD


def test_folder_in_place_of_a_golden(tree: Path) -> None:
    """Where a golden is a folder nothing is written."""
    Path(FRESH).mkdir()
    with pytest.raises(UsageError, match=r"cannot write a/fresh\.golden\.jsonl: it is a folder"):
        change_goldens(changes())
    assert files(tree) == OLD


def test_journal_that_is_a_link_is_not_followed(tree: Path) -> None:
    """A link called like a journal leads nowhere: what it points to is neither written nor removed."""
    (tree / "precious").write_text("mine")
    (tree / "a" / JOURNAL).symlink_to(tree / "precious")
    with pytest.raises(
        UsageError, match=r"cannot write a/one\.golden\.jsonl: an earlier write there was interrupted and cannot be settled"
    ):
        change_goldens(changes())
    assert (tree / "precious").read_text() == "mine"


@unix
def test_pipe_in_place_of_a_journal_is_not_waited_for(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A pipe called like a journal is none, and nobody waits for what may come through it."""
    os.mkfifo(tree / "a" / JOURNAL)
    assert not recover([Path("a")])
    assert f"cannot be settled: {JOURNAL} is no file" in capfd.readouterr().err


def test_journal_of_a_newer_version_is_left(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A journal whose format this version does not know stays, and nothing is written in its folder."""
    (tree / "a" / JOURNAL).write_text('{"journal": 2}\n')
    assert not recover([Path("a")])
    assert "of format 2; this version reads 1" in capfd.readouterr().err
    with pytest.raises(UsageError, match="cannot be settled"):
        change_goldens(changes())
    assert files(tree) == {**OLD, f"a/{JOURNAL}": '{"journal": 2}\n'}


def test_journal_whose_lead_is_itself_by_another_way(tree: Path) -> None:
    """A journal that leads back to its own folder is not waited for by who has locked it."""
    (tree / "link").symlink_to(tree / "a")
    (tree / "a" / JOURNAL).write_text('{"journal": 1, "write": "0123456789ab", "lead": "../link", "changes": {}}\n')
    assert recover([Path("a")])
    assert files(tree) == OLD


def test_what_cannot_be_settled_is_said_once(tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Where nothing can be removed, as on a read-only disk, that is said, and not again for each scenario there."""
    interrupted(tree, changes(), monkeypatch)

    def refuse(*words: Any, **options: Any) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        patch.setattr(os, "unlink", refuse)
        assert not recover([Path("a")])
        assert not recover([Path("a")])
    assert capfd.readouterr().err == "an interrupted write of goldens in a cannot be settled: Read-only file system\n"
    assert recover([Path("a")])
    assert files(tree) == NEW
