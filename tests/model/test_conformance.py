"""The model does what the interpreter does on the standard library's own code: each event, each choice, each end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import InternalError, UsageError
from runner.exploration import ExploreOptions, explore
from runner.interpreter import Outcome, Session
from runner.model import Machine, rules, why_not
from runner.program import Program
from runner.program.schedule import Points
from runner.report.exploration_json import exploration_json
from runner.schedulers import PctScheduler, RandomScheduler
from runner.substrate import GreenletPool
from runner.suite import load_cases
from runner.trace import encode
from tests.exploration.anything import modelled

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STEPS = 400


def summary(outcome: Outcome) -> tuple[Any, ...]:
    """All of an outcome; exceptions by what they say."""
    failures = [(failure.thread, type(failure.error), str(failure.error), failure.op) for failure in outcome.failures]
    return outcome.verdict, encode(outcome.trace), outcome.schedule, outcome.steps, failures, outcome.blocked, outcome.cycle, outcome.limit


def programs() -> Iterator[Any]:
    """Every scenario and case of the gallery."""
    for path in sorted(SCENARIOS.rglob("[!_]*.yaml")):
        for program in load_cases(path):
            yield pytest.param(program, id=path.stem if program.case is None else f"{path.stem}[{program.case}]")


@pytest.mark.parametrize("program", list(programs()))
def test_the_gallery_has_the_same_traces(program: Program) -> None:
    """Under any schedule, in one machine after the other's end: the bytes of a run on the standard library's code."""
    if (lacks := why_not(program, Points.ENDS)) is not None:
        pytest.skip(f"no rule for {lacks}")
    machine = Machine(program, max_steps=STEPS)
    with GreenletPool() as pool:
        session = Session(program, max_steps=STEPS, pool=pool)
        for seed in range(6):
            for make in (RandomScheduler, lambda seed: PctScheduler(3, seed, 60)):
                assert summary(machine.execute(make(seed), record=True)) == summary(session.execute(make(seed), record=True))


@settings(max_examples=150)
@given(st.integers(0, 10**9))
def test_drawn_scenarios_have_the_same_traces(seed: int) -> None:
    """Of anything the language has: the same events, the same failures, the same deadlocks."""
    program = modelled(seed)
    if program is None:
        return
    machine = Machine(program, max_steps=STEPS)
    with GreenletPool() as pool:
        session = Session(program, max_steps=STEPS, pool=pool)
        for number in range(8):
            assert summary(machine.execute(RandomScheduler(number), record=True)) == summary(
                session.execute(RandomScheduler(number), record=True)
            )


def told(program: Program, **options: Any) -> str:
    """Explore, and tell all that came of it but the engine and the time it took."""
    found = explore(program, ExploreOptions(max_executions=300, max_steps=STEPS, **options))
    text = exploration_json(found, 0)
    start = text.index('"seconds"')
    return text[:start].replace(f'"engine": "{found.engine}"', "")


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.sampled_from(["dpor", "dfs", "dfs:1", "random", "pos"]))
def test_exploring_comes_to_the_same(seed: int, strategy: str) -> None:
    """The same executions in the same order, the same findings with the same schedules, though the model goes on from the middle."""
    program = modelled(seed)
    if program is not None:
        assert told(program, strategy=strategy, engine="model") == told(program, strategy=strategy, engine="run")


NAMES = (
    "cigarette_smokers",
    "barrier_by_semaphores",
    "bounded_buffer_condition",
    "reusable_barrier",
    "undo_stack",
    "peterson",
    "multiplex",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("strategy", ["dpor", "dfs:1", "pct:3"])
def test_exploring_the_gallery_comes_to_the_same(name: str, strategy: str) -> None:
    """Also where executions are long, and are cut off."""
    for program in load_cases(next(SCENARIOS.rglob(f"{name}.yaml"))):
        assert told(program, strategy=strategy, engine="model") == told(program, strategy=strategy, engine="run")


class Followed:
    """Follows ranks, and says that it returns to every choice: as a strategy that changes the last choices does."""

    spec = "followed"
    seed = None

    def __init__(self, ranks: list[int], random: Random) -> None:
        self.script = ranks
        self.made: list[int] = []
        self._random = random

    def choose(self, point: Any) -> int:
        """Choose any."""
        return self._random.randrange(len(point.enabled))


@pytest.mark.parametrize("name", ["bounded_buffer_condition", "dining_savages", "sushi_bar", "undo_stack"])
def test_it_goes_on_from_any_moment(name: str) -> None:
    """What begins as an execution before did, at whichever choice they part, is as if it had been executed from its beginning."""
    [program] = load_cases(next(SCENARIOS.rglob(f"{name}.yaml")))
    random = Random(7)
    returning, fresh = Machine(program, max_steps=STEPS), Machine(program, max_steps=STEPS)
    ranks: list[int] = []
    for _ in range(30):
        seed = random.random()
        begun = ranks[: random.randrange(len(ranks) + 1)]

        def ready(machine: Machine, execution: Any, begun: list[int] = begun) -> None:
            machine.script = begun
            machine.keep = lambda: True

        outcome = returning.execute(Followed(begun, Random(seed)), record=True, ready=ready)
        again = fresh.execute(
            Followed(begun, Random(seed)), record=True, ready=lambda machine, _, begun=begun: setattr(machine, "script", begun)
        )
        assert summary(outcome) == summary(again)
        assert outcome.schedule is not None
        ranks = list(outcome.schedule.ranks)


# -- what it refuses, and what it does when it is wrong --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("resources: {l: lock}\nmain: [{acquire: {lock: l, timeout: 1}}]", "a timeout"),
        ("resources: {b: {kind: barrier, parties: 2, timeout: 1}}\nmain: [{print: x}]", "a timeout"),
        ("resources: {p: {kind: pool, max_workers: 1}}\nmain: [{print: x}]", "a pool"),
        ("resources: {l: local}\nmain: [{print: x}]", "a local"),
    ],
)
def test_it_says_what_it_has_no_rule_for(text: str, lacks: str, compile_text: Callable[..., Program]) -> None:
    """Such a scenario is executed for real; whoever insists on the model is told why it cannot be."""
    program = compile_text(text)
    assert why_not(program, Points.ENDS) == lacks
    assert explore(program).engine == "run"
    with pytest.raises(UsageError, match=f"the model has no rule for {lacks}"):
        explore(program, ExploreOptions(engine="model"))


def test_it_has_no_rule_for_time_that_orders_nothing(compile_text: Callable[..., Program]) -> None:
    """Where any wait may end at any moment, executions are real."""
    assert why_not(compile_text("main: [{print: x}]"), Points.ANY) == "time: any"


def test_a_disagreement_is_told_as_our_mistake(compile_text: Callable[..., Program], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found in the model is replayed on the standard library's code: a model that lies is found out."""
    program = compile_text(
        "resources: {l: lock, c: {kind: var, value: 0}}\n"
        'threads: {f: {count: 2, do: [{acquire: l}, {set: {c: "${c + 1}"}}, {release: l}]}}\nexpect: {vars: {c: 2}}'
    )

    def takes_nothing(machine: Any, task: Any, op: Any, env: Any) -> int | None:
        if task.phase == 0 and rules._begin(machine, task, op, "l"):
            return rules.STOP
        task.phase = 0
        return None

    assert not explore(program).failures
    monkeypatch.setitem(rules.RULES, rules.ops.Acquire, takes_nothing)
    monkeypatch.setitem(rules.RULES, rules.ops.Release, takes_nothing)
    with pytest.raises(InternalError, match="disagree"):
        explore(program)
