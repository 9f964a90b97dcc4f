"""Scenarios explored by pytest: as items of their own, and by Python tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.suite import accept_all

pytest_plugins = ["pytester"]

Write = Callable[..., Path]
SET = '{set: {total: "${total + 1}"}}'
LOST = f"""
params: {{wanted: 2}}
resources: {{total: {{kind: var, value: 0}}}}
threads: {{ann: {{do: [{SET}]}}, bob: {{do: [{SET}]}}}}
expect: {{vars: {{total: "${{wanted}}"}}}}
"""
SAFE = LOST.replace(f"[{SET}]", f"[{{atomic: [{SET}]}}]")
ENDLESS = "main: [{forever: [{sleep: 1}, {print: x}]}]"


@pytest.fixture
def explored(pytester: pytest.Pytester, write: Write, settings: str) -> pytest.Pytester:
    """Make a project with a scenario that holds only as it is run, and one that holds under every interleaving."""
    accept_all([write("scenarios/lost.yaml", LOST), write("scenarios/safe.yaml", SAFE + "cases: {two: {}}\ntags: [counting]\n")])
    return pytester


def test_not_by_default(explored: pytest.Pytester) -> None:
    """Scenarios are run once unless somebody wants more."""
    explored.runpytest().assert_outcomes(passed=2)


def test_option(explored: pytest.Pytester) -> None:
    """With --explore each case is explored as well, and a failure shows the smallest schedule and its place in the file."""
    result = explored.runpytest("--explore", "-vv")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "scenarios/lost.yaml::lost PASSED*",
            "scenarios/lost.yaml::lost+explore FAILED*",
            "scenarios/safe.yaml::safe[[]two[]] PASSED*",
            "scenarios/safe.yaml::safe[[]two[]]+explore PASSED*",
            "found: expectation not met in * of * executions",
            "*times*state*example",
            "*! *reads 0 from total*",
            "  replay: python -m runner run scenarios/lost.yaml --replay 1.*",
            "FAILED scenarios/lost.yaml::lost+explore - scenarios/lost.yaml:6:*: found: expectation not met in *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_setting(explored: pytest.Pytester) -> None:
    """The setting does the same."""
    explored.runpytest("-o", "scenario_explore=true").assert_outcomes(passed=3, failed=1)


@pytest.mark.parametrize(
    ("words", "outcomes"),
    [
        (["-m", "explore"], {"passed": 1, "failed": 1, "deselected": 2}),
        (["-m", "scenario and not explore"], {"passed": 2, "deselected": 2}),
        (["-m", "explore and counting"], {"passed": 1, "deselected": 3}),
        (["-k", "explore and safe"], {"passed": 1, "deselected": 3}),
        (["scenarios/lost.yaml::lost+explore"], {"failed": 1}),
    ],
)
def test_choosing(explored: pytest.Pytester, words: list[str], outcomes: dict[str, int]) -> None:
    """Explorations are chosen by their marker, by tags, by name and by id."""
    explored.runpytest("--explore", *words).assert_outcomes(**outcomes)


def test_bounds(pytester: pytest.Pytester, write: Write, settings: str) -> None:
    """A scenario of which something was left out fails; what a bound may leave open is for the setting to say."""
    accept_all([write("scenarios/safe.yaml", SAFE.rstrip() + "\nexplore: {max_executions: 1}\n")])
    result = pytester.runpytest("--explore", "-k", "explore")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*budget expired: nothing wrong in 1 execution, and there are more*"])
    pytester.runpytest("-o", "scenario_explore=bounded", "-k", "explore").assert_outcomes(passed=1, deselected=1)


def test_other_settings(explored: pytest.Pytester) -> None:
    """A setting that there is not is refused."""
    result = explored.runpytest("-o", "scenario_explore=maybe")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*scenario_explore is false, true or bounded, not 'maybe'*"])


def test_wrong_file(explored: pytest.Pytester, write: Write) -> None:
    """A file that is wrong is shown as when it is run."""
    write("scenarios/safe.yaml", "main: [{pirnt: x}]")
    result = explored.runpytest("--explore", "-k", "safe and explore")
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(["scenarios/safe.yaml:2:9: error[[]unknown-verb[]]*"])


def test_goldens_are_left_alone(explored: pytest.Pytester, files: Callable[[], dict[str, bytes]]) -> None:
    """Exploring writes nothing, even where goldens are written."""
    before = files()
    explored.runpytest("--explore", "-m", "explore", "--update-golden", "-k", "safe").assert_outcomes(passed=1, deselected=3)
    assert files() == before


@pytest.fixture
def test(pytester: pytest.Pytester, write: Write) -> Callable[..., pytest.RunResult]:
    """`test(body)` runs a test with that body; `lost.yaml` and `safe.yaml` are beside it."""
    write("sub/lost.yaml", LOST)
    write("sub/safe.yaml", SAFE)

    def run(body: str) -> pytest.RunResult:
        lines = "\n    ".join(line.strip() for line in body.strip().splitlines())
        (pytester.path / "sub/test_it.py").write_text(f"import pytest, runner\n\ndef test_it(scenario):\n    {lines}\n")
        return pytester.runpytest("-vv")

    return run


@pytest.mark.parametrize(
    "body",
    [
        'assert scenario.explore("safe.yaml").verdict == "proved"',
        'assert isinstance(scenario.explore("safe.yaml"), runner.Exploration)',
        'assert {row.state["vars"]["total"] for row in scenario.explore("safe.yaml").rows} == {2}',
        'options = runner.ExploreOptions(max_executions=1)\nscenario.explore("safe.yaml", options=options, allow_bounded=True)',
    ],
)
def test_holds(test: Callable[..., pytest.RunResult], body: str) -> None:
    """A test explores a scenario beside it, and has what came of it."""
    test(body).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('scenario.explore("lost.yaml")', "E *found: expectation not met in * of * executions"),
        ('scenario.explore("safe.yaml", wanted=3)', "E *replay: python -m runner run sub/safe.yaml --set wanted=3 --replay 1.*"),
        ('scenario.explore("safe.yaml", options=runner.ExploreOptions(max_executions=1))', "E *budget expired: nothing wrong in 1 *"),
        ('scenario.explore("safe.yaml", options=runner.ExploreOptions("luck"))', "E *UsageError: *luck*"),
        ('scenario.explore("no.yaml")', "E *ScenarioError: sub/no.yaml:1:1: there is no such file"),
        ('scenario.explore("safe.yaml", rounds=5)', "E *UsageError: *'rounds'*"),
    ],
)
def test_fails(test: Callable[..., pytest.RunResult], body: str, said: str) -> None:
    """What is wrong is told at the test's own line, without a way through the package."""
    result = test(body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*runner/*.py*")
