"""The search against brute force: a history without any times is explained exactly if some execution, of all there are, has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from runner.conformance import each_own, explain, observed
from runner.interpreter import Outcome, Span
from runner.program import Program
from runner.program.schedule import Points
from runner.substrate import CarrierPool
from runner.trace import Event, plain
from tests.executions import all_executions

TEXTS = {
    "counter": "resources: {x: {kind: var, value: 0}}\nthreads: {t: {count: 2, do: [{set: {x: '${x + 1}'}}]}}",
    "mixed": "resources: {x: {kind: var, value: 0}, l: lock}\n"
    "threads: {a: {do: [{with: {lock: l, do: [{set: {x: 1}}]}}]},"
    " b: {do: [{acquire: {lock: l, blocking: false, as: got}}, {print: '${x}'}]}}",
    "queue": "resources: {q: queue}\nthreads: {p: {do: [{put: {queue: q, item: 1}}, {put: {queue: q, item: 2}}]},"
    " g: {do: [{get: {queue: q, block: false, as: v}}]}}",
    "timeout": "resources: {e: event}\nthreads: {s: {do: [{sleep: 1}, {set: e}]}, w: {do: [{wait: {for: e, timeout: 1, as: got}}]}}",
    "alive": "resources: {x: {kind: var, value: 0}}\nthreads: {t: {do: [{set: {x: 1}}]}}\n"
    "main: [{start: t}, {print: '${x} ${t.is_alive()}'}]",
    "deadlock": "resources: {a: lock, b: lock}\nthreads: {f: {do: [{acquire: a}, {acquire: b}]}, g: {do: [{acquire: b}, {acquire: a}]}}",
}


def key(outcome: Outcome) -> str:
    """What two executions have in common that cannot be told apart without times."""
    own = each_own(outcome.trace.events)
    footer = outcome.trace.footer
    stuck = outcome.verdict == "deadlock"
    return repr((sorted(own.items()), stuck, None if stuck else (plain(footer.vars), plain(footer.queues), dict(footer.threads))))


def as_if_free(outcome: Outcome) -> Outcome:
    """Return an outcome as a free run that noted no times: everything may have been at any moment."""
    events = tuple(replace(event, n=n) for n, event in enumerate((e for e in outcome.trace.events if e.op != "blocked"), 1))
    footer, verdict = outcome.trace.footer, outcome.verdict
    if verdict == "deadlock":
        verdict = "hung"
        footer = replace(footer, outcome=verdict, threads={k: "abandoned" if v == "blocked" else v for k, v in footer.threads.items()})
    spans = tuple(Span(0, event.n, 10**6) for event in events)
    return replace(outcome, verdict=verdict, trace=replace(outcome.trace, events=events, footer=footer), spans=spans)


def altered(outcome: Outcome) -> Iterator[Outcome]:
    """Change what one event says, to what another one might."""
    for at, event in enumerate(outcome.trace.events):
        for other in _others(event):
            events = (*outcome.trace.events[:at], other, *outcome.trace.events[at + 1 :])
            yield replace(outcome, trace=replace(outcome.trace, events=events))


def _others(event: Event) -> Iterator[Event]:
    match event.op:
        case "read" | "write" | "get":
            yield from (replace(event, value=value) for value in (0, 1, 2) if value != event.value)
        case "acquire" | "wait" if isinstance(event.result, bool):
            yield replace(event, result=not event.result)
        case "is_alive":
            yield replace(event, result=not event.result)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_explained_exactly_if_some_execution_has_it(compile_text: Callable[..., Program], text: str) -> None:
    """All that executions do is explained, and of what they might have done what no execution does is not."""
    program = compile_text(text)
    with CarrierPool() as pool:
        possible: dict[str, Outcome] = {}
        for outcome in all_executions(program, Points.ANY):
            possible.setdefault(key(outcome), outcome)
        assert len(possible) > 1
        refused = 0
        for outcome in possible.values():
            assert explain(program, observed(as_if_free(outcome)), steps=10_000, pool=pool).allowed
            for other in altered(outcome):
                found = explain(program, observed(as_if_free(other)), steps=10_000, budgets=(200, 0), pool=pool)
                assert found.allowed == (key(other) in possible), other.trace.events
                refused += not found.allowed
    assert refused or text in (TEXTS["deadlock"], TEXTS["timeout"])  # these can do all that can be said of them
