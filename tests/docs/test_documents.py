"""The tutorial and the README do what they say: their files are written, their commands run, their output compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.cli import run_command_line
from runner.spec import format_text

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$|^<!-- (\S+): ([^\n]+?) becomes ([^\n]+?) -->$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w.-]+\.yaml)`")


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block, and what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def printed(command: str, capfd: pytest.CaptureFixture[str]) -> str | None:
    """Run a command and return what it prints; None for what only a shell can do."""
    words = shlex.split(command)
    if words[:3] == ["python", "-m", "runner"]:
        run_command_line(words[3:])
        out, err = capfd.readouterr()
        return err + out
    return Path(words[1]).read_text("utf-8") if words[0] == "cat" else None


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CI", raising=False)


def test_the_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever follows the tutorial sees on the screen what stands in it."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    ran = 0
    for block in BLOCK.finditer(text):
        kind, content, edited, before, after = block.groups()
        if kind == "yaml":
            named = NAMED.findall(text[: block.start()])[-1]
            Path(named).write_text(content, "utf-8")
        elif edited:
            old = Path(edited).read_text("utf-8")
            assert before in old
            Path(edited).write_text(old.replace(before, after), "utf-8")
        else:
            for command, output in commands(content):
                actual = printed(command, capfd)
                if actual is not None:
                    ran += 1
                    assert actual == output, command
    assert ran >= 15


def test_the_readme(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """The runs in the README are those of the scenarios in this repository."""
    monkeypatch.chdir(ROOT)
    text = (ROOT / "README.md").read_text("utf-8")
    ran = 0
    for block in BLOCK.finditer(text):
        for command, output in commands(block[2] or ""):
            if " run " in command and command.startswith("python -m"):
                ran += 1
                assert printed(command, capfd) == output
    assert ran == 2


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.stem)
def test_scenarios_in_documents_have_the_layout(path: Path) -> None:
    """What is shown of scenarios is laid out as `fmt` would."""
    for block in BLOCK.finditer(path.read_text("utf-8")):
        if block[1] == "yaml":
            assert format_text(block[2], path.name) == block[2]
