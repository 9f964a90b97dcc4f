"""The model itself: known figures, its two ways of counting against each other, and that what it writes is a scenario."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

from runner import program as compiled
from tests.exploration import model
from tests.exploration.abstract import (
    Acquire,
    Await,
    Condition,
    Event,
    Get,
    Lock,
    Notify,
    Program,
    Put,
    Queue,
    Release,
    Set,
    Value,
    Var,
    Wait,
)
from tests.exploration.programs import NAMED

KNOWN = {
    "lost update, 2 threads": (6, 0, 4, 0),
    "lost update, 3 threads": (90, 0, 36, 0),
    "locked update, 2 threads": (2, 0, 2, 0),
    "locked update, 3 threads": (6, 0, 6, 0),
    "abba": (4, 2, 2, 1),
    "dining 3": (162, 6, 6, 1),
    "dining 3, ordered": (142, 0, 6, 0),
    "two producers": (2, 0, 2, 0),
}


def figures(counts: model.Counts) -> tuple[int, int, int, int]:
    """Return the four numbers."""
    return counts.complete, counts.deadlocked, counts.classes, counts.deadlocked_classes


@pytest.mark.parametrize("name", KNOWN)
def test_the_known_figures(name: str) -> None:
    """Interleavings and classes are as many as one works out by hand."""
    assert figures(model.count(NAMED[name])) == KNOWN[name]


@given(model.programs().filter(lambda program: model.count_large(program).complete < 2_000))
def test_both_ways_of_counting_agree(program: Program) -> None:
    """Foata normal forms of all interleavings are as many as sleep sets leave ways, and final states are the same."""
    assert model.count(program) == model.count_large(program)


@given(model.programs())
def test_what_is_written_is_a_scenario(compile_text: Callable[..., compiled.Program], program: Program) -> None:
    """A program's scenario compiles, with a thread for each of its own."""
    assert len(compile_text(model.as_yaml(program)).threads) == len(program.threads)


def test_a_counter_without_a_lock_loses_updates() -> None:
    """Of three increments all but one may be lost."""
    assert {end.vars for end in model.count(NAMED["lost update, 3 threads"]).outcomes} == {(("x", n),) for n in (1, 2, 3)}


@pytest.mark.parametrize(("name", "outcomes"), [("notify", {"completed", "deadlock"}), ("notify_all", {"completed"})])
def test_one_condition_for_both_sides_needs_notify_all(name: str, outcomes: set[str]) -> None:
    """A notification that wakes the wrong thread is lost; one that wakes all is not."""
    counts = model.count_large(NAMED[f"bounded buffer 2+2, {name}"])
    assert {end.outcome for end in counts.outcomes} == outcomes


def test_a_notification_before_the_wait_is_lost() -> None:
    """Either the thread waits first and is woken, or it waits for ever."""
    waits = (Acquire("a"), Wait("c"), Release("a"))
    tells = (Acquire("a"), Notify("c"), Release("a"))
    counts = model.count(Program({"a": Lock(), "c": Condition("a")}, (waits, tells)))
    assert (counts.classes, counts.deadlocked_classes) == (1, 1)


def test_what_is_not_held_cannot_be_released_nor_waited_with() -> None:
    """Both end their threads by an exception, and the other one goes on."""
    counts = model.count(Program({"a": Lock(), "c": Condition("a")}, ((Release("a"),), (Wait("c"),))))
    (end,) = counts.outcomes
    assert (end.outcome, end.raises) == ("failed", ("t0", "t1"))


def test_a_full_queue_makes_the_second_put_wait() -> None:
    """Room for one: an item goes in only after the one before has come out."""
    puts, gets = (Put("q", Value(1)), Put("q", Value(2))), (Get("q"), Get("q"))
    assert figures(model.count(Program({"q": Queue(1)}, (puts, gets)))) == (1, 0, 1, 0)


def test_a_waiter_goes_on_once_the_event_is_set() -> None:
    """What stands behind the wait comes after what stood before the set."""
    counts = model.count(Program({"e": Event(), "x": Var()}, ((Await("e"),), (Set("e"),))))
    assert figures(counts) == (1, 0, 1, 0)
