"""The fixture `scenario`, in Python tests of pytest sessions of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Write = Callable[..., Path]
COUNT = """
params: {rounds: 3}
cases: {few: {rounds: 1}, many: {rounds: 9}}
resources: {total: {kind: var, value: 0}}
threads: {worker: {count: 2, iterations: "${rounds}", do: [{set: {total: "${total + 1}"}}]}}
"""
LOCK = """
threads: {ann: {do: [{print: ann}]}, bob: {do: [{print: bob}]}}
expect: {printed: [ann, bob]}
"""


@pytest.fixture
def test(pytester: pytest.Pytester, write: Write) -> Callable[..., pytest.RunResult]:
    """`test(body, words)` runs a test with that body; `count.yaml` and `lock.yaml` are beside it."""
    write("sub/count.yaml", COUNT)
    write("sub/lock.yaml", LOCK)
    (pytester.path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")

    def run(body: str, *words: str) -> pytest.RunResult:
        lines = "\n    ".join(line.strip() for line in body.strip().splitlines())
        text = f"import pytest, runner\n\ndef test_it(scenario):\n    {lines}\n"
        (pytester.path / "sub/test_it.py").write_text(text)
        return pytester.runpytest("-vv", *words)

    return run


@pytest.mark.parametrize(
    "body",
    [
        'assert scenario("lock.yaml").outcome == "completed"',
        'assert scenario("lock.yaml").printed == ["ann", "bob"]',
        'assert scenario("count.yaml", rounds=5).vars == {"total": 10}',
        'assert scenario("count.yaml", params={"rounds": 5}).vars == {"total": 10}',
        'assert scenario("count.yaml", case="few").vars == {"total": 2}',
        'assert len({scenario("count.yaml", seed=seed).token for seed in range(5)}) == 5',
        'first = scenario("count.yaml", seed=7)\nassert scenario("count.yaml", replay=first.token).trace == first.trace',
        'assert scenario("lock.yaml", free=True, options=runner.RunOptions(pace=1000)).outcome == "completed"',
        'assert scenario("count.yaml", options=runner.RunOptions(max_steps=3)).outcome == "step_limit"',
        'assert scenario("lock.yaml").trace.events[0].op == "start"',
        'assert scenario("lock.yaml").mismatches == []',
        'scenario("lock.yaml").assert_expected()',
    ],
)
def test_runs(test: Callable[..., pytest.RunResult], body: str) -> None:
    """A test loads a scenario beside it, with parameters, a case, a seed, a token, and asks how it went."""
    test(body).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('scenario("lok.yaml")', "E *ScenarioError: sub/lok.yaml:1:1: there is no such file"),
        ('scenario("lock.yaml", round=5)', "E *UsageError: *'round'*"),
        ('scenario("count.yaml", case="all")', "E *UsageError: *'all'*"),
        ('scenario("lock.yaml", seed=1, replay="1.fifo.0")', "E *UsageError: a token says who goes when*"),
        ('scenario("lock.yaml", free=True).token', "E *UsageError: a free run has no token*"),
        ('scenario("lock.yaml", free=True).assert_golden("free")', "E *UsageError: a free run can have no golden*"),
        ('scenario("lock.yaml", seed=1).assert_golden()', "E *UsageError: a run with parameters, a seed*name one*"),
        ('scenario("count.yaml", rounds=1).assert_golden()', "E *UsageError: a run with parameters, a seed*name one*"),
        ('scenario("lock.yaml").assert_golden("../x")', "E *UsageError: a golden's name is part of a file's name*"),
        ('scenario("lock.yaml", seed=7).assert_expected()', "E *sub/lock.yaml:4:10: printed line 1: *"),
        ('run = scenario("lock.yaml")\nassert run.outcome == "deadlock"', "<sub/lock.yaml: completed, 1.fifo.*>"),
    ],
)
def test_failures(test: Callable[..., pytest.RunResult], body: str, said: str) -> None:
    """What is wrong is told at the test's own line, without a way through the package."""
    result = test(body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*runner/*.py*")


def test_latest_runs_are_told(test: Callable[..., pytest.RunResult]) -> None:
    """A test that fails says how its last runs went, so that nobody need run it again to see; one that passes says nothing."""
    body = '[scenario("count.yaml", seed=seed) for seed in range(9)]'
    told = test(f"{body}\nassert False").outlines
    assert [line.partition(".random@")[2][0] for line in told if line.startswith("<sub/count.yaml: completed, ")] == ["6", "7", "8"]
    assert sum("of virtual time" in line for line in told) == 3
    test(body).stdout.no_fnmatch_line("*virtual time*")


def test_mistake_in_the_file(test: Callable[..., pytest.RunResult], write: Write) -> None:
    """A file that is wrong is shown with the excerpt and the advice."""
    write("sub/wrong.yaml", "main: [{pirnt: x}]")
    test('scenario("wrong.yaml")').stdout.fnmatch_lines(["E *2 | main: *", "E *did you mean 'print'?"])


def test_golden(test: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
    """The golden of a plain run is the scenario's own, which `accept` and `--update-golden` write alike."""
    body = 'scenario("lock.yaml").assert_golden()\nscenario("count.yaml", case="few").assert_golden()'
    result = test(body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *there is no golden yet", "E *python -m runner accept sub/lock.yaml"])
    test(body, "--update-golden").stdout.fnmatch_lines(["wrote sub/count[[]few[]].golden.jsonl", "wrote sub/lock.golden.jsonl"])
    test(body).assert_outcomes(passed=1)


def test_named_golden(test: Callable[..., pytest.RunResult], pytester: pytest.Pytester, write: Write) -> None:
    """Any other run has a golden by its name; one that differs is told, and left beside it."""
    body = 'scenario("count.yaml", case="few", seed=3).assert_golden("seed-3")'
    result = test(body)
    result.stdout.fnmatch_lines(["E *there is no golden yet", "E *pytest --update-golden*'sub/count[[]few[]].seed-3.trace.jsonl'"])
    test(body, "--update-golden").stdout.fnmatch_lines(["wrote sub/count[[]few[]].seed-3.trace.jsonl"])
    test(body).assert_outcomes(passed=1)
    write("sub/count.yaml", COUNT.replace("+ 1", "+ 2"))
    test(body).stdout.fnmatch_lines(["E *the first divergence is event *"])
    pending = pytester.path / "sub/count[few].seed-3.trace.jsonl.new"
    assert pending.exists()
    write("sub/count.yaml", COUNT)
    test(body).assert_outcomes(passed=1)
    assert not pending.exists()


def test_golden_of_a_run_that_is_not_as_expected(test: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
    """A run that does not end as the scenario expects has no golden."""
    result = test('scenario("lock.yaml", seed=7).assert_golden("x")', "--update-golden")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *printed line 1: *", "nothing was written: *"])
    assert not list(pytester.path.rglob("*.jsonl"))


def test_golden_is_not_written_when_the_test_fails_later(test: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
    """What the rest of the test finds wrong is not accepted."""
    test('scenario("lock.yaml").assert_golden()\nassert False', "--update-golden").assert_outcomes(failed=1)
    assert not list(pytester.path.rglob("*.jsonl"))


def test_two_traces_for_one_golden(test: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
    """Two runs that differ cannot have one golden."""
    body = 'for seed in (1, 2):\n    scenario("count.yaml", seed=seed).assert_golden("x")'
    result = test("[" + 'scenario("count.yaml", seed=seed).assert_golden("x") for seed in (1, 2)' + "]", "--update-golden")
    assert result.ret == pytest.ExitCode.TESTS_FAILED, body
    result.stdout.fnmatch_lines(["sub/count.x.trace.jsonl: two tests have different traces for it", "nothing was written"])
    assert not list(pytester.path.rglob("*.jsonl"))


def test_xdist(test: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
    """Goldens of Python tests reach the process that writes."""
    test('scenario("lock.yaml").assert_golden()', "--update-golden", "-n", "1")
    assert (pytester.path / "sub/lock.golden.jsonl").exists()


def test_comparison_of_traces(test: Callable[..., pytest.RunResult]) -> None:
    """An assertion that two traces are the same says where they part."""
    result = test('assert scenario("count.yaml", rounds=1).trace == scenario("count.yaml", seed=1).trace')
    result.stdout.fnmatch_lines(["E *trace of count (fifo) == trace of count (random, seed 1)", "E *the first divergence is event *"])


def test_other_comparisons(test: Callable[..., pytest.RunResult]) -> None:
    """Other assertions are explained as ever."""
    test('trace = scenario("lock.yaml").trace\nassert trace.footer == 1').stdout.fnmatch_lines(["E *Footer(*"])


def test_types(test: Callable[..., pytest.RunResult]) -> None:
    """The types of the fixture can be named in annotations."""
    test(
        """
        from runner.pytest_plugin import RunScenario, ScenarioRun
        assert type(scenario) is RunScenario
        assert type(scenario("lock.yaml")) is ScenarioRun
        """
    ).assert_outcomes(passed=1)
