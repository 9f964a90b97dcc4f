"""The tutorial's programs as plain Python say what its scenarios say; Python 2 is told by its name."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner import read_trace
from runner.script.python2 import advice

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((ROOT / "scenarios" / "tutorial").glob("*.yaml"))
PROGRAMS = ROOT / "examples" / "tutorial"


def script(*words: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runner", "script", "-q", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=60)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_a_program_prints_what_its_scenario_prints(scenario: Path) -> None:
    """The same lines in the same order, and nothing else."""
    events = read_trace(scenario.with_name(f"{scenario.stem}.golden.jsonl")).events
    ended = script(PROGRAMS / f"{scenario.stem}.py")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [each.value for each in events if each.op == "print"]


def test_a_python_2_program_is_called_one() -> None:
    """A module that Python 3 has under another name: what Python says, then the place, what it is, and the name."""
    ended = script(PROGRAMS / "exit_flag_python2.py")
    error, advice = ended.stderr.splitlines()[3:5]
    assert ended.returncode == 1
    assert error == "ModuleNotFoundError: No module named 'Queue'"
    assert advice == "exit_flag_python2.py:3: this is Python 2 code: module Queue is called queue in Python 3"


def test_the_python_2_program_runs_once_its_import_is_mended(tmp_path: Path) -> None:
    """The advice is all that it needs: the rest of it, a loop that only looks at the queue included, is as good as ever."""
    text = (PROGRAMS / "exit_flag_python2.py").read_text("utf-8").replace("import Queue", "import queue as Queue")
    (tmp_path / "program.py").write_text(text, "utf-8")
    ended = script("program.py", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(line.split()[-1] for line in ended.stdout.splitlines() if "processing" in line) == ["Five", "Four", "One", "Three", "Two"]
    assert ended.stdout.splitlines()[-1] == "Exiting Main Thread"


SYNTAX = {
    "print 'a'": "print is a function in Python 3, print(…)",
    "exec 'a'": "exec is a function in Python 3, exec(…)",
    "try:\n    pass\nexcept ValueError, error:\n    pass": "`except Kind, name:` is `except Kind as name:` in Python 3",
}


@pytest.mark.parametrize("text", SYNTAX)
def test_python_2_syntax_is_called_that(text: str) -> None:
    """A statement that is none any more has its place and what it is now."""
    with pytest.raises(SyntaxError) as raised:
        compile(f"import threading\n{text}\n", "program.py", "exec")
    line = text.count("except") * 2 + 2
    assert advice(raised.value) == f"program.py:{line}: this is Python 2 code: {SYNTAX[text]}"


def test_other_mistakes_are_not() -> None:
    """A module of no Python is only missing, other bad syntax only that."""
    with pytest.raises(ModuleNotFoundError) as missing:
        importlib.import_module("nosuchmodule")
    with pytest.raises(SyntaxError) as wrong:
        compile("x = (", "program.py", "exec")
    assert (advice(missing.value), advice(wrong.value)) == (None, None)
