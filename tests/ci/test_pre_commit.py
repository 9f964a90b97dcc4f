"""The hooks for other repositories' pre-commit: the manifest, and what each runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.cli import run_command_line

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: list[dict[str, Any]] = yaml.safe_load(MANIFEST.read_text("utf-8"))
BAD = {
    "threadscore-validate": "schema: 1\nmain: [{pirnt: x}]\n",
    "threadscore-fmt": "schema:   1\nmain: [{print: x}]\n",
    "threadscore-lint": "schema: 1\nresources: {unused: lock}\nmain: [{print: x}]\n",
}
by_hook = pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])


def test_manifest() -> None:
    """pre-commit itself takes the manifest."""
    done = subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


def test_hooks() -> None:
    """There are the hooks that the documentation has."""
    assert [hook["id"] for hook in HOOKS] == list(BAD)
    text = (ROOT / "docs/ci.md").read_text("utf-8")
    assert all(f"id: {hook['id']}" in text for hook in HOOKS)


def run(hook: dict[str, Any], *files: str) -> int:
    """Run a hook as pre-commit would, in this process: its entry with the files behind it."""
    program, *words = hook["entry"].split()
    assert program == "threadscore"
    return run_command_line([*words, *files])


@by_hook
def test_good_files_pass(hook: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios that are in order pass, and are not touched."""
    shutil.copytree(ROOT / "scenarios/tutorial", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    files = sorted(map(str, Path("scenarios").glob("*.yaml")))
    before = [Path(file).read_bytes() for file in files]
    assert run(hook, *files) == 0
    assert [Path(file).read_bytes() for file in files] == before


@by_hook
def test_bad_files_are_stopped(hook: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not fails, or is changed, which pre-commit counts as failing."""
    monkeypatch.chdir(tmp_path)
    file = Path("a.yaml")
    file.write_text(BAD[hook["id"]])
    code = run(hook, "a.yaml")
    assert code != 0 or file.read_text() != BAD[hook["id"]]


@by_hook
@pytest.mark.parametrize(
    "path", ["scenarios/a.yaml", "packages/x/scenarios/deep/a.yml", "scenarios/_part.yaml", "src/a.yaml", "myscenarios/a.yaml"]
)
def test_which_files(hook: dict[str, Any], path: str) -> None:
    """Files below a folder `scenarios` are taken; those to include by `fmt` only, for they are no scenarios."""
    taken = bool(re.search(hook["files"], path)) and not re.search(hook.get("exclude", "^$"), path)
    to_include = "_part" in path
    assert taken == (path.split("/")[0] in ("scenarios", "packages") and (not to_include or hook["id"] == "threadscore-fmt"))
