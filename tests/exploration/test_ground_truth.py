"""Exploring against the model: as many executions as there are interleavings or classes, with the same ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import event, given

from runner.exploration import Exploration, ExploreOptions, Row, Verdict, explore
from runner.program import Program as Compiled
from tests.exploration import model
from tests.exploration.abstract import Program
from tests.exploration.programs import NAMED

Compile = Callable[..., Compiled]

FEW = 1_000
"""Interleavings up to which every one is executed."""

SMALL = {name: counts for name, counts in ((name, model.count_large(program)) for name, program in NAMED.items()) if counts.complete < FEW}
LARGE = {name: model.count_large(program) for name, program in NAMED.items()}


def explored(compile_text: Compile, program: Program, strategy: str) -> Exploration:
    """Explore a program's scenario without any bound."""
    return explore(compile_text(model.as_yaml(program)), ExploreOptions(strategy=strategy, max_executions=None))


def final(row: Row) -> model.Final:
    """Say of a row what the model says of a final state."""
    state = row.state
    return model.Final(
        row.outcome,
        tuple(sorted(state.get("vars", {}).items())),
        tuple(sorted((name, tuple(queue["items"])) for name, queue in state.get("queues", {}).items())),
        tuple(sorted(state.get("raises", {}))),
    )


def check(exploration: Exploration, counts: model.Counts, complete: int, deadlocked: int) -> None:
    """Hold what was found against what there is; the program's own expectation is that every execution completes."""
    ends = {final(row) for row in exploration.rows}
    executions = sum(row.executions for row in exploration.rows if row.outcome == "deadlock")
    assert ends == counts.outcomes
    assert (exploration.executions - executions, executions) == (complete, deadlocked)
    fails = any(end.outcome != "completed" for end in counts.outcomes)
    assert exploration.verdict is (Verdict.FOUND if fails else Verdict.PROVED)
    assert exploration.left_out == ()


@pytest.mark.parametrize("name", SMALL)
def test_depth_first_makes_every_interleaving(compile_text: Compile, name: str) -> None:
    """Without reduction there is an execution for each interleaving."""
    counts = SMALL[name]
    check(explored(compile_text, NAMED[name], "dfs"), counts, counts.complete, counts.deadlocked)


@pytest.mark.parametrize("name", LARGE)
def test_reduction_makes_one_of_each_class(compile_text: Compile, name: str) -> None:
    """With reduction there is one execution for each class, and no way to end is missed."""
    counts = LARGE[name]
    check(explored(compile_text, NAMED[name], "dpor"), counts, counts.classes, counts.deadlocked_classes)


def has_few(program: Program, most: int) -> bool:
    """Say whether a program has so few interleavings that a test of many programs can afford it."""
    counts = model.count_large(program)
    return counts.complete + counts.deadlocked <= most


@given(model.programs().filter(lambda program: has_few(program, 200)))
def test_any_program_depth_first(compile_text: Compile, program: Program) -> None:
    """The same for whatever the strategy makes up."""
    counts = model.count_large(program)
    check(explored(compile_text, program, "dfs"), counts, counts.complete, counts.deadlocked)


@given(model.programs().filter(lambda program: has_few(program, 3_000)))
def test_any_program_with_reduction(compile_text: Compile, program: Program) -> None:
    """The same for whatever the strategy makes up; executions that were given up come on top."""
    counts = model.count_large(program)
    exploration = explored(compile_text, program, "dpor")
    check(exploration, counts, counts.classes, counts.deadlocked_classes)
    event(f"given up: {min(exploration.redundant, 3)}")
