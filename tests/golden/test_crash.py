"""A process that accepts many goldens is killed from outside, and disks that are full or read-only: nothing is lost, nothing is half.

`THREADSCORE_KILLS=300 python -m pytest tests/golden/test_crash.py` is the long form: 300 kills among 200 goldens.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli import run_command_line
from runner.golden import HIDDEN, golden_of, pending_of

KILLS = int(os.environ.get("THREADSCORE_KILLS", "0"))
GOLDENS = 200 if KILLS else 20
FOLDERS = ("a", "a/deep", "b")
NEXT = (
    ["test", "-q", "a/s0.yaml", "a/deep/s1.yaml", "b/s2.yaml"],
    ["accept", "--dry-run", "a/s0.yaml", "a/deep/s1.yaml", "b/s2.yaml"],
    ["review", "--list", "."],
    ["prune", "--dry-run", "."],
)
"""What is called next: by files, one in each folder, and by the folder above."""
WRITER = """
import sys
from pathlib import Path
from runner.golden import change_goldens
from runner.suite import accept_all, discover
import runner.suite.accept as accept
def tell(changes):
    sys.stdout.write("writing\\n")
    sys.stdout.flush()
    changed = change_goldens(changes)
    sys.stdout.write("done\\n")
    sys.stdout.flush()
    return changed
accept.change_goldens = tell
accept_all(discover([sys.argv[1]]).scenarios)
"""

unix = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Write scenarios in three folders, accepted as they were, and changed since; every other one has a trace pending."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    found = [Path(FOLDERS[number % 3], f"s{number}.yaml") for number in range(GOLDENS)]
    for path in found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("schema: 1\nmain: [{print: old}]\n")
    assert run_command_line(["accept", "."]) == 0
    for path in found:
        path.write_text("schema: 1\nmain: [{print: new}]\n")
    assert run_command_line(["test", "-q", *map(str, found[::2])]) == 1
    return found


def start(*words: str) -> subprocess.Popen[bytes]:
    """Start a process that accepts all there is, and says when it begins to write and when it is done."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen([*words, sys.executable, "-c", WRITER, "."], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def goldens(scenarios: list[Path]) -> list[bytes]:
    """Read all goldens."""
    return [golden_of(path).read_bytes() for path in scenarios]


def hidden() -> list[str]:
    """Name what a write left behind."""
    return [name for _, _, names in os.walk(".") for name in names if name.startswith(HIDDEN)]


@unix
def test_killed_at_random(scenarios: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Killed at any moment of its writing, `accept` leaves goldens old or new each, and `test` or `accept` settles the rest."""
    old = goldens(scenarios)
    shutil.copytree(".", "../before")
    with start() as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"writing\n"
        began = time.perf_counter()
        assert child.stdout.readline() == b"done\n"
        lasts = time.perf_counter() - began
    new = goldens(scenarios)
    assert all(one != other for one, other in zip(old, new, strict=True))
    chance = random.Random(KILLS)
    came_to: dict[str, int] = {}
    for turn in range(KILLS or 8):
        shutil.rmtree(tmp_path, ignore_errors=True)
        shutil.copytree(tmp_path.parent / "before", tmp_path)
        os.chdir(tmp_path)
        with start() as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"writing\n"
            select.select([child.stdout], [], [], chance.random() * lasts * 1.1)  # it has "done" to say, or the time is up
            child.send_signal(signal.SIGKILL)
        for found, one, other in zip(goldens(scenarios), old, new, strict=True):
            assert found in (one, other)
        interrupted = bool(hidden())
        capfd.readouterr()
        run_command_line(NEXT[turn % len(NEXT)])
        said = [line for line in capfd.readouterr().err.splitlines() if "interrupted write" in line]
        assert bool(said) is interrupted
        assert hidden() == []
        after = goldens(scenarios)
        assert after in (old, new)
        assert not any(pending_of(golden_of(path)).exists() for path in scenarios) or after == old
        state = ("completed" if after == new else "undone") if interrupted else ("done" if after == new else "not begun")
        came_to[state] = came_to.get(state, 0) + 1
    assert sum(came_to.values()) == (KILLS or 8)
    sys.stdout.write(f"{came_to}\n")


# -- disks ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def namespace() -> tuple[str, ...]:
    """Give the words before a command that may mount file systems of its own."""
    words = ("unshare", "-m") if hasattr(os, "geteuid") and os.geteuid() == 0 else ("unshare", "-rm")
    try:
        allowed = subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode == 0
    except OSError:
        allowed = False
    if not allowed:
        pytest.skip("this user may not mount file systems")
    return words


@pytest.fixture
def on_disk(tmp_path: Path, namespace: tuple[str, ...]) -> Callable[[str, str], tuple[int, str, list[str]]]:
    """`on_disk(options, script)` runs a shell script in a tmpfs with a copy of the scenarios; gives code, errors, and its own report."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHON": sys.executable}
    environment.pop("CI", None)

    def call(options: str, script: str) -> tuple[int, str, list[str]]:
        disk = tmp_path / "disk"
        disk.mkdir()
        first = f"mount -t tmpfs -o {options} tmpfs '{disk}' && cd '{disk}'\n"
        done = subprocess.run(
            [*namespace, "sh", "-c", first + script], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, done.stderr, done.stdout.splitlines()

    return call


MAKE = """
for n in 1 2 3 4; do printf 'schema: 1\\nmain: [{print: old}]\\n' > s$n.yaml; done
$PYTHON -m runner accept . >/dev/null || exit 99
for n in 1 2 3 4; do printf 'schema: 1\\nmain:\\n  - repeat: {times: 60, do: [{print: new}]}\\n' > s$n.yaml; done
cat *.jsonl | cksum
"""
REPORT = """
code=$?
cat *.jsonl | cksum
ls -A | grep -c threadscore
exit $code
"""


def test_full_disk(on_disk: Callable[[str, str], tuple[int, str, list[str]]]) -> None:
    """Where the new goldens do not fit, every one is as it was, nothing is left over, and the message names one."""
    code, said, (before, after, left) = on_disk("size=64k", MAKE + "$PYTHON -m runner accept . >&2" + REPORT)
    assert (code, before, left) == (2, after, "0")
    assert said.startswith("error: cannot write s")
    assert said.endswith(".golden.jsonl: No space left on device\n")


def test_read_only_disk(on_disk: Callable[[str, str], tuple[int, str, list[str]]]) -> None:
    """On a disk that is mounted read-only, `accept` names the golden that it cannot write."""
    code, said, (before, after, left) = on_disk("size=1m", MAKE + "mount -o remount,ro . && $PYTHON -m runner accept ." + REPORT)
    assert (code, before, left) == (2, after, "0")
    assert said == "error: cannot write s1.golden.jsonl: Read-only file system\n"


def test_goldens_on_two_disks(on_disk: Callable[[str, str], tuple[int, str, list[str]]]) -> None:
    """Goldens of two file systems are written as one; where one of them is full neither has a new one."""
    far = "mkdir far && mount -t tmpfs -o size=16k tmpfs far && "
    big = "printf 'schema: 1\\nmain: [{repeat: {times: 400, do: [{print: x}]}}]\\n' > far/b.yaml\n"
    code, said, (before, after, left) = on_disk("size=1m", MAKE + far + big + "$PYTHON -m runner accept . >&2" + REPORT)
    assert (code, before, left) == (2, after, "0")
    assert said == "error: cannot write far/b.golden.jsonl: No space left on device\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_may_not_be_written(scenarios: list[Path], capfd: pytest.CaptureFixture[str]) -> None:
    """Without the right to write in one of the folders none has a new golden, and the message names one that it lacks."""
    before = goldens(scenarios)
    Path("b").chmod(0o555)
    try:
        assert run_command_line(["accept", "."]) == 2
    finally:
        Path("b").chmod(0o755)
    assert "error: cannot write b/s2.golden.jsonl: Permission denied" in capfd.readouterr().err
    assert (goldens(scenarios), hidden()) == (before, [])
