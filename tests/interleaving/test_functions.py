"""Interleaving functions: what is found in which, with how many executions, and what may be said of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest

import runner
from runner.errors import UsageError
from runner.interleaving import BETWEEN_CALLS, interleave, replay
from tests.interleaving import programs

FOUND = [
    (programs.lost_between_locks, "sync", "exception", 6, 1),
    (programs.lost_between_locks, "access", "exception", 6, 1),
    (programs.lost, "access", "exception", 4, 1),
    (programs.abba, "sync", "deadlock", 3, 1),
    (programs.wakes_one, "sync", "partial deadlock", 60, 0),
    (programs.forever, "sync", "partial deadlock", 1, 0),
    (programs.at_module_level, "sync", "deadlock", 1, 0),
    (programs.thread_fails, "sync", "exception", 1, 0),
    (programs.looks_at_all, "access", "exception", 2, 0),
    (programs.cut_off, "access", "exception", None, None),
]
RIGHT = [
    (programs.locked, 2),
    (programs.wakes_all, 80),
    (programs.queued, None),
    (programs.timed, 1),
    (programs.pooled, None),
    (programs.negative_timeout, 1),
    (programs.never_waits, None),
]


@pytest.mark.parametrize(("function", "preempt", "kind", "executions", "preemptions"), FOUND)
def test_what_is_wrong_is_found(
    function: Callable[[], None], preempt: str, kind: str, executions: int | None, preemptions: int | None
) -> None:
    """With as many executions as there are orders that differ, and the fewest preemptions; the token does it again."""
    found = interleave(function, preempt=preempt)
    assert found.verdict == "found"
    assert executions in (None, found.executions)
    first = found.failures[0]
    assert first.kind == kind
    assert preemptions in (None, first.preemptions)
    assert first.schedule is not None
    again = replay(function, first.schedule.token())
    assert again.verdict == ("failed" if kind == "exception" else "deadlock")


@pytest.mark.parametrize(("function", "executions"), RIGHT)
def test_what_is_right_is_proved_by_accesses_and_bounded_by_calls(function: Callable[[], None], executions: int | None) -> None:
    """Turns between calls are not looked at at `sync`, and that is said."""
    by_calls, by_accesses = interleave(function), interleave(function, preempt="access")
    assert (by_calls.verdict, by_calls.found.left_out) == ("bounded", (BETWEEN_CALLS,))
    assert (by_accesses.verdict, by_accesses.found.left_out) == ("proved", ())
    assert executions in (None, by_calls.executions)


def test_what_no_call_shows_is_not_proved_by_calls() -> None:
    """A lost update between two calls: nothing is found at `sync`, and it is no proof."""
    found = interleave(programs.lost)
    assert (found.verdict, found.executions) == ("bounded", 1)


def test_data_races_are_told() -> None:
    """Each pair of lines once, as a hazard with both places."""
    found = interleave(programs.lost, preempt="access")
    [race] = [each for each in found.findings if each.kind == "data race"]
    assert race.expected
    assert "account.balance += 1" in "\n".join(race.details)
    assert interleave(programs.locked, preempt="access").findings == ()


def test_lines_take_a_walk() -> None:
    """At lines chance finds it; reduction would have nothing to go by."""
    found = interleave(programs.lost_between_locks, preempt="line", strategy="random", max_executions=200)
    assert found.verdict == "found"
    with pytest.raises(UsageError, match="take random, pct or pos"):
        interleave(programs.lost, preempt="line")


def test_executions_that_are_not_alike_are_told() -> None:
    """What is kept from one execution to the next is named by the first step that differs."""
    programs.KEPT.clear()
    with pytest.raises(UsageError, match=r"did acquire of .*GUARD at .*programs\.py:\d+. Something is kept"):
        interleave(programs.keeps)


def test_what_is_older_than_an_execution_is_as_it_was() -> None:
    """A lock of the module that a deadlock has left held is free again in the next execution, and real afterwards."""
    for _ in range(2):
        assert interleave(programs.at_module_level).verdict == "found"
    assert type(programs.GUARD) is type(threading.Lock())
    assert not programs.GUARD.locked()


def test_setup_is_called_before_each_execution() -> None:
    """What it makes is new each time, and handed over."""
    made: list[programs.Account] = []

    def setup() -> programs.Account:
        made.append(programs.Account(10))
        return made[-1]

    found = interleave(programs.given, setup=setup, modules=("tests.interleaving.programs",), preempt="access")
    assert found.verdict == "proved"
    assert len(made) >= found.executions == 2


def test_nothing_is_left_behind() -> None:
    """Modules see the real ones again, and functions have their own code."""
    before = programs.locked.__code__, vars(programs)["threading"], sys.gettrace()
    interleave(programs.lost, preempt="access")
    assert (programs.locked.__code__, vars(programs)["threading"], sys.gettrace()) == before
    assert vars(programs)["threading"] is threading


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"preempt": "often"}, "there are sync, access, line"),
        ({"strategy": "states"}, "none for Python code"),
        ({"strategy": "best"}, "no strategy 'best'"),
    ],
)
def test_wrong_options(options: dict[str, str], words: str) -> None:
    """A mistake is told before anything runs."""
    with pytest.raises(UsageError, match=words):
        interleave(programs.locked, **options)  # type: ignore[arg-type]


def test_a_token_of_another_function() -> None:
    """A token fits the function that it was made for, as it was then."""
    found = interleave(programs.abba)
    schedule = found.failures[0].schedule
    assert schedule is not None
    with pytest.raises(UsageError, match="another version"):
        replay(programs.locked, schedule.token())


def test_the_report_has_the_schedule_in_source_lines() -> None:
    """The verdict, what is wrong and where, and each step with its line of source."""
    lines = str(runner.interleave(programs.lost_between_locks)).splitlines()
    assert lines[0] == "lost_between_locks: found: exception in 4 of 6 executions"
    [taken] = [line for line in lines if line.startswith("  ! add")]
    assert "takes Account.lock" in taken
    assert taken.endswith("with account.lock:")
    assert any(line.startswith("  replay: 1.dpor+ends.") for line in lines)
