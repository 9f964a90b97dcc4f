"""What the soak's tests share: a folder with a scenario, soaks as processes of their own, and executions that go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
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
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are told to ignore it
"""
"""A `sitecustomize` for the processes of a soak."""


@dataclass(frozen=True)
class Soaked:
    """What a soak came to, and the record it wrote."""

    code: int
    out: str
    err: str
    record: dict[str, Any]


@pytest.fixture
def soak(tmp_path: Path) -> Callable[..., Soaked]:
    """`soak(*words)` runs a soak in the test's folder, on this Python alone unless others are to be in it."""

    def run(*words: str, others: str = "") -> Soaked:
        command = [sys.executable, "-m", "soak", *words, "--record", "record.json"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]), "THREADSCORE_PYTHONS": others}
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, env=environment, timeout=300, check=False)
        record = tmp_path / "record.json"
        return Soaked(ended.returncode, ended.stdout, ended.stderr, json.loads(record.read_text("utf-8")) if record.exists() else {})

    return run


@pytest.fixture
def race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a scenario whose trace depends on who goes when, into the test's folder, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "race.yaml").write_text(RACE, "utf-8")
    return "race.yaml"


@pytest.fixture
def at_fault(tmp_path: Path) -> Callable[..., None]:
    """`at_fault(number, fault)` makes something happen to the execution of that number in each process with a PYTHONHASHSEED."""

    def write(number: int, fault: str, hash_seed: str = "0") -> None:
        text = AT_FAULT.replace("NUMBER", str(number)).replace("FAULT", fault).replace("HASH_SEED", hash_seed)
        (tmp_path / "sitecustomize.py").write_text(text, "utf-8")

    return write
