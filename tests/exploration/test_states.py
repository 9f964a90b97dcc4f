"""Depth first over states: the same ends as by every execution, with fewer of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.exploration import HAZARDS, Exploration, ExploreOptions, Verdict, explore
from runner.exploration.part import PART
from runner.exploration.states import IN_CIRCLES
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


@pytest.mark.parametrize(("name", "most"), [("reusable_barrier", 600), ("producer_consumer", 500)])
def test_it_proves_what_has_too_many_executions(name: str, most: int) -> None:
    """What `dpor` does not come to the end of with twenty thousand executions."""
    [program] = load_cases(next(SCENARIOS.rglob(f"{name}.yaml")))
    found = explore(program, STATES)
    assert (found.verdict, found.engine) == (Verdict.PROVED, "model")
    assert found.executions + found.redundant < most


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


def test_it_goes_on_beyond_a_part(compile_text: Callable[..., Program]) -> None:
    """What it has seen it has seen: with many executions, in how many goes does not show."""
    text = 'resources: {x: {kind: var, value: 0}}\nthreads: {t: {count: 3, iterations: 2, do: [{set: {x: "${x + 1}"}}]}}'
    found = explore(compile_text(text), STATES)
    assert found.executions + found.redundant > 2 * PART
    assert found.verdict is Verdict.PROVED
    assert {row.state["vars"]["x"] for row in found.rows} == set(range(2, 7))


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
