"""What the soak's tests share: a folder with a scenario, soaks of it, and executions that go wrong."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from soak.__main__ import main

RACE = """\
schema: 1
name: race
resources: {total: {kind: var, value: 0}}
threads: {worker: {count: 3, do: [{set: {total: "${total + 1}"}}, {print: "${thread}"}]}}
"""
AT_FAULT = """\
import os, runner.trace, signal

encode, made = runner.trace.encode, 0

def encode_wrongly(trace):
    global made
    made += 1
    text = encode(trace)
    if made == NUMBER and os.environ.get("PYTHONHASHSEED") == "HASH_SEED":
        FAULT
    return text

runner.trace.encode = encode_wrongly
"""
"""A `sitecustomize` for the processes of a soak."""


@dataclass(frozen=True)
class Soaked:
    """What a soak came to, and the record it wrote."""

    code: int
    out: str
    err: str
    record: dict[str, Any]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that the processes of a soak find modules in, and with no other Python."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("THREADSCORE_PYTHONS", "")
    return tmp_path


@pytest.fixture
def soak(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Soaked]:
    """`soak(*words)` soaks: in this process, and in those that it starts."""

    def run(*words: str) -> Soaked:
        try:
            code = main([*words, "--record", "record.json"])
        except SystemExit as error:
            code = int(error.code or 0)
        captured = capsys.readouterr()
        record = folder / "record.json"
        return Soaked(code, captured.out, captured.err, json.loads(record.read_text("utf-8")) if record.exists() else {})

    return run


@pytest.fixture
def race(folder: Path) -> str:
    """Write a scenario whose trace depends on who goes when."""
    (folder / "race.yaml").write_text(RACE, "utf-8")
    return "race.yaml"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Take SIGINT as Ctrl-C, also in a process that was told to ignore it, as a shell's background jobs are."""
    if threading.current_thread() is not threading.main_thread() or os.name == "nt":
        pytest.skip("signals are for the main thread of a POSIX process")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def at_fault(folder: Path) -> Callable[..., None]:
    """`at_fault(number, fault)` makes something happen to the execution of that number in each process with a PYTHONHASHSEED."""

    def write(number: int, fault: str, hash_seed: str = "0") -> None:
        text = AT_FAULT.replace("NUMBER", str(number)).replace("FAULT", fault).replace("HASH_SEED", hash_seed)
        (folder / "sitecustomize.py").write_text(text, "utf-8")

    return write
