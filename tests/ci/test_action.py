"""The GitHub action: its steps' own bash, with the environment that GitHub's runner would give them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
SCRIPTS = [step for step in ACTION["runs"]["steps"] if "run" in step]
VALUE = re.compile(r"\$\{\{ (.*?) \}\}")

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="this system has no bash")


@pytest.fixture
def act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """`act(junit="out.xml")` runs the action with these inputs, in a folder with scenarios; pip has nothing to do but to be called."""
    shutil.copytree(ROOT / "scenarios/tutorial", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    tools = tmp_path / "tools"
    tools.mkdir()
    python = f'#!/bin/sh\ncase "$2" in pip) echo "pip $*" >> {tools}/pip.log;; *) exec {shlex.quote(sys.executable)} "$@";; esac\n'
    (tools / "made").write_text(python)
    (tools / "python3").write_text(f'#!/bin/sh\n[ "$1 $2" = "-m venv" ] || exit 9\nmkdir -p "$3/bin" && cp {tools}/made "$3/bin/python"\n')
    for tool in ("made", "python3"):
        (tools / tool).chmod(0o755)
    runner_temp = tmp_path / "runner temp"
    runner_temp.mkdir()

    def act(**inputs: str) -> tuple[int, str]:
        assert inputs.keys() <= {name.replace("-", "_") for name in ACTION["inputs"]}
        known = {f"inputs.{name}": inputs.get(name.replace("-", "_"), each["default"]) for name, each in ACTION["inputs"].items()}
        known["github.action_path"] = str(ROOT)
        output = tmp_path / "output"
        output.write_text("")
        said = ""
        for step in SCRIPTS:
            environment = {
                **os.environ,
                "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(output),
                "RUNNER_TEMP": str(runner_temp),
                **{name: VALUE.sub(lambda match: known[match[1]], value) for name, value in step["env"].items()},
            }
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
            said += done.stdout
            if done.returncode:
                return done.returncode, said
            if "id" in step:
                for name, _, value in (line.partition("=") for line in output.read_text().splitlines()):
                    known[f"steps.{step['id']}.outputs.{name}"] = value
        return 0, said

    return act


def test_plain(act: Callable[..., tuple[int, str]]) -> None:
    """Without inputs it installs itself from where it is, and tests `scenarios`."""
    code, said = act()
    assert (code, said.splitlines()[-1]) == (0, "6 passed, 0 failed")
    assert Path("tools/pip.log").read_text().endswith(f"install {ROOT}\n")


def test_failure(act: Callable[..., tuple[int, str]]) -> None:
    """A difference makes the step fail with the command's exit code, and is annotated."""
    path = Path("scenarios/shared_lock.yaml")
    path.write_text(path.read_text().replace("sleep: 1", "sleep: 2"))
    code, said = act()
    assert code == 1
    assert "\n::error file=scenarios/shared_lock.yaml,line=22,col=9," in said


def test_inputs(act: Callable[..., tuple[int, str]]) -> None:
    """All inputs go where they belong; paths and options are one a line."""
    shutil.copytree("scenarios", "more of them")
    code, said = act(paths="scenarios\nmore of them\n", args="-k\nlock\n--quiet", junit="out/report.xml", shard="1/1")
    assert (code, said) == (0, "2 passed, 0 failed\n")
    assert ElementTree.parse("out/report.xml").getroot().get("tests") == "2"


def test_changed_since(act: Callable[..., tuple[int, str]]) -> None:
    """A revision is handed on."""
    code, said = act(changed_since="-nonsense")
    assert code == 2
    assert "'-nonsense'" in said or "git" in said


@pytest.mark.parametrize("name", ["paths", "args", "shard", "changed_since", "junit"])
def test_inputs_are_text(act: Callable[..., tuple[int, str]], name: str) -> None:
    """What stands in an input is never run."""
    act(**{name: "\"; touch owned; $(touch owned) `touch owned` ' && touch owned"})
    assert not Path("owned").exists()


def test_no_expression_stands_in_a_script() -> None:
    """Scripts take what comes from outside from the environment: an expression in one would be put into its text."""
    assert [step["run"] for step in SCRIPTS if "${{" in step["run"]] == []
    assert all(step["shell"] == "bash" and step["run"].startswith("set -euo pipefail\n") for step in SCRIPTS)


def test_each_input_is_described_and_used() -> None:
    """There is no input without a description and a default, and none that nothing reads."""
    steps = str(ACTION["runs"]["steps"])
    for name, each in ACTION["inputs"].items():
        assert each["description"].endswith(".")
        assert isinstance(each["default"], str)
        assert f"inputs.{name} " in steps
