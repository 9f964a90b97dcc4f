"""Pinned schedules as tests: an item each, with a golden each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.suite import accept_all

pytest_plugins = ["pytester"]
Write = Callable[..., Path]

TEXT = """\
resources: {a: lock, b: lock}
main: [{print: hello}]
schedules:
  calm: 1.fifo.0.
"""


def test_a_pin_is_an_item_beside_the_files_own(project: pytest.Pytester, write: Write) -> None:
    """The file without cases keeps its own run."""
    accept_all([write("scenarios/hello.yaml", TEXT)])
    result = project.runpytest("-v", "scenarios/hello.yaml")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*hello.yaml::hello PASSED*", "*hello.yaml::hello?calm? PASSED*"])


def test_a_difference_tells_that_the_pin_is_of_another_version(project: pytest.Pytester, write: Write) -> None:
    """Its golden alone fails it, and the failure says what may be the reason."""
    path = write("scenarios/hello.yaml", TEXT)
    accept_all([path])
    path.write_text(path.read_text().replace("hello", "other"))
    result = project.runpytest("scenarios/hello.yaml::hello[calm]")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the schedule was pinned for another version of the program*"])


def test_goldens_of_pins_are_updated_and_not_obsolete(project: pytest.Pytester, write: Write) -> None:
    """With --update-golden a pin gets its golden, and a run of everything knows whose it is."""
    path = write("scenarios/hello.yaml", TEXT)
    project.runpytest("--update-golden").assert_outcomes(passed=3)
    assert path.with_name("hello[calm].golden.jsonl").exists()
    project.runpytest().assert_outcomes(passed=3)


def test_a_python_test_runs_a_pin_by_its_name(project: pytest.Pytester, write: Write) -> None:
    """`case` takes it, and the golden is the pin's."""
    accept_all([write("scenarios/hello.yaml", TEXT)])
    project.makepyfile('def test_it(scenario): scenario("scenarios/hello.yaml", case="calm").assert_golden()')
    project.runpytest("-k", "test_it").assert_outcomes(passed=1)
