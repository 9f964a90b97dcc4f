"""Which circles of locks are told of, over many executions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from runner.analysis import LockOrder
from runner.interpreter import Outcome
from runner.program import Program

INVERTED = {
    "abba-deadlock": [("alice", "bob")],
    "dining-philosophers-deadlock": [("fork-0", "fork-1", "fork-2", "fork-3", "fork-4")],
    "dining-philosophers-footman[naive]": [("fork-0", "fork-1", "fork-2", "fork-3", "fork-4")],
}


def test_the_gallery(gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """The known inversions are told of, and no others: neither ordered forks nor the footman's guests make a circle."""
    told = {}
    for name, (program, outcomes) in gallery.items():
        graph = LockOrder(program)
        for outcome in outcomes:
            graph.add(outcome.trace.events)
        told[name] = [inversion.locks for inversion in graph.inversions()]
    assert {name: found for name, found in told.items() if found} == INVERTED


THREADS = {
    # what else there is, the threads, and whether there is an inversion
    "plain": ("", "x: [{acquire: a}, {acquire: b}, {release: b}, {release: a}] | y: [{sleep: 1}, {acquire: b}, {acquire: a}]", True),
    "one order": ("", "x: [{acquire: a}, {acquire: b}, {release: b}, {release: a}] | y: [{sleep: 1}, {acquire: a}, {acquire: b}]", False),
    "gate": (
        "g: lock",
        "x: [{with: {lock: g, do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]}}] | "
        "y: [{sleep: 1}, {with: {lock: g, do: [{acquire: b}, {acquire: a}]}}]",
        False,
    ),
    "gate over one of them only": (
        "g: lock",
        "x: [{with: {lock: g, do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]}}] | "
        "y: [{sleep: 1}, {acquire: b}, {acquire: a}]",
        True,
    ),
    "semaphore as a gate": (
        "g: {kind: semaphore, value: 1}",
        "x: [{with: {lock: g, do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]}}] | "
        "y: [{sleep: 1}, {with: {lock: g, do: [{acquire: b}, {acquire: a}]}}]",
        False,
    ),
    "semaphore that lets two in": (
        "g: {kind: semaphore, value: 2}",
        "x: [{with: {lock: g, do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]}}] | "
        "y: [{sleep: 1}, {with: {lock: g, do: [{acquire: b}, {acquire: a}]}}]",
        True,
    ),
    "joined before": (
        "",
        "x: [{acquire: a}, {acquire: b}, {release: b}, {release: a}] | y: [{join: x}, {acquire: b}, {acquire: a}]",
        False,
    ),
    "after an event": (
        "e: event",
        "x: [{acquire: a}, {acquire: b}, {release: b}, {release: a}, {set: e}] | y: [{wait: e}, {acquire: b}, {acquire: a}]",
        False,
    ),
    "a try": (
        "",
        "x: [{acquire: a}, {acquire: b}, {release: b}, {release: a}] | y: [{sleep: 1}, {acquire: b}, {acquire: {lock: a, timeout: 1}}]",
        False,
    ),
    "conditions on them": (
        "c: {kind: condition, lock: b}",
        "x: [{acquire: a}, {acquire: c}, {release: c}, {release: a}] | y: [{sleep: 1}, {acquire: b}, {acquire: a}]",
        True,
    ),
    "a wait that takes its lock again": (
        "c: {kind: condition, lock: b}",
        "x: [{acquire: b}, {acquire: a}, {wait: {for: c, timeout: 1}}, {release: a}, {release: b}] | "
        "y: [{sleep: 2}, {acquire: b}, {acquire: a}]",
        True,
    ),
    "an rlock taken again": (
        "r: rlock",
        "x: [{acquire: r}, {acquire: a}, {acquire: r}, {release: r}, {release: a}, {release: r}] | "
        "y: [{sleep: 1}, {acquire: r}, {acquire: a}]",
        False,
    ),
    "one thread alone": ("", "x: [{acquire: a}, {acquire: b}, {release: a}, {release: b}, {acquire: b}, {acquire: a}]", False),
}


@pytest.mark.parametrize("name", THREADS, ids=lambda name: name.replace(" ", "-"))
def test_circles(compile_text: Callable[..., Program], run_program: Callable[..., Outcome], name: str) -> None:
    """A circle is told of where its threads can be at it at once, though no run here deadlocks."""
    more, threads, inverted = THREADS[name]
    each = (thread.partition(":") for thread in threads.split(" | "))
    text = "\n".join(
        ["resources:", "  a: lock", "  b: lock", f"  {more}", "threads:", *(f"  {n.strip()}: {{do: {do}}}" for n, _, do in each)]
    )
    program = compile_text(text)
    outcome = run_program(program)
    assert outcome.verdict == "completed"
    graph = LockOrder(program)
    graph.add(outcome.trace.events)
    assert [set(inversion.locks) for inversion in graph.inversions()] == ([{"a", "b"}] if inverted else [])


def test_who_holds_what_where(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> None:
    """An inversion names for each thread the lock that it holds, the one that it asks for, and both places."""
    program = compile_text(
        """
        resources: {a: lock, b: lock}
        threads:
          x:
            do:
              - acquire: a
              - acquire: b
              - release: b
              - release: a
          y:
            do:
              - sleep: 1
              - acquire: b
              - acquire: a
        """
    )
    graph = LockOrder(program)
    graph.add(run_program(program).trace.events)
    (inversion,) = graph.inversions()
    assert inversion.explanation == (
        "x holds a (line 6) and asks for b (line 7); y holds b (line 13) and asks for a (line 14): each may wait for the next, for ever"
    )
    first = inversion.edges[0]
    assert (first.thread, first.held, first.held_at and first.held_at.line, first.asked_at and first.asked_at.line) == ("x", "a", 6, 7)


def test_over_many_executions(compile_text: Callable[..., Program], all_schedules: Callable[..., Iterator[Outcome]]) -> None:
    """What one execution orders by chance another does not: the circle is seen by the end, once, and the same each time."""
    program = compile_text(
        """
        resources: {a: lock, b: lock, s: {kind: semaphore, value: 1}}
        threads:
          x: {do: [{acquire: s}, {release: s}, {with: {lock: a, do: [{with: {lock: b, do: [{print: x}]}}]}}]}
        main:
          - start: x
          - with: {lock: b, do: [{with: {lock: a, do: [{print: y}]}}]}
          - acquire: s
          - release: s
        """
    )
    graph = LockOrder(program)
    counts = []
    for number, outcome in enumerate(all_schedules(program)):
        graph.add(outcome.trace.events)
        counts.append(len(graph.inversions()))
        if number == 300:
            break
    assert counts[0] == 0
    assert counts[-1] == 1
    assert counts == sorted(counts)
