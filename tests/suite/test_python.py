"""What Python programs ask for: `check`, `cases`, traces in files, and the public names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import runner
from runner.suite import accept_all

ROOT = Path(__file__).parents[2]
CASED = "schema: 1\nparams: {word: x}\ncases: {one: {word: a}, two: {word: b}}\nmain: [{print: '${word}'}]\n"


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """Write a scenario that has its golden."""
    path = tmp_path / "hello.yaml"
    path.write_text("schema: 1\nmain: [{print: hello}]\n")
    accept_all([path])
    return path


def test_check(hello: Path) -> None:
    """A scenario that is as its golden passes; one that is not does not, and nothing is left beside it."""
    assert runner.check(hello).passed
    hello.write_text("schema: 1\nmain: [{print: goodbye}]\n")
    before = sorted(hello.parent.iterdir())
    result = runner.check(str(hello))
    assert (result.passed, result.code) == (False, 1)
    assert sorted(hello.parent.iterdir()) == before


def test_check_of_a_wrong_file(hello: Path) -> None:
    """A file that is wrong gives a result that says so."""
    hello.write_text("schema: 1\nmain: [{pirnt: hello}]\n")
    result = runner.check(hello)
    assert not result.passed
    assert isinstance(result.invalid, runner.ScenarioError)


def test_check_of_a_case(hello: Path) -> None:
    """Of a file with cases one is named; without a name all are told."""
    hello.write_text(CASED)
    accept_all([hello])
    assert runner.cases(hello) == ("one", "two")
    assert runner.check(hello, case="two").passed
    with pytest.raises(runner.UsageError, match="has cases: name one of one, two"):
        runner.check(hello)


def test_cases_of_a_file_without(hello: Path) -> None:
    """A file without cases has none."""
    assert runner.cases(hello) == ()


def test_traces_in_files(hello: Path) -> None:
    """A trace is written as a golden is, and read again as it was."""
    trace = runner.run(runner.load(hello)).trace
    path = hello.parent / "hello.jsonl"
    runner.write_trace(path, trace)
    assert path.read_bytes() == hello.with_name("hello.golden.jsonl").read_bytes()
    assert runner.read_trace(str(path)) == trace


@pytest.mark.parametrize(("content", "error"), [(None, "cannot read"), (b"\xff", "not UTF-8"), (b"hello", "not JSON")])
def test_files_that_are_no_traces(tmp_path: Path, content: bytes | None, error: str) -> None:
    """What is wrong with a file is told."""
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(runner.UsageError, match=error):
        runner.read_trace(path)


def test_difference(hello: Path) -> None:
    """Where two traces part is told in words; nothing where they are the same."""
    expected = runner.run(runner.load(hello)).trace
    hello.write_text("schema: 1\nmain: [{print: goodbye}]\n")
    actual = runner.run(runner.load(hello)).trace
    told = runner.difference(expected, actual)
    assert '"hello"' in told
    assert '"goodbye"' in told
    assert "accept" not in told
    assert runner.difference(expected, expected) == ""


def test_judge(hello: Path) -> None:
    """Expectations that do not hold are listed."""
    hello.write_text("schema: 1\nmain: [{print: hello}]\nexpect: {printed: [x]}\n")
    program = runner.load(hello)
    assert [mismatch.place.line for mismatch in runner.judge(program, runner.run(program))] == [3]


@pytest.mark.parametrize("name", runner.__all__)
def test_public_names(name: str) -> None:
    """Each public name is there, and listed."""
    assert getattr(runner, name) is not None
    assert name in dir(runner)


def test_unknown_name() -> None:
    """A name that is not public is none."""
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        runner.no_such_name  # noqa: B018


def test_importing_costs_nothing() -> None:
    """`import runner` imports nothing but the standard library's smallest."""
    code = "import sys; before = set(sys.modules); import runner; print(*sorted(set(sys.modules) - before - {'__future__', 'typing'}))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in answer.stdout.split() if name.startswith("runner") or name in ("pydantic", "yaml")] == ["runner"]


PROGRAM = """
import runner
from runner.pytest_plugin import RunScenario, ScenarioRun

def explore(path: str) -> dict[str, int]:
    program: runner.Program = runner.load(path, {"rounds": 5})
    ends: dict[str, int] = {}
    with runner.CarrierPool() as pool:
        for seed in range(10):
            outcome: runner.Outcome = runner.run(program, runner.RunOptions(max_steps=100), seed=seed, pool=pool)
            ends[outcome.verdict] = ends.get(outcome.verdict, 0) + len(runner.judge(program, outcome))
    again: runner.Outcome = runner.replay(program, "1.fifo.0")
    same: bool = runner.equal(again.trace, outcome.trace, times=False)
    text: str = runner.difference(again.trace, outcome.trace)
    runner.write_trace("x.jsonl", runner.read_trace("y.jsonl"))
    result: runner.Result = runner.check(path, case=runner.cases(path)[0], limits=runner.Limits(steps=5))
    events: tuple[runner.Event, ...] = outcome.trace.events
    try:
        runner.load("x.yaml")
    except (runner.ScenarioError, runner.UsageError, runner.ReplayError, runner.TraceError, runner.RunnerError) as error:
        print(error, same, text, result.passed, events, runner.__version__)
    return ends

def test_lock(scenario: RunScenario) -> None:
    run: ScenarioRun = scenario("lock.yaml", case="x", seed=3, rounds=5)
    trace: runner.Trace = run.trace
    assert run.outcome == "completed" and run.token and trace.events and run.vars["total"] == 3
    run.assert_expected()
    run.assert_golden("name")
"""


def test_types_of_a_program(tmp_path: Path) -> None:
    """A program that uses everything passes mypy in strict mode, by what the package itself says of its types."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "wrong.py").write_text("import runner\nrunner.check(3)\nrunner.no_such_name\nx: int = runner.load('x')\n")
    words = ["--strict", "--no-incremental", "--config-file=", "program.py", "wrong.py"]
    answer = subprocess.run(
        [sys.executable, "-m", "mypy", *words], cwd=tmp_path, env={"MYPYPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True
    )
    assert [line.partition(":")[0] for line in answer.stdout.splitlines() if ": error:" in line] == ["wrong.py"] * 3, answer.stdout
