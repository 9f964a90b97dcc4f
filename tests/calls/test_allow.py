"""Who may allow scenarios to call code: whoever runs them, and the project they are run in. Never the scenario, or what lies beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runner import Limits, load
from runner.cli import run_command_line
from runner.errors import ScenarioError, UsageError
from runner.suite.allow import of_project, with_calls

SCENARIO = "schema: 1\nmain:\n  - call: {function: 'found:tell', args: [5]}\n"
MODULE = "from pathlib import Path\nPath('was-here').touch()\ndef tell(n):\n    return n + 1\n"
PROJECT = '[tool.threadscore]\nallow_call = ["found"]\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a module `found`, and a scenario in a folder below that calls it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    (tmp_path / "found.py").write_text(MODULE)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab/tell.yaml").write_text(SCENARIO)
    of_project.cache_clear()
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [["run"], ["test"], ["test", "-j", "2"], ["accept"], ["explore"], ["explore", "-j", "2"], ["diff"], ["validate", "--imports"]],
    ids=" ".join,
)
def test_without_leave_nothing_is_imported(here: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """Whatever would run it refuses it, at its place, and says how to allow it."""
    assert run_command_line([*command, "lab/tell.yaml"]) == 3
    both = capsys.readouterr()
    said = both.out + both.err
    assert "lab/tell.yaml:3:5: error[call-not-allowed]: 'found:tell': the module 'found' is none that scenarios may call" in said
    assert "--allow-call found allows it" in said
    assert not (here / "was-here").exists()


@pytest.mark.parametrize("command", ["validate", "lint", "list", "fmt", "prune"])
def test_what_only_looks_imports_nothing(here: Path, command: str) -> None:
    """It needs no leave, and does not import what it has leave to."""
    (here / "pyproject.toml").write_text(PROJECT)
    assert run_command_line([command, "lab"]) == 0
    assert not (here / "was-here").exists()


@pytest.mark.parametrize("command", [["run"], ["explore"], ["explore", "-j", "2"], ["validate", "--imports"], ["accept"]], ids=" ".join)
def test_the_command_line_allows_it(here: Path, command: list[str]) -> None:
    """`--allow-call` does, and the module is found in the current directory."""
    assert run_command_line([*command, "--allow-call", "found", "lab/tell.yaml"]) == 0
    assert (here / "was-here").exists()


def test_the_project_allows_it(here: Path) -> None:
    """So does the pyproject.toml of the directory that the command is run in."""
    (here / "pyproject.toml").write_text(PROJECT)
    assert run_command_line(["run", "-q", "lab/tell.yaml"]) == 0


def test_a_file_beside_the_scenario_does_not(here: Path) -> None:
    """What was downloaded together with a scenario does not speak for whoever runs it."""
    (here / "lab/pyproject.toml").write_text(PROJECT)
    (here / "lab/setup.cfg").write_text("[threadscore]\nallow_call = found\n")
    assert run_command_line(["run", "lab/tell.yaml"]) == 3


def test_a_file_further_up_does_not(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does what lies above the current directory, in a folder of everything downloaded, say."""
    (here / "pyproject.toml").write_text(PROJECT)
    monkeypatch.chdir(here / "lab")
    assert run_command_line(["run", "tell.yaml"]) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[tool.threadscore]\nallow_call = "found"\n',
            "allow_call in pyproject.toml is a list of modules, such as [\"bank\"], not 'found'",
        ),
        (
            "[tool.threadscore]\nallow_call = [3]\n",
            "allow_call in pyproject.toml takes modules or packages, such as bank or bank.demo, not 3",
        ),
        ('[tool.threadscore]\nallow_call = ["*"]\n', "allow_call in pyproject.toml takes modules or packages"),
        ("[tool.threadscore\n", "pyproject.toml cannot be read: "),
    ],
)
def test_a_project_that_is_wrong(here: Path, text: str, message: str) -> None:
    """It is said what is, and nothing is taken for a leave."""
    (here / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        of_project(here)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("text", ["", "[project\n", "[tool.other]\nx = 1\n", "[tool.threadscore]\n", "tool = 3  # threadscore\n"])
def test_a_project_that_says_nothing(here: Path, text: str) -> None:
    """What else is in the file, or wrong with it, is not ours to say."""
    (here / "pyproject.toml").write_text(text)
    assert of_project(here) == ()


def test_no_module_s_name(here: Path) -> None:
    """There is no way to allow everything."""
    with pytest.raises(UsageError, match=r"--allow-call takes modules or packages, such as bank or bank\.demo, not '\*'"):
        with_calls(["*"], here)


def test_the_command_to_replay_has_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a command that can be run as it stands."""
    run_command_line(["run", "--allow-call", "found", "lab/tell.yaml"])
    assert "python -m runner run lab/tell.yaml --allow-call found --replay " in capsys.readouterr().out


def test_from_python(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program allows it by the limits that it loads with."""
    monkeypatch.syspath_prepend(str(here))
    with pytest.raises(ScenarioError):
        load("lab/tell.yaml")
    assert list(load("lab/tell.yaml", limits=Limits(calls=("found",))).python) == ["found:tell"]
