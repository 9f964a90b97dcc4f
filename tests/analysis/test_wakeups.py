"""What sort of deadlock it is, in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.analysis import Sort, classify_deadlock
from runner.interpreter import Outcome
from runner.program import Program
from runner.trace import decode, encode


def test_the_gallery(gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """Each deadlock of the gallery is of its sort, and its sentence names every thread that waits."""
    sorts: dict[str, set[Sort]] = {}
    for name, (program, outcomes) in gallery.items():
        for outcome in outcomes:
            if outcome.verdict == "deadlock":
                stuck = classify_deadlock(program, outcome.trace)
                sorts.setdefault(name.partition("[")[0], set()).add(stuck.sort)
                assert all(f"{blocked.thread} waits for" in stuck.what for blocked in outcome.trace.footer.blocked)
                assert stuck.place is not None
    circles = {name for name, found in sorts.items() if found == {Sort.CIRCLE}}
    lost = {name for name, found in sorts.items() if found == {Sort.LOST_WAKEUP}}
    assert lost == {"lost-wakeup", "missed-signal"}
    assert circles >= {"abba-deadlock", "self-deadlock", "dining-philosophers-deadlock", "join-with-the-lock-held"}
    assert sorts["poison-pill-miscount"] == sorts["notify-one-wakes-the-wrong-one"] == sorts["semaphore-leak"] == {Sort.PARTIAL}


DEADLOCKS = {
    "circle": (
        "a: lock, b: lock",
        "x: {do: [{acquire: a}, {sleep: 1}, {acquire: b}]}, y: {do: [{acquire: b}, {sleep: 1}, {acquire: a}]}",
        Sort.CIRCLE,
        "x waits for b (line 2), which y holds since line 2; y waits for a (line 2), which x holds since line 2; "
        "main waits for x to end (line 2)",
    ),
    "notified too early": (
        "c: condition",
        "x: {do: [{with: {lock: c, do: [{notify: c}]}}]}, y: {do: [{with: {lock: c, do: [{wait: c}]}}]}",
        Sort.LOST_WAKEUP,
        "y waits for a notification of c (line 2), but x's `notify` (line 2) came before that, when nobody waited; "
        "main waits for y to end (line 2)",
    ),
    "looked too early": (
        "c: condition, ready: {kind: var, value: false}",
        "x: {do: [{sleep: 1}, {with: {lock: c, do: [{set: {ready: true}}, {notify_all: c}]}}]}, "
        "y: {do: [{if: {test: not ready, then: [{sleep: 2}, {with: {lock: c, do: [{wait: c}]}}]}}]}",
        Sort.LOST_WAKEUP,
        "y waits for a notification of c (line 2), but x's `notify_all` (line 2) came before that, when nobody waited; "
        "main waits for y to end (line 2)",
    ),
    "looked with the lock held": (
        "c: condition, ready: {kind: var, value: false}",
        "x: {do: [{with: {lock: c, do: [{notify_all: c}]}}]}, "
        "y: {do: [{with: {lock: c, do: [{while: {test: not ready, do: [{wait: c}]}}]}}]}",
        Sort.PARTIAL,
        "y waits for a notification of c (line 2); main waits for y to end (line 2); nobody is left who could help",
    ),
    "looked by wait_for": (
        "c: condition, ready: {kind: var, value: false}",
        "x: {do: [{with: {lock: c, do: [{notify_all: c}]}}]}, y: {do: [{with: {lock: c, do: [{wait_for: {condition: c, until: ready}}]}}]}",
        Sort.PARTIAL,
        "y waits for a notification of c (line 2); main waits for y to end (line 2); nobody is left who could help",
    ),
    "had its notification": (
        "c: condition",
        "y: {do: [{with: {lock: c, do: [{wait: c}, {wait: c}]}}]}, x: {do: [{with: {lock: c, do: [{notify: c}]}}]}",
        Sort.PARTIAL,
        "y waits for a notification of c (line 2); main waits for y to end (line 2); nobody is left who could help",
    ),
    "event set and cleared": (
        "e: event",
        "x: {do: [{set: e}, {clear: e}]}, y: {do: [{wait: e}]}",
        Sort.LOST_WAKEUP,
        "y waits for e to be set (line 2), but x's `set` (line 2) came before that, and was cleared; main waits for y to end (line 2)",
    ),
    "event never set": (
        "e: event",
        "y: {do: [{wait: e}]}",
        Sort.PARTIAL,
        "y waits for e to be set (line 2); main waits for y to end (line 2); nobody is left who could help",
    ),
    "no permit": (
        "s: {kind: semaphore, value: 0}",
        "y: {do: [{acquire: s}]}",
        Sort.PARTIAL,
        "y waits for a permit of s (line 2); main waits for y to end (line 2); nobody is left who could help",
    ),
    "full": (
        "q: {kind: queue, maxsize: 1}",
        "y: {do: [{put: {queue: q, item: 1}}, {put: {queue: q, item: 1}}]}",
        Sort.PARTIAL,
        "y waits for room in q (line 2); main waits for y to end (line 2); nobody is left who could help",
    ),
    "too few": (
        "g: {kind: barrier, parties: 2}",
        "y: {do: [{wait: g}]}",
        Sort.PARTIAL,
        "y waits for all 2 parties at g (line 2); main waits for y to end (line 2); nobody is left who could help",
    ),
}


@pytest.mark.parametrize("name", DEADLOCKS, ids=lambda name: name.replace(" ", "-"))
def test_sorts(compile_text: Callable[..., Program], run_program: Callable[..., Outcome], name: str) -> None:
    """The sort of a deadlock follows from who missed what, and a sentence says so."""
    resources, threads, sort, what = DEADLOCKS[name]
    program = compile_text(f"schema: 1\nthreads: {{{threads}}}\nresources: {{{resources}}}")
    stuck = classify_deadlock(program, run_program(program).trace)
    assert (stuck.sort, stuck.what) == (sort, what)


def test_a_trace_from_a_file_says_the_same(gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """What is said is read off the trace alone, so one read back says the same."""
    for program, outcomes in gallery.values():
        trace = outcomes[0].trace
        if trace.footer.outcome == "deadlock":
            assert classify_deadlock(program, decode(encode(trace))) == classify_deadlock(program, trace)
