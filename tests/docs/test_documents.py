"""The pages do what they say: their files are written, their commands run, their output compared; docs/contributing.md has the rules.

With RENEW=1 in the environment the outputs are written anew instead, to be read in a diff.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from runner.cli import run_command_line
from runner.compiler import compile_scenario
from runner.errors import ScenarioError
from runner.limits import Limits
from runner.spec import format_text, loads
from runner.suite import judge, load_cases, run
from runner.trace.schema import trace_schema

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PART = re.compile(r"^```(\S*)\n(.*?)^```$|^<!-- (\S+): ([^\n]+?) becomes ([^\n]+?) -->$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+\.yaml)`")
MODULE = re.compile(r"# (\w+)\.py\n")
SHARED = ("params", "resources", "functions", "classes", "threads")
"""What fragments further down a page may use of one further up."""


class Page:
    """One page while its parts are gone through in order, in a folder of its own with a copy of the scenarios."""

    def __init__(self, path: Path, folder: Path, printed: Callable[[], str]) -> None:
        self.text = path.read_text("utf-8")
        self._folder = folder
        self._printed = printed
        self._declared: dict[str, dict[str, Any]] = {}
        self._errors: str | None = None
        self._modules: list[str] = []

    def renewed(self) -> str:
        """Return the page with its outputs as they are now."""
        parts, end = [], 0
        for match in PART.finditer(self.text):
            parts += [self.text[end : match.start()], self._part(match, self.text[end : match.start()])]
            end = match.end()
        assert self._errors is None, f"a block is wrong, and no `error` block follows it:\n{self._errors}"
        return "".join(parts) + self.text[end:]

    def _part(self, match: re.Match[str], before: str) -> str:
        language, content, edited, old, new = match.groups()
        if edited:
            file = self._folder / edited
            assert old in file.read_text("utf-8"), match[0]
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
            return match[0]
        evaluate = getattr(self, f"_{language}", None)
        assert evaluate is not None, f"no rule for blocks of {language or 'no language'}:\n{content}"
        assert self._errors is None or language == "error", f"a block is wrong, and no `error` block follows it:\n{self._errors}"
        result = evaluate(content, before)
        return f"```{language}\n{content if result is None else result}```"

    def _yaml(self, content: str, before: str) -> None:
        """Check a scenario, or a fragment of one; what is wrong with it must stand behind it."""
        assert format_text(content, "block.yaml") == content, f"`fmt` would lay it out otherwise:\n{content}"
        try:
            (self._scenario if re.search("^schema:", content, re.MULTILINE) else self._fragment)(content, before)
        except ScenarioError as error:
            self._errors = "".join(f"error[{problem.code}]: {problem.message}\n" for problem in error.problems)

    def _scenario(self, content: str, before: str) -> None:
        name = NAMED.findall(before)
        file = self._folder / (name[-1] if name else "scenario.yaml")
        file.write_text(content, "utf-8")
        for program in load_cases(file, limits=Limits(calls=tuple(self._modules))):
            assert judge(program, run(program)) == [], content

    def _fragment(self, content: str, before: str) -> None:
        written = yaml.safe_load(content)
        own = {"main": written} if isinstance(written, list) else written
        sections = {key: {**self._declared.get(key, {}), **own.get(key, {})} for key in SHARED}
        whole = {"schema": 1, "main": [{"print": "done"}], **own, **sections}
        compile_scenario(loads(json.dumps(whole), "block.yaml"))
        self._declared = sections

    def _error(self, content: str, before: str) -> str:
        assert self._errors is not None, f"nothing is wrong with the block before:\n{content}"
        errors, self._errors = self._errors, None
        return errors

    def _console(self, content: str, before: str) -> str:
        """Run each command; what it prints follows it."""
        assert content.startswith("$ "), content
        commands = [part.partition("\n")[0] for part in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]]
        return "".join(f"$ {command}\n{self._output(command)}" for command in commands)

    def _output(self, command: str) -> str:
        words = shlex.split(command)
        if words[:3] == ["python", "-m", "runner"] and not set(words) & {"|", ">", "<"}:
            run_command_line(words[3:])
            return self._printed()
        python = self._folder.parent / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        python.chmod(0o755)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(["bash", "-c", f"{{ {command}\n}} 2>&1"], env=environment, stdout=subprocess.PIPE, encoding="utf-8").stdout

    def _json(self, content: str, before: str) -> None:
        """Check the lines of a trace; other JSON need only be some, one line each."""
        for line in content.splitlines():
            record = json.loads(line)
            if record.keys() & {"trace", "n", "outcome"}:
                jsonschema.validate(record, trace_schema())

    def _python(self, content: str, before: str) -> None:
        """Run a program; a module, which begins with its file's name, is written to that."""
        if module := MODULE.match(content):
            (self._folder / f"{module[1]}.py").write_text(content, "utf-8")
            self._modules.append(module[1])
            return
        exec(compile(content, "block.py", "exec"), {})
        self._printed()

    def _toml(self, content: str, before: str) -> None:
        tomllib.loads(content)

    def _sh(self, content: str, before: str) -> None:
        """Leave alone what sets a clone up or takes long: the only blocks that are not run, and shown as such by their language."""

    def _text(self, content: str, before: str) -> None:
        """Leave alone what is no code."""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever follows a page sees on the screen what stands in it."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CI", raising=False)
    folder = tmp_path / "folder"
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    page = Page(path, folder, lambda: (lambda both: both.err + both.out)(capfd.readouterr()))
    try:
        with chdir(folder):
            renewed = page.renewed()
    finally:
        for name, module in list(sys.modules.items()):  # another page, or test, may have modules of the same names
            if str(getattr(module, "__file__", None)).startswith(str(folder)):
                del sys.modules[name]
    if os.environ.get("RENEW"):
        path.write_text(renewed, "utf-8")
    else:
        assert renewed == page.text, "read what has changed, and write it with RENEW=1"


LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """Return what a page's headings are called in links."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda path: path.stem)
def test_links(path: Path) -> None:
    """Each link to a file, or to a heading, leads to one."""
    for target, anchor in LINK.findall(path.read_text("utf-8")):
        file = path.parent / target if target else path
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), f"{target}#{anchor}"
