"""Why an execution did not end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.analysis import Endless, Why, classify_endless
from runner.interpreter import Outcome
from runner.program import Program

Run = Callable[..., tuple[Outcome, Any]]

POLITE = """
    resources: {turn: {kind: var, value: 0}}
    threads:
      x: {do: [{forever: [{set: {turn: 1}}, {if: {test: turn == 1, then: [continue]}}]}]}
      y: {do: [{forever: [{set: {turn: 1}}, {if: {test: turn == 1, then: [continue]}}]}]}
"""
SPINNER = """
    resources: {free: {kind: var, value: false}, e: event}
    threads:
      spinner: {do: [{while: {test: not free, do: [{print: spin}]}}]}
      holder: {do: [%s, {set: {free: true}}]}
"""


def classified(program: Program, run: Run, *favourites: str, choices: bool = True) -> Endless:
    """Run into the step limit, and classify that."""
    outcome, chosen = run(program, favourites)
    assert outcome.verdict == "step_limit"
    return classify_endless(program, outcome.trace.events, chosen if choices else ())


@pytest.mark.parametrize("choices", [True, False])
def test_a_livelock(compile_text: Callable[..., Program], run_favouring: Run, choices: bool) -> None:
    """Where all move and the same state comes again and again, it is a livelock."""
    found = classified(compile_text(POLITE), run_favouring, choices=choices)
    assert (found.why, set(found.movers), found.starved) == (Why.LIVELOCK, {"x", "y"}, ())
    assert "turn in a circle" in found.what
    assert "main waits (line 4), and nobody else could help" in found.what


@pytest.mark.parametrize("choices", [True, False])
def test_starvation(compile_text: Callable[..., Program], run_favouring: Run, choices: bool) -> None:
    """Where somebody could have gone on and is never chosen, the schedule is unfair."""
    found = classified(compile_text(SPINNER % "{print: on my way}"), run_favouring, "main", "spinner", choices=choices)
    assert (found.why, found.movers) == (Why.STARVATION, ("spinner",))
    assert "holder" in found.starved
    assert "holder, which could go on (after line 5), is never chosen" in found.what


def test_a_fair_schedule_ends_it(compile_text: Callable[..., Program], run_favouring: Run) -> None:
    """The program that starves a thread under one schedule comes to its end under another."""
    outcome, _ = run_favouring(compile_text(SPINNER % "{print: on my way}"), ())
    assert outcome.verdict == "completed"


def test_whoever_waits_for_its_time_is_starved(compile_text: Callable[..., Program], run_favouring: Run) -> None:
    """A sleeper that never wakes, because time stands still while others spin, could have helped."""
    found = classified(compile_text(SPINNER % "{sleep: 1}"), run_favouring)
    assert (found.why, found.starved) == (Why.STARVATION, ("holder",))
    assert "holder waits for its time (line 5), which does not come as long as others can go on" in found.what


def test_whoever_waits_for_others_is_not_starved(compile_text: Callable[..., Program], run_favouring: Run) -> None:
    """A thread that is blocked for good could not have helped."""
    found = classified(compile_text(SPINNER % "{wait: e}"), run_favouring)
    assert (found.why, found.movers) == (Why.LIVELOCK, ("spinner",))
    assert "holder waits (line 5)" in found.what


def test_what_counts_is_endless(compile_text: Callable[..., Program], run_favouring: Run) -> None:
    """Where no state comes again nothing is known to go in a circle."""
    program = compile_text('resources: {n: {kind: var, value: 0}}\nmain: [{forever: [{set: {n: "${n + 1}"}}]}]')
    found = classified(program, run_favouring)
    assert (found.why, found.what) == (Why.ENDLESS, "main goes on without end, and no state comes again within the limit")


def test_a_loop_without_events(compile_text: Callable[..., Program], run_favouring: Run) -> None:
    """A thread that turns without a visible op leaves no states to compare."""
    found = classified(compile_text("threads: {x: {do: [{print: x}, {forever: [{let: {a: 1}}]}]}}"), run_favouring)
    assert (found.why, found.movers[-1:]) == (Why.ENDLESS, ("x",))


def test_the_gallery(gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """Any execution can be asked about, also one that ended, and is told of in the same words each time."""
    for program, outcomes in gallery.values():
        for outcome in outcomes:
            found = classify_endless(program, outcome.trace.events)
            assert found == classify_endless(program, outcome.trace.events)
