"""Pinned schedules on the command line: run, listed, tested and accepted like cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner.suite import load, run

CROSSED = """\
params: {n: 1}
resources: {a: lock, b: lock}
threads:
  one: {do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]}
  two: {do: [{acquire: b}, {acquire: a}, {release: a}, {release: b}]}
"""


@pytest.fixture
def crossed(write: Any) -> str:
    """Write a scenario that only ends in a deadlock as it is pinned."""
    program = load(write("a.yaml", CROSSED))
    outcomes = (run(program, seed=seed) for seed in range(100))
    schedule = next(outcome.schedule for outcome in outcomes if outcome.verdict == "deadlock")
    assert schedule is not None
    name: str = write("a.yaml", f"{CROSSED}schedules:\n  stuck: {schedule.token()}\n")
    return name


def test_run_runs_pins_too(cli: Any, crossed: str) -> None:
    """The deadlock is what is pinned, so all is well."""
    said = cli("run", "-q", crossed)
    assert said.code == 0
    assert [line for line in said.lines if "a.yaml)" in line] == ["a (a.yaml)", "a [stuck], a pinned schedule (a.yaml)"]
    assert "deadlock after 0 s" in said.out


def test_run_takes_one_by_its_name(cli: Any, crossed: str) -> None:
    """As it takes a case, and a token can be replayed in its place."""
    said = cli("run", crossed, "--case", "stuck")
    assert said.lines[0] == "a [stuck], a pinned schedule (a.yaml)"
    words = said.lines[-1].removeprefix("replay: python -m runner ").split()
    assert cli(*words).lines == said.lines


@pytest.mark.parametrize(
    "words", [["--seed", "3"], ["--policy", "fifo"], ["--replay", "1.fifo.0."], ["--set", "n=2"], ["--trace", "t.jsonl"]]
)
def test_a_run_of_another_sort_leaves_pins_out(cli: Any, crossed: str, words: list[str]) -> None:
    """They have schedules and parameters of their own; one is run so only if it is named."""
    assert "stuck" not in cli("run", "-q", crossed, *words).out


def test_run_warns_of_a_pin_for_another_version(cli: Any, crossed: str) -> None:
    """It is followed as far as it fits."""
    said = cli("run", "-q", crossed, "--case", "stuck", "--set", "n=2")
    assert said.code == 0
    assert said.err == "warning: stuck: the schedule was pinned for another version of the program, and is followed as far as it fits\n"


def test_accept_and_test(cli: Any, crossed: str) -> None:
    """Both have a golden; real threads are for the file's own run."""
    assert cli("accept", crossed).lines == ["wrote a.golden.jsonl", "wrote a[stuck].golden.jsonl", "2 written, 0 unchanged"]
    assert cli("test", crossed, "--free", "1").code == 0
    assert cli("diff", crossed).lines == ["same  a.yaml", "same  a.yaml[stuck]"]
    assert cli("prune", ".", "--dry-run").lines == ["there is nothing to delete"]


def test_list(cli: Any, crossed: str) -> None:
    """A pin has a line of its own."""
    assert cli("list", crossed).lines[1] == "a.yaml  a [stuck]: a pinned schedule, no golden"


def test_validate_places_a_bad_token(cli: Any, crossed: str) -> None:
    """A token that was cut short is a mistake in the file."""
    text = Path(crossed).read_text()
    Path(crossed).write_text(text[: text.rindex(".")])
    said = cli("validate", crossed)
    assert said.code == 3
    assert "a.yaml:8:10: error[bad-schedule]" in said.err


def test_a_pin_is_not_explored(cli: Any, crossed: str) -> None:
    """Its program is the file's own, whose executions are looked at once."""
    assert "stuck" not in cli("explore", crossed).out
    said = cli("explore", crossed, "--case", "stuck")
    assert (said.code, said.err.partition(",")[0]) == (2, "error: 'stuck' is a pinned schedule")
