"""Limits: reaching one in a run is a verdict that names it, going past one in a file an error that does; each has its flag."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runner
from runner.compiler import compile_scenario
from runner.errors import ScenarioError, UsageError
from runner.limits import CEILINGS, DEFAULT, NAMES, Limits, parse_limits
from runner.spec import loads
from runner.substrate import memory

TALKATIVE = "main: [{forever: [{print: x}]}]"
HOARDER = """
resources: {q: queue}
main:
  - repeat: {times: 5000, as: n, do: [{put: {queue: q, item: "${str(n) + 'x' * 90000}"}}]}
"""
GROWING = "main: [{let: {x: ab}}, {forever: [{let: {x: '${x + x}'}}]}]"


@pytest.mark.parametrize("free", [False, True])
def test_events(compile_text: Callable[..., Any], free: bool) -> None:
    """A run records no more events than it may."""
    outcome = runner.run(compile_text(TALKATIVE), runner.RunOptions(max_events=10, free=free))
    assert (outcome.verdict, len(outcome.trace.events)) == ("event_limit", 10)


@pytest.mark.parametrize("free", [False, True])
def test_values(compile_text: Callable[..., Any], free: bool) -> None:
    """Of a value that grows beyond a limit it is told in which thread, beyond which limit, and at which step."""
    outcome = runner.run(compile_text(GROWING), runner.RunOptions(free=free))
    assert outcome.verdict == "size_limit"
    assert outcome.limit is not None
    message, op = outcome.limit
    assert message == "main: the value grows beyond 100000 items (--limit items=NUMBER changes this limit)"
    assert op.place.path == "main[1].forever[0].let.x"


IN_RUNS = {
    "step_limit": (runner.RunOptions(max_steps=50), "main: [{forever: [{let: {x: 1}}]}]"),
    "event_limit": (runner.RunOptions(max_events=50), "main: [{forever: [{print: x}]}]"),
    "size_limit": (
        runner.RunOptions(),
        "main: [{let: {x: a}}, {try: {do: [{forever: [{let: {x: '${x + x}'}}]}], except: {Exception: [{print: x}]}}}]",
    ),
}


@pytest.mark.parametrize("free", [False, True], ids=["controlled", "free"])
@pytest.mark.parametrize("verdict", IN_RUNS)
def test_in_a_run(compile_text: Callable[..., Any], verdict: str, free: bool) -> None:
    """A run that reaches a limit ends there, with a verdict of its own that can be expected; no `except` keeps it from that."""
    options, text = IN_RUNS[verdict]
    options = runner.RunOptions(free=free, max_steps=options.max_steps, max_events=options.max_events)
    program = compile_text(f"{text}\nexpect: {{outcome: {verdict}}}")
    outcome = runner.run(program, options)
    assert (outcome.verdict, program.expect.outcome, outcome.failures) == (verdict, verdict, ())
    assert outcome.trace.footer.threads == {"main": "abandoned"}


@pytest.mark.parametrize("free", [False, True])
def test_memory(compile_text: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, free: bool) -> None:
    """A run that makes the process grow too much ends. What the system says is made up: what it really says is its own."""
    pages = iter([0, 5 * memory.MIB, 11 * memory.MIB])
    monkeypatch.setattr(memory, "resident", lambda: next(pages, 12 * memory.MIB))
    outcome = runner.run(compile_text(HOARDER), runner.RunOptions(max_memory=10, free=free))
    assert outcome.verdict == "memory_limit"
    assert len(outcome.trace.events) < 5000


def test_the_system_tells_the_memory_in_use() -> None:
    """A hundred megabytes more are seen."""
    gc.collect()
    before = memory.resident()
    if before is None:
        pytest.skip("this system does not tell")
    held = b"x" * (100 * memory.MIB)
    after = memory.resident()
    assert after is not None
    assert after - before > 90 * memory.MIB
    assert len(held) == 100 * memory.MIB


@pytest.mark.parametrize("free", [False, True])
def test_a_system_that_does_not_tell(compile_text: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, free: bool) -> None:
    """There the limit is none."""
    monkeypatch.setattr(memory, "resident", lambda: None)
    program = compile_text("main: [{repeat: {times: 2000, do: [{print: x}]}}]")
    assert runner.run(program, runner.RunOptions(max_memory=1, free=free)).verdict == "completed"


@pytest.mark.parametrize(
    ("limit", "text", "code"),
    [
        ("bytes", "main: [{print: '" + "x" * 100 + "'}]", "too-large"),
        ("depth", "main: " + "[{forever: " * 5 + "[break]" + "}]" * 5, "too-deep"),
        ("nodes", f"main: [{'return, ' * 50}]", "too-many-nodes"),
        ("digits", "main: [{print: 123456789012}]", "too-many-digits"),
        ("threads", "threads: {t: {count: 20, do: [return]}}", "too-many"),
        ("resources", "resources: {r: {kind: lock, count: 20}}\nmain: [return]", "too-many"),
        ("expression", "main: [{print: '${1 + 1 + 1 + 1}'}]", "too-large-value"),
        ("bits", "main: [{print: '${2 ** 20}'}]", "too-large-value"),
        ("items", "main: [{print: \"${'x' * 20}\"}]", "too-large-value"),
    ],
)
def test_files(limit: str, text: str, code: str) -> None:
    """A file that is within its limits by default is past a lower one."""

    def compiled(limits: Limits) -> None:
        compile_scenario(loads(f"schema: 1\n{text}\n", limits=limits), limits=limits)

    compiled(DEFAULT)
    lower = parse_limits([f"{limit}={60 if limit == 'bytes' else 10}"])
    with pytest.raises(ScenarioError) as caught:
        compiled(lower)
    assert code in {problem.code for problem in caught.value.problems}


def test_problems_of_a_file() -> None:
    """Of many problems the first few are told, and that there are more."""
    with pytest.raises(ScenarioError) as caught:
        loads("schema: 1\nmain: [{acqire: a}, {acqire: b}, {acqire: c}]\n", limits=Limits(problems=2))
    assert sorted(problem.code for problem in caught.value.problems) == ["too-many-problems", "unknown-verb", "unknown-verb"]


def test_settings() -> None:
    """Thousands and millions may be written short, and the last of two counts."""
    assert parse_limits(["steps=5k", "events=2M", "memory=1_000", "steps=7"]) == Limits(steps=7, events=2_000_000, memory=1000)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("stps=5", "there is no limit 'stps'; did you mean 'steps'?"),
        ("steps", "a limit is set as steps=NUMBER, such as steps=100000; 'steps' is not"),
        ("steps=many", "a limit is set as steps=NUMBER, such as steps=100000; 'steps=many' is not"),
        ("steps=-1", "a limit is set as steps=NUMBER, such as steps=100000; 'steps=-1' is not"),
        ("steps=" + "9" * 50, "a limit is set as steps=NUMBER, such as steps=100000"),
        ("=5", "there is no limit ''"),
    ],
)
def test_settings_that_are_none(setting: str, message: str) -> None:
    """Each is explained."""
    with pytest.raises(UsageError) as caught:
        parse_limits([setting])
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_can_be_changed(name: str) -> None:
    """Each can be set to anything from 1 to its ceiling, and its default lies between."""
    most = getattr(CEILINGS, name)
    assert getattr(parse_limits([f"{name}={most}"]), name) == most
    assert 1 <= getattr(DEFAULT, name) <= most
    for wrong in (0, most + 1):
        with pytest.raises(UsageError, match=f"the limit '{name}' is 1 to {most}, not {wrong}"):
            parse_limits([f"{name}={wrong}"])


def test_a_file_may_hold_as_much_as_its_limits_allow(compile_text: Callable[..., Any]) -> None:
    """The highest depth is one that Python and pydantic bear."""
    depth = CEILINGS.depth // 2 - 2
    text = "schema: 1\nmain: " + "[{forever: " * depth + "[break]" + "}]" * depth
    assert loads(text, limits=Limits(depth=CEILINGS.depth)).scenario.main


def test_what_else_is_wrong_in_a_damaged_file_is_judged_by_its_limits(tmp_path: Path) -> None:
    """A raised limit holds for the rest of a file one of whose steps cannot be read."""
    file = tmp_path / "a.yaml"
    file.write_text("schema: 1\nthreads: {t: {count: '${1500}', do: [{sleep: 1}, {slep: 1}]}}\n")
    with pytest.raises(ScenarioError) as caught:
        runner.load(file, limits=Limits(threads=2000))
    assert [problem.code for problem in caught.value.problems] == ["unknown-verb"]
