"""Limits are reached: what is kept, what is told, and what can be expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import ScenarioError, UsageError
from runner.limits import CEILINGS, DEFAULT, NAMES, parse_limits
from runner.suite import RunOptions, load, run

Write = Callable[..., Path]


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_can_be_changed(name: str) -> None:
    """Each can be set to anything from 1 to its ceiling, and its default lies between."""
    most = getattr(CEILINGS, name)
    assert getattr(parse_limits([f"{name}={most}"]), name) == most
    assert 1 <= getattr(DEFAULT, name) <= most
    for wrong in (0, most + 1):
        with pytest.raises(UsageError, match=f"the limit '{name}' is 1 to {most}, not {wrong}"):
            parse_limits([f"{name}={wrong}"])


def test_in_a_file_problems(write: Write) -> None:
    """Of many problems the first few are told, and that there are more."""
    path = write("a.yaml", "main: [{acqire: a}, {acqire: b}, {acqire: c}]")
    with pytest.raises(ScenarioError) as caught:
        load(path, limits=parse_limits(["problems=2"]))
    assert sorted(problem.code for problem in caught.value.problems) == ["too-many-problems", "unknown-verb", "unknown-verb"]


IN_RUNS = {
    "step_limit": (RunOptions(max_steps=50), "main: [{forever: [{let: {x: 1}}]}]"),
    "event_limit": (RunOptions(max_events=50), "main: [{forever: [{print: x}]}]"),
    "size_limit": (
        RunOptions(),
        "main: [{let: {x: a}}, {try: {do: [{forever: [{let: {x: '${x + x}'}}]}], except: {Exception: [{print: x}]}}}]",
    ),
}


@pytest.mark.parametrize("free", [False, True], ids=["controlled", "free"])
@pytest.mark.parametrize("verdict", IN_RUNS)
def test_in_a_run(write: Write, verdict: str, free: bool) -> None:
    """A run that reaches a limit ends there, with a verdict of its own that can be expected; no `except` keeps it from that."""
    options, text = IN_RUNS[verdict]
    options = RunOptions(free=free, max_steps=options.max_steps, max_events=options.max_events)
    program = load(write("a.yaml", f"{text}\nexpect: {{outcome: {verdict}}}"))
    outcome = run(program, options)
    assert (outcome.verdict, program.expect.outcome, outcome.failures) == (verdict, verdict, ())
    assert outcome.trace.footer.threads == {"main": "abandoned"}


def test_the_events_up_to_the_limit_are_kept(write: Write) -> None:
    """A trace has exactly as many events as it may."""
    outcome = run(load(write("a.yaml", IN_RUNS["event_limit"][1])), RunOptions(max_events=7))
    assert [event.n for event in outcome.trace.events] == [1, 2, 3, 4, 5, 6, 7]


def test_size_limits_say_where(write: Write) -> None:
    """Which thread, which limit and which step."""
    outcome = run(load(write("a.yaml", "threads: {w: {do: [{let: {n: 3}}, {print: '${[0] * (10 ** n) * 1000}'}]}}")))
    assert outcome.limit is not None
    text, op = outcome.limit
    assert text.startswith("w: ")
    assert "--limit items=NUMBER" in text
    assert op.place.path == "threads.w.do[1].print"
