"""Every state once: the same ends as by every execution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.exploration import HAZARDS, Exploration, ExploreOptions, Verdict, explore
from runner.exploration.by_states import IN_CIRCLES, RACES
from runner.program import Program
from runner.program.schedule import Points
from runner.suite import load_cases
from tests.exploration.anything import modelled

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STATES = ExploreOptions(strategy="states")


def ends(found: Exploration) -> tuple[Any, ...]:
    """The verdict, each final state, and all that is wrong but hazards."""
    wrong = {(finding.kind, finding.key) for finding in found.findings if finding.kind not in HAZARDS}
    return found.verdict, {str((row.outcome, row.state, row.judged)) for row in found.rows}, wrong


@settings(max_examples=120)
@given(st.integers(0, 10**9))
def test_every_end_is_found(seed: int) -> None:
    """Of drawn scenarios: each final state, deadlock and exception that some execution has, and no other."""
    program = modelled(seed)
    if program is None:
        return
    every = explore(program, ExploreOptions(strategy="dfs", max_executions=2000))
    if every.verdict is not Verdict.EXPIRED and not every.left_out:
        assert ends(explore(program, STATES)) == ends(every)


GALLERY = [
    "abba_deadlock",
    "bounded_buffer_semaphores",
    "cigarette_smokers",
    "lost_wakeup",
    "rendezvous",
    "semaphore_leak",
    "check_then_act",
]


@pytest.mark.parametrize("name", GALLERY)
def test_the_gallery_ends_the_same(name: str) -> None:
    """As by reduction: the two leave out different things, and come to the same."""
    for program in load_cases(next(SCENARIOS.rglob(f"{name}.yaml"))):
        assert ends(explore(program, STATES)) == ends(explore(program))


@pytest.mark.parametrize(("name", "most"), [("reusable_barrier", 10_000), ("producer_consumer", 10_000)])
def test_it_proves_what_has_too_many_executions(name: str, most: int) -> None:
    """What `dpor` does not come to the end of with twenty thousand executions."""
    [program] = load_cases(next(SCENARIOS.rglob(f"{name}.yaml")))
    found = explore(program, STATES)
    assert (found.verdict, found.engine) == (Verdict.PROVED, "model")
    assert found.states < most


SPIN = """
resources: {ready: {kind: var, value: false}, seen: {kind: var, value: 0}}
threads:
  waits: {do: [{while: {test: "not ready", do: [{let: {again: true}}]}}, {set: {seen: 1}}]}
  says: {do: [{set: {ready: true}}]}
"""


def test_a_loop_that_spins_comes_to_an_end(compile_text: Callable[..., Program]) -> None:
    """There are finitely many states; whether it may go round for ever is said to be left open."""
    found = explore(compile_text(SPIN + "expect: {vars: {seen: 1}}"), STATES)
    assert (found.verdict, found.left_out, found.cut) == (Verdict.BOUNDED, (IN_CIRCLES,), 0)
    assert [row.state["vars"]["seen"] for row in found.rows] == [1]


def test_what_is_printed_is_part_of_a_state_where_it_counts(compile_text: Callable[..., Program]) -> None:
    """Both orders of two lines are seen if the file expects one."""
    program = compile_text("threads: {a: {do: [{print: x}]}, b: {do: [{print: y}]}}\nexpect: {printed: [x, y]}")
    found = explore(program, STATES)
    assert {tuple(row.state["printed"]) for row in found.rows} == {("x", "y"), ("y", "x")}


def test_one_and_true_are_two_states(compile_text: Callable[..., Program]) -> None:
    """What equals in Python is told apart where YAML does."""
    threads = "{a: {do: [{set: {x: 1}}]}, b: {do: [{set: {x: true}}]}, c: {do: [{set: {x: 1.0}}]}}"
    program = compile_text(f"resources: {{x: {{kind: var, value: 0}}}}\nthreads: {threads}")
    assert len(explore(program, STATES).rows) == len(explore(program, ExploreOptions(strategy="dfs")).rows)


MANY = 'resources: {x: {kind: var, value: 0}}\nthreads: {t: {count: 3, iterations: 2, do: [{set: {x: "${x + 1}"}}]}}'


def test_many_states_have_few_ends(compile_text: Callable[..., Program]) -> None:
    """An execution is made to each end that differs, and the table says in how many states it was found."""
    found = explore(compile_text(MANY), STATES)
    assert found.verdict is Verdict.PROVED
    assert {row.state["vars"]["x"] for row in found.rows} == set(range(2, 7))
    assert found.executions == 5
    assert found.states > 1000


@pytest.mark.parametrize(("options", "why"), [({"max_states": 500}, "budget"), ({"max_steps": 10}, "after step 10")])
def test_what_is_not_seen_is_not_proved(compile_text: Callable[..., Program], options: dict[str, Any], why: str) -> None:
    """With too few states granted the budget has expired, with too few steps it is bounded."""
    found = explore(compile_text(MANY), ExploreOptions(strategy="states", **options))
    assert found.verdict is (Verdict.EXPIRED if "max_states" in options else Verdict.BOUNDED)
    assert any(why in text for text in found.left_out)


def test_the_first_failure_ends_it(compile_text: Callable[..., Program]) -> None:
    """An end is judged when it is come to."""
    program = compile_text(f"{MANY}\nexpect: {{vars: {{x: 6}}}}")
    first, every = (explore(program, ExploreOptions(strategy="states", first=first)) for first in (True, False))
    assert (first.verdict, every.verdict) == (Verdict.FOUND, Verdict.FOUND)
    assert first.executions < every.executions


def test_hazards_are_looked_for(compile_text: Callable[..., Program]) -> None:
    """States show no races, executions do; where races are forbidden and not all executions were looked at, that is said."""
    found = explore(compile_text(MANY), STATES)
    assert [str(finding.kind) for finding in found.findings] == ["data race"] * len(found.findings) != []
    guarded = """
resources: {x: {kind: var, value: 0}, l: lock}
threads: {t: {count: 3, iterations: 3, do: [{with: {lock: l, do: [{set: {x: "${x + 1}"}}]}}]}}
expect: {races: forbidden}
"""
    found = explore(compile_text(guarded), STATES)
    assert (found.verdict, found.left_out) == (Verdict.PROVED, ()) or found.left_out == (RACES,)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("main: [{sleep: 1}]", {"points": Points.ANY}, "no rule for time: any"),
        ("resources: {p: {kind: pool, max_workers: 1}}\nmain: [{sleep: 1}]", {}, "no rule for a pool"),
        ("main: [{sleep: 1}]", {"engine": "run"}, "states of the model"),
    ],
)
def test_it_needs_the_model(compile_text: Callable[..., Program], text: str, options: dict[str, Any], words: str) -> None:
    """Executions on the standard library's code have no states that one could compare."""
    with pytest.raises(UsageError, match=words):
        explore(compile_text(text), ExploreOptions(strategy="states", **options))


def test_nothing_is_kept_in_a_file(compile_text: Callable[..., Program], tmp_path: Path) -> None:
    """The states would be missing from it."""
    with pytest.raises(UsageError, match="in memory only"):
        explore(compile_text("main: [{sleep: 1}]"), STATES, state=tmp_path / "state")
