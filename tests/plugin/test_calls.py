"""Scenarios that call Python code, in pytest: who allows that, and where the code is found."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

MODULE = "from pathlib import Path\nPath('was-here').touch()\ndef tell(n):\n    return n + 1\n"
SCENARIO = "schema: 1\nmain:\n  - call: {function: 'found:tell', args: [5]}\n"
WAYS = {
    "an option": ("", ["--allow-call", "found"]),
    "a setting": ("scenario_allow_call = ['found']", []),
    "the project": ("[tool.threadscore]\nallow_call = ['found']", []),
}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Make a project with a module, and a scenario that calls it."""
    pytester.makepyfile(found=MODULE)
    pytester.mkdir("lab").joinpath("tell.yaml").write_text(SCENARIO)
    return pytester


@pytest.mark.parametrize("way", WAYS)
def test_who_allows_it(project: pytest.Pytester, way: str) -> None:
    """An option, a setting, or the project, for items, their explorations and the fixture alike; `pythonpath` says where code is."""
    setting, options = WAYS[way]
    project.makepyprojecttoml(f"[tool.pytest.ini_options]\nscenario_paths = ['lab']\npythonpath = ['.']\n{setting}\n")
    project.makepyfile("def test_it(scenario):\n    assert scenario('lab/tell.yaml').trace.events[0].result == 6\n")
    project.runpytest_subprocess("--explore", "--update-golden", *options).assert_outcomes(passed=3)


def test_without_leave(project: pytest.Pytester) -> None:
    """The scenario is invalid, and its code is not imported."""
    project.makepyprojecttoml("[tool.pytest.ini_options]\nscenario_paths = ['lab']\npythonpath = ['.']\n")
    ran = project.runpytest_subprocess("lab")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*lab/tell.yaml:3:5: error?call-not-allowed?*"])
    assert not (project.path / "was-here").exists()
