"""What may be said after exploring, and what stops it: the words are never blurred, and how many processes there are does not show."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runner.errors import InternalError, UsageError
from runner.exploration import Exploration, ExploreOptions, Kind, Progress, Verdict, explore
from runner.program import Program
from runner.program.schedule import Points
from runner.suite import load
from runner.suite.launch import replay
from runner.trace import equal

Compile = Callable[..., Program]

RACE = 'resources: {c: {kind: var, value: 0}}\nthreads: {t: {count: 3, do: [{set: {c: "${c + 1}"}}]}}\n'
LOCKED = (
    'resources: {l: lock, c: {kind: var, value: 0}}\nthreads: {t: {count: 2, do: [{acquire: l}, {set: {c: "${c + 1}"}}, {release: l}]}}\n'
)
ABBA = "resources: {a: lock, b: lock}\nthreads: {f: {do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]},"
ABBA += " g: {do: [{acquire: b}, {acquire: a}, {release: a}, {release: b}]}}\n"


@pytest.fixture
def race(tmp_path: Path) -> Callable[[], Program]:
    """Make the program of a file, which another process can do as well."""
    path = tmp_path / "race.yaml"
    path.write_text("schema: 1\n" + RACE.replace("count: 3", "count: 4"))
    return partial(load, str(path))


def told(found: Exploration) -> tuple[Any, ...]:
    """Everything that exploring says, but how long it took."""
    return (
        found.verdict, found.executions, found.redundant, found.left_out,
        [(each.kind, each.what, each.executions, each.preemptions, each.schedule and each.schedule.token()) for each in found.findings],
        [(row.state, row.executions, row.schedule.token()) for row in found.rows],
    )  # fmt: skip


# -- the four words -----------------------------------------------------------------------------------------------------------


def test_proved(compile_text: Compile) -> None:
    """All was made, and nothing is wrong."""
    found = explore(compile_text(LOCKED + "expect: {vars: {c: 2}}"))
    assert (found.verdict, found.executions, found.left_out, found.findings) == (Verdict.PROVED, 2, (), ())


def test_budget_expired(compile_text: Compile) -> None:
    """There would have been more."""
    found = explore(compile_text(RACE), ExploreOptions(max_executions=35))
    assert (found.verdict, found.executions) == (Verdict.EXPIRED, 35)
    assert found.left_out == ("executions beyond the budget",)


def test_a_budget_that_is_just_enough_is_a_proof(compile_text: Compile) -> None:
    """With nothing left to make, it does not matter that nothing more was granted."""
    assert explore(compile_text(RACE), ExploreOptions(max_executions=36)).verdict is Verdict.PROVED


def test_bounded_by_preemptions(compile_text: Compile) -> None:
    """All with few preemptions was made, which is no proof; the bound is told."""
    found = explore(compile_text(RACE), ExploreOptions(strategy="dfs:1"))
    assert (found.verdict, found.left_out) == (Verdict.BOUNDED, ("executions with more than 1 preemption",))


def test_a_bound_that_leaves_nothing_out_is_a_proof(compile_text: Compile) -> None:
    """No execution has as many preemptions as are allowed."""
    assert explore(compile_text(RACE), ExploreOptions(strategy="dfs:9")).verdict is Verdict.PROVED


def test_bounded_by_steps(compile_text: Compile) -> None:
    """An execution that was cut off might have come to anything."""
    found = explore(compile_text("main: [{repeat: {times: 50, do: [{sleep: 1}]}}]"), ExploreOptions(max_steps=20))
    assert (found.verdict, found.cut) == (Verdict.BOUNDED, 1)


@pytest.mark.parametrize("strategy", ["random", "pct:2", "pos"])
def test_chance_proves_nothing(compile_text: Compile, strategy: str) -> None:
    """However many executions chance made, and though nothing is wrong in any."""
    found = explore(compile_text(LOCKED), ExploreOptions(strategy=strategy, max_executions=50))
    assert (found.verdict, found.executions) == (Verdict.EXPIRED, 50)


def test_found(compile_text: Compile) -> None:
    """Whatever else there may be, something is wrong in one of them."""
    found = explore(compile_text(RACE + "expect: {vars: {c: 3}}"))
    assert (found.verdict, [each.kind for each in found.failures]) == (Verdict.FOUND, [Kind.EXPECTATION])
    assert found.failures[0].executions == 30


def test_the_first_is_enough(compile_text: Compile) -> None:
    """With `first` it stops at the first execution that fails, and does not say that it has made all."""
    found = explore(compile_text(RACE + "expect: {vars: {c: 3}}"), ExploreOptions(first=True))
    assert found.verdict is Verdict.FOUND
    assert found.failures[0].executions == 1
    assert found.executions < 36


# -- what is wrong ------------------------------------------------------------------------------------------------------------


def test_deadlock(compile_text: Compile) -> None:
    """A circle is named, with a schedule that replays it: one preemption, and none without."""
    program = compile_text(ABBA)
    found = explore(program)
    [deadlock] = found.failures
    assert (deadlock.kind, deadlock.preemptions, deadlock.smallest) == (Kind.DEADLOCK, 1, True)
    assert "f waits for b" in deadlock.what
    assert deadlock.schedule is not None
    assert deadlock.outcome is not None
    again = replay(program, deadlock.schedule.token())
    assert again.verdict == "deadlock"
    assert equal(again.trace, deadlock.outcome.trace)


def test_lock_order_without_a_deadlock(compile_text: Compile) -> None:
    """Locks taken in both orders by threads that may be at it together are a hazard, told where something keeps them apart in time only."""
    text = "resources: {a: lock, b: lock}\nthreads: {f: {do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]},"
    text += " g: {do: [{sleep: 1}, {acquire: b}, {acquire: a}, {release: a}, {release: b}]}}"
    found = explore(compile_text(text))
    assert (found.verdict, [(each.kind, each.expected) for each in found.findings]) == (Verdict.PROVED, [(Kind.LOCK_ORDER, True)])


def test_a_sleep_hides_it_until_time_orders_nothing(compile_text: Compile) -> None:
    """What only a sleep keeps apart is found where a sleep may end at any moment."""
    text = "resources: {c: {kind: var, value: 0}}\nthreads: {f: {do: [{set: {c: 1}}]}, g: {do: [{sleep: 1}, {assert: c == 1}]}}"
    assert explore(compile_text(text)).failures == ()
    assert [each.kind for each in explore(compile_text(text), ExploreOptions(points=Points.ANY)).failures] == [Kind.EXCEPTION]


def test_forbidden_races_fail(compile_text: Compile) -> None:
    """A data race is a hazard, and a failure where the scenario forbids it."""
    assert all(each.expected for each in explore(compile_text(RACE)).findings)
    found = explore(compile_text(RACE + "expect: {races: forbidden}"))
    assert {each.kind for each in found.failures} == {Kind.DATA_RACE}


# -- stopping, and going on -----------------------------------------------------------------------------------------------------


def test_interrupted(compile_text: Compile) -> None:
    """Ctrl-C gives what there is, and no proof."""

    def interrupt(progress: Progress) -> None:
        if progress.executions == 20:
            raise KeyboardInterrupt

    found = explore(compile_text(RACE.replace("3", "4")), progress=interrupt)
    assert found.interrupted
    assert found.verdict is Verdict.EXPIRED


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "delay:7", "random", "pos"])
def test_processes_do_not_show(race: Callable[[], Program], strategy: str) -> None:
    """Two processes make the same executions as one, in the same order, and come to the same."""
    options = ExploreOptions(strategy=strategy, max_executions=2600)
    assert told(explore(race(), replace(options, jobs=2), make=race)) == told(explore(race(), options))


class Dying:
    """Makes a program; the first process that is to make it dies."""

    def __init__(self, make: Callable[[], Program], mark: Path) -> None:
        self._make = make
        self._mark = mark

    def __call__(self) -> Program:
        """Make it, or die."""
        if not self._mark.exists():
            self._mark.touch()
            os._exit(9)
        return self._make()


def test_a_process_that_dies_loses_nothing(race: Callable[[], Program], tmp_path: Path) -> None:
    """Its parts are explored again."""
    options = ExploreOptions(strategy="dfs", max_executions=2600)
    dying = Dying(race, tmp_path / "mark")
    assert told(explore(race(), replace(options, jobs=2), make=dying)) == told(explore(race(), options))
    assert (tmp_path / "mark").exists()


def test_several_processes_need_a_way_to_make_it(race: Callable[[], Program]) -> None:
    """Without one it is refused at once."""
    with pytest.raises(UsageError, match="how to make the program"):
        explore(race(), ExploreOptions(jobs=2))


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "delay:7", "random"])
def test_it_goes_on_where_it_was_left(race: Callable[[], Program], tmp_path: Path, strategy: str) -> None:
    """Bit by bit it comes to the same as at once."""
    most = {"dfs": 2520, "delay:7": 1040}.get(strategy, 600)
    options = ExploreOptions(strategy=strategy, max_executions=most)
    at_once = told(explore(race(), options))
    for _ in range(4):
        found = explore(race(), replace(options, max_executions=most // 4), state=tmp_path / "state")
    assert told(found)[:2] == at_once[:2]
    assert sorted(map(str, found.rows)) != []
    assert {(str(row.state), row.executions) for row in found.rows} == {(str(state), times) for state, times, _ in at_once[5]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"strategy": "dfs"}, "another strategy"), ({"max_steps": 99}, "another max_steps"), ({"points": Points.ANY}, "another points"),
    ],
)  # fmt: skip
def test_another_explorations_state_is_refused(race: Callable[[], Program], tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """What was explored otherwise cannot be gone on with; the file is left."""
    state = tmp_path / "state"
    explore(race(), state=state)
    before = state.read_bytes()
    with pytest.raises(UsageError, match=words):
        explore(race(), replace(ExploreOptions(), **change), state=state)
    assert state.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', '{"format": 9}', "\udcff"])
def test_a_damaged_state_is_refused(race: Callable[[], Program], tmp_path: Path, text: str) -> None:
    """Whatever is in the file, it is a clear error."""
    state = tmp_path / "state"
    state.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match="state"):
        explore(race(), state=state)


def test_a_state_is_plain_json(race: Callable[[], Program], tmp_path: Path) -> None:
    """Reading one executes nothing."""
    explore(race(), ExploreOptions(max_executions=100), state=tmp_path / "state")
    assert json.loads((tmp_path / "state").read_text())["counts"] == [100, 0, 0]


@pytest.mark.parametrize(
    "spec", ["", "depor", "dfs:", "dfs:x", "dfs:-1", "delay:", "delay:x", "delay:1001", "pct:0", "random:2", "dpor:1", "pct:²"]
)
def test_unknown_strategy(compile_text: Compile, spec: str) -> None:
    """A strategy that there is not is refused with those that there are, or with what is wrong with its number."""
    with pytest.raises(UsageError, match="pct"):
        explore(compile_text(RACE), ExploreOptions(strategy=spec))


# -- twice ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "delay:3", "pos"])
def test_twice_comes_to_the_same(compile_text: Compile, strategy: str) -> None:
    """Making each execution twice changes nothing about what is found."""
    options = ExploreOptions(strategy=strategy, max_executions=90)
    assert told(explore(compile_text(RACE), replace(options, twice=True))) == told(explore(compile_text(RACE), options))


def test_chance_in_a_program_is_noticed(compile_text: Compile) -> None:
    """If the same choices lead elsewhere, exploring would prove nothing: it says so."""
    program = compile_text("threads: {t: {do: [{if: {test: x, then: [{print: 1}]}}]}, u: {do: [{print: 1}]}}\nparams: {x: true}")
    flips = iter([True, False] * 1000)
    [jump] = [op for op in program.threads["t"].code.ops if hasattr(op, "test")]
    object.__setattr__(jump, "test", lambda env: next(flips))
    with pytest.raises(InternalError, match="led elsewhere"):
        explore(program, ExploreOptions(twice=True))
