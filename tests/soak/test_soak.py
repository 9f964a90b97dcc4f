"""A soak finds nothing in the scenarios there are, and says all there is to say where it does find something."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
PYTHONS = os.environ.get("THREADSCORE_PYTHONS", "")
WRONGLY = 'text = text.replace("worker-1", "worker-7", 1)'


def test_no_byte_differs(soak: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Some thousand executions of every scenario there is: all are as their first ones were."""
    monkeypatch.setenv("THREADSCORE_PYTHONS", PYTHONS)
    ended = soak(str(ROOT / "scenarios"), "--executions", "2000")
    assert (ended.code, ended.err) == (0, "")
    assert ended.record["complete"]
    assert ended.record["mismatches"] == 0
    assert ended.record["executions"] == sum(ended.record["pythons"].values()) >= 2000
    assert ended.record["digest"] in ended.out


def test_difference_is_told(soak: Callable[..., Any], race: str, at_fault: Callable[..., None], tmp_path: Path) -> None:
    """One byte of one execution differs: case, seed, Python, pass and line are named, both traces are left, and how to replay it."""
    at_fault(2, WRONGLY, hash_seed="12345")
    ended = soak(race, "--executions", "12")
    assert ended.code == 1
    assert (ended.record["complete"], ended.record["mismatches"], ended.record["digest"]) == (False, 1, None)
    paths = [tmp_path / ".soak" / f"{side}.jsonl" for side in ("first", "other")]
    first, other = (path.read_text("utf-8") for path in paths)
    assert other == first.replace("worker-1", "worker-7", 1)
    line = next(number for number, text in enumerate(first.split("\n")) if "worker-1" in text)
    through = "schedule by schedule, on threads that are kept"
    *told, replay = ended.out.splitlines()[1:]
    assert told == [
        f"DIFFERS: race.yaml under seed 0 on CPython {HERE}, PYTHONHASHSEED=12345: {through}",
        f"  the traces part at line {line + 1}:",
        f"    first  {first.split(chr(10))[line]}",
        f"    other  {other.split(chr(10))[line]}",
        "both traces are in .soak/first.jsonl and .soak/other.jsonl; `python -m runner show PATH` draws one",
    ]
    words = [sys.executable, *shlex.split(replay.removeprefix("replay: python ")), "-q", "--trace", "again.jsonl"]
    subprocess.run(words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    assert (tmp_path / "again.jsonl").read_bytes() == paths[0].read_bytes()


def test_odd_first_execution_is_told(soak: Callable[..., Any], race: str, at_fault: Callable[..., None]) -> None:
    """Where the first execution was not as all others, its trace is gone, and that is said."""
    at_fault(2, WRONGLY)
    ended = soak(race, "--executions", "12")
    assert ended.code == 1
    assert "executed once more it is the same: the first execution was the odd one, or what differs is rare\n" in ended.out


def test_interrupted_soak_says_how_far_it_came(
    soak: Callable[..., Any], interruptible: None, race: str, at_fault: Callable[..., None]
) -> None:
    """Ctrl-C ends it with a record that is not complete."""
    at_fault(60, "os.kill(os.getppid(), signal.SIGINT)")
    ended = soak(race, "--executions", "50000", "--jobs", "1")
    assert ended.code == 130
    assert "interrupted: not one byte differed so far\n" in ended.out
    assert (ended.record["complete"], ended.record["mismatches"], ended.record["digest"]) == (False, 0, None)
    assert ended.record["executions"] < 50000


def test_case_that_compiles_nowhere_is_named(soak: Callable[..., Any], race: str, tmp_path: Path) -> None:
    """What no Python compiles is not passed over."""
    (tmp_path / "wrong.yaml").write_text("schema: 1\nmain: [{acquire: nothing}]\n", "utf-8")
    ended = soak(race, "wrong.yaml", "--executions", "12")
    assert ended.code == 3
    assert f"left out on {HERE}, where they do not compile: wrong.yaml\n" in ended.out
    assert "these compile on none of the Pythons: wrong.yaml; " in ended.out
    assert ended.record["left_out"] == {HERE: ["wrong.yaml"]}


def test_process_that_fails_ends_it(soak: Callable[..., Any], race: str, at_fault: Callable[..., None]) -> None:
    """A process that fails is neither a pass nor a difference; what it said is shown."""
    at_fault(5, 'raise SystemError("the sky fell")')
    ended = soak(race, "--executions", "12")
    assert (ended.code, ended.record) == (70, {})
    assert "SystemError: the sky fell" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "error: there is no file or folder 'nowhere'\n"),
        (["."], "error: there are no scenarios\n"),
        (["--executions", "0"], "argument --executions: a whole number of at least 1, not '0'\n"),
    ],
)
def test_wrong_command_is_refused(soak: Callable[..., Any], words: list[str], said: str) -> None:
    """Nothing is executed when there is nothing to execute."""
    ended = soak(*words)
    assert (ended.code, ended.record) == (2, {})
    assert ended.err.endswith(said)


def test_python_that_cannot_be_used_is_refused(soak: Callable[..., Any], race: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that is named and lacks the dependencies, or is none, is not left out silently."""
    monkeypatch.setenv("THREADSCORE_PYTHONS", "/nowhere/python")
    ended = soak(race)
    assert ended.code == 2
    assert ended.err == "error: THREADSCORE_PYTHONS names /nowhere/python, which is no Python with click, pydantic and PyYAML\n"
