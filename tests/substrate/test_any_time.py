"""Where time orders nothing: every sleep and timeout may end at any moment, and an end is a scheduling point."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from runner.interpreter import Outcome
from runner.program import Program
from runner.program.schedule import Points, SchedulingPoint

Run = Callable[..., Outcome]


class Picks:
    """A scheduler that makes given choices, then the first of each."""

    spec = "picks"
    seed: int | None = None

    def __init__(self, picks: tuple[int, ...]) -> None:
        self.picks = list(picks)
        self.late: list[int] = []

    def choose(self, point: SchedulingPoint) -> int:
        """Choose, as far as there are so many."""
        self.late.append(point.late)
        pick = self.picks.pop(0) if self.picks else 0
        return min(pick, len(point.enabled) - 1)


@pytest.fixture
def all_runs(run_program: Run, compile_text: Callable[..., Program]) -> Callable[..., list[Outcome]]:
    """`all_runs(text, deep, wide)` runs a scenario with every sequence of so many choices."""

    def all_runs(text: str, deep: int = 6, wide: int = 3, **options: Any) -> list[Outcome]:
        program = compile_text(text)
        options.setdefault("points", Points.ANY)
        return [run_program(program, scheduler=Picks(picks), **options) for picks in product(range(wide), repeat=deep)]

    return all_runs


def printed(outcome: Outcome) -> tuple[Any, ...]:
    """What a run printed."""
    return tuple(event.value for event in outcome.trace.events if event.op == "print")


SLEEPERS = "threads: {a: {do: [{sleep: 1}, {print: a}]}, b: {do: [{sleep: 9}, {print: b}]}}"


def test_sleeps_end_in_any_order(all_runs: Callable[..., list[Outcome]]) -> None:
    """Who sleeps longer may wake first; where deadlines order things, never."""
    assert {printed(run) for run in all_runs(SLEEPERS)} == {("a", "b"), ("b", "a")}
    assert {printed(run) for run in all_runs(SLEEPERS, points=Points.STEPS)} == {("a", "b")}


def test_a_sleep_may_end_while_others_go_on(all_runs: Callable[..., list[Outcome]]) -> None:
    """A thread need not wait for all others to be stuck before its sleep ends."""
    text = "threads: {a: {do: [{sleep: 1}, {print: a}]}, b: {do: [{print: 1}, {print: 2}]}}"
    assert ("1", "a", "2") in {printed(run) for run in all_runs(text, 8)}
    assert {printed(run) for run in all_runs(text, 8, points=Points.STEPS)} == {("1", "2", "a")}


def test_a_timeout_may_be_over_or_not(all_runs: Callable[..., list[Outcome]]) -> None:
    """A wait with a timeout for what comes later than that may succeed, and one for what comes sooner may fail."""
    for sooner in (1, 9):
        text = """
            resources: {e: event}
            threads:
              a: {do: [{wait: {for: e, timeout: 5, as: got}}, {print: "${got}"}]}
              b: {do: [{sleep: SOONER}, {set: e}]}
        """
        assert {printed(run) for run in all_runs(text.replace("SOONER", str(sooner)))} == {("True",), ("False",)}


def test_one_sleep_uses_up_no_other_timeout(all_runs: Callable[..., list[Outcome]]) -> None:
    """`wait_for` asks the clock how much of its timeout is left: another thread's hour is not its own."""
    text = """
        resources: {c: condition, x: {kind: var, value: 0}}
        threads:
          waits: {do: [{with: {lock: c, do: [{wait_for: {condition: c, until: x == 2, timeout: 5, as: got}}]}}, {print: "${got}"}]}
          sets:
            do:
              - sleep: 1h
              - with: {lock: c, do: [{set: {x: 1}}, {notify: c}]}
              - with: {lock: c, do: [{set: {x: 2}}, {notify: c}]}
    """
    assert ("True",) in {printed(run) for run in all_runs(text)}


def test_an_end_is_a_point(all_runs: Callable[..., list[Outcome]]) -> None:
    """What a thread did last can be seen while it is still alive."""
    text = """
        resources: {x: {kind: var, value: 0}}
        threads: {t: {do: [{set: {x: 1}}]}}
        main: [{start: t}, {print: "${x} ${t.is_alive()}"}]
    """
    assert ("1 True",) in {printed(run) for run in all_runs(text)}
    assert ("1 True",) not in {printed(run) for run in all_runs(text, points=Points.STEPS)}


def test_schedulers_are_told_who_is_late(run_program: Run, compile_text: Callable[..., Program]) -> None:
    """The last so many of those who may go are those whom only a deadline would let go on; elsewhere there are none."""
    for points, most in ((Points.ANY, 2), (Points.STEPS, 0)):
        scheduler = Picks(())
        run_program(compile_text(SLEEPERS), scheduler=scheduler, points=points)
        assert max(scheduler.late, default=0) == most


def test_a_wait_without_end_is_still_a_deadlock(all_runs: Callable[..., list[Outcome]]) -> None:
    """That deadlines may come at any moment ends no wait that has none."""
    text = "resources: {l: lock}\nmain: [{acquire: l}, {acquire: {lock: l, timeout: 1}}, {acquire: l}]"
    runs = all_runs(text, 2)
    assert {run.verdict for run in runs} == {"deadlock"}


def test_runs_repeat(all_runs: Callable[..., list[Outcome]]) -> None:
    """The same choices give the same trace."""
    assert [run.trace for run in all_runs(SLEEPERS, 3)] == [run.trace for run in all_runs(SLEEPERS, 3)]
