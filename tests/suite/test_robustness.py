"""Runs that end in unusual ways, each followed by one that must not notice."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.compiler import compile_scenario
from runner.errors import InternalError, ScenarioError, UsageError
from runner.program import Program
from runner.spec import loads
from runner.substrate.controlled import carriers
from runner.suite import CarrierPool, RunOptions, run
from runner.trace import Event, encode

WORKERS = """
schema: 1
resources: {v: {kind: var, value: 0}, guard: lock}
threads: {w: {count: 3, do: [{with: {lock: guard, do: [{set: {v: "${v + 1}"}}, {sleep: 1}]}}]}}
expect: {vars: {v: 3}}
"""
ENDLESS = """
schema: 1
threads: {w: {count: 2, do: [{forever: [{sleep: 0}]}]}}
"""


def program(text: str = WORKERS) -> Program:
    """Compile a text."""
    return compile_scenario(loads(text, "scenario.yaml"))


@pytest.fixture(autouse=True)
def _nothing_is_left(no_leak: None) -> Any:
    """After each test no thread is left, and a run does what it always did."""
    expected = encode(run(program(), seed=5).trace)
    yield
    assert encode(run(program(), seed=5).trace) == expected


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
@pytest.mark.parametrize("pooled", [False, True])
def test_a_signal_handler_that_raises(pooled: bool) -> None:
    """What a signal handler raises comes out of the run, once everything is unwound."""
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")

    def handler(*_: object) -> None:
        raise TimeoutError("too long")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with CarrierPool() as pool, pytest.raises(TimeoutError, match="too long"):
            run(program(ENDLESS), RunOptions(max_steps=10**9), pool=pool if pooled else None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, pytest.fail.Exception])
@pytest.mark.parametrize("op", ["blocked", "write", "start", "end"])
@pytest.mark.parametrize("sync", [False, True])
def test_a_listener_that_fails(error: type[BaseException], op: str, sync: bool) -> None:
    """Whatever a listener raises, and wherever, comes out of the run."""

    def listener(event: Event) -> None:
        if event.op == op:
            raise error("no more")

    with pytest.raises(error, match="no more"):
        run(program(), RunOptions(seed=1, sync=sync), listener=listener)


def test_runs_of_two_threads_are_kept_apart() -> None:
    """A second run at the same time is refused, and the first goes on."""
    refused: list[BaseException] = []

    def listener(event: Event) -> None:
        if event.op == "write":
            try:
                run(program())
            except InternalError as error:
                refused.append(error)

    assert run(program(), listener=listener).verdict == "completed"
    assert len(refused) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking with threads: that is what is tested
def test_a_forked_child_can_run() -> None:
    """A child forked while a pool is open, or in a run, runs on its own."""
    children: list[int] = []
    with CarrierPool() as pool:
        run(program(), pool=pool)

        def listener(event: Event) -> None:
            if event.op == "start" and not children:
                children.append(os.fork())
                if children[0] == 0:
                    os._exit(0 if run(program(), pool=pool).verdict == "completed" else 1)

        run(program(), listener=listener)
        assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system starts no more threads, that is said, and nothing hangs."""
    start, started = carriers._Carrier.start, []

    def fails(carrier: Any) -> None:
        started.append(carrier)
        if len(started) == 3:
            raise RuntimeError("can't start new thread")
        start(carrier)

    monkeypatch.setattr(carriers._Carrier, "start", fails)
    with pytest.raises(InternalError, match="can't start new thread"):
        run(program())
    monkeypatch.undo()


@pytest.mark.parametrize("sync", [False, True])
def test_low_level_threads_that_join(sync: bool) -> None:
    """A thread of start_new_thread may join others: `threading` keeps a dummy for it, which must not outlive it."""
    text = """
schema: 1
threads:
  low: {start_with: start_new_thread, count: 3, do: [{join: t}, {print: "${thread}"}]}
  t: {do: [{sleep: 1}]}
main: [{start: t}, {start: low}, {sleep: 2}]
"""
    traces = {encode(run(program(text), RunOptions(seed=4, sync=sync)).trace) for _ in range(100)}
    assert len(traces) == 1
    assert '"outcome": "completed"' in traces.pop()


def test_a_join_without_waiting_leaves_the_clock_alone() -> None:
    """`timeout: 0` asks whether a thread has ended; twenty such questions put no dust on a later deadline."""
    text = """
schema: 1
resources: {q: queue, c: condition}
threads:
  long: {daemon: true, do: [{sleep: 100}]}
  waker: {do: [{sleep: 5}, {with: {lock: c, do: [{notify_all: c}]}}]}
main:
  - start: [long, waker]
  - repeat: {times: 20, do: [{join: {thread: long, timeout: 0}}]}
  - with: {lock: c, do: [{wait_for: {condition: c, until: 1 > 2, timeout: 10}}]}
"""
    assert run(program(text)).trace.footer.t == 10_000_000_000


@pytest.mark.parametrize(
    "options",
    [{"max_steps": 0}, {"seed": "x"}, {"wall_limit": 0}, {"wall_limit": float("nan")}, {"pace": float("inf")}, {"pace": -1}],
    ids=str,
)
def test_options_out_of_bounds(options: dict[str, Any]) -> None:
    """Options that no run can have are refused when they are made."""
    with pytest.raises(UsageError):
        RunOptions(**options)


@pytest.mark.parametrize("value", ["${{}}", "${[]}", "${range(3)}", "${(1, 2)}"])
@pytest.mark.parametrize("verb", ["acquire", "start", "join", "set", "sleep", "wait", "task_done"])
def test_odd_values_where_names_and_durations_stand(verb: str, value: str) -> None:
    """A value of an odd type is an error with a place, not one of Python's."""
    with pytest.raises(ScenarioError) as caught:
        program(f"schema: 1\nmain: [{{{verb}: '{value}'}}]\n")
    assert {problem.place.line for problem in caught.value.problems} == {2}


@pytest.mark.parametrize("growing", ["${x - (0 - x)}", "${int(str(x) + '0' * 100)}"])
def test_numbers_that_grow_in_a_run(growing: str) -> None:
    """Integers stay within their bound by whatever way they grow: where they would not, the run ends and says so."""
    outcome = run(
        program(f"""
schema: 1
main:
  - let: {{x: 1}}
  - repeat: {{times: 20000, do: [{{let: {{x: "{growing}"}}}}]}}
""")
    )
    assert outcome.verdict == "size_limit"
    assert outcome.limit is not None
    assert "bits" in outcome.limit[0]


def test_roots_of_negative_numbers() -> None:
    """There are none."""
    outcome = run(program("schema: 1\nmain: [{let: {x: -1}}, {print: '${x ** 0.5}'}]\n"))
    assert [type(failure.error).__name__ for failure in outcome.failures] == ["ExpressionError"]


@pytest.mark.parametrize("constant", ["${int('f' * 30000, 16)}", "${int('9' * 4200)}", "${2 ** 13301}"])
def test_constants_that_are_too_large(constant: str) -> None:
    """A number beyond the bound is refused before the run."""
    with pytest.raises(ScenarioError) as caught:
        program(f'schema: 1\nmain: [{{print: "{constant}"}}]\n')
    assert [problem.code for problem in caught.value.problems] == ["too-large-value"]


def test_large_powers_within_the_bound() -> None:
    """Powers are judged by what they come to."""
    outcome = run(program("schema: 1\nmain: [{assert: '(2 ** 13000) // (2 ** 12999) == 2 and (0 - 1) ** 30000 == 1'}]\n"))
    assert outcome.verdict == "completed"


def test_a_golden_that_is_a_link(tmp_path: Path, cli_lines: Callable[..., list[str]]) -> None:
    """A linked golden is written through the link."""
    scenario, shared = tmp_path / "a.yaml", tmp_path / "shared.jsonl"
    scenario.write_text("schema: 1\nmain: [{print: hi}]\n")
    (tmp_path / "a.golden.jsonl").symlink_to(shared)
    assert cli_lines("accept", "--allow-ci", str(scenario))[-1] == "1 written, 0 unchanged"
    assert (tmp_path / "a.golden.jsonl").is_symlink()
    assert shared.read_text().startswith('{"trace": 1')


def test_a_trace_into_a_pipe(tmp_path: Path, cli_lines: Callable[..., list[str]]) -> None:
    """A pipe gets the trace, and stays a pipe."""
    scenario, pipe = tmp_path / "a.yaml", tmp_path / "pipe"
    scenario.write_text("schema: 1\nmain: [{print: hi}]\n")
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    cli_lines("run", "-q", str(scenario), "--trace", str(pipe))
    reader.join()
    assert got[0].startswith('{"trace": 1')
    assert pipe.is_fifo()


@pytest.fixture
def cli_lines(capfd: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """`cli_lines(*words)` runs a command line that must end 0, and gives the lines it prints."""
    from runner.cli import run_command_line

    def call(*words: str) -> list[str]:
        assert run_command_line(list(words)) == 0
        return capfd.readouterr().out.splitlines()

    return call
