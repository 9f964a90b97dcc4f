"""docs/python.md has every public name, and docs/pytest.md every setting and option of the plugin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import runner
from runner.pytest_plugin.fixture import ScenarioRun

DOCS = Path(__file__).parents[2] / "docs"
PYTHON = (DOCS / "python.md").read_text("utf-8")
PYTEST = (DOCS / "pytest.md").read_text("utf-8")
TABLED = {name for row in re.findall(r"^\| (`.*?) \|", PYTHON, re.MULTILINE) for name in re.findall(r"`(\w+)", row)}


@pytest.mark.parametrize("name", sorted(set(runner.__all__) - {"__version__"}))
def test_public_name(name: str) -> None:
    """Each public name has a row."""
    assert name in TABLED


def test_nothing_else() -> None:
    """Each row is about a public name."""
    assert set(runner.__all__) >= TABLED


@pytest.mark.parametrize("name", [name for name in dir(ScenarioRun) if not name.startswith("_")])
def test_what_a_run_has(name: str) -> None:
    """What the fixture's runs have is in its table."""
    assert re.search(rf"^\| .*`{name}\b.* \|", PYTEST, re.MULTILINE)


def test_settings_and_options(pytestconfig: pytest.Config) -> None:
    """Each setting and option of the plugin is there."""
    ours = [name for name in pytestconfig._parser._inidict if name.startswith("scenario_")]
    assert ours == ["scenario_paths", "scenario_files", "scenario_obsolete", "scenario_explore", "scenario_allow_call"]
    assert all(f"{name} = " in PYTEST for name in ours)
    assert "--update-golden " in PYTEST
    assert "--update-golden-in-ci" in PYTEST
    assert "--explore" in PYTEST
    assert "--allow-call" in PYTEST
