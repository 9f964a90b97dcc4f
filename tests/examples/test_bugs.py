"""The bugs of `examples/` are there, and their repairs are: the explorer says so, and a plain search that has nothing of it.

That search runs a test of an example by every schedule with at most two delays, on the controlled substrate.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import runner
from runner.accesses import Locations, Watch
from runner.instrument import instrumented
from runner.substrate.contract import Verdict
from runner.substrate.controlled import ControlledSubstrate
from runner.substrate.controlled.greenlets import GreenletPool

DELAYS = 2


class Choices:
    """Makes the choices given, then the calmest ones, and notes for each among how many."""

    spec, seed = "fifo", None

    def __init__(self, ranks: tuple[int, ...]) -> None:
        self._ranks = ranks
        self.enabled: list[int] = []

    def choose(self, point: Any) -> int:
        """Choose by rank."""
        at = len(self.enabled)
        self.enabled.append(len(point.enabled))
        return self._ranks[at] if at < len(self._ranks) else 0

    def others(self, most: int) -> Iterator[tuple[int, ...]]:
        """Return the schedules that part from this one behind the choices given, with so many delays at most."""
        given, left = len(self._ranks), most - sum(self._ranks)
        for at, enabled in enumerate(self.enabled[given:], given):
            yield from ((*self._ranks, *(0,) * (at - given), rank) for rank in range(1, min(enabled - 1, left) + 1))


def endings(test: Callable[[], None], subject: str, *, accesses: bool) -> Iterator[str]:
    """Run a test of an example by one schedule after the other; say how each ends: a verdict, or an exception's name."""
    failures: list[str] = []
    locations = Locations()
    substrate = ControlledSubstrate(Choices(()), sync=True, pool=GreenletPool())
    kernel = substrate.kernel

    def main() -> None:
        try:
            test()
        except Exception as error:
            failures.append(type(error).__name__)

    def before(kind: str, thing: Any, key: Any, site: Any) -> None:
        task = kernel.current
        if locations.of(thing, key, task.serial).sharing.touch(task.serial, kind):
            kernel.preempt()

    with ExitStack() as stack:
        stack.enter_context(instrumented([f"examples.{subject}", f"examples.test_{subject}"], substrate.modules))
        if accesses:
            stack.enter_context(Watch([f"examples.{subject}"], "access", before, kernel.running))
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(
            substrate.modules.threading, "excepthook", lambda raised: failures.append(raised.exc_type.__name__)
        )
        todo: list[tuple[int, ...]] = [()]
        while todo:
            ranks = todo.pop()
            choices = Choices(ranks)
            assert substrate.again(choices)
            locations = Locations()
            failures.clear()
            verdict = substrate.run(main, lambda *blocked: None).verdict
            yield failures[0] if failures and verdict is Verdict.COMPLETED else str(verdict)
            todo += choices.others(DELAYS)


BUGS = {
    "bank test_two_deposits deposit": "AssertionError",
    "bank test_transfers_that_cross transfer": "deadlock",
    "lru_cache test_get_while_another_thread_puts LooksFirst": "KeyError",
    "lru_cache test_counts CountsFreely": "AssertionError",
    "connection_pool test_two_wait_for_one_connection WaitsOnce": "IndexError",
    "connection_pool test_no_more_connections_than_allowed ConnectsOutside": "AssertionError",
    "rate_limiter test_one_token_is_for_one UnlockedBucket": "AssertionError",
    "rotating_writer test_no_line_is_lost LooksOutside": "AssertionError",
    "event_bus test_who_stays_gets_every_event LiveBus": "AssertionError",
}
"""Example, test and class or function with a bug → how an execution that shows it ends."""
REPAIRED = [
    "bank test_two_deposits deposit_safely",
    "bank test_transfers_that_cross transfer_safely",
    "lru_cache test_get_while_another_thread_puts LRUCache",
    "lru_cache test_counts LRUCache",
    "connection_pool test_two_wait_for_one_connection ConnectionPool",
    "connection_pool test_no_more_connections_than_allowed ConnectionPool",
    "rate_limiter test_one_token_is_for_one TokenBucket",
    "rotating_writer test_no_line_is_lost RotatingWriter",
    "event_bus test_who_stays_gets_every_event EventBus",
]
ONLY_AT_ACCESSES = ("test_counts", "test_one_token_is_for_one")
"""Tests whose bug needs a switch where no lock or queue is called."""


UNORDERED = ["event_bus test_who_stays_gets_every_event LiveBus"]
"""Whose calls are on different objects: `sync` takes them as independent, leaves out the order that shows it, and says `bounded`."""
SHOWN = {each: "deadlock" if ending == "deadlock" else "exception" for each, ending in BUGS.items()}


def parts(case: str) -> tuple[str, Callable[[], None]]:
    """Return an example's name, and its test of what is named."""
    subject, test, kind = case.split()
    tests, code = (importlib.import_module(f"examples.{name}") for name in (f"test_{subject}", subject))
    tried, given = getattr(tests, test), getattr(code, kind)
    return subject, lambda: tried(given)


def searched(case: str, *, accesses: bool) -> Iterator[str]:
    subject, test = parts(case)
    return endings(test, subject, accesses=accesses)


def interleaved(case: str, preempt: str) -> runner.Interleaving:
    subject, test = parts(case)
    return runner.interleave(test, modules=[f"examples.{subject}", f"examples.test_{subject}"], preempt=preempt)


def only_at_accesses(case: str) -> bool:
    return case.split()[1] in ONLY_AT_ACCESSES


@pytest.mark.parametrize("case", BUGS)
def test_a_bug_shows(case: str) -> None:
    """Some schedule with few delays shows it, and it is this one."""
    assert next(each for each in searched(case, accesses=only_at_accesses(case)) if each != Verdict.COMPLETED) == BUGS[case]


@pytest.mark.parametrize("case", [each for each in BUGS if only_at_accesses(each)])
def test_some_bugs_show_only_at_accesses(case: str) -> None:
    """Calls on locks and queues as the only places to switch are not enough for these."""
    assert set(searched(case, accesses=False)) == {Verdict.COMPLETED}
    assert interleaved(case, "sync").failures == ()


@pytest.mark.parametrize("case", REPAIRED)
def test_a_repair_holds(case: str) -> None:
    """No schedule with few delays shows anything."""
    assert set(searched(case, accesses=only_at_accesses(case))) == {Verdict.COMPLETED}


@pytest.mark.parametrize("case", BUGS)
def test_exploring_finds_a_bug(case: str) -> None:
    """The explorer finds that one and nothing else, at calls where these are enough."""
    preempt = "access" if only_at_accesses(case) or case in UNORDERED else "sync"
    found = interleaved(case, preempt)
    assert (str(found.verdict), {str(each.kind) for each in found.failures}) == ("found", {SHOWN[case]})


@pytest.mark.parametrize("case", REPAIRED)
def test_exploring_proves_a_repair(case: str) -> None:
    """Every order of calls and accesses was made, and nothing is wrong, races included."""
    found = interleaved(case, "access")
    assert (str(found.verdict), found.findings) == ("proved", ())
