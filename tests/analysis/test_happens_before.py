"""What orders an execution's events, channel by channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.analysis import order_of
from runner.interpreter import Outcome
from runner.program import Program

PAIRS: dict[str, tuple[str, str, bool]] = {
    # what two threads share, a's steps before b's, and whether a's `print` comes before b's
    "lock": ("{m: lock}", "a: [{print: A}, {acquire: m}, {release: m}] | b: [{sleep: 1}, {acquire: m}, {print: B}]", True),
    "lock that was not to be had": (
        "{m: lock}",
        "a: [{acquire: m}, {print: A}, {sleep: 2}, {release: m}] | b: [{sleep: 1}, {acquire: {lock: m, blocking: false}}, {print: B}]",
        False,
    ),
    "lock released by another": ("{m: lock}", "a: [{print: A}, {acquire: m}] | b: [{sleep: 1}, {release: m}, {print: B}]", True),
    "condition's lock": (
        "{m: lock, c: {kind: condition, lock: m}}",
        "a: [{print: A}, {acquire: c}, {release: c}] | b: [{sleep: 1}, {acquire: m}, {print: B}]",
        True,
    ),
    "lock given up by a wait": (
        "{c: condition}",
        "a: [{acquire: c}, {print: A}, {wait: {for: c, timeout: 9}}] | b: [{sleep: 1}, {acquire: c}, {print: B}]",
        True,
    ),
    "lock taken again by a wait": (
        "{c: condition}",
        "a: [{sleep: 1}, {print: A}, {acquire: c}, {release: c}] | b: [{acquire: c}, {wait: {for: c, timeout: 2}}, {print: B}]",
        True,
    ),
    "notification": (
        "{c: condition}",
        "a: [{sleep: 1}, {print: A}, {acquire: c}, {notify: c}, {release: c}] | b: [{acquire: c}, {wait: c}, {print: B}]",
        True,
    ),
    "permit": ("{s: {kind: semaphore, value: 0}}", "a: [{print: A}, {release: s}] | b: [{acquire: s}, {print: B}]", True),
    "permit that was there": (
        "{s: {kind: semaphore, value: 1}}",
        "a: [{print: A}, {release: s}] | b: [{sleep: 1}, {acquire: s}, {print: B}]",
        False,
    ),
    "one of two permits": (
        "{s: {kind: semaphore, value: 0}}",
        "a: [{print: A}, {release: {lock: s, n: 2}}] | b: [{acquire: s}, {acquire: s}, {print: B}]",
        True,
    ),
    "event": ("{e: event}", "a: [{print: A}, {set: e}] | b: [{wait: e}, {print: B}]", True),
    "event that was up": ("{e: event}", "b: [{set: e}, {sleep: 2}, {wait: e}, {print: B}] | a: [{print: A}, {set: e}]", False),
    "event that was cleared at once": (
        "{e: event}",
        "b: [{wait: e}, {print: B}] | a: [{sleep: 1}, {print: A}, {set: e}, {clear: e}]",
        True,
    ),
    "event, time up": (
        "{e: event}",
        "a: [{sleep: 2}, {print: A}, {set: e}] | b: [{wait: {for: e, timeout: 1}}, {sleep: 9}, {print: B}]",
        False,
    ),
    "event looked at": ("{e: event}", "a: [{print: A}, {set: e}] | b: [{sleep: 1}, {assert: e.is_set()}, {print: B}]", True),
    "event that was cleared": (
        "{e: event}",
        "a: [{print: A}, {set: e}, {clear: e}] | b: [{sleep: 1}, {assert: not e.is_set()}, {print: B}]",
        False,
    ),
    "barrier": ("{g: {kind: barrier, parties: 2}}", "a: [{print: A}, {wait: g}] | b: [{wait: g}, {print: B}]", True),
    "barrier, last to come": (
        "{g: {kind: barrier, parties: 2}}",
        "b: [{wait: g}, {print: B}] | a: [{sleep: 1}, {print: A}, {wait: g}]",
        True,
    ),
    "barrier, behind it": (
        "{g: {kind: barrier, parties: 2}}",
        "a: [{wait: g}, {print: A}] | b: [{wait: g}, {sleep: 1}, {print: B}]",
        False,
    ),
    "broken barrier": (
        "{g: {kind: barrier, parties: 3}}",
        "b: [{try: {do: [{wait: g}], except: {BrokenBarrierError: [{print: B}]}}}] | a: [{sleep: 1}, {print: A}, {abort: g}]",
        True,
    ),
    "item": ("{q: queue}", "a: [{print: A}, {put: {queue: q, item: 1}}] | b: [{get: q}, {print: B}]", True),
    "another's item": (
        "{q: queue}",
        "b: [{put: {queue: q, item: 0}}, {sleep: 1}, {get: q}, {print: B}] | a: [{print: A}, {put: {queue: q, item: 1}}]",
        False,
    ),
    "last item of a stack": (
        "{q: lifo_queue}",
        "b: [{put: {queue: q, item: 0}}, {sleep: 1}, {get: q}, {print: B}] | a: [{print: A}, {put: {queue: q, item: 1}}]",
        True,
    ),
    "smallest item": (
        "{q: priority_queue}",
        "b: [{put: {queue: q, item: 5}}, {sleep: 1}, {get: q}, {print: B}] | a: [{print: A}, {put: {queue: q, item: 1}}]",
        True,
    ),
    "larger item": (
        "{q: priority_queue}",
        "b: [{put: {queue: q, item: 5}}, {sleep: 1}, {get: q}, {print: B}] | a: [{print: A}, {put: {queue: q, item: 9}}]",
        False,
    ),
    "room": (
        "{q: {kind: queue, maxsize: 1}}",
        "b: [{put: {queue: q, item: 0}}, {put: {queue: q, item: 1}}, {print: B}] | a: [{print: A}, {get: q}]",
        True,
    ),
    "room enough": (
        "{q: {kind: queue, maxsize: 2}}",
        "b: [{put: {queue: q, item: 0}}, {sleep: 1}, {put: {queue: q, item: 1}}, {print: B}] | a: [{print: A}, {get: q}]",
        False,
    ),
    "tasks": (
        "{q: queue}",
        "b: [{put: {queue: q, item: 0}}, {join: q}, {print: B}] | a: [{sleep: 1}, {get: q}, {print: A}, {task_done: q}]",
        True,
    ),
    "join": ("{}", "a: [{print: A}] | b: [{join: a}, {print: B}]", True),
    "join, too early": ("{}", "a: [{print: A}, {sleep: 2}] | b: [{join: {thread: a, timeout: 1}}, {print: B}]", False),
    "end looked at": ("{}", "a: [{print: A}] | b: [{sleep: 1}, {assert: not a.is_alive()}, {print: B}]", True),
    "sleep": ("{}", "a: [{print: A}] | b: [{sleep: 1}, {print: B}]", False),
    "atomic groups": (
        "{x: {kind: var, value: 0}}",
        'a: [{print: A}, {atomic: [{set: {x: 1}}]}] | b: [{sleep: 1}, {atomic: [{assert: "x == 1"}]}, {print: B}]',
        True,
    ),
    "atomic groups that only read": (
        "{x: {kind: var, value: 0}}",
        'a: [{print: A}, {atomic: [{assert: "x == 0"}]}] | b: [{sleep: 1}, {atomic: [{assert: "x == 0"}]}, {print: B}]',
        False,
    ),
    "plain write and read": (
        "{x: {kind: var, value: 0}}",
        "a: [{print: A}, {set: {x: 1}}] | b: [{sleep: 1}, {assert: x == 1}, {print: B}]",
        False,
    ),
}


def text_of(resources: str, threads: str) -> str:
    """A scenario of two threads."""
    each = (thread.partition(":") for thread in threads.split(" | "))
    return "\n".join([f"resources: {resources}", "threads:", *(f"  {name.strip()}: {{do: {do.strip()}}}" for name, _, do in each)])


@pytest.mark.parametrize("pair", PAIRS, ids=lambda name: name.replace(" ", "-"))
def test_what_orders_two_threads(compile_text: Callable[..., Program], run_program: Callable[..., Outcome], pair: str) -> None:
    """Each channel orders what its table says, and what is no channel orders nothing."""
    resources, threads, ordered = PAIRS[pair]
    program = compile_text(text_of(resources, threads))
    events = run_program(program).trace.events
    first = next(index for index, event in enumerate(events) if event.value == "A")
    last = next(index for index, event in enumerate(events) if event.value == "B")
    order = order_of(program, events)
    assert first < last
    assert (order.before(first, last), order.before(last, first)) == (ordered, False)


POOL = """
    resources: {p: {kind: pool, max_workers: 2}}
    functions:
      f: {do: [{print: F}]}
      bad: {do: [{print: F}, {raise: ValueError}]}
    main: [{print: M}, %s]
"""


@pytest.mark.parametrize(
    ("steps", "ordered"),
    [
        ("{submit: {pool: p, function: f, as: j}}, {result: '${j}'}, {print: Z}", True),
        ("{submit: {pool: p, function: f, as: j}}, {sleep: 1}, {print: Z}", False),
        ("{submit: {pool: p, function: f, as: j}}, {sleep: 1}, {assert: j.done()}, {print: Z}", True),
        ("{submit: {pool: p, function: f, as: j}}, {shutdown: p}, {print: Z}", True),
        ("{submit: {pool: p, function: bad, as: j}}, {try: {do: [{result: '${j}'}], except: {ValueError: [{print: Z}]}}}", True),
    ],
)
def test_what_orders_a_pools_job(
    compile_text: Callable[..., Program], run_program: Callable[..., Outcome], steps: str, ordered: bool
) -> None:
    """A job comes after its submission, and before what has its result in whatever form."""
    program = compile_text(POOL % steps)
    events = run_program(program).trace.events
    at = {event.value: index for index, event in enumerate(events) if event.op == "print"}
    order = order_of(program, events)
    assert order.before(at["M"], at["F"])
    assert order.before(at["F"], at["Z"]) is ordered


@pytest.mark.parametrize(
    ("steps", "ordered"),
    [
        ("{start: bell}, {join: bell}, {print: Z}", True),
        ("{start: bell}, {sleep: 9}, {print: Z}", False),
    ],
)
def test_what_orders_a_timer(compile_text: Callable[..., Program], run_program: Callable[..., Outcome], steps: str, ordered: bool) -> None:
    """A timer's function comes after its start and before its join; that its time came first is no order."""
    text = "resources: {bell: {kind: timer, interval: 1, function: f}}\nfunctions: {f: {do: [{print: F}]}}\n"
    program = compile_text(f"{text}main: [{{print: M}}, {steps}]")
    events = run_program(program).trace.events
    at = {event.value: index for index, event in enumerate(events) if event.op == "print"}
    order = order_of(program, events)
    assert order.before(at["M"], at["F"])
    assert order.before(at["F"], at["Z"]) is ordered


def test_last_before_both(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> None:
    """The last event that comes before two others is found, and none where there is none."""
    program = compile_text("threads: {a: {do: [{print: A}]}, b: {do: [{print: B}]}}")
    events = run_program(program).trace.events
    at: dict[Any, int] = {event.value: index for index, event in enumerate(events) if event.op == "print"}
    order = order_of(program, events)
    common = order.last_before_both(at["A"], at["B"])
    assert common is not None
    assert (events[common].op, events[common].on) == ("start", "a")
    assert order.last_before_both(0, at["A"]) is None


def test_the_gallery_is_ordered_as_it_ran(gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """In every scenario the order is a partial one that the trace itself keeps."""
    for program, outcomes in gallery.values():
        for outcome in outcomes[:2]:
            order = order_of(program, outcome.trace.events)
            number = min(len(order.events), 80)
            assert not any(order.before(later, earlier) for later in range(number) for earlier in range(later + 1))
