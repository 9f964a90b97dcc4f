"""The transition system: what it has worked out once holds for every state, and what it leaves out nobody misses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.exploration.frontier import Names
from runner.exploration.states import Reached, Reading, States
from runner.model import fields
from runner.model.fields import Field, TooNarrow
from runner.model.system import CLOCK, System
from runner.program import Program
from tests.exploration.anything import modelled


def system(program: Program) -> System:
    """Make a program's system, with fields of forty bits."""
    reading = Reading(program, Names(program, printed=True))
    made = System(program, reading, printed=True, max_steps=300, wide={})
    return System(program, reading, printed=True, max_steps=300, wide=dict.fromkeys(made.layout.widths, 40))


def every_state(made: System, most: int = 1500) -> dict[int, list[tuple[int, int]]]:
    """Return states that can be come to, with the steps from them."""
    steps = {made.initial: made.successors(made.initial)}
    for state in (todo := [made.initial]):
        for _, after in steps[state]:
            if after not in steps and len(steps) < most:
                steps[after] = made.successors(after)
                todo.append(after)
    return steps


@settings(max_examples=40)
@given(st.integers(0, 10**9))
def test_what_is_looked_up_is_what_the_machine_does(seed: int) -> None:
    """Every step from every state of a drawn program, worked out again from the whole state."""
    program = modelled(seed)
    if program is None:
        return
    known = system(program)
    fresh = known._machine
    for state, steps in every_state(known, 300).items():
        fresh.adopt(state)
        assert fresh.read() == state
        for thread, after in steps:
            if after & known.layout.limited:
                continue
            fresh.adopt(state)
            if thread == CLOCK:
                assert fresh.tick_over()
            else:
                task = fresh.task(known.threads[thread])
                assert task is not None
                fresh.step(task)
            assert fresh.read() == after


@settings(max_examples=40)
@given(st.integers(0, 10**9))
def test_steps_that_nobody_notices_lose_no_end(seed: int) -> None:
    """Taking them alone comes to the same ends as every order does."""
    program = modelled(seed)
    if program is None:
        return
    full = system(program)
    states = every_state(full, 20_000)
    if len(states) == 20_000:
        return
    ends: set[object] = set()

    def end(reached: Reached, state: int) -> bool:
        ends.add(described(reached.system, state))
        return False

    few = States(program, Names(program, printed=True), printed=True, max_steps=2000, most=10**6).reach(end, lambda states: False)
    assert few.all
    assert ends == {described(full, state) for state, steps in states.items() if not steps}
    assert len(few.before) <= len(states)


def described(made: System, state: int) -> object:
    """Say what threads and resources are in, in words that two systems share."""
    layout = made.layout
    if state & layout.over:
        names = {name for name in layout.parts if layout.parts[name].mask & made._told}
        values = [repr(layout.parts[name].value(state)) for name in sorted(names)]
        return "over", str(values), str(made.end_of(state)[1]), layout.output.value(state)  # type: ignore[index]
    threads = [
        value and (type(value[0]).__name__, value[1], type(value[11]).__name__) for value in (each.value(state) for each in layout.standing)
    ]
    return "stuck", str(threads), str([layout.parts[name].value(state) for name in layout.parts if "var" in name])


def test_a_field_says_when_it_is_full() -> None:
    """One bit tells two values apart, and no third."""
    field = Field("x", 3, 1)
    assert [field.put("a", 1), field.put("b", 2), field.put("a", 1)] == [0, 8, 0]
    assert field.value(8) == 2
    with pytest.raises(TooNarrow, match="x"):
        field.put("c", 3)


def test_a_layout_grows(compile_text: Callable[..., Program], monkeypatch: pytest.MonkeyPatch) -> None:
    """With one bit a field to begin with, it comes to the same."""
    program = compile_text('resources: {x: {kind: var, value: 0}}\nthreads: {t: {count: 2, iterations: 3, do: [{set: {x: "${x + 1}"}}]}}')

    def seen() -> int:
        states = States(program, Names(program, printed=False), printed=False, max_steps=100, most=10**6)
        while True:
            try:
                return len(states.reach(lambda reached, state: False, lambda states: False).before)
            except TooNarrow:
                continue

    before = seen()
    monkeypatch.setattr(fields, "WIDTH", 1)
    assert seen() == before
