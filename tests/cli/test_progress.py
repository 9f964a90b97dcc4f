"""The bar of long commands, on terminals made for the purpose."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.cli.progress import Progress
from runner.report.lanes import width_of

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
termios = pytest.importorskip("termios")

HEEDS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from runner.__main__ import main; main()"


class Terminal:
    """A pseudo-terminal of some width."""

    def __init__(self, columns: int) -> None:
        self.inside, self.outside = pty.openpty()
        termios.tcsetwinsize(self.outside, (24, columns))

    def read(self) -> bytes:
        """Read what has come, or b"" when nobody writes any more."""
        try:
            return os.read(self.inside, 65536)
        except OSError:  # how Linux says that the other end is closed
            return b""


@pytest.fixture
def terminal() -> Any:
    made: list[Terminal] = []

    def terminal(columns: int = 80) -> Terminal:
        made.append(Terminal(columns))
        return made[-1]

    yield terminal
    for each in made:
        os.close(each.inside)


@pytest.fixture
def on_terminal(start: Callable[..., subprocess.Popen[bytes]], terminal: Callable[..., Terminal]) -> Callable[..., tuple[int, str, str]]:
    """`on_terminal(*words, columns=80, env={…}, both=False)` gives the exit code, what came to stdout, and what to the terminal."""

    def on_terminal(*words: str, columns: int = 80, both: bool = False, **options: Any) -> tuple[int, str, str]:
        screen = terminal(columns)
        streams = {"stderr": screen.outside, **({"stdout": screen.outside} if both else {})}
        with start(*words, **streams, **options) as child:
            os.close(screen.outside)
            shown = b"".join(iter(screen.read, b""))
            out = b"" if child.stdout is None else child.stdout.read()
            code = child.wait(60)
        return code, out.decode(), shown.decode().replace("\r\n", "\n")

    return on_terminal


def left_on(shown: str) -> list[str]:
    """Return the lines that somebody sees in the end."""
    lines = []
    for line in shown.split("\n"):
        seen: list[str] = []
        for part in line.split("\r"):
            seen[: len(part)] = part
        lines.append("".join(seen).rstrip())
    return lines


@pytest.fixture
def twelve(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Write twelve scenarios with goldens."""
    for number in range(12):
        write(f"s/scenario_{number:02}.yaml")
    assert cli("accept", "s").code == 0


def test_bar_and_lines(twelve: None, on_terminal: Callable[..., tuple[int, str, str]]) -> None:
    """The bar is drawn where errors go, stdout has what it has without one, and nothing of it is left."""
    code, out, shown = on_terminal("test", "s")
    assert code == 0
    assert out.splitlines()[-1] == "12 passed, 0 failed"
    assert "testing [--------------------] 0/12 s/scenario_00.yaml" in shown
    assert re.search(r"testing \[#+-+\] \d+/12 \d+/s s/scenario_\d\d\.yaml", shown)
    assert left_on(shown) == [""]


def test_one_terminal_for_both(twelve: None, write: Callable[..., str], on_terminal: Callable[..., tuple[int, str, str]]) -> None:
    """On one terminal lines and bar do not mix: in the end there are the lines."""
    write("s/scenario_05.yaml", "main: [{pirnt: x}]")
    code, _, shown = on_terminal("test", "s", both=True, env={"NO_COLOR": "1"})
    assert code == 3
    assert "testing [" in shown
    assert left_on(shown) == [
        *(f"ok    s/scenario_{number:02}.yaml" for number in range(5)),
        "FAIL  s/scenario_05.yaml",
        "s/scenario_05.yaml:2:9: error[unknown-verb]: there is no verb `pirnt`",
        "    2 | main: [{pirnt: x}]",
        "      |         ^^^^^ did you mean 'print'?",
        *(f"ok    s/scenario_{number:02}.yaml" for number in range(6, 12)),
        "11 passed, 1 failed",
        "`python -m runner explain CODE` says more about the code in brackets.",
        "",
    ]


def test_validate_has_it_too(twelve: None, write: Callable[..., str], on_terminal: Callable[..., tuple[int, str, str]]) -> None:
    """Other verbs have the same bar."""
    write("s/scenario_05.yaml", "main: [{pirnt: x}]")
    code, _, shown = on_terminal("validate", "s", both=True)
    assert code == 3
    assert "checking [" in shown
    assert left_on(shown)[-3:] == ["11 valid, 1 invalid", "`python -m runner explain CODE` says more about the code in brackets.", ""]


def test_dumb_terminal(twelve: None, on_terminal: Callable[..., tuple[int, str, str]]) -> None:
    """A terminal that can do nothing gets no bar."""
    assert on_terminal("test", "s", env={"TERM": "dumb"})[2] == ""


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
def test_no_colours(twelve: None, on_terminal: Callable[..., tuple[int, str, str]], env: dict[str, str]) -> None:
    """The bar needs no colours, and no escape sequence at all."""
    shown = on_terminal("test", "s", env=env)[2]
    assert "testing [" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("columns", [20, 40])
def test_narrow_terminal(twelve: None, on_terminal: Callable[..., tuple[int, str, str]], columns: int) -> None:
    """The bar is never as wide as the terminal, so that it stays in its line."""
    shown = on_terminal("test", "s", columns=columns)[2]
    assert "testing [" in shown
    assert max(len(part) for line in shown.split("\n") for part in line.split("\r")) < columns


def test_no_terminal(process: Callable[..., Any], twelve: None) -> None:
    """Where stderr is no terminal nothing goes there."""
    assert process("test", "s").err == ""


def test_interrupt(
    twelve: None, write: Callable[..., str], start: Callable[..., subprocess.Popen[bytes]], terminal: Callable[..., Terminal]
) -> None:
    """Ctrl-C takes the bar away."""
    write("t.yaml", "main: [{forever: [{sleep: 1}, {print: x}]}]")
    screen = terminal()
    words = ["test", "s/scenario_00.yaml", "t.yaml", "--limit", "steps=1G", "--limit", "events=1G"]
    with start(*words, program=HEEDS, stderr=screen.outside) as child:
        os.close(screen.outside)
        shown = b""
        while b" t.yaml" not in shown:
            shown += screen.read()
        child.send_signal(signal.SIGINT)
        shown += b"".join(iter(screen.read, b""))
        assert child.wait(60) == 130
    assert [line for line in left_on(shown.decode().replace("\r\n", "\n")) if line] == ["interrupted"]


@pytest.mark.parametrize("name", ["x" * 200, "日本語" * 40, "a\x1b[31m\n\rb"])
def test_names_do_not_break_the_bar(name: str) -> None:
    """Whatever a scenario is called, the bar is one line, and fits."""
    progress = Progress("testing", 3)
    progress.show(name)
    line = progress.line(1.0, 39)
    assert line.isprintable()
    assert width_of(line) <= 39


def test_counts() -> None:
    """The bar shows the share that is done, how many that is, and how many it was in a second."""
    progress = Progress("testing", 4)
    for _ in range(3):
        progress.step()
    progress.show("d.yaml")
    assert progress.line(1.5, 80) == "testing [###############-----] 3/4 2/s d.yaml"


def test_nothing_to_do() -> None:
    """Of nothing a bar can be made as well."""
    assert Progress("testing", 0).line(0.0, 80) == "testing [--------------------] 0/0"


def test_closed_stderr(twelve: None, tmp_path: Path) -> None:
    """Without stderr there is no bar, and no harm."""
    import sys

    command = f'exec "{sys.executable}" -m runner test s 2>&-'
    result = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert result.returncode == 0
    assert result.stdout.endswith(b"12 passed, 0 failed\n")
