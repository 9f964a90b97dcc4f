"""What code is handed behaves as the standard library's, and each of its methods is an op that is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.interpreter import Outcome

Call = Callable[..., Outcome]

KINDS = {
    "lock": ("x: lock", "lock", ["acquire", "locked", "acquire", "blocked", "acquire", "release", "acquire", "release"]),
    "rlock": ("x: rlock", "rlock", ["acquire", "acquire", "acquire", "release", "release", "release"]),
    "condition": (
        "x: condition, flag: {kind: var, value: 0}",
        "condition",
        ["acquire", "blocked", "wait", "read", "blocked", "read", "wait_for", "write", "read", "wait_for", "notify", "notify", "notify_all",
         "release"],
    ),
    "semaphore": ("x: semaphore", "semaphore", ["acquire", "acquire", "release", "acquire", "release"]),
    "event": ("x: event", "event", ["is_set", "blocked", "wait", "set", "wait", "clear"]),
    "barrier": ("x: {kind: barrier, parties: 1}", "barrier", ["wait", "n_waiting", "abort", "broken", "reset"]),
    "queue": (
        "x: {kind: queue, maxsize: 2}",
        "a_queue",
        ["put", "put", "full", "blocked", "raise", "qsize", "get", "get", "blocked", "raise", "empty", "task_done", "task_done", "join"],
    ),
    "simple_queue": ("x: simple_queue", "simple_queue", ["put", "get"]),
    "local": ("x: local", "local", ["write", "read", "raise"]),
    "var": ("x: {kind: var, value: 5}", "var", ["read", "read", "write"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("policy", ["fifo", "random"])
def test_each_method_is_an_op(call: Call, kind: str, policy: str) -> None:
    """Each is recorded, in order, at the call's step."""
    resources, function, ops = KINDS[kind]
    uses = "[{use: x}, {use: flag}]" if kind == "condition" else "[{use: x}]"
    outcome = call(
        f"""
        resources: {{{resources}}}
        main: [{{call: {{function: "shop.kinds:{function}", args: {uses}}}}}]
    """,
        policy,
    )
    assert outcome.failures == ()
    assert [event.op for event in outcome.trace.events if event.at][:-1] == ops
    assert {event.at for event in outcome.trace.events} == {"main[0].call", ""}


@pytest.mark.parametrize("kind", KINDS)
def test_each_method_on_real_threads(ready: Callable[..., Any], run_free: Call, kind: str) -> None:
    """The same code does the same there, and records the same but for waits."""
    resources, function, ops = KINDS[kind]
    uses = "[{use: x}, {use: flag}]" if kind == "condition" else "[{use: x}]"
    outcome = run_free(ready(f"""
        resources: {{{resources}}}
        main: [{{call: {{function: "shop.kinds:{function}", args: {uses}}}}}]
    """))  # fmt: skip
    assert outcome.failures == ()
    assert [event.op for event in outcome.trace.events if event.at][:-1] == [op for op in ops if op != "blocked"]


def test_a_priority_queue_orders_objects_as_they_do(call: Call) -> None:
    """Objects that are no data are compared by their own `<`."""
    outcome = call("""
        resources: {guard: lock, line: priority_queue}
        main:
          - call: {function: "shop.bank:Account", args: [{use: guard}, 5], as: a}
          - call: {function: "shop.bank:Account", args: [{use: guard}, 3], as: b}
          - call: {function: "shop.kinds:objects_in_line", args: [{use: line}, ["${a}", "${b}"]]}
    """)
    assert outcome.trace.events[-2].result == [3, 5]


def test_resources_in_lists_and_mappings(call: Call) -> None:
    """`use` hands over a resource wherever it stands in the arguments, by a computed name too."""
    outcome = call("""
        params: {which: b}
        resources: {a: lock, b: lock}
        main:
          - call: {function: "shop.bank:give", args: [[{use: a}, {of: {use: "${which}"}}]]}
    """)
    assert outcome.trace.events[0].result == ["<lock 'a'>", "<dict>"]


def test_other_threads_come_between(call: Call) -> None:
    """A method is a scheduling point: between the read and the write of `value += 1` an update is lost."""
    text = """
        resources: {n: {kind: var, value: 0}}
        threads: {t: {count: 2, call: "shop.bank:add_one", args: [{use: n}]}}
    """
    assert {call(text, "random", seed).trace.footer.vars["n"] for seed in range(10)} == {1, 2}


def test_a_deadlock_is_explained(call: Call) -> None:
    """Who holds what since which step is known of what code holds, too."""
    text = """
        resources: {a: lock, b: lock}
        threads:
          t: {call: "shop.bank:both", args: [{use: a}, {use: b}]}
          u: {call: "shop.bank:both", args: [{use: b}, {use: a}]}
    """
    outcome = next(outcome for seed in range(20) if (outcome := call(text, "random", seed)).verdict == "deadlock")
    assert set(outcome.cycle) == {"t", "u"}
    assert {blocked.op.place.path for blocked in outcome.blocked if blocked.op and blocked.thread in "tu"} == {
        "threads.t.call", "threads.u.call",
    }  # fmt: skip


def test_what_was_kept_is_of_no_use_in_another_run(ready: Callable[..., Any], run_program: Call) -> None:
    """A lock of an earlier run is refused."""
    keep = ready("resources: {guard: lock}\nmain: [{call: {function: 'shop.odd:keep', args: [{use: guard}]}}]")
    use = ready("resources: {guard: lock}\nmain: [{call: 'shop.odd:use_what_was_kept'}]")
    run_program(keep)
    (failure,) = run_program(use).failures
    assert str(failure.error) == "'guard' is from an earlier run: Python code has kept it"


def test_only_threads_of_the_scenario_may_use_it(call: Call) -> None:
    """A thread that code has started itself is refused, and holds nothing up."""
    outcome = call("resources: {guard: lock}\nmain: [{call: {function: 'shop.odd:in_a_thread', args: [{use: guard}]}}]")
    assert outcome.trace.events[0].result == ["'guard' belongs to a scenario: only its own threads can use it, in a call"] * 2


@pytest.mark.parametrize("kind", ["{kind: pool}", "{kind: timer, interval: 1, function: f}"])
def test_what_cannot_be_handed_over(problems_of: Callable[..., Any], kind: str) -> None:
    """Pools and timers are refused when the file is loaded."""
    (problem,) = problems_of(f"""
        resources: {{x: {kind}}}
        functions: {{f: {{do: [{{sleep: 1}}]}}}}
        main: [{{call: {{function: "shop.odd:keep", args: [{{use: x}}]}}}}]
    """)
    assert (problem.code, problem.place.line) == ("wrong-kind", 4)


def test_the_same_trace_again(ready: Callable[..., Any], run_program: Call) -> None:
    """A seed gives the same trace twice, and a replay of its schedule does."""
    program = ready("""
        resources: {guard: lock, log: queue}
        threads: {t: {count: 3, call: "shop.bank:transfer", args: [{use: guard}, {use: log}, "${index}"]}}
    """)
    assert run_program(program, "random", 7).trace == run_program(program, "random", 7).trace
