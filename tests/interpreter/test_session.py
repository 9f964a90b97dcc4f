"""One program executed again and again: each time as if it were the first, with events or without."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.compiler import compile_cases
from runner.errors import InternalError, ScenarioError
from runner.interpreter import Outcome, Session, execute
from runner.program.schedule import Points
from runner.schedulers import FifoScheduler, RandomScheduler
from runner.substrate import CarrierPool, ControlledSubstrate, GreenletPool
from runner.substrate.controlled.tasks import Task
from runner.trace import encode

SCENARIOS = Path(__file__).parents[2] / "scenarios"
MIXED = """
resources: {x: {kind: var, value: 0}, a: lock, b: lock, q: queue, w: {kind: pool, max_workers: 2}}
functions: {add: {do: [{set: {x: "${x + 1}"}}, {return: "${x}"}]}}
classes: {putter: {run: [{put: {queue: q, item: "${x}"}}, {sleep: 1}, {get: {queue: q, as: i}}, {assert: "i < 2"}]}}
threads:
  f: {do: [{with: {lock: a, do: [{set: {x: "${x + 1}"}}, {with: {lock: b, do: [{set: {x: "${x + 1}"}}]}}]}}]}
  g: {do: [{with: {lock: b, do: [{atomic: [{set: {x: 5}}, {set: {x: "${x - 4}"}}]}, {with: {lock: a, do: [{print: "${x}"}]}}]}}]}
  p: {class: putter, count: 2}
  s: {do: [{submit: {pool: w, function: add, as: j}}, {result: {future: "${j}", as: n}}, {print: "${n}"}]}
"""
"""It completes, deadlocks or fails, as the schedule has it."""


@pytest.fixture(params=["greenlets", "threads", "threads of its own"])
def pool(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each kind of carriers."""
    if request.param == "threads of its own":
        yield None
        return
    with GreenletPool() if request.param == "greenlets" else CarrierPool() as pool:
        yield pool


def summary(outcome: Outcome) -> tuple[Any, ...]:
    """All of an outcome but its events and exceptions."""
    failures = [(failure.thread, str(failure.error), failure.op) for failure in outcome.failures]
    return (
        outcome.verdict, outcome.trace.header, outcome.trace.footer, outcome.schedule, outcome.steps, failures, outcome.blocked,
        outcome.cycle, outcome.limit,
    )  # fmt: skip


@pytest.mark.parametrize("points", Points)
def test_each_execution_is_as_the_first(compile_text: Callable[..., Any], pool: Any, points: Points) -> None:
    """Whatever ended the one before, and whether it was recorded: the same bytes as from a fresh start, and the same end without events."""
    program = compile_text(MIXED)
    session = Session(program, points=points, max_steps=60, pool=pool)
    verdicts = set()
    for seed in range(60):
        fresh = execute(program, ControlledSubstrate(RandomScheduler(seed), points=points, max_steps=60), policy="random", seed=seed)
        recorded = session.execute(RandomScheduler(seed), record=True)
        counted = session.execute(RandomScheduler(seed))
        assert encode(recorded.trace) == encode(fresh.trace)
        assert summary(counted) == summary(recorded)
        assert counted.trace.events == ()
        verdicts.add(fresh.verdict)
    assert verdicts >= {"completed", "deadlock", "failed"}


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_gallery_is_the_same_again(path: Path) -> None:
    """Every scenario, three times in one session: the bytes of a run by itself."""
    try:
        programs = compile_cases(path)
    except ScenarioError:
        pytest.skip("this Python's standard library lacks what the scenario uses")
    with GreenletPool() as pool:
        for program in programs:
            session = Session(program, max_steps=3000, pool=pool)
            for seed in range(3):
                scheduler = RandomScheduler(seed)
                fresh = execute(program, ControlledSubstrate(scheduler, points=Points.ENDS, max_steps=3000), policy="random", seed=seed)
                assert encode(session.execute(RandomScheduler(seed), record=True).trace) == encode(fresh.trace)
                assert summary(session.execute(RandomScheduler(seed))) == summary(fresh)


def test_too_many_events_are_too_many_without_them(compile_text: Callable[..., Any]) -> None:
    """The limit on events ends an execution at the same step, kept or only counted."""
    program = compile_text(MIXED)
    events = len(Session(program).execute(RandomScheduler(1), record=True).trace.events)
    for most in range(1, events + 1):
        session = Session(program, max_events=most)
        recorded = session.execute(RandomScheduler(1), record=True)
        assert (recorded.verdict == "event_limit") == (most < events)
        assert summary(session.execute(RandomScheduler(1))) == summary(recorded)


def test_the_running_execution_is_there_to_see(compile_text: Callable[..., Any], pool: Any) -> None:
    """While a scheduler chooses it can look at the resources as they are."""
    session = Session(
        compile_text("resources: {x: {kind: var, value: 0}}\nthreads: {t: {count: 2, do: [{set: {x: '${x + 1}'}}]}}"), pool=pool
    )
    with pytest.raises(InternalError, match="before its first"):
        _ = session.execution
    seen = []

    class Watching(FifoScheduler):
        def choose(self, point: Any) -> int:
            seen.append(session.execution.resources["x"].value)
            return 0

    for _ in range(3):
        seen.clear()
        session.execute(Watching())
        assert (seen[0], seen[-1]) == (0, 2)


def test_an_execution_given_up_does_no_harm(compile_text: Callable[..., Any], pool: Any) -> None:
    """What a scheduler raises comes out, and the next execution is as ever."""

    class Enough(Exception):
        pass

    class Quitting(RandomScheduler):
        def __init__(self, left: int) -> None:
            super().__init__(0)
            self.left = left

        def choose(self, point: Any) -> int:
            self.left -= 1
            if not self.left:
                raise Enough
            return super().choose(point)

    session = Session(compile_text(MIXED), pool=pool)
    expected = encode(session.execute(RandomScheduler(3), record=True).trace)
    for left in range(1, 12):
        with pytest.raises(Enough):
            session.execute(Quitting(left))
        assert encode(session.execute(RandomScheduler(3), record=True).trace) == expected


def test_thousands_of_executions_leave_nothing(compile_text: Callable[..., Any]) -> None:
    """Neither tasks nor anything else pile up."""
    with GreenletPool() as pool:
        session = Session(compile_text(MIXED), pool=pool)

        def objects(executions: int) -> tuple[int, int]:
            for seed in range(executions):
                session.execute(RandomScheduler(seed % 50))
            gc.collect()
            found = gc.get_objects()
            return len(found), sum(isinstance(each, Task) for each in found)

        before, after = objects(50), objects(3000)
    assert after[1] <= before[1]
    assert after[0] - before[0] < 100
