"""Goldens that belong to no scenario: when pytest speaks of them, and what it does then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Write = Callable[..., Path]
SECTION = "*= obsolete goldens =*"


@pytest.fixture
def left(project: pytest.Pytester) -> pytest.Pytester:
    """Leave a golden in a project whose scenario is gone."""
    (project.path / "scenarios/gone.golden.jsonl").touch()
    return project


def speaks(result: pytest.RunResult) -> bool:
    """Say whether a session spoke of obsolete goldens, and failed by it exactly if it did."""
    spoke = "obsolete goldens" in result.stdout.str()
    assert (result.ret == pytest.ExitCode.TESTS_FAILED) == (spoke or bool(result.parseoutcomes().get("failed")))
    return spoke


@pytest.mark.parametrize("words", [[], ["scenarios"], ["-n", "2"], ["--ff"], ["-x"]], ids=" ".join)
def test_run_of_everything(left: pytest.Pytester, words: list[str]) -> None:
    """It is reported once, with the command that deletes it, and the session fails."""
    result = left.runpytest(*words)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [SECTION, "scenarios/gone.golden.jsonl belongs to no scenario", "*python -m runner prune scenarios", "*2 passed, 1 obsolete*"]
    )
    assert result.stdout.str().count("gone.golden.jsonl") == 1


def test_none(project: pytest.Pytester) -> None:
    """Where each golden has its scenario, nothing is said."""
    result = project.runpytest()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line(SECTION)


@pytest.mark.parametrize(
    "words",
    [
        ["-k", "hello"],
        ["-k", "hello", "-n", "1"],
        ["-m", "scenario"],
        ["--deselect", "scenarios/hello.yaml::hello"],
        ["scenarios/hello.yaml"],
        ["scenarios/hello.yaml::hello"],
        ["--lf"],
        ["--sw"],
        ["--collect-only"],
        ["--setup-plan"],
        ["--fixtures"],
        ["test_more.py"],
        ["elsewhere"],
    ],
    ids=" ".join,
)
def test_run_of_a_part(left: pytest.Pytester, words: list[str]) -> None:
    """Whoever runs, lists or looks at a part is not troubled."""
    left.makepyfile(test_more="def test_it(): pass")
    (left.path / "elsewhere").mkdir()
    left.makepyfile(**{"elsewhere/test_there": "def test_it(): pass"})
    assert not speaks(left.runpytest(*words))


def test_folder_by_itself(left: pytest.Pytester) -> None:
    """A folder that is run by itself is looked through by itself."""
    assert not speaks(left.runpytest("scenarios/deep"))
    (left.path / "scenarios/deep/gone.golden.jsonl").touch()
    result = left.runpytest("scenarios/deep")
    assert speaks(result)
    assert "scenarios/gone" not in result.stdout.str()


@pytest.mark.parametrize("words", [["-x"], ["-x", "-n", "1"]], ids=" ".join)
def test_stopped(left: pytest.Pytester, write: Write, words: list[str]) -> None:
    """A session that stops at a failure says nothing of goldens."""
    write("scenarios/deep/other.yml", "main: [{print: goodbye}]")
    assert "obsolete goldens" not in left.runpytest(*words).stdout.str()


def test_failed(left: pytest.Pytester, write: Write) -> None:
    """A session that fails and goes on to its end does."""
    write("scenarios/hello.yaml", "main: [{print: goodbye}]")
    assert speaks(left.runpytest())


@pytest.mark.parametrize("words", [[], ["--continue-on-collection-errors"], ["--continue-on-collection-errors", "-n", "1"]], ids=" ".join)
def test_collection_error(left: pytest.Pytester, words: list[str]) -> None:
    """Where something cannot be collected, nothing is said of goldens."""
    left.makepyfile(test_more="import there_is_no_such_module")
    assert "obsolete goldens" not in left.runpytest(*words).stdout.str()


def test_interrupted(left: pytest.Pytester) -> None:
    """An interrupted session says nothing of goldens."""
    left.makepyfile(test_more="def test_it(): raise KeyboardInterrupt")
    assert not speaks(left.runpytest_subprocess())


@pytest.mark.parametrize("words", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_scenarios_that_a_conftest_leaves_out(left: pytest.Pytester, words: list[str]) -> None:
    """A conftest that leaves scenarios out makes it a run of a part; one that leaves out other tests does not."""
    left.makeconftest(
        """
        def pytest_collection_modifyitems(config, items):
            config.hook.pytest_deselected(items=[item for item in items if "hello" in item.name])
            items[:] = [item for item in items if "hello" not in item.name]
        """
    )
    assert not speaks(left.runpytest(*words))
    left.makeconftest(
        """
        def pytest_collection_modifyitems(config, items):
            config.hook.pytest_deselected(items=[item for item in items if "test_it" in item.name])
            items[:] = [item for item in items if "test_it" not in item.name]
        """
    )
    left.makepyfile(test_more="def test_it(): pass")
    assert speaks(left.runpytest_subprocess(*words))


def test_scenario_that_is_not_collected(project: pytest.Pytester) -> None:
    """A golden belongs to its scenario whether or not that is collected."""
    project.makeconftest('collect_ignore = ["scenarios/hello.yaml"]')
    result = project.runpytest()
    result.assert_outcomes(passed=1)
    assert not speaks(result)


def test_case_that_is_gone(project: pytest.Pytester, write: Write) -> None:
    """A golden whose case is gone is obsolete, those of the other cases are not."""
    write("scenarios/hello.yaml", "params: {word: x}\ncases: {one: {word: a}}\nmain: [{print: '${word}'}]")
    (project.path / "scenarios/hello.golden.jsonl").rename(project.path / "scenarios/hello[one].golden.jsonl")
    (project.path / "scenarios/hello[two].golden.jsonl").touch()
    result = project.runpytest()
    result.stdout.fnmatch_lines([SECTION, "scenarios/hello[[]two[]].golden.jsonl belongs to no scenario"])
    result.stdout.no_fnmatch_line("scenarios/hello[[]one[]]*belongs*")


def test_patterns(project: pytest.Pytester, write: Write, settings: str) -> None:
    """A scenario with another ending is one where the settings say so, and so is its golden."""
    project.makefile(".toml", pyproject=settings + 'scenario_files = ["*.scn", "*.y*ml"]\n')
    write("scenarios/odd.scn")
    result = project.runpytest("--update-golden")
    assert not speaks(result)
    assert (project.path / "scenarios/odd.golden.jsonl").exists()


def test_all_scenarios_are_gone(left: pytest.Pytester) -> None:
    """Goldens without a single scenario are reported too."""
    for path in (left.path / "scenarios").rglob("*.y*ml"):
        path.unlink()
    assert speaks(left.runpytest())


def test_warn(left: pytest.Pytester) -> None:
    """With `warn` they are told and the session passes."""
    result = left.runpytest("-o", "scenario_obsolete=warn")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([SECTION])


def test_ignore(left: pytest.Pytester) -> None:
    """With `ignore` nothing is said."""
    assert not speaks(left.runpytest("-o", "scenario_obsolete=ignore"))


def test_other_words(left: pytest.Pytester) -> None:
    """Another word is refused with those that there are."""
    result = left.runpytest("-o", "scenario_obsolete=delete")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*scenario_obsolete is fail, warn or ignore, not 'delete'"])


def test_started_elsewhere(left: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are those of the settings wherever pytest is started."""
    (left.path / "elsewhere").mkdir()
    monkeypatch.chdir(left.path / "elsewhere")
    assert speaks(left.runpytest("--rootdir", "..", "-c", "../pyproject.toml", "../scenarios"))
