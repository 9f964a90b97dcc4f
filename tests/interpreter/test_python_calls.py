"""Any calls that one thread makes return and raise what the same calls of the real thing do: sequences are made up, and made twice."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Call = tuple[dict[str, Any], Callable[[Any], Any]]
"""A step on the resource `it`, whose result (if it has one) is named `x`, and the same in Python."""

ACQUIRE: list[Call] = [
    ({"acquire": {"lock": "it", "blocking": False, "as": "x"}}, lambda it: it.acquire(blocking=False)),
    ({"acquire": {"lock": "it", "timeout": 0, "as": "x"}}, lambda it: it.acquire(timeout=0)),
    ({"release": "it"}, lambda it: it.release()),
]
PUT_AND_GET: list[Call] = [
    ({"put": {"queue": "it", "item": 2, "block": False}}, lambda it: it.put(2, block=False)),
    ({"put": {"queue": "it", "item": 1, "timeout": 0}}, lambda it: it.put(1, timeout=0)),
    ({"get": {"queue": "it", "block": False, "as": "x"}}, lambda it: it.get(block=False)),
    ({"get": {"queue": "it", "timeout": 0, "as": "x"}}, lambda it: it.get(timeout=0)),
    ({"let": {"x": "${it.qsize()}"}}, lambda it: it.qsize()),
    ({"let": {"x": "${it.empty()}"}}, lambda it: it.empty()),
]
QUEUE: list[Call] = [
    *PUT_AND_GET,
    ({"task_done": "it"}, lambda it: it.task_done()),
    ({"let": {"x": "${it.full()}"}}, lambda it: it.full()),
]
SEMAPHORE: list[Call] = [*ACQUIRE, ({"release": {"lock": "it", "n": 2}}, lambda it: it.release(2))]
CONDITION: list[Call] = [
    *ACQUIRE,
    ({"notify": "it"}, lambda it: it.notify()),
    ({"notify": {"condition": "it", "n": 3}}, lambda it: it.notify(3)),
    ({"notify_all": "it"}, lambda it: it.notify_all()),
    ({"wait": {"for": "it", "timeout": 0, "as": "x"}}, lambda it: it.wait(0)),
    ({"wait_for": {"condition": "it", "until": "1 > 2", "timeout": 0, "as": "x"}}, lambda it: it.wait_for(lambda: False, 0)),
    ({"wait_for": {"condition": "it", "until": "[7]", "as": "x"}}, lambda it: it.wait_for(lambda: [7])),
]
EVENT: list[Call] = [
    ({"set": "it"}, lambda it: it.set()),
    ({"clear": "it"}, lambda it: it.clear()),
    ({"wait": {"for": "it", "timeout": 0, "as": "x"}}, lambda it: it.wait(0)),
    ({"let": {"x": "${it.is_set()}"}}, lambda it: it.is_set()),
]
BARRIER: list[Call] = [
    ({"wait": {"for": "it", "timeout": 0, "as": "x"}}, lambda it: it.wait(0)),
    ({"abort": "it"}, lambda it: it.abort()),
    ({"reset": "it"}, lambda it: it.reset()),
    ({"let": {"x": "${[it.parties, it.n_waiting, it.broken]}"}}, lambda it: [it.parties, it.n_waiting, it.broken]),
]
KINDS: dict[str, tuple[dict[str, Any], Callable[[], Any], list[Call]]] = {
    "lock": ({"kind": "lock"}, threading.Lock, [*ACQUIRE, ({"let": {"x": "${it.locked()}"}}, lambda it: it.locked())]),
    "rlock": ({"kind": "rlock"}, threading.RLock, ACQUIRE),
    "condition": ({"kind": "condition"}, threading.Condition, CONDITION),
    "semaphore": ({"kind": "semaphore", "value": 1}, lambda: threading.Semaphore(1), SEMAPHORE),
    "bounded_semaphore": ({"kind": "bounded_semaphore", "value": 2}, lambda: threading.BoundedSemaphore(2), SEMAPHORE),
    "event": ({"kind": "event"}, threading.Event, EVENT),
    "barrier for one": ({"kind": "barrier", "parties": 1}, lambda: threading.Barrier(1), BARRIER),
    "barrier for two": ({"kind": "barrier", "parties": 2}, lambda: threading.Barrier(2), BARRIER),
    "queue": ({"kind": "queue", "maxsize": 2}, lambda: queue.Queue(2), QUEUE),
    "queue without end": ({"kind": "queue"}, queue.Queue, QUEUE),
    "lifo_queue": ({"kind": "lifo_queue", "maxsize": 2}, lambda: queue.LifoQueue(2), QUEUE),
    "priority_queue": ({"kind": "priority_queue", "maxsize": 2}, lambda: queue.PriorityQueue(2), QUEUE),
    "simple_queue": ({"kind": "simple_queue"}, queue.SimpleQueue, PUT_AND_GET),
}


def outcomes(it: Any, calls: list[Call]) -> list[str]:
    """Make the calls; say what each returns or raises."""
    said = []
    for _, call in calls:
        try:
            said.append(str(call(it)))
        except Exception as error:
            said.append(type(error).__name__)
    return said


def scenario(resource: dict[str, Any], calls: list[Call]) -> str:
    """Write the scenario that makes the same calls and prints the same."""
    main: list[Any] = []
    for step, _ in calls:
        tried = [{"let": {"x": None}}, step, {"print": "${str(x)}"}]
        main.append({"try": {"do": tried, "except": {"Exception": [{"print": "${error}"}]}, "as": "error"}})
    return json.dumps({"schema": 1, "resources": {"it": resource}, "main": main})


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_calls(compile_text: Callable[..., Any], run_program: Callable[..., Any], kind: str, data: Any) -> None:
    """Whatever one thread calls, in whatever order, each call returns or raises what the real one does."""
    resource, make, possible = KINDS[kind]
    calls = data.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=12))
    outcome = run_program(compile_text(scenario(resource, calls)))
    assert [event.value for event in outcome.trace.events if event.op == "print"] == outcomes(make(), calls)
