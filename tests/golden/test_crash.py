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
from collections import Counter
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
import os, sys
from runner.golden import change_goldens, journal
from runner.suite import accept, accept_all, discover

def say(*words):
    os.write(1, " ".join(map(str, words)).encode() + b"\\n")

def swap(moves, swap=journal.swap):
    say("certain")
    swap(moves)

def again_and_again(changes):
    journal.swap = swap
    while sys.stdin.readline():
        os.chdir(sys.argv[1])
        child = os.fork()
        if child == 0:
            say("writing", os.getpid())
            change_goldens(changes)
            say("done")
            os._exit(0)
        sys.stdin.readline()  # until then its number is nobody else's
        os.waitpid(child, 0)
        say("ended")
    return list(changes)

accept.change_goldens = again_and_again
accept_all(discover(["."]).scenarios)
"""
"""Accepts everything up to the writing, which it does in a new process for each line that it is sent, to be killed."""

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


class Writer:
    """Processes that accept all there is, one for each time that it is told to write."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        words = [sys.executable, "-c", WRITER, str(folder)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, bufsize=0)
        self.lasts = {b"writing": 0.5, b"certain": 0.1}
        """About how many seconds pass from a word on until all is done."""

    def write(self) -> None:
        """Write all."""
        assert not self._killed(b"", 0)

    def killed(self, word: bytes, chance: float) -> bool:
        """Begin to write, and be killed some time after a word was said; return False if all was done before that."""
        return self._killed(word, chance * self.lasts[word])

    def _killed(self, word: bytes, delay: float) -> bool:
        source, sink = self.process.stdin, self.process.stdout
        assert source is not None
        assert sink is not None
        source.write(b"begin\n")
        said, child = sink.readline().split()
        while said not in (word, b"done"):
            said = sink.readline().strip()
        until = time.perf_counter() + delay
        while said != b"done" and select.select([sink], [], [], max(until - time.perf_counter(), 0))[0]:
            said = sink.readline().strip()
        os.kill(int(child), signal.SIGKILL)
        source.write(b"end\n")
        while (last := sink.readline().strip()) != b"ended":
            said = last
        return said != b"done"


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
    writer = Writer(tmp_path)
    with writer.process:
        writer.write()
        new = goldens(scenarios)
        assert all(one != other for one, other in zip(old, new, strict=True))
        chance = random.Random(KILLS)
        came_to: Counter[str] = Counter()
        for _ in range(20 * (KILLS or 16)):  # some come too late
            turn = came_to.total()
            if turn == (KILLS or 16):
                break
            shutil.rmtree(tmp_path)
            shutil.copytree(tmp_path.parent / "before", tmp_path)
            os.chdir(tmp_path)
            word = (b"writing", b"certain")[turn % 2]
            killed = writer.killed(word, chance.random())
            state = settled(old, new, scenarios, turn // 2, capfd)
            if killed and state != "done":
                came_to[state] += 1
            writer.lasts[word] *= 0.8 if state == "done" else 1.1
        assert writer.process.stdin is not None
        writer.process.stdin.close()
    if KILLS:
        assert came_to.total() == KILLS
        assert min(came_to["undone"], came_to["completed"]) > KILLS // 10
    sys.stdout.write(f"{dict(came_to)}\n")


def settled(old: list[bytes], new: list[bytes], scenarios: list[Path], turn: int, capfd: pytest.CaptureFixture[str]) -> str:
    """Check that each golden is whole, and that the next command makes all of them old or new and says so; return which."""
    for found, one, other in zip(goldens(scenarios), old, new, strict=True):
        assert found in (one, other)
    interrupted = bool(hidden())
    capfd.readouterr()
    run_command_line(NEXT[turn % len(NEXT)])
    said = [line.split(" an interrupted write")[0] for line in capfd.readouterr().err.splitlines() if "interrupted write" in line]
    assert hidden() == []
    after = goldens(scenarios)
    assert after in (old, new)
    assert set(said) == ({"completed" if after == new else "undid"} if interrupted else set())
    assert not any(pending_of(golden_of(path)).exists() for path in scenarios) or after == old
    return ("completed" if after == new else "undone") if interrupted else "not begun" if after == old else "done"


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
