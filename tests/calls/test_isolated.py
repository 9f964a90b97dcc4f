"""Runs in a process of their own: crashes, hangs and endless output of the code that is called are ends of the run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runner import Limits, RunOptions, load, run
from runner.cli import run_command_line
from runner.errors import ReplayError, ScenarioError
from runner.interpreter import Outcome
from runner.report.words import summary
from runner.suite import judge
from runner.trace import encode
from tests.calls.conftest import CODE

LIMITS = Limits(calls=("shop",))
OPTIONS = RunOptions(isolated=LIMITS, wall_limit=0.3, max_output=2000)
FATAL = """\
schema: 1
resources: {{n: {{kind: var, value: 0}}}}
main:
  - set: {{n: 1}}
  - call: "shop.{}"
expect: {{vars: {{n: 1}}}}
"""
LEAVES_AT_TWO = """\
schema: 1
resources: {n: {kind: var, value: 0}}
threads:
  t: {do: [{set: {n: 1}}, {set: {n: 2}}, {set: {n: 3}}]}
  u: {call: "shop.fatal:leave_if", args: [{use: n}, 2]}
"""
Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """`save(text, name)` writes a scenario, and returns its path."""
    monkeypatch.delenv("CI", raising=False)

    def save(text: str, name: str = "scenario.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return save


@pytest.fixture
def apart(save: Save) -> Callable[..., Outcome]:
    """`apart(text)` runs a scenario in a process of its own; this one does not import what it calls."""

    def apart(text: str, options: RunOptions = OPTIONS) -> Outcome:
        outcome = run(load(save(text), imports=False), options)
        assert "shop.fatal" not in sys.modules
        return outcome

    return apart


@pytest.mark.parametrize(
    ("function", "verdict", "cut"),
    [
        ("fatal:leave", "crashed", "exit code 3"),
        ("fatal:crash", "crashed", "killed by SIGSEGV"),
        ("fatal:hold", "hung", "nothing moved for 0.3 s of real time"),
        ("fatal:spin", "hung", None),
        ("fatal:chatter", "output_limit", "more than 2000 bytes were printed"),
    ],
)
def test_it_ends_badly(apart: Callable[..., Outcome], function: str, verdict: str, cut: str | None) -> None:
    """Whatever becomes of the process is an end of the run, and what was recorded before is there."""
    outcome = apart(FATAL.format(function))
    assert (outcome.verdict, outcome.cut) == (verdict, cut)
    assert [event.op for event in outcome.trace.events] == ["write"]
    assert outcome.trace.footer.outcome == verdict


def test_where_it_crashed(apart: Callable[..., Outcome], save: Save) -> None:
    """A crash is told with the call that the thread was in, the line of code, the last event; not with variables that nobody knows."""
    outcome = apart(FATAL.format("fatal:crash"))
    program = load(save(FATAL.format("fatal:crash")), imports=False)
    said = "\n".join(summary(program, outcome))
    assert "main was in a call of shop.fatal:crash at" in said
    assert 'fatal.py", line 23 in crash' in said
    assert "the last event: main: write n ← 1" in said
    assert [mismatch.message for mismatch in judge(program, outcome)] == ["the outcome: expected 'completed', was 'crashed'"]


def test_the_same_as_here(save: Save) -> None:
    """A run that comes to its end is the same, byte for byte and word for word, with exceptions of the code's own."""
    path = save("""\
schema: 1
resources: {a: lock, b: lock, balance: {kind: var, value: 10}}
threads:
  t: {call: "shop.bank:both", args: [{use: a}, {use: b}]}
  u: {call: "shop.bank:both", args: [{use: b}, {use: a}]}
  v: {do: [{set: {balance: 0}}, {call: {function: "shop.bank:withdraw", args: [{use: balance}, 5]}}]}
""")
    here_program, program = load(path, limits=LIMITS), load(path, imports=False)
    here, there = run(here_program, seed=3), run(program, OPTIONS, seed=3)
    assert encode(there.trace) == encode(here.trace)
    assert there.schedule == here.schedule
    assert list(summary(program, there)) == list(summary(here_program, here))


def test_a_crash_can_be_replayed(apart: Callable[..., Outcome]) -> None:
    """The choices until a crash are known, and lead to it again."""
    crashed = apart(LEAVES_AT_TWO, RunOptions(isolated=LIMITS, seed=11))
    assert crashed.schedule is not None
    assert any(crashed.schedule.ranks)
    again = apart(LEAVES_AT_TWO, RunOptions(isolated=LIMITS, replay=crashed.schedule.token()))
    assert (again.cut, again.schedule, encode(again.trace)) == ("exit code 3", crashed.schedule, encode(crashed.trace))


def test_a_module_that_ends_the_process(apart: Callable[..., Outcome]) -> None:
    """Importing is done in that process, too."""
    outcome = apart(FATAL.format("doomed:nothing"))
    assert (outcome.verdict, outcome.cut, outcome.trace.events) == ("crashed", "exit code 7", ())


def test_what_is_wrong_with_a_call(apart: Callable[..., Outcome]) -> None:
    """What the file calls and is not there is an error of the file, with its place."""
    with pytest.raises(ScenarioError) as caught:
        apart(FATAL.format("fatal:spinn"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line, problem.hint) == ("no-such-function", 5, "did you mean 'spin'?")


def test_a_token_that_does_not_fit(apart: Callable[..., Outcome]) -> None:
    """What is wrong with a token is told as it is of a run here."""
    with pytest.raises(ReplayError, match="the token does not fit"):
        apart(LEAVES_AT_TWO, RunOptions(isolated=LIMITS, replay="1.fifo.00000000.CQE"))


def test_a_suite_goes_on(save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """`test` counts a crash as a failure of its own sort, runs what follows, has it in all reports, and leaves no trace of half a run."""
    monkeypatch.chdir(tmp_path)
    save(FATAL.format("fatal:leave"), "bad.yaml")
    save("schema: 1\nmain: [{call: shop.fatal:greet}, {print: fine}]\n", "good.yaml")
    assert run_command_line(["accept", "--allow-call", "shop", "good.yaml"]) == 0
    (tmp_path / "bad.golden.jsonl").write_bytes((tmp_path / "good.golden.jsonl").read_bytes())
    before = sorted(path.name for path in tmp_path.iterdir())
    code = run_command_line(["test", "--isolate", "--allow-call", "shop", "--junit", "out.xml", "--json", "out.jsonl", "."])
    said = capfd.readouterr().out
    assert code == 4
    assert "hello from the code" in said
    assert "crashed: exit code 3" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "out.xml", "out.jsonl"])
    (failure,) = ElementTree.parse(tmp_path / "out.xml").iter("failure")
    assert (failure.get("type"), failure.get("message")) == ("crashed", "crashed: exit code 3")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    bad = next(line for line in lines if "bad" in str(line.get("test", line)))
    assert "crashed" in json.dumps(bad)


def test_ctrl_c(save: Save) -> None:
    """Ctrl-C ends the run, and the process with it."""
    path = save(FATAL.format("fatal:wait"))
    words = ["run", "--isolate", "--allow-call", "shop", "--wall-limit", "60", str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CODE), str(Path.cwd())]), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen([sys.executable, "-m", "runner", *words], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = next(int(line.split()[1]) for line in process.stdout if line.startswith("process "))
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
    assert process.returncode == 130
    assert re.search(r"interrupted after 0 s of virtual time: (1 event|0 events)\n", said)  # it may be heard before what was said last
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
