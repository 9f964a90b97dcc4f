"""Whether what real threads did is the program's: what is must be explained, and what is not must be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runner.conformance import Finding, History, each_own, explain, observed
from runner.interpreter import Outcome
from runner.program import Program
from runner.trace import Event

Compile = Callable[..., Program]
RunFree = Callable[..., Outcome]

COUNTER = """
    resources: {total: {kind: var, value: 0}, guard: lock}
    threads:
      adder: {count: 2, do: [{with: {lock: guard, do: [{read: {var: total, as: seen}}, {write: {var: total, value: "${seen + 1}"}}]}}]}
"""


def explained(program: Program, outcome: Outcome) -> Finding:
    """Look for an execution that explains an outcome."""
    return explain(program, observed(outcome), steps=10_000, budgets=(200, 200))


def changed(outcome: Outcome, number: int, **fields: Any) -> Outcome:
    """Return an outcome whose event of that number says something else."""
    events = [replace(event, **fields) if event.n == number else event for event in outcome.trace.events]
    return replace(outcome, trace=replace(outcome.trace, events=tuple(events)))


def without(outcome: Outcome, number: int) -> Outcome:
    """Return an outcome that lacks an event."""
    events = tuple(event for event in outcome.trace.events if event.n != number)
    return replace(outcome, trace=replace(outcome.trace, events=events), spans=outcome.spans[: number - 1] + outcome.spans[number:])


def first(outcome: Outcome, op: str) -> Event:
    """Return the first event of a verb."""
    return next(event for event in outcome.trace.events if event.op == op)


@pytest.mark.parametrize(
    "text",
    [
        COUNTER,
        "resources: {s: {kind: semaphore, value: 1}}\nthreads: {t: {count: 3, do: [{acquire: s}, {sleep: 1}, {release: s}]}}",
        "resources: {e: event}\nthreads: {a: {do: [{wait: e}]}, b: {do: [{sleep: 1}, {set: e}]}}",
        "resources: {b: {kind: barrier, parties: 3}}\nthreads: {t: {count: 3, iterations: 3, do: [{wait: {for: b, as: place}}]}}",
        "resources: {q: {kind: queue, maxsize: 1}}\nthreads: {p: {do: [{put: {queue: q, item: 1}}, {put: {queue: q, item: 2}}]},"
        " g: {count: 2, do: [{get: {queue: q}}]}}",
        "resources: {c: condition, x: {kind: var, value: 0}}\nthreads: {w: {count: 2, do: [{with: {lock: c, do: [{wait_for: {condition: c,"
        ' until: x > 0}}]}}]}, n: {do: [{with: {lock: c, do: [{set: {x: "${x + 1}"}}, {notify_all: c}]}}]}}',
        "resources: {l: lock}\nthreads: {a: {do: [{acquire: {lock: l, timeout: 1, as: got}}, {sleep: 2}]}, b: {do: [{acquire: {lock: l,"
        " timeout: 1, as: got}}]}}",
        "resources: {w: {kind: pool, max_workers: 2}}\nfunctions: {f: {params: [n], do: [{sleep: '${n}'}, {return: '${n}'}]}}\n"
        "main: [{submit: {pool: w, function: f, args: [1], as: a}}, {submit: {pool: w, function: f, args: [2], as: b}},"
        " {result: '${b}'}, {result: '${a}'}]",
        "resources: {t: {kind: timer, interval: 1, function: f}}\nfunctions: {f: {do: [{print: late}]}}\n"
        "main: [{start: t}, {sleep: 2}, {join: t}]",
        "threads: {d: {daemon: true, iterations: 5, do: [{print: x}, {sleep: 1}]}}\nmain: [{start: d}, {sleep: 2}]",
        "threads: {t: {do: [{raise: ValueError}]}}\nmain: [{start: t}, {join: t}, {print: '${t.is_alive()}'}]",
    ],
    ids=["lock", "semaphore", "event", "barrier", "queue", "condition", "timeout", "pool", "timer", "daemon", "exception"],
)
@pytest.mark.parametrize("pace", [100.0, 10_000.0])
def test_what_real_threads_did_is_explained(compile_text: Compile, run_free: RunFree, text: str, pace: float) -> None:
    """Whatever order the operating system made, some controlled execution has it."""
    program = compile_text(text)
    for _ in range(5):
        finding = explained(program, run_free(program, pace))
        assert finding.allowed, finding


def test_a_deadlock_on_real_threads_is_one(compile_text: Compile, run_free: RunFree) -> None:
    """A run in which nothing moves any more is explained by a deadlock, whose cycle is then known."""
    program = compile_text("resources: {l: lock}\nmain: [{acquire: l}, {acquire: l}]")
    finding = explained(program, run_free(program, wall_limit=0.2))
    assert finding.allowed
    assert finding.outcome is not None
    assert (finding.outcome.verdict, finding.outcome.cycle) == ("deadlock", ("main",))


def test_a_run_that_was_given_up_too_early_is_no_deadlock(compile_text: Compile, run_free: RunFree) -> None:
    """Where the program could have gone on, that nothing moved is no deadlock."""
    program = compile_text("main: [{print: a}, {print: b}]")
    outcome = run_free(program)
    early = replace(without(without(outcome, 3), 2), verdict="hung")
    early = replace(early, trace=replace(early.trace, footer=replace(early.trace.footer, outcome="hung", threads={"main": "abandoned"})))
    assert not explained(program, early).allowed


def test_a_value_that_nobody_wrote(compile_text: Compile, run_free: RunFree) -> None:
    """A read of what was never written is no execution's."""
    program = compile_text(COUNTER)
    outcome = run_free(program)
    finding = explained(program, changed(outcome, first(outcome, "read").n, value=7))
    assert not finding.allowed
    assert finding.misfit is not None
    assert finding.misfit.seen is not None
    assert finding.misfit.seen.value == 7


def test_a_step_that_was_left_out(compile_text: Compile, run_free: RunFree) -> None:
    """A thread that skips a step of its own does not keep its order."""
    program = compile_text(COUNTER)
    outcome = run_free(program)
    assert not explained(program, without(outcome, first(outcome, "write").n)).allowed


def test_another_final_state(compile_text: Compile, run_free: RunFree) -> None:
    """The end counts as well as the way."""
    program = compile_text(COUNTER)
    outcome = run_free(program)
    wrong = replace(outcome, trace=replace(outcome.trace, footer=replace(outcome.trace.footer, vars={"total": 1})))
    assert not explained(program, wrong).allowed


def test_two_in_one_lock(compile_text: Compile, run_free: RunFree) -> None:
    """Two threads that read the same under a lock were in it at the same time, which no execution allows."""
    program = compile_text(COUNTER)
    outcome = run_free(program)
    reads = [event.n for event in outcome.trace.events if event.op == "read"]
    writes = [event.n for event in outcome.trace.events if event.op == "write"]
    wrong = changed(changed(outcome, reads[1], value=0), writes[1], value=1)
    wrong = replace(wrong, trace=replace(wrong.trace, footer=replace(wrong.trace.footer, vars={"total": 1})))
    assert not explained(program, wrong).allowed


def test_what_was_over_before_must_come_before(compile_text: Compile, run_free: RunFree) -> None:
    """An order that the program allows, but not with what was seen to be over before the other began, is refused."""
    program = compile_text(
        "resources: {x: {kind: var, value: 0}}\nmain: [{start: t}, {join: t}, {print: '${x}'}]\nthreads: {t: {do: [{set: {x: 1}}]}}"
    )
    outcome = run_free(program)
    assert explained(program, outcome).allowed
    assert not explained(program, changed(outcome, first(outcome, "read").n, value=0)).allowed


def test_ops_that_overlap_may_be_in_either_order(compile_text: Compile, run_free: RunFree) -> None:
    """Of two ops at the same time, neither of which was over before the other began, either may have come first."""
    program = compile_text(
        "resources: {x: {kind: var, value: 0}}\nthreads: {r: {do: [{read: {var: x, as: v}}]}, w: {do: [{write: {var: x, value: 1}}]}}"
    )
    outcome = run_free(program)
    read, write = first(outcome, "read"), first(outcome, "write")
    spans = list(outcome.spans)
    last = max(spans[read.n - 1].recorded, spans[write.n - 1].recorded)
    began = min(spans[read.n - 1].began, spans[write.n - 1].began)
    for event in (read, write):
        spans[event.n - 1] = spans[event.n - 1]._replace(began=began, recorded=last)
    for value in (0, 1):
        assert explained(program, replace(changed(outcome, read.n, value=value), spans=tuple(spans))).allowed
    assert not explained(program, replace(changed(outcome, read.n, value=2), spans=tuple(spans))).allowed


def test_sleeps_order_nothing(compile_text: Compile, run_free: RunFree) -> None:
    """On real threads who sleeps a moment longer may wake first: one order and the other are both the program's."""
    program = compile_text("threads: {a: {do: [{sleep: 1ms}, {print: a}]}, b: {do: [{sleep: 2ms}, {print: b}]}}")
    seen = set()
    for _ in range(30):
        outcome = run_free(program, 1e6)
        seen.add(tuple(event.value for event in outcome.trace.events if event.op == "print"))
        assert explained(program, outcome).allowed
    assert seen <= {("a", "b"), ("b", "a")}


def test_each_own_leaves_out_when_and_who_waited(compile_text: Compile, run_free: RunFree, run_program: Callable[..., Outcome]) -> None:
    """What each thread does is the same freely and deterministically, where there is but one thing to do."""
    program = compile_text(COUNTER)
    free, controlled = run_free(program), run_program(program)
    assert each_own(free.trace.events).keys() == each_own(controlled.trace.events).keys()
    assert each_own(free.trace.events)["main"] == each_own(controlled.trace.events)["main"]


def test_order_is_told_apart(compile_text: Compile, run_free: RunFree) -> None:
    """Two runs have the same order where the same threads did the same one after the other, whatever the times."""
    program = compile_text("main: [{print: a}, {sleep: 1}, {print: b}]")
    one, other = (observed(run_free(program, pace)) for pace in (100.0, 10_000.0))
    assert isinstance(one, History)
    assert one.order == other.order
    assert observed(changed(run_free(program), 1, value="c")).order != one.order


def test_a_detour_lets_a_thread_be_late(compile_text: Compile, run_free: RunFree) -> None:
    """An op that took its time, while others did much, is found to have come last of all without a search for each of them."""
    program = compile_text(
        "resources: {x: {kind: var, value: 0}, y: {kind: var, value: 0}}\n"
        "threads: {slow: {do: [{write: {var: x, value: 1}}]}, quick: {iterations: 8, do: [{print: a}]},"
        " after: {do: [{read: {var: x, as: v}}]}}"
    )
    outcome = run_free(program)
    last = outcome.spans[-1].recorded
    write, read = first(outcome, "write"), first(outcome, "read")
    spans = [
        span._replace(began=0, recorded=last) if event in (write, read) else span
        for event, span in zip(outcome.trace.events, outcome.spans, strict=True)
    ]
    for value in (0, 1):
        finding = explained(program, replace(changed(outcome, read.n, value=value), spans=tuple(spans)))
        assert finding.allowed
        assert finding.executions < 50


def test_a_worker_that_was_not_seen(compile_text: Compile, run_free: RunFree) -> None:
    """A pool makes no second worker while the first is idle: whoever submits has waited until it was."""
    program = compile_text(
        "resources: {w: {kind: pool, max_workers: 2}}\nfunctions: {f: {do: [{sleep: 1}]}}\n"
        "main: [{submit: {pool: w, function: f, as: a}}, {result: '${a}'}, {submit: {pool: w, function: f}}]"
    )
    for _ in range(20):
        outcome = run_free(program, 1e5)
        finding = explained(program, outcome)
        assert finding.allowed
        assert finding.outcome is not None
        assert finding.outcome.trace.footer.threads == outcome.trace.footer.threads


def test_only_what_came_in_its_order_explains_all_of_that_order(compile_text: Compile, run_free: RunFree) -> None:
    """A read of what was there before a write that it overlaps is explained, but not for another run in which the write was over."""
    program = compile_text(
        "resources: {x: {kind: var, value: 0}}\n"
        "threads: {r: {do: [{sleep: 1}, {read: {var: x, as: v}}]}, w: {do: [{write: {var: x, value: 1}}]}}"
    )
    outcome = next(outcome for outcome in iter(lambda: run_free(program), None) if first(outcome, "write").n < first(outcome, "read").n)
    assert explained(program, outcome).straight
    write, read = first(outcome, "write"), first(outcome, "read")
    stale, spans = changed(outcome, read.n, value=0), list(outcome.spans)
    spans[read.n - 1] = spans[read.n - 1]._replace(began=spans[write.n - 1].began)
    overlapping = replace(stale, spans=tuple(spans))
    spans[read.n - 1] = spans[read.n - 1]._replace(began=spans[read.n - 1].place)
    spans[write.n - 1] = spans[write.n - 1]._replace(recorded=spans[write.n - 1].place)
    apart = replace(stale, spans=tuple(spans))
    assert observed(overlapping).order == observed(apart).order
    assert explained(program, overlapping).allowed
    assert not explained(program, overlapping).straight
    assert not explained(program, apart).allowed
