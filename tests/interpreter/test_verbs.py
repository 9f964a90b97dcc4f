"""Each verb and each kind of resource: under every policy one scenario that passes and one that fails, and the same on real threads.

The scenarios are in verbs/*.yaml, one after the other under its name. A scenario's `x-seen` has what its threads do, in their
own order: `op on value -> result !error`. `blocked` events are left out, for they are the schedule's, and so is what is done
about one submitted function by whichever worker takes it. `x-since` is the first Python that has what the scenario is about.
The scenarios are written so that each thread does the same under any schedule.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.interpreter.verbs import PERFORM
from runner.program import Program, ops
from runner.suite import judge
from runner.trace import ABSENT, Event, plain

FILES = sorted((Path(__file__).parent / "verbs").glob("*.yaml"))
CASE = re.compile(r'^"?([^\s"].*?)"?:\n((?:  .*\n|\n)+)', re.MULTILINE)
POLICIES = [None, 0, 1, 2, 3]

Compile = Callable[[str], Program]


def cases() -> dict[str, str]:
    """Return every scenario by its name."""
    return {f"{path.stem}-{name}": text for path in FILES for name, text in CASE.findall(path.read_text("utf-8"))}


@pytest.fixture(scope="module", params=cases().values(), ids=cases())
def case(request: pytest.FixtureRequest, compile_text: Compile) -> tuple[Program, dict[str, list[str]]]:
    """A scenario, and what its threads must be seen to do."""
    written = yaml.safe_load(request.param)
    since = written.get("x-since", [3, 11])
    if sys.version_info < tuple(since):
        pytest.skip(f"needs Python {since[0]}.{since[1]}")
    return compile_text(request.param), written["x-seen"]


def seen(event: Event) -> str:
    """One event as a line of `x-seen`."""
    parts = [event.op]
    if event.on is not None:
        parts.append(event.on)
    if event.value is not ABSENT:
        parts.append(json.dumps(plain(event.value)))
    if event.result is not ABSENT:
        parts.append(f"-> {json.dumps(plain(event.result))}")
    if event.error is not None:
        parts.append(f"!{event.error}")
    return " ".join(parts)


def by_thread(outcome: Any, line: Callable[[Event], Any]) -> dict[str, list[Any]]:
    """What each thread did, in its own order."""
    events = defaultdict(list)
    for event in outcome.trace.events:
        if event.op != "blocked":
            events[event.thread].append(line(event))
    return dict(events)


def comparable(program: Program) -> set[str]:
    """Threads that do the same in every run: not daemons, which are cut off wherever they are, nor a pool's workers, who share its work."""
    return {"main", *(name for name, thread in program.threads.items() if not thread.daemon)}


def final_state(program: Program, outcome: Any) -> tuple[Any, ...]:
    """What a run leaves behind."""
    footer = outcome.trace.footer
    ends = {name: end for name, end in footer.threads.items() if name in comparable(program)}
    return footer.outcome, plain(footer.vars), plain(footer.queues), ends


def order(program: Program, outcome: Any) -> dict[str, list[tuple[Any, ...]]]:
    """What each thread did where, in its own order. How often a `wait_for` or a `while` looks depends on who else comes when."""
    events = by_thread(outcome, lambda event: (event.op, event.on, event.error, event.at))
    return {
        name: [event for event in done if ".wait_for.until" not in event[3] and ".while." not in event[3]]
        for name, done in events.items()
        if name in comparable(program)
    }


def check(program: Program, outcome: Any, wanted: dict[str, list[str]]) -> None:
    """Compare a run with what its scenario expects of it."""
    footer, expect = outcome.trace.footer, program.expect
    assert outcome.verdict == footer.outcome == expect.outcome
    assert judge(program, outcome) == []
    assert plain(footer.vars) == expect.vars, "each variable's end is expected"
    events = by_thread(outcome, seen)
    assert {thread: events.get(thread) for thread in wanted} == wanted


def test_every_op_is_performed() -> None:
    """Whatever op compiled code may hold, there is a function for it."""
    never_in_code = {ops.Op, ops.OnResource, ops.Begin, ops.Done, ops.Serve, ops.End, ops.Exit}
    kinds = {kind for kind in vars(ops).values() if isinstance(kind, type) and issubclass(kind, ops.Op)}
    assert kinds - never_in_code == set(PERFORM)


def test_the_files_are_read_whole() -> None:
    """Every scenario of every file is a case of these tests."""
    for path in FILES:
        names = [name for name, _ in CASE.findall(path.read_text("utf-8"))]
        assert names == list(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize("seed", POLICIES, ids=lambda seed: "fifo" if seed is None else f"random-{seed}")
def test_controlled(case: Any, run_program: Callable[..., Any], seed: int | None) -> None:
    """The scenario ends as it should, and its threads do what they should, under every policy."""
    program, wanted = case
    check(program, run_program(program, None, seed), wanted)


@pytest.mark.parametrize("seed", [None, 1], ids=["fifo", "random-1"])
def test_sync(case: Any, run_program: Callable[..., Any], seed: int | None) -> None:
    """It does so too when the scheduler may cut in at every low-level lock."""
    program, wanted = case
    check(program, run_program(program, None, seed, sync=True), wanted)


def test_free(case: Any, run_program: Callable[..., Any], at_some_pace: Callable[..., None]) -> None:
    """On real threads it ends in the same state, and each thread does the same in the same order."""
    program, wanted = case
    controlled = run_program(program)

    def compare(free: Any) -> None:
        check(program, free, wanted)
        assert final_state(program, free) == final_state(program, controlled)
        assert order(program, free) == order(program, controlled)

    at_some_pace(program, compare)
