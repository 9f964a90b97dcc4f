"""The page about the scenarios is up to date, and the scenarios show all of the language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.cli import run_command_line
from runner.compiler.summary import KINDS, VERBS
from runner.suite import Summary, discover, summarize

ROOT = Path(__file__).parents[2]
ENOUGH = 3
"""Scenarios that show each part of the language: one alone may be a special case."""


@pytest.fixture(scope="module")
def summaries() -> list[Summary]:
    return [summarize(path) for path in discover([ROOT / "scenarios", ROOT / "examples"]).scenarios]


def test_the_page_is_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is what its own command writes today."""
    for folder in ("scenarios", "examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.jsonl*"))
    monkeypatch.chdir(tmp_path)
    assert run_command_line(["list", "--as", "markdown", "--to", "docs/gallery.md", "scenarios", "examples"]) == 0
    assert (tmp_path / "docs/gallery.md").read_text("utf-8") == (ROOT / "docs/gallery.md").read_text("utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_shown(summaries: list[Summary], verb: str) -> None:
    """Each verb is used in several scenarios."""
    assert len([summary.name for summary in summaries if verb in summary.verbs]) >= ENOUGH


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_shown(summaries: list[Summary], kind: str) -> None:
    """Each kind of resource is used in several scenarios."""
    assert len([summary.name for summary in summaries if kind in summary.kinds]) >= ENOUGH


def test_each_scenario_says_what_it_shows(summaries: list[Summary]) -> None:
    """No scenario is without a description."""
    assert [summary.name for summary in summaries if not summary.description] == []
