"""How exploring is asked for, and which exit code what came of it deserves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from runner.errors import UsageError
from runner.exploration import Exploration, ExploreOptions, Finding, Kind, Verdict
from runner.program import Program
from runner.program.schedule import Points
from runner.suite.exploring import explore, explore_code, hazards_count, options_of

GOES_WRONG = [Kind.DEADLOCK, Kind.PARTIAL_DEADLOCK, Kind.LOST_WAKEUP, Kind.EXCEPTION, Kind.LIMIT]
HAZARDS = [Kind.DATA_RACE, Kind.LOCK_ORDER, Kind.STARVATION]

Make = Callable[..., Exploration]


@pytest.fixture
def make(compile_text: Callable[..., Program]) -> Make:
    """`make(verdict, *kinds, expected=())` makes an exploration that found these kinds."""

    def make(verdict: Verdict, *kinds: Kind, expected: Sequence[Kind] = (), interrupted: bool = False) -> Exploration:
        findings = tuple(Finding(kind, (), "", None, 1, None, None, expected=kind in expected) for kind in (*kinds, *expected))
        return Exploration(compile_text("main: [{print: x}]"), ExploreOptions(), verdict, 7, 0, 0, findings, (), interrupted=interrupted)

    return make


@pytest.mark.parametrize(
    ("verdict", "kinds", "code"),
    [
        (Verdict.PROVED, [], 0),
        (Verdict.BOUNDED, [], 6),
        (Verdict.EXPIRED, [], 6),
        *((Verdict.FOUND, [kind], 4) for kind in GOES_WRONG),
        *((Verdict.FOUND, [kind], 1) for kind in (Kind.EXPECTATION, Kind.OUTCOME, *HAZARDS)),
        (Verdict.FOUND, [Kind.EXPECTATION, Kind.DEADLOCK], 4),
    ],
)
def test_codes(make: Make, verdict: Verdict, kinds: list[Kind], code: int) -> None:
    """A proof is 0, what is not settled 6, and of failures the worst counts."""
    assert explore_code(make(verdict, *kinds)) == code


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.PROVED, 0), (Verdict.FOUND, 0), (Verdict.BOUNDED, 6), (Verdict.EXPIRED, 6)])
def test_expected_is_no_failure(make: Make, verdict: Verdict, code: int) -> None:
    """What was expected changes nothing about what was left out."""
    found = make(verdict, expected=[Kind.DEADLOCK, Kind.DATA_RACE])
    assert explore_code(found) == code
    assert explore_code(replace(found, left_out=("more than 7 executions",))) == 6


def test_bounded_may_be_allowed(make: Make) -> None:
    """A bound is no failure where that is said; what was found is one all the same."""
    assert [explore_code(make(verdict), allow_bounded=True) for verdict in (Verdict.BOUNDED, Verdict.EXPIRED)] == [0, 0]
    assert explore_code(make(Verdict.FOUND, Kind.LIMIT), allow_bounded=True) == 4


def test_interrupted(make: Make) -> None:
    """An interruption says so, whatever was found until then."""
    assert explore_code(make(Verdict.FOUND, Kind.DEADLOCK, interrupted=True)) == 130
    assert explore_code(make(Verdict.EXPIRED, interrupted=True), allow_bounded=True) == 130


@pytest.mark.parametrize("kind", HAZARDS)
def test_strict(make: Make, kind: Kind) -> None:
    """Hazards are failures for who wants that, and then nothing is proved; what else is expected stays so."""
    found = hazards_count(make(Verdict.PROVED, expected=[kind, Kind.DEADLOCK]))
    assert [finding.kind for finding in found.failures] == [kind]
    assert (found.verdict, explore_code(found)) == (Verdict.FOUND, 1)


def test_strict_without_hazards(make: Make) -> None:
    """Being strict takes nothing from a proof."""
    assert hazards_count(make(Verdict.PROVED)).verdict is Verdict.PROVED


def test_defaults(compile_text: Callable[..., Program]) -> None:
    """A file that says nothing is explored by the defaults, but for what is chosen."""
    program = compile_text("main: [{print: x}]")
    assert options_of(program) == ExploreOptions()
    assert options_of(program, strategy="pct:3", seed=7) == ExploreOptions(strategy="pct:3", seed=7)


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "dfs:2", "delay:2"])
def test_seed_for_nothing(compile_text: Callable[..., Program], strategy: str) -> None:
    """A strategy that leaves nothing to chance takes no seed."""
    with pytest.raises(UsageError, match=f"the strategy {strategy} leaves nothing to chance"):
        options_of(compile_text("main: [{print: x}]"), strategy=strategy, seed=0)


def test_the_file_says_how(compile_text: Callable[..., Program]) -> None:
    """What is chosen goes before what the file says, and what neither says is as usual."""
    program = compile_text("main: [{print: x}]\nexplore: {strategy: pct:2, seed: 3, time: any, max_steps: 9}")
    assert options_of(program) == ExploreOptions("pct:2", 3, Points.ANY, max_steps=9)
    assert options_of(program, strategy="random", seed=4) == ExploreOptions("random", 4, Points.ANY, max_steps=9)


RACE = """
resources: {n: {kind: var, value: 0}}
threads: {t: {count: 2, do: [{read: {var: n, as: seen}}, {write: {var: n, value: "${seen + 1}"}}]}}
expect: %s
"""


@pytest.mark.parametrize(
    ("expect", "code", "found"),
    [
        ("{outcomes: [{vars: {n: 1}}, {vars: {n: 2}, verdict: required}]}", 0, []),
        ("{outcomes: [{vars: {n: 2}}]}", 1, ["an outcome that is not listed"]),
        ("{outcomes: [{vars: {n: 1}, verdict: forbidden}]}", 1, ["a forbidden outcome"]),
        ("{outcomes: [{}, {vars: {n: 3}, verdict: required}]}", 1, ["the required outcome n 3 never comes"]),
        ("{outcomes: [{vars: {n: 1.0}}, {vars: {n: 2.0}}]}", 0, []),
    ],
)
def test_outcomes_under_every_interleaving(compile_text: Callable[..., Program], expect: str, code: int, found: list[str]) -> None:
    """What is not listed fails, as does what is forbidden, and what is required and never comes."""
    explored = explore(compile_text(RACE % expect))
    assert explore_code(explored) == code
    assert [finding.what for finding in explored.failures] == found


def test_races_may_be_forbidden(compile_text: Callable[..., Program]) -> None:
    """Data races are then failures."""
    explored = explore(compile_text(RACE % "{races: forbidden, outcomes: [{}]}"))
    assert {finding.kind for finding in explored.failures} == {Kind.DATA_RACE}
    assert explore_code(explored) == 1


def test_it_goes_on_by_states(
    compile_text: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only if what is granted by itself is used up; and it is said."""
    monkeypatch.setattr("runner.suite.exploring.GRANTED", 50)
    many = compile_text('resources: {x: {kind: var, value: 0}}\nthreads: {t: {count: 3, iterations: 2, do: [{set: {x: "${x + 1}"}}]}}')
    found = explore(many, ExploreOptions(max_executions=50))
    assert (found.verdict, found.options.strategy) == (Verdict.PROVED, "states")
    assert found.instead == "dpor had come to no end after 50 executions"
    assert explore(many, ExploreOptions(max_executions=20)).verdict is Verdict.EXPIRED
