"""Bounding delays against all executions: those that cost no more, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runner.exploration import ExploreOptions, Verdict, explore
from runner.exploration.choices import Choices
from runner.exploration.dfs import Dfs
from runner.exploration.execution import Runs, View
from runner.exploration.frontier import Names
from runner.exploration.part import Part
from runner.program import Program as Compiled
from runner.program.schedule import Points, SchedulingPoint
from runner.substrate.controlled import quickest_pool
from tests.exploration import model
from tests.exploration.abstract import Program
from tests.exploration.anything import scenario
from tests.exploration.programs import NAMED
from tests.exploration.test_ground_truth import SMALL, has_few

Compile = Callable[..., Compiled]

FEW = 1_000


class Made(NamedTuple):
    """An execution: its choices, and its preemptions."""

    ranks: tuple[int, ...]
    preemptions: int


class Everything(Dfs):
    """All executions; what each costs in delays is counted from its choices alone."""

    script: tuple[int, ...] = ()  # so that it is asked for every choice, also for those that are certain

    def begin(self, view: View) -> None:
        """Begin to count."""
        super().begin(view)
        self.passed_over = 0
        self._seen = Choices(self._names, view)

    def choose(self, point: SchedulingPoint) -> int:
        """Count those before the chosen one."""
        rank = super().choose(point)
        _, candidates = self._seen.at(point)
        self.passed_over += [each.rank for each in candidates].index(rank)
        return rank


def names(program: Compiled) -> Names:
    """Return what a search of a program knows of its names."""
    return Names(program, printed=False)


def made_by(program: Compiled, strategy: Dfs, points: Points, most: int = 10**9) -> Iterator[Made]:
    """Make a strategy's executions, so many at most."""
    with quickest_pool() as pool:
        runs = Runs(program, points, 300, pool)
        while strategy.rest and most:
            most -= 1
            strategy.more()
            outcome = runs.execute(strategy)
            assert outcome is not None
            assert outcome.schedule is not None
            yield Made(outcome.schedule.ranks, strategy.preemptions)


def costs(program: Compiled, points: Points = Points.ENDS) -> list[tuple[Made, int]]:
    """Return all executions, with their costs."""
    everything = Everything(names(program))
    return [(made, everything.passed_over) for made in made_by(program, everything, points)]


def check(program: Compiled, bounds: Iterable[int], points: Points = Points.ENDS) -> int:
    """Hold what is made with each bound against all executions; return the most delays that there are."""
    everything = costs(program, points)
    most = max(cost for _, cost in everything)
    for bound in bounds:
        strategy = Dfs(names(program), bound, delays=True)
        assert sorted(made_by(program, strategy, points)) == sorted(made for made, cost in everything if cost <= bound)
        words = f"executions with more than {bound} delay{'' if bound == 1 else 's'}"
        assert strategy.left_out == ((words,) if most > bound else ())
    return most


@pytest.mark.parametrize("name", SMALL)
def test_known_programs(compile_text: Compile, name: str) -> None:
    """With every bound just those executions are made that cost no more, each once, and their preemptions are told, not their delays."""
    check(compile_text(model.as_yaml(NAMED[name])), range(7))


@given(model.programs().filter(lambda program: has_few(program, 150)), st.integers(0, 4))
def test_any_program(compile_text: Compile, program: Program, bound: int) -> None:
    """The same for whatever the strategy makes up."""
    most = check(compile_text(model.as_yaml(program)), [bound])
    event(f"leaves some out: {most > bound}")


@pytest.mark.parametrize("seed", range(25))
def test_anything_the_language_has(compile_text: Compile, seed: int) -> None:
    """The same where time, pools and waits in line have a say, and any wait may end."""
    program = compile_text(scenario(seed))
    for points in (Points.ENDS, Points.ANY):
        if len(list(made_by(program, Dfs(names(program)), points, FEW))) < FEW:
            check(program, [0, 1, 2], points)


@pytest.mark.parametrize("first", [1, 7, 30])
def test_parts(compile_text: Compile, first: int) -> None:
    """What is left of a search is made elsewhere with what was spent, and with the same preemptions."""
    program = compile_text(model.as_yaml(NAMED["lost update, 3 threads"]))
    whole = list(made_by(program, Dfs(names(program), 3, delays=True), Points.ENDS))
    begun = Dfs(names(program), 3, delays=True)
    made = list(made_by(program, begun, Points.ENDS, first))
    for part in begun.left():
        made += made_by(program, Dfs(names(program), 3, part, delays=True), Points.ENDS)
    assert sorted(made) == sorted(whole)
    assert Part() not in begun.left()


THREE = 'resources: {c: {kind: var, value: 0}}\nthreads: {t: {count: 3, do: [{write: {var: c, value: "${index}"}}]}}\n'


def test_no_delay_is_the_usual_execution(compile_text: Compile) -> None:
    """With no delay to spend there is one execution, which never passes anyone over."""
    found = explore(compile_text(THREE), ExploreOptions(strategy="delay:0"))
    assert (found.verdict, found.executions, found.left_out) == (Verdict.BOUNDED, 1, ("executions with more than 0 delays",))
    assert [row.state["vars"] for row in found.rows] == [{"c": 2}]


def test_counted_by_hand(compile_text: Compile) -> None:
    """Three threads of one step each: an order of them costs as many delays as it has inversions, so 1, 2, 2 and 1 orders cost 0 to 3."""
    made = [explore(compile_text(THREE), ExploreOptions(strategy=f"delay:{bound}")).executions for bound in range(5)]
    assert made == [1, 3, 5, 6, 6]


def test_without_a_number(compile_text: Compile) -> None:
    """`delay` is `delay:2`, and says so wherever the strategy is named."""
    found = explore(compile_text(THREE + "expect: {vars: {c: 2}}"), ExploreOptions(strategy="delay"))
    assert found.options.strategy == "delay:2"
    tokens = [each.schedule.token() for each in (*found.findings, *found.rows) if each.schedule is not None]
    assert tokens
    assert all(token.startswith("1.delay:2+ends.") for token in tokens)
    assert found.left_out == ("executions with more than 2 delays",)


def test_a_bound_that_leaves_nothing_out_is_a_proof(compile_text: Compile) -> None:
    """Where no execution has more delays than are allowed, all were made."""
    found = explore(compile_text(THREE), ExploreOptions(strategy="delay:3"))
    assert (found.verdict, found.executions, found.left_out) == (Verdict.PROVED, 6, ())
