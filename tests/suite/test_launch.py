"""Loading and running from Python, and what that imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import runner
from runner.errors import ReplayError, ScenarioError, UsageError
from runner.suite.launch import fits
from runner.trace import Event, encode

Write = Callable[..., Path]

RACE = """\
params: {n: 3}
resources: {total: {kind: var, value: 0}}
threads:
  worker:
    count: ${n}
    do: [{set: {total: "${total + 1}"}}, {print: "${thread}"}]
"""


@pytest.fixture
def race(write: Write) -> runner.suite.Program:  # type: ignore[name-defined]
    """Give a program whose trace depends on who goes when."""
    return runner.load(write("race.yaml", RACE))


def test_load_takes_a_text_as_path(write: Write) -> None:
    """A path may be a text."""
    assert runner.load(str(write("hello.yaml"))).name == "hello"


def test_load_takes_parameters(write: Write) -> None:
    """Parameters override the file's, and those that differ are the program's."""
    program = runner.load(write("race.yaml", RACE), {"n": 2})
    assert (dict(program.params), list(program.threads)) == ({"n": 2}, ["worker-0", "worker-1"])


def test_load_refuses_an_unknown_parameter(write: Write) -> None:
    """A parameter that the scenario does not have is an error with a suggestion."""
    with pytest.raises(UsageError, match="rounds"):
        runner.load(write("a.yaml", "params: {rounds: 1}\nmain: [{print: hello}]"), {"round": 2})


def test_load_gives_every_problem(write: Write) -> None:
    """A wrong file is a ScenarioError with all that is wrong."""
    with pytest.raises(ScenarioError) as caught:
        runner.load(write("a.yaml", "main: [{pirnt: x}, {acquire: nothing}]"))
    assert [(problem.code, problem.place.line) for problem in caught.value.problems] == [("unknown-verb", 2), ("unknown-resource", 2)]


def test_run_is_fifo_by_default(race: object) -> None:
    """Without options a run is under fifo and has no seed."""
    header = runner.run(race).trace.header
    assert (header.policy, header.seed) == ("fifo", None)


def test_seed_means_random(race: object) -> None:
    """A seed alone chooses the random policy."""
    header = runner.run(race, seed=7).trace.header
    assert (header.policy, header.seed) == ("random", 7)


def test_seed_goes_with_options(race: object) -> None:
    """A seed beside options is as good as one in them."""
    steps = runner.RunOptions(max_steps=5)
    header = runner.run(race, steps, seed=7).trace.header
    assert (header.policy, header.seed) == ("random", 7)


def test_random_without_a_seed_has_seed_0(race: object) -> None:
    """The random policy without a seed is the one with seed 0."""
    assert encode(runner.run(race, runner.RunOptions(policy="random")).trace) == encode(runner.run(race, seed=0).trace)


def test_same_seed_gives_the_same_bytes(race: object) -> None:
    """Two runs with one seed have the same trace."""
    assert encode(runner.run(race, seed=3).trace) == encode(runner.run(race, seed=3).trace)


def test_listener_hears_every_event(race: object) -> None:
    """A listener is told each event, in order, before the run is over."""
    heard: list[Event] = []
    outcome = runner.run(race, seed=3, listener=heard.append)
    assert tuple(heard) == outcome.trace.events


@pytest.mark.parametrize("seed", range(5))
def test_replay_gives_the_same_bytes(race: object, seed: int) -> None:
    """A token makes the same choices again, and the trace has the original's header."""
    outcome = runner.run(race, seed=seed)
    assert outcome.schedule is not None
    again = runner.replay(race, outcome.schedule.token())
    assert encode(again.trace) == encode(outcome.trace)
    assert again.schedule == outcome.schedule


def test_replay_refuses_what_is_no_token(race: object) -> None:
    """A text that is no token is a ReplayError."""
    with pytest.raises(ReplayError, match="'nonsense' is no schedule token"):
        runner.replay(race, "nonsense")


def test_replay_refuses_a_choice_that_is_not_there(write: Write) -> None:
    """A token that wants a thread that cannot go does not fit."""
    program = runner.load(write("a.yaml", "threads: {a: {do: [{print: a}]}}"))
    with pytest.raises(ReplayError, match="the token does not fit: choice 1 wants thread 6"):
        runner.replay(program, f"1.random@1.{program.fingerprint}.BQE")


def test_token_fits_its_own_program(race: object, write: Write) -> None:
    """A token fits the program it was made for, and not the same with other parameters."""
    outcome = runner.run(race)
    assert outcome.schedule is not None
    token = outcome.schedule.token()
    assert fits(race, token)
    assert not fits(runner.load(write("race.yaml", RACE), {"n": 2}), token)


@pytest.mark.parametrize(
    "options",
    [{"policy": "fifo"}, {"seed": 1}, {"replay": "1.fifo.x."}],
)
def test_free_run_takes_no_schedule(race: object, options: dict[str, object]) -> None:
    """On real threads nobody can choose who goes."""
    with pytest.raises(UsageError, match="a free run is scheduled by the operating system"):
        runner.run(race, runner.RunOptions(free=True, **options))


@pytest.mark.parametrize("options", [{"policy": "fifo"}, {"seed": 1}])
def test_replay_takes_no_policy(race: object, options: dict[str, object]) -> None:
    """A token leaves nothing to choose."""
    with pytest.raises(UsageError, match="a token says who goes when"):
        runner.run(race, runner.RunOptions(replay="1.fifo.x.", **options))


def test_free_run_has_no_schedule(race: object) -> None:
    """A run on real threads completes like any other and cannot be replayed."""
    outcome = runner.run(race, runner.RunOptions(free=True, pace=1000))
    assert (outcome.verdict, outcome.schedule, outcome.trace.header.policy) == ("completed", None, "free")


def test_unknown_policy_is_refused_with_a_suggestion(race: object) -> None:
    """A misspelt policy is an error that tells the nearest."""
    with pytest.raises(UsageError, match="did you mean 'random'"):
        runner.run(race, runner.RunOptions(policy="randm"))


def test_public_names() -> None:
    """What the package offers is what `dir` shows, and all of it is there."""
    assert dir(runner) == sorted(runner.__all__)
    assert {"load", "run", "replay", "RunOptions", "__version__"} <= set(runner.__all__)
    assert all(getattr(runner, name) is not None for name in runner.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that the package does not have is reported as any module would."""
    with pytest.raises(AttributeError, match=r"module 'runner' has no attribute 'nothing'"):
        _ = runner.nothing


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import runner", ("pydantic", "yaml", "click", "runner.suite")),
        ("import runner; runner.__version__; dir(runner)", ("pydantic", "yaml", "click", "runner.suite")),
        ("import runner.errors", ("pydantic", "yaml", "click", "difflib")),
        ("import runner.trace, runner.golden", ("pydantic", "yaml", "click")),
        ("import runner.pytest_plugin", ("pydantic", "yaml", "click", "runner.suite")),
        ("import sys; sys.argv = ['x', '--version']; import runner.__main__ as m; m.main()", ("pydantic", "yaml", "click", "runner.cli")),
        ("from runner.cli import run_command_line as r; r(['--help'])", ("pydantic", "yaml", "runner.suite", "runner.spec")),
        ("from runner.cli import run_command_line as r; r(['tset'])", ("pydantic", "yaml", "runner.suite", "runner.spec")),
        ("from runner.cli import run_command_line as r; r(['schema', 'trace'])", ("pydantic", "yaml", "runner.suite", "runner.spec")),
    ],
    ids=["package", "version", "errors", "goldens", "plugin", "--version", "--help", "misspelt-verb", "schema-trace"],
)
def test_start_up_imports_nothing_heavy(code: str, unwanted: tuple[str, ...]) -> None:
    """What needs no scenario does not import what reads scenarios."""
    program = f"{code}\nimport sys\nprint('imported:', *sorted(set(sys.modules) & set({unwanted!r})))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "imported:"


def test_first_use_imports_the_rest() -> None:
    """The names come when they are first used."""
    program = "import runner, sys; runner.run; print('runner.suite' in sys.modules, 'pydantic' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "True True\n"
