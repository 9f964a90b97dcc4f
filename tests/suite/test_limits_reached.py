"""Limits: how they are set, what comes of reaching one in a file, and what in a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import ScenarioError, UsageError
from runner.limits import CEILINGS, DEFAULT, NAMES, parse_limits
from runner.suite import RunOptions, load, run

Write = Callable[..., Path]


def test_settings() -> None:
    """A number, with thousands as `k` and so on, or with `_` between digits; the last one of a name counts."""
    limits = parse_limits(["steps=5k", "events=1M", "memory=64", "nodes=1_000", "steps=7"])
    assert (limits.steps, limits.events, limits.memory, limits.nodes, limits.depth) == (7, 10**6, 64, 1000, DEFAULT.depth)


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_can_be_changed(name: str) -> None:
    """Each can be set to anything from 1 to its ceiling, and its default lies between."""
    most = getattr(CEILINGS, name)
    assert getattr(parse_limits([f"{name}={most}"]), name) == most
    assert 1 <= getattr(DEFAULT, name) <= most
    for wrong in (0, most + 1):
        with pytest.raises(UsageError, match=f"the limit '{name}' is 1 to {most}, not {wrong}"):
            parse_limits([f"{name}={wrong}"])


@pytest.mark.parametrize(
    "setting", ["steps", "steps=", "steps=-1", "steps=1.5", "steps=1e3", "steps=٣", "steps=k", "steps=9999999999999999"]
)
def test_no_numbers(setting: str) -> None:
    """What is no number is told with an example of one."""
    with pytest.raises(UsageError, match="a limit is set as steps=NUMBER, such as steps=100000"):
        parse_limits([setting])


def test_unknown() -> None:
    """A misspelt name is told with the likely one."""
    with pytest.raises(UsageError, match="there is no limit 'step'; did you mean 'steps'"):
        parse_limits(["step=1"])


IN_FILES = {
    "bytes=20": ("too-large", "main: [{print: hello}]"),
    "depth=3": ("too-deep", "main: [{print: [[1]]}]"),
    "nodes=4": ("too-many-nodes", "main: [{print: hello}, {print: hello}]"),
    "digits=3": ("too-many-digits", "main: [{print: 1234}]"),
    "threads=2": ("too-many", "threads: {w: {count: 3, do: [{print: x}]}}"),
    "resources=2": ("too-many", "resources: {l: {kind: lock, count: 3}}\nmain: [{print: x}]"),
    "expression=8": ("too-large-value", "main: [{print: '${1 + 1 + 1}'}]"),
    "bits=8": ("too-large-value", "main: [{print: '${2 ** 9}'}]"),
    "items=3": ("too-large-value", "main: [{print: '${range(4)}'}]"),
}


@pytest.mark.parametrize("setting", IN_FILES)
def test_in_a_file(write: Write, setting: str) -> None:
    """A file beyond a limit is refused, with the limit's name where the message is about one; without the setting it is fine."""
    code, text = IN_FILES[setting]
    path = write("a.yaml", text)
    load(path)
    with pytest.raises(ScenarioError) as caught:
        load(path, limits=parse_limits([setting]))
    assert [problem.code for problem in caught.value.problems] == [code]


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


def test_memory(write: Write) -> None:
    """A run that makes the process grow too much ends, long before the system is out of memory."""
    grow = "resources: {q: queue}\nmain: [{let: {n: 9000}}, {forever: [{put: {queue: q, item: '${list(range(n))}'}}]}]"
    assert run(load(write("a.yaml", grow)), RunOptions(max_memory=16)).verdict == "memory_limit"
