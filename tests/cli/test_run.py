"""`run`: what it says, what it writes, how it ends."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import runner.cli.run_command as run_module
from runner.trace import decode

HELLO = "name: hello\nmain: [{print: good morning}, {sleep: 2}, {print: good night}]"
DEADLOCK = "resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]"
FOREVER = "main: [{forever: [{print: x}]}]"


def test_everything_that_happens_is_shown(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A run shows each event, how it ended, and how to repeat it."""
    said = cli("run", write("hello.yaml", HELLO))
    token = said.lines[-1].rpartition(" ")[2]
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        "hello (hello.yaml)",
        '       0  main  print "good morning"',
        "       0  main  sleep 2 s",
        '       2  main  print "good night"',
        "       2  main  end",
        "completed after 2 s of virtual time: 4 events, 3 steps",
        f"replay: python -m runner run hello.yaml --replay {token}",
    ]


def test_a_pools_workers_stand_in_the_column_of_threads(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """The names of threads that a pool makes are as wide as any."""
    text = "resources: {helpers: pool}\nfunctions: {f: {do: [{print: x}]}}\nmain: [{submit: {pool: helpers, function: f}}]"
    shown = [line for line in cli("run", write("a.yaml", text)).lines if line.startswith("       0")]
    assert shown == [
        '       0  main       submit helpers "f" → "helpers/1"',
        "       0  main       end",
        '       0  helpers_0  begin helpers/1 "f"',
        '       0  helpers_0  print "x"',
        "       0  helpers_0  done helpers/1",
    ]


def test_quiet_shows_only_the_end(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """With -q a run that passes is two lines."""
    said = cli("run", "-q", write("hello.yaml", HELLO))
    assert said.lines == ["hello (hello.yaml)", "completed after 2 s of virtual time: 4 events, 3 steps"]


def test_quiet_tells_how_to_repeat_a_failure(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """With -q a run that fails still ends with the command that repeats it."""
    said = cli("run", "--quiet", write("a.yaml", DEADLOCK))
    assert said.lines[-1].startswith("replay: python -m runner run a.yaml --replay 1.fifo.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HELLO, 0),
        (HELLO + "\nexpect: {printed: []}", 1),
        (HELLO + "\nexpect: {outcome: deadlock}", 1),
        ("main: [{pirnt: x}]", 3),
        (DEADLOCK, 4),
        (DEADLOCK + "\nexpect: {outcome: deadlock}", 0),
        ("main: [{assert: 1 > 2}]", 4),
        (FOREVER, 4),
        (FOREVER + "\nexpect: {outcome: step_limit}", 0),
    ],
    ids=["completed", "printed", "no-deadlock", "invalid", "deadlock", "meant-deadlock", "exception", "step-limit", "meant-step-limit"],
)
def test_exit_code(cli: Callable[..., Any], write: Callable[..., str], text: str, code: int) -> None:
    """The exit code says how the run ended, held against what was expected."""
    assert cli("run", "-q", "--max-steps", "50", write("a.yaml", text)).code == code


def test_expectation_that_does_not_hold_is_told(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """What was expected and what was is told with the line that says so."""
    said = cli("run", "-q", write("a.yaml", "main: [{print: a}]\nexpect: {printed: [b]}"))
    assert "  a.yaml:3:10: printed line 1: expected 'b', was 'a'" in said.lines


def test_goldens_are_not_looked_at(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A golden beside the scenario is `test`'s business."""
    name = write("a.yaml")
    Path("a.golden.jsonl").write_text("no trace")
    assert cli("run", name).code == 0


def test_nothing_is_written(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A run leaves no files."""
    cli("run", write("a.yaml"))
    assert os.listdir() == ["a.yaml"]


# -- several files ---------------------------------------------------------------------------------------------------------


def test_several_files_are_run_in_turn(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Each file is run, by name."""
    said = cli("run", "-q", write("b.yaml"), write("a.yaml"))
    assert [text for text in said.lines if text.endswith(")")] == ["a (a.yaml)", "b (b.yaml)"]


def test_folder_is_all_below_it(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A folder stands for its scenarios."""
    write("x/a.yaml")
    write("x/y/b.yml")
    said = cli("run", "-q", "x")
    assert [text for text in said.lines if text.endswith(")")] == ["a (x/a.yaml)", "b (x/y/b.yml)"]


def test_highest_code_counts(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """With several files the worst end is the exit code, and all are run."""
    said = cli("run", "-q", write("a.yaml", DEADLOCK), write("b.yaml", "main: {}"), write("c.yaml"))
    assert said.code == 4
    assert "c (c.yaml)" in said.lines
    assert "b.yaml:2:7: error[" in said.err


def test_empty_folder_has_code_5(cli: Callable[..., Any]) -> None:
    """Where there is nothing to run, that is said."""
    Path("empty").mkdir()
    said = cli("run", "empty")
    assert (said.code, said.out, said.err) == (5, "", "there are no scenarios there\n")


def test_missing_file(cli: Callable[..., Any]) -> None:
    """A file that is not there is the command's mistake."""
    said = cli("run", "nowhere.yaml")
    assert (said.code, said.out, said.err) == (2, "", "error: there is no file or folder 'nowhere.yaml'\n")


def test_no_file(cli: Callable[..., Any]) -> None:
    """A command without a file shows how it is used."""
    said = cli("run")
    assert said.code == 2
    assert "Usage: python -m runner run" in said.err


# -- policies, seeds, tokens -----------------------------------------------------------------------------------------------


def trace_of(cli: Callable[..., Any], *words: str) -> bytes:
    """Run with `--trace` and give the trace's bytes."""
    assert cli("run", "-q", "--trace", "trace.jsonl", *words).code == 0
    return Path("trace.jsonl").read_bytes()


def test_seed_means_random(cli: Callable[..., Any], race: str) -> None:
    """`--seed` alone is the random policy with that seed."""
    assert trace_of(cli, race, "--seed", "7") == trace_of(cli, race, "--policy", "random", "--seed", "7")
    assert b'"policy": "random", "seed": 7}' in Path("trace.jsonl").read_bytes().splitlines()[0]


def test_same_seed_same_bytes(cli: Callable[..., Any], race: str) -> None:
    """A seed gives the same trace whenever it is used."""
    assert trace_of(cli, race, "--seed", "7") == trace_of(cli, race, "--seed", "7")


def test_policy_random_has_seed_0(cli: Callable[..., Any], race: str) -> None:
    """The random policy without a seed is seed 0."""
    assert trace_of(cli, race, "--policy", "random") == trace_of(cli, race, "--seed", "0")


def test_policy_fifo_is_the_default(cli: Callable[..., Any], race: str) -> None:
    """Without a policy it is fifo."""
    assert trace_of(cli, race, "--policy", "fifo") == trace_of(cli, race)


@pytest.mark.parametrize("seed", [0, 1, 2, -3, 12345678901234567890])
def test_replay_line_repeats_the_run(cli: Callable[..., Any], race: str, seed: int) -> None:
    """The command in the last line, copied, gives the same trace byte for byte."""
    said = cli("run", race, "--set", "n=4", "--set", "pause=10ms", "--seed", str(seed), "--trace", "one.jsonl")
    prompt, *words = shlex.split(said.lines[-1])
    assert (prompt, words[:3]) == ("replay:", ["python", "-m", "runner"])
    assert cli(*words[3:], "--trace", "other.jsonl").code == 0
    assert Path("one.jsonl").read_bytes() == Path("other.jsonl").read_bytes()


def test_replay_line_is_quoted(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """The command can be copied whatever the file and the values are called."""
    said = cli("run", write("it's a test.yaml", "params: {a: 1}\nmain: [{print: x}]"), "--set", "a='x; y'")
    words = shlex.split(said.lines[-1])
    assert words[4:8] == ["run", "it's a test.yaml", "--set", "a='x; y'"]


def test_replay_line_of_a_run_with_another_step_limit(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A run that was stopped early is repeated up to the same step."""
    said = cli("run", write("a.yaml", FOREVER), "--max-steps", "7", "--trace", "one.jsonl")
    cli(*shlex.split(said.lines[-1])[4:], "--trace", "other.jsonl")
    assert Path("one.jsonl").read_bytes() == Path("other.jsonl").read_bytes()


def test_token_of_another_program_warns(cli: Callable[..., Any], write: Callable[..., str], race: str) -> None:
    """A token made for other parameters is tried, with a warning."""
    token = cli("run", race).lines[-1].rpartition(" ")[2]
    said = cli("run", race, "--set", "n=2", "--replay", token)
    assert said.code == 0
    assert said.err == "warning: the token was made for another version of this scenario, or other parameters\n"


def test_token_of_the_same_program_does_not_warn(cli: Callable[..., Any], race: str) -> None:
    """A comment or a line more does not make another program of it."""
    token = cli("run", race, "--seed", "1").lines[-1].rpartition(" ")[2]
    Path(race).write_text("# a comment\n\n" + Path(race).read_text("utf-8"), "utf-8")
    said = cli("run", race, "--replay", token)
    assert (said.code, said.err) == (0, "")


def test_token_that_cannot_be_followed(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A token that wants a thread that is not there is the command's mistake."""
    said = cli("run", write("a.yaml", "threads: {a: {do: [{print: a}]}}"), "--replay", "1.random@1.00000000.BQE")
    assert said.code == 2
    assert said.err.splitlines()[-1].startswith("error: the token does not fit: choice 1 wants thread 6 of those enabled")


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("nonsense", "error: 'nonsense' is no schedule token: one has 4 parts between dots\n"),
        ("", "error: '' is no schedule token: one has 4 parts between dots\n"),
        ("2.fifo.00000000.", "error: the token is of version '2'; this program understands 1\n"),
        ("1.random@x.00000000.", "error: '1.random@x.00000000.' is no schedule token: 'x' is no seed\n"),
        ("1.fifo.00000000.!", "error: '1.fifo.00000000.!' is no schedule token: its last part is damaged\n"),
    ],
)
def test_bad_token(cli: Callable[..., Any], write: Callable[..., str], token: str, message: str) -> None:
    """What is no token is the command's mistake, and is told before anything runs."""
    said = cli("run", write("a.yaml"), "--replay", token)
    assert (said.code, said.err) == (2, message)


def test_unknown_policy_suggests_the_nearest(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A misspelt policy is told with the nearest there is."""
    said = cli("run", write("a.yaml"), "--policy", "randm")
    assert said.code == 2
    assert "there is no policy 'randm'" in said.err
    assert "'random'" in said.err


def test_unknown_policy_lists_all(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A policy that is like none is told with all there are."""
    said = cli("run", write("a.yaml"), "--policy", "zzz")
    assert said.code == 2
    assert "fifo" in said.err
    assert "random" in said.err


@pytest.mark.parametrize("more", [["--seed", "1"], ["--policy", "fifo"], ["--replay", "1.fifo.00000000."]])
def test_free_goes_with_no_schedule(cli: Callable[..., Any], write: Callable[..., str], more: list[str]) -> None:
    """A free run cannot be told who goes when."""
    said = cli("run", write("a.yaml"), "--free", *more)
    assert said.code == 2
    assert "error: a free run is scheduled by the operating system" in said.err


@pytest.mark.parametrize("more", [["--seed", "1"], ["--policy", "fifo"]])
def test_replay_goes_with_no_policy(cli: Callable[..., Any], race: str, more: list[str]) -> None:
    """A token leaves nothing to choose."""
    token = cli("run", race).lines[-1].rpartition(" ")[2]
    said = cli("run", race, "--replay", token, *more)
    assert (said.code, said.err) == (2, "error: a token says who goes when: leave out the policy and the seed\n")


# -- free runs -------------------------------------------------------------------------------------------------------------


def test_free_run(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A free run shows its events and has no token to repeat it."""
    said = cli("run", write("hello.yaml", HELLO), "--free", "--pace", "10000")
    assert said.code == 0
    assert [text.split(None, 2)[2] for text in said.lines[1:5]] == ['print "good morning"', "sleep 2 s", 'print "good night"', "end"]
    assert not any(text.startswith("replay") or "virtual" in text for text in said.lines)


def test_pace_goes_with_free(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Virtual time has no pace."""
    said = cli("run", write("a.yaml"), "--pace", "10")
    assert (said.code, said.err) == (2, "error: --pace goes with --free; the clock of other runs is virtual and costs no time\n")


@pytest.mark.parametrize(
    ("option", "value"), [("--pace", "0"), ("--max-steps", "0"), ("--wall-limit", "0"), ("--seed", "x"), ("--max-steps", "x")]
)
def test_value_out_of_range(cli: Callable[..., Any], write: Callable[..., str], option: str, value: str) -> None:
    """A number that makes no sense is told with the option's name."""
    said = cli("run", write("a.yaml"), option, value)
    assert said.code == 2
    assert f"Invalid value for '{option}'" in said.err


def test_max_steps(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """`--max-steps` ends a run that would not end."""
    said = cli("run", "-q", "--max-steps", "5", write("a.yaml", FOREVER))
    assert said.code == 4
    assert said.lines[1] == "step limit reached after 0 s of virtual time: 3 events, 5 steps"


# -- parameters ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        ("a=5", "5"),
        ("a=[x, 1, true]", "['x', 1, True]"),
        ("a=", ""),
        ("a=yes", "yes"),
        ("a='5'", "5"),
        ("a=x=y", "x=y"),
        (" a =5", "5"),
        ("a={k: v}", "{'k': 'v'}"),
        ("a=${1 + 1}", "${1 + 1}"),
    ],
)
def test_set(cli: Callable[..., Any], write: Callable[..., str], setting: str, shown: str) -> None:
    """`--set` overrides a parameter; its value is read as YAML would, and never computed."""
    said = cli("run", write("a.yaml", 'params: {a: 1}\nmain: [{print: "${a}"}]'), "--set", setting, "--trace", "t.jsonl")
    assert said.code == 0
    assert decode(Path("t.jsonl").read_text("utf-8")).events[0].value == shown


def test_last_setting_counts(cli: Callable[..., Any], race: str) -> None:
    """A parameter that is set twice has the last value."""
    assert trace_of(cli, race, "--set", "n=5", "--set", "n=2") == trace_of(cli, race, "--set", "n=2")


def test_header_has_what_differs(cli: Callable[..., Any], race: str) -> None:
    """A trace names the parameters that are not the file's, and only those."""
    header = trace_of(cli, race, "--set", "n=2", "--set", "pause=0").splitlines()[0]
    assert header == b'{"trace": 1, "scenario": "race", "params": {"n": 2}, "policy": "fifo"}'


def test_unknown_parameter(cli: Callable[..., Any], race: str) -> None:
    """A parameter that the scenario does not have is the command's mistake."""
    said = cli("run", race, "--set", "pauze=1")
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert "pauze" in said.err
    assert "pause" in said.err


@pytest.mark.parametrize("setting", ["n", "=1", ""])
def test_setting_without_name_or_value(cli: Callable[..., Any], race: str, setting: str) -> None:
    """A setting is a name, an equals sign, and a value."""
    said = cli("run", race, "--set", setting)
    assert (said.code, said.err) == (2, f"error: --set wants NAME=VALUE, not {setting!r}\n")


@pytest.mark.parametrize("value", ["[1, 2", "{a", '"open', "!!python/object:os.system x", "&a [*a]", "a: b: c", "\x07"])
def test_setting_that_is_no_yaml(cli: Callable[..., Any], race: str, value: str) -> None:
    """A value that YAML cannot read is the command's mistake."""
    said = cli("run", race, "--set", f"n={value}")
    assert said.code == 2
    assert said.err.startswith(f"error: {value!r} is no value: ")


def test_setting_that_does_not_suit_the_scenario(cli: Callable[..., Any], race: str) -> None:
    """A value that makes the scenario wrong is shown where it is used."""
    said = cli("run", race, "--set", "n=-1")
    assert said.code == 3
    assert "race.yaml:7:12: error[" in said.err


# -- traces ----------------------------------------------------------------------------------------------------------------


def test_trace_to_a_file(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """`--trace PATH` writes the trace and says all else as ever."""
    said = cli("run", write("hello.yaml", HELLO), "--trace", "deep/t.jsonl")
    assert said.lines[0] == "hello (hello.yaml)"
    assert Path("deep/t.jsonl").read_text() == (
        '{"trace": 1, "scenario": "hello", "policy": "fifo"}\n'
        '{"n": 1, "t": 0, "thread": "main", "op": "print", "value": "good morning", "at": "main[0].print"}\n'
        '{"n": 2, "t": 0, "thread": "main", "op": "sleep", "value": 2, "at": "main[1].sleep"}\n'
        '{"n": 3, "t": 2, "thread": "main", "op": "print", "value": "good night", "at": "main[2].print"}\n'
        '{"n": 4, "t": 2, "thread": "main", "op": "end", "at": ""}\n'
        '{"outcome": "completed", "t": 2, "vars": {}, "queues": {}, "threads": {"main": "ended"}}\n'
    )


def test_trace_to_stdout(cli: Callable[..., Any], race: str) -> None:
    """`--trace -` writes the trace alone to standard output, and all else to standard error."""
    said = cli("run", race, "--trace", "-")
    assert said.out.encode() == trace_of(cli, race)
    assert said.err.splitlines()[0] == "race (race.yaml)"
    assert said.err.splitlines()[-1].startswith("replay: ")


def test_trace_of_a_failure_is_written(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A trace is most wanted when something went wrong."""
    assert cli("run", write("a.yaml", DEADLOCK), "--trace", "t.jsonl").code == 4
    assert decode(Path("t.jsonl").read_text()).footer.outcome == "deadlock"


def test_trace_of_several(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """One path cannot hold several traces."""
    said = cli("run", write("a.yaml"), write("b.yaml"), "--trace", "t.jsonl")
    assert (said.code, said.err) == (2, "error: --trace takes the trace of one scenario; name one file\n")
    assert not Path("t.jsonl").exists()


def test_trace_to_a_folder(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A path that cannot be written is told."""
    Path("folder").mkdir()
    said = cli("run", write("a.yaml"), "--trace", "folder")
    assert (said.code, said.err) == (2, "error: cannot write folder: it is a folder\n")


# -- interruption ----------------------------------------------------------------------------------------------------------


def test_interruption_ends_all(cli: Callable[..., Any], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during one scenario ends the command: those after it are not run."""
    real = run_module.run
    monkeypatch.setattr(run_module, "run", lambda *words, **options: replace(real(*words, **options), verdict="interrupted"))
    said = cli("run", "-q", write("a.yaml"), write("b.yaml"))
    assert said.code == 130
    assert said.lines[:2] == ["a (a.yaml)", "interrupted after 0 s of virtual time: 2 events, 1 step"]
    assert "b (b.yaml)" not in said.lines
