"""Races by vector clocks against their definition, and against what they mean: two accesses that come side by side in some schedule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import comb
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.analysis import data_races, order_of
from runner.analysis.happens_before import flows
from runner.analysis.names import Names
from runner.interpreter import Outcome
from runner.program import Program
from runner.trace import Event

Pair = tuple[str, frozenset[str]]
"""A variable and the steps of the two accesses."""

# -- the definition --------------------------------------------------------------------------------------------------------


def closure(program: Program, events: Sequence[Event]) -> list[int]:
    """For each event, as bits, which come before it: by every path of edges."""
    flow = flows(Names(program), events)
    before: list[int] = []
    for later, event in enumerate(events):
        seen = 0
        for earlier in range(later):
            if events[earlier].thread == event.thread or set(flow[earlier][1]) & set(flow[later][0]):
                seen |= before[earlier] | 1 << earlier
        before.append(seen)
    return before


def conflict(one: Event, other: Event) -> bool:
    """Whether two events are accesses that race unless something orders them."""
    return (
        {one.op, other.op} in ({"write"}, {"read", "write"})
        and one.on == other.on
        and one.thread != other.thread
        and not (".atomic" in one.at and ".atomic" in other.at)
    )


def by_definition(program: Program, events: Sequence[Event]) -> set[Pair]:
    """Every pair of conflicting accesses with no path between them."""
    before = closure(program, events)
    return {
        (str(event.on), frozenset((events[earlier].at, event.at)))
        for later, event in enumerate(events)
        for earlier in range(later)
        if conflict(events[earlier], event) and not before[later] >> earlier & 1
    }


def found(program: Program, events: Sequence[Event]) -> set[Pair]:
    """The races that are told of."""
    return {(race.var, frozenset((race.first.at, race.second.at))) for race in data_races(program, events)}


# -- programs --------------------------------------------------------------------------------------------------------------

RESOURCES: dict[str, Any] = {
    "m": "lock",
    "r": "rlock",
    "c": {"kind": "condition", "lock": "m"},
    "s": {"kind": "semaphore", "value": 1},
    "e": "event",
    "g": {"kind": "barrier", "parties": 2},
    "q": {"kind": "queue", "maxsize": 1},
    "l": "lifo_queue",
    "p": {"kind": "pool", "max_workers": 2},
    "x": {"kind": "var", "value": 0},
    "y": {"kind": "var", "value": 0},
}
FUNCTIONS = {"f": {"do": [{"set": {"x": 1}}, {"print": "${y}"}]}}
ACCESSES: list[Any] = [{"set": {"x": 1}}, {"set": {"y": 2}}, {"print": "${x}"}, {"print": "${y}"}]
GROUPS: list[Any] = [{"atomic": [{"set": {"x": "${x + 1}"}}]}, {"atomic": [{"set": {"y": "${x}"}}]}]
SIMPLE: list[Any] = [
    {"set": "e"},
    {"clear": "e"},
    {"wait": "e"},
    {"wait": {"for": "e", "timeout": 1}},
    {"wait": {"for": "g", "timeout": 2}},
    {"put": {"queue": "q", "item": 1}},
    {"get": "q"},
    {"put": {"queue": "l", "item": 2}},
    {"get": {"queue": "l", "timeout": 1}},
    {"task_done": "q"},
    {"join": "q"},
    {"release": "s"},
    {"acquire": "s"},
    {"release": "m"},
    {"sleep": 1},
    {"submit": {"pool": "p", "function": "f", "as": "j"}},
    {"repeat": {"times": 1, "do": [{"submit": {"pool": "p", "function": "f", "as": "k"}}, {"set": {"y": 4}}, {"result": "${k}"}]}},
    {"try": {"do": [{"wait": "g"}], "except": {"BrokenBarrierError": [{"set": {"y": 3}}]}}},
]
IN_A_WAIT: list[Any] = [
    {"wait": {"for": "c", "timeout": 1}},
    {"wait_for": {"condition": "c", "until": "x > 0", "timeout": 2}},
    {"notify": "c"},
    {"notify_all": "c"},
]


def bodies(leaves: list[Any], longest: int) -> st.SearchStrategy[list[Any]]:
    """Lists of steps, some of them under a lock."""
    leaf = st.sampled_from(leaves)
    held = st.builds(lambda lock, do: {"with": {"lock": lock, "do": do}}, st.sampled_from("mrs"), st.lists(leaf, min_size=1, max_size=2))
    waits = st.builds(lambda do: {"with": {"lock": "c", "do": do}}, st.lists(st.sampled_from(IN_A_WAIT) | leaf, min_size=1, max_size=3))
    return st.lists(leaf | held | waits, min_size=1, max_size=longest)


ANYTHING = st.lists(bodies(ACCESSES * 3 + GROUPS + SIMPLE, 5), min_size=2, max_size=3)


def program_of(compile_text: Callable[..., Program], threads: list[list[Any]]) -> Program:
    """A scenario of these threads."""
    names = [f"t{index}" for index in range(len(threads))]
    return compile_text(
        json.dumps(
            {
                "schema": 1,
                "resources": RESOURCES,
                "functions": FUNCTIONS,
                "threads": {name: {"do": do} for name, do in zip(names, threads, strict=True)},
            }
        )
    )


@given(threads=ANYTHING)
def test_vector_clocks_find_what_the_definition_says(
    compile_text: Callable[..., Program], run_some: Callable[..., list[Outcome]], threads: list[list[Any]]
) -> None:
    """Two events are ordered if there is a path of edges between them, and two accesses race if there is none."""
    program = program_of(compile_text, threads)
    for outcome in run_some(program, seeds=3, max_steps=300):
        events = outcome.trace.events
        before, order = closure(program, events), order_of(program, events)
        for later in range(len(events)):
            assert [bool(before[later] >> earlier & 1) for earlier in range(later)] == [order.before(e, later) for e in range(later)]
        assert found(program, events) == by_definition(program, events)


# -- what it means ---------------------------------------------------------------------------------------------------------

LITTLE: list[Any] = [
    {"write": {"var": "x", "value": 1}},
    {"read": {"var": "x", "as": "seen"}},
    {"write": {"var": "y", "value": 1}},
    {"read": {"var": "y", "as": "seen"}},
    *GROUPS,
]
TAME = st.builds(
    lambda lock, do: do if lock is None else [{"with": {"lock": lock, "do": do}}],
    st.sampled_from(["m", "s", "r", None]),
    st.lists(st.sampled_from(LITTLE), min_size=1, max_size=2),
)
HAND_OVER = st.sampled_from(
    [
        ([], []),
        ([{"set": "e"}], [{"wait": "e"}]),
        ([{"put": {"queue": "q", "item": 1}}], [{"get": "q"}]),
        ([{"release": "s"}], [{"acquire": "s"}]),
        ([{"with": {"lock": "c", "do": [{"notify": "c"}]}}], [{"with": {"lock": "c", "do": [{"wait": "c"}]}}]),
        ([{"wait": "g"}], [{"wait": "g"}]),
    ]
)
MOST_SCHEDULES = 500


def length(do: list[Any]) -> int:
    """How many scheduling points some steps have."""
    return sum(2 + length(step["with"]["do"]) if "with" in step else 1 for step in do)


@st.composite
def small(draw: st.DrawFn) -> list[list[Any]]:
    """Two threads of few steps, with at most one thing between them that orders them; what they do depends on no variable."""
    gives, takes = draw(HAND_OVER)
    one, other = draw(TAME), draw(TAME)
    return [[*one, *gives] if draw(st.booleans()) else [*gives, *one], [*takes, *other] if draw(st.booleans()) else [*other, *takes]]


def few(threads: list[list[Any]]) -> bool:
    """Whether two threads have few schedules."""
    one, other = map(length, threads)
    return comb(one + other + 1, one) <= MOST_SCHEDULES


def side_by_side(events: Sequence[Event]) -> Iterator[Pair]:
    """The conflicting accesses that come one directly after the other, but for the groups that they are in."""
    seen = [event for event in events if event.op not in ("blocked", "atomic")]
    for one, other in pairwise(seen):
        if conflict(one, other):
            yield str(one.on), frozenset((one.at, other.at))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(threads=small().filter(few))
def test_a_race_is_two_accesses_side_by_side(
    compile_text: Callable[..., Program], all_schedules: Callable[..., Iterator[Outcome]], threads: list[list[Any]]
) -> None:
    """Whatever is told of in any schedule comes side by side in one, and whatever does is told of."""
    one, other = threads
    program = compile_text(
        json.dumps(
            {"schema": 1, "resources": RESOURCES, "functions": FUNCTIONS, "threads": {"t": {"do": one}}, "main": [{"start": "t"}, *other]}
        )
    )
    told: set[Pair] = set()
    adjacent: set[Pair] = set()
    for outcome in all_schedules(program):
        told |= found(program, outcome.trace.events)
        adjacent |= set(side_by_side(outcome.trace.events))
    assert told == adjacent
