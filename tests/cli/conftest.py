"""What the command line's tests share: a folder to work in, and the command line called in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from runner.cli import run_command_line


@dataclass(frozen=True)
class Said:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines on standard output."""
        return self.out.splitlines()


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, and as if at a plain desk: whatever CI or terminal the tests themselves run in."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


class CommandLine:
    """The command line, called in this process."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self.capture = capture
        self.on_terminal = False

    def __call__(self, *words: str) -> Said:
        """Call it and give what it came to."""
        self.capture.readouterr()
        for stream in (sys.stdout, sys.stderr):
            stream.isatty = lambda: self.on_terminal  # type: ignore[method-assign]
        code = run_command_line(list(words))
        captured = self.capture.readouterr()
        return Said(code, captured.out.decode(), captured.err.decode())


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes]) -> CommandLine:
    """`cli(*words)` calls the command line in this process."""
    return CommandLine(capsysbinary)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """`write(name, text)` writes a scenario and returns its name; `schema: 1` may be left out of the text."""

    def write(name: str, text: str = "main: [{print: hello}]") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("schema: 1\n" + dedent(text), "utf-8")
        return name

    return write


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[bytes]]:
    """`start(*words, env={…})` starts `python -m runner` as a process of its own."""

    def start(*words: str, env: dict[str, str] | None = None, program: str | None = None, **options: Any) -> subprocess.Popen[bytes]:
        python = ["-m", "runner"] if program is None else ["-c", program]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, *python, *words], env={**os.environ, **(env or {})}, **{**pipes, **options})

    return start


@pytest.fixture
def process(start: Callable[..., subprocess.Popen[bytes]]) -> Callable[..., Said]:
    """`process(*words, env={…})` runs `python -m runner` as a process of its own."""

    def run(*words: str, **options: Any) -> Said:
        with start(*words, **options) as child:
            out, err = child.communicate(timeout=60)
        return Said(child.returncode, (out or b"").decode(), (err or b"").decode())

    return run


@pytest.fixture
def race(write: Callable[..., str]) -> str:
    """Write a scenario whose trace depends on who goes when."""
    return write(
        "race.yaml",
        """\
        name: race
        params: {n: 3, pause: 0}
        resources: {total: {kind: var, value: 0}}
        threads:
          worker:
            count: ${n}
            do: [{sleep: "${pause}"}, {set: {total: "${total + 1}"}}, {print: "${thread} ✓"}]
        """,
    )
