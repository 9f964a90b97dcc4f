"""The project's own scenarios on both substrates, and many runs in one process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.interpreter import Outcome, execute
from runner.program import Program
from runner.substrate import FreeSubstrate
from runner.suite import judge, load, run
from runner.trace import Event, Trace

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TUTORIAL = sorted((SCENARIOS / "tutorial").glob("*.yaml"))
PACE = 10.0
"""Fast enough for a test, slow enough that a quarter of a second between two waits is longer than a busy machine dawdles."""


def orders(trace: Trace) -> dict[str, list[tuple[object, ...]]]:
    """Return what each thread did, in its own order, with neither times nor waits, which a free run does not record."""
    done: dict[str, list[tuple[object, ...]]] = {name: [] for name in trace.footer.threads}
    for event in trace.events:
        if event.op != "blocked":
            done[event.thread].append((event.op, event.on, repr(event.value), repr(event.result), event.error, event.at))
    return done


def without_items(done: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Leave out which item a worker got: on real threads the workers divide them as they come."""
    return [(op, on, at) for op, on, _, _, _, at in done]


@pytest.mark.parametrize("path", TUTORIAL, ids=lambda path: path.stem)
def test_a_free_run_keeps_each_threads_order(path: Path) -> None:
    """On real threads every thread of the tutorial does the same things in the same order."""
    program = load(path)
    controlled = run(program)
    try:
        keeps_the_order(program, path.stem, controlled, run_free_at(program, PACE))
    except AssertionError:  # the machine was too busy to tell a quarter of a second from none
        keeps_the_order(program, path.stem, controlled, run_free_at(program, PACE / 5))


def keeps_the_order(program: Program, name: str, controlled: Outcome, free: Outcome) -> None:
    """Compare what each thread did."""
    assert free.verdict == controlled.verdict
    assert not [m for m in judge(program, free) if m.place != program.expect.places.get("printed")]
    expected, actual = orders(controlled.trace), orders(free.trace)
    if name == "producer_consumer":  # how many items each worker gets is the machine's choice
        shares = [name for name in expected if name.startswith("worker")]
        assert sorted(expected.pop("main")) == sorted(actual.pop("main"))
        turn = without_items(expected[shares[0]])[:4]
        for name in shares:
            done = without_items(actual[name])
            assert done == (turn * (len(done) // 4 + 1))[: len(done)]
        assert sum(len(actual[name]) for name in shares) == sum(len(expected[name]) for name in shares)
    else:
        for name in [name for name, end in controlled.trace.footer.threads.items() if end == "abandoned"]:
            done, before = actual.pop(name), expected.pop(name)  # how far it came when the run ended is the machine's choice
            assert done[: len(before)] == before[: len(done)]
        assert actual == expected


def run_free_at(program: Program, pace: float) -> Outcome:
    """Run on real threads."""
    return execute(program, FreeSubstrate(pace=pace), policy="free")


def test_a_thousand_deadlocks_leave_no_thread(no_leak: None, thread_count: Callable[..., int]) -> None:
    """Threads that can never go on are unwound: a thousand deadlocks in one process leave its threads as they were."""
    program = load(SCENARIOS / "classics" / "abba_deadlock.yaml")
    before = threading.active_count()
    verdicts = {run(program, seed=seed).verdict for seed in range(1000)}
    assert "deadlock" in verdicts
    assert threading.active_count() <= before  # what a test before this one left asleep may have ended since


def test_the_deadlock_names_threads_locks_and_lines() -> None:
    """A deadlock's outcome has both threads, both locks, who holds what since which line, and the cycle."""
    program = load(SCENARIOS / "classics" / "abba_deadlock.yaml")
    outcome = run(program)
    stuck = {b.thread: b for b in outcome.blocked if b.thread != "main"}
    assert outcome.cycle == ("alice_pays_bob", "bob_pays_alice")
    assert {name: (b.on, b.held_by) for name, b in stuck.items()} == {
        "alice_pays_bob": ("bob", "bob_pays_alice"),
        "bob_pays_alice": ("alice", "alice_pays_bob"),
    }
    for blocked in stuck.values():
        assert blocked.op is not None
        assert blocked.held_since is not None
        assert program.source.lines[blocked.op.place.line - 1].strip().startswith("- acquire")
        assert program.source.lines[blocked.held_since.place.line - 1].strip().startswith("- acquire")


def test_traces_of_all_scenarios_are_the_same_twice() -> None:
    """Any scenario under any seed gives the same trace when run again, events and all."""

    def events(program: Program, seed: int) -> tuple[Event, ...]:
        return run(program, seed=seed).trace.events

    for path in sorted(SCENARIOS.glob("*/[!_]*.yaml")):
        program = load(path)
        assert all(events(program, seed) == events(program, seed) for seed in range(5)), path
