"""What a call returns, raises, and leaves in the trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import UsageError
from runner.interpreter import Outcome
from runner.report.words import summary
from runner.suite import judge
from runner.trace import ABSENT, decode, encode

Call = Callable[..., Outcome]


def seen(outcome: Outcome, op: str = "call") -> list[Any]:
    """Return the results, or what else was recorded, of one op's events as the trace has them."""
    return [event.result for event in decode(encode(outcome.trace)).events if event.op == op]


def told(outcome: Outcome, program: Any) -> str:
    """Return what the terminal says of an outcome's end."""
    return "\n".join(summary(program, outcome))


def test_a_step_calls(call: Call) -> None:
    """A call is recorded with the function and its result, at the step; `as` is the result."""
    outcome = call("""
        main:
          - call: {function: "shop.bank:give", args: ["${1 + 1}"], as: n}
          - print: ${n + 1}
    """)
    first, second, _ = outcome.trace.events
    assert (first.op, first.value, first.result, first.at) == ("call", "shop.bank:give", 2, "main[0].call")
    assert second.value == "3"


def test_the_short_form(call: Call) -> None:
    """A bare function takes no arguments; what returns nothing has no result in the trace."""
    outcome = call('main: [{call: "shop.bank:nothing"}]')
    assert seen(outcome) == [ABSENT]


def test_a_thread_calls(call: Call) -> None:
    """A thread may be a call, again and again, with its own names in the arguments."""
    outcome = call("""
        resources: {total: {kind: var, value: 0}}
        threads:
          t: {call: "shop.bank:give", args: {value: "${index}-${iteration}"}, count: 2, iterations: 2, wait: 1s}
    """)
    assert sorted(seen(outcome)) == ["0-0", "0-1", "1-0", "1-1"]
    assert {event.at for event in outcome.trace.events if event.op == "call"} == {"threads.t.call"}


def test_which_function_may_be_a_parameter(compile_text: Callable[..., Any], call: Call) -> None:
    """Parameters may decide which function it is."""
    outcome = call("""
        params: {name: give}
        main: [{call: {function: "shop.bank:${name}", args: [1]}}]
    """)
    assert seen(outcome) == [1]


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        ("shop.odd:an_object", "<object>"),
        ("shop.odd:a_set", "<set>"),
        ("shop.odd:some_of_each", [1, ["a", 2], "<object>", {"k": None}]),
        ("shop.odd:in_itself", ["<list>"]),
    ],
)
def test_what_is_no_data_has_the_name_of_its_type(call: Call, function: str, shown: Any) -> None:
    """The trace has no address, hash order or endless list."""
    assert seen(call(f'main: [{{call: {{function: "{function}", as: x}}}}]')) == [shown]


def test_an_object_is_handed_on(call: Call) -> None:
    """What is no data goes from call to call, through variables and queues, and stays the same object."""
    outcome = call("""
        resources: {guard: lock, box: queue, v: var}
        main:
          - call: {function: "shop.bank:Account", args: [{use: guard}, 5], as: account}
          - put: {queue: box, item: "${account}"}
          - get: {queue: box, as: same}
          - set: {v: "${same}"}
          - call: {function: "shop.bank:deposit", args: ["${v}", 2]}
          - call: {function: "shop.bank:balance_of", args: {account: "${account}"}}
          - print: ${account}
    """)
    assert seen(outcome) == ["<shop.bank.Account>", ABSENT, 7]
    assert outcome.trace.events[-2].value == "<shop.bank.Account>"
    assert '"vars": {"v": "<shop.bank.Account>"}' in encode(outcome.trace)


def test_equal_runs_have_equal_traces(ready: Callable[..., Any], run_program: Call) -> None:
    """An object is another one in each run, and no trace says so."""
    program = ready("""
        resources: {guard: lock, v: var, box: queue}
        main:
          - call: {function: "shop.bank:Account", args: [{use: guard}], as: account}
          - write: {var: v, value: ["${account}"]}
          - put: {queue: box, item: "${account}"}
    """)
    assert run_program(program).trace == run_program(program).trace


def test_a_future_is_not_handed_over(call: Call) -> None:
    """It would have code wait for what no scheduler sees."""
    outcome = call("""
        resources: {team: pool}
        functions: {go: {do: [{return: 1}]}}
        main:
          - submit: {pool: team, function: go, as: job}
          - call: {function: "shop.bank:give", args: [["${job}"]]}
    """)
    assert [str(failure.error) for failure in outcome.failures] == [
        "a future cannot be handed to Python code; hand over its result"
    ]  # fmt: skip


def test_what_is_not_imported_is_not_run(compile_text: Callable[..., Any], run_program: Call) -> None:
    """A program that was loaded to be looked at says so."""
    with pytest.raises(UsageError, match="loaded without the Python code"):
        run_program(compile_text('main: [{call: "shop.bank:nothing"}]'))


def test_code_cannot_change_a_program(ready: Callable[..., Any], run_program: Call) -> None:
    """A list is copied on its way in, so a second run begins as the first did."""
    program = ready('main: [{call: {function: "shop.odd:change", args: [[1, 2]]}}]')
    assert [seen(run_program(program)) for _ in range(2)] == [[3], [3]]


def test_a_result_too_large_ends_the_run(call: Call) -> None:
    """What code returns keeps to the limits on values."""
    outcome = call('main: [{call: "shop.odd:huge"}]')
    assert outcome.verdict == "size_limit"
    assert outcome.limit is not None
    assert outcome.limit[1].place.line == 2


# -- exceptions ------------------------------------------------------------------------------------------------------------


def test_an_exception_is_caught(call: Call) -> None:
    """`except` takes what code raises, by a name that scenarios know."""
    outcome = call("""
        main:
          - try:
              do: [{call: "shop.odd:fail"}]
              except: {KeyError: [{print: "caught ${error}"}]}
              as: error
    """)
    assert [event.value for event in outcome.trace.events if event.op == "print"] == ["caught KeyError"]
    assert outcome.verdict == "completed"


def test_an_exception_of_their_own_is_an_exception(call: Call) -> None:
    """A class that only the code knows is taken as what it is a kind of."""
    outcome = call("""
        resources: {balance: {kind: var, value: 1}}
        main:
          - try:
              do: [{call: {function: "shop.bank:withdraw", args: [{use: balance}, 2]}}]
              except: {ValueError: [{print: wrong}], Exception: [{print: right}]}
    """)
    assert [event.error for event in outcome.trace.events if event.op in ("raise", "except")] == ["Overdrawn", "Overdrawn"]
    assert [event.value for event in outcome.trace.events if event.op == "print"] == ["right"]


def test_an_exception_by_its_own_name(call: Call) -> None:
    """Clauses and steps name a class of the code's own as calls do."""
    outcome = call("""
        resources: {balance: {kind: var, value: 1}}
        main:
          - try:
              do: [{call: {function: "shop.bank:withdraw", args: [{use: balance}, 2]}}]
              except: {ValueError: [{print: wrong}], "shop.bank:Overdrawn": [{print: right}]}
          - raise: {error: "shop.bank:Overdrawn", message: again}
    """)
    assert [event.value for event in outcome.trace.events if event.op == "print"] == ["right"]
    assert [event.error for event in outcome.trace.events if event.op == "raise"] == ["Overdrawn", "Overdrawn: again"]


@pytest.mark.parametrize(("function", "error"), [("leave", "SystemExit"), ("fail", "KeyError"), ("overdraw", "shop.bank:Overdrawn")])
def test_what_is_expected_to_be_raised(ready: Callable[..., Any], run_program: Call, function: str, error: str) -> None:
    """`expect.raises` knows all that code can end a thread by."""
    program = ready(f"""
        threads: {{t: {{call: "shop.odd:{function}"}}}}
        expect: {{raises: {{t: "{error}"}}}}
    """)
    assert judge(program, run_program(program)) == []


def test_an_exception_ends_a_thread(ready: Callable[..., Any], run_program: Call) -> None:
    """The trace has its name; the terminal its message, the step, and the line of code."""
    program = ready("""
        resources: {balance: {kind: var, value: 1}}
        threads: {t: {call: "shop.bank:withdraw", args: [{use: balance}, 2]}}
    """)
    outcome = run_program(program)
    assert outcome.trace.footer.threads["t"] == "raised Overdrawn"
    text = told(outcome, program)
    assert "t raised Overdrawn: 2 is more than there is at scenario.yaml:3:15, in " in text
    assert re.search(r"code/shop/bank\.py:[0-9]+ in withdraw", text)
    assert "there is" not in encode(outcome.trace)


def test_an_op_s_exception_is_recorded_once(call: Call) -> None:
    """What an op in code raises, and passes out of the call, is one `raise`; the line of code is where the op was asked for."""
    outcome = call("""
        resources: {guard: lock}
        threads: {t: {call: "shop.odd:condition_on", args: [{use: guard}]}}
    """)
    assert [event.error for event in outcome.trace.events if event.op == "raise"] == ["RuntimeError"]
    (failure,) = outcome.failures
    assert "kind: condition, lock: guard" in str(failure.error)
    assert re.search(r"odd\.py:[0-9]+ in condition_on$", str(failure.line))


def test_system_exit_ends_the_thread(ready: Callable[..., Any], run_program: Call) -> None:
    """No `except` takes it, `finally` runs, the other threads go on, and it is said plainly."""
    program = ready("""
        threads:
          t:
            do:
              - try:
                  do: [{call: "shop.odd:leave"}]
                  except: {Exception: [{print: no}]}
                  finally: [{print: finally}]
          u: {do: [{sleep: 1}, {print: goes on}]}
    """)
    outcome = run_program(program)
    assert [event.value for event in outcome.trace.events if event.op == "print"] == ["finally", "goes on"]
    assert outcome.trace.footer.threads["t"] == "raised SystemExit"
    assert outcome.verdict == "failed"
    assert "t raised SystemExit: 3 at scenario.yaml:6:17, in " in told(outcome, program)


def test_system_exit_in_a_pool(call: Call) -> None:
    """A worker survives it, and whoever asks for the result has it raised."""
    outcome = call("""
        resources: {team: pool}
        functions: {go: {do: [{call: "shop.odd:leave"}]}}
        main:
          - submit: {pool: team, function: go, as: job}
          - result: ${job}
    """)
    assert outcome.trace.footer.threads == {"main": "raised SystemExit", "team_0": "ended"}


def test_keyboard_interrupt_ends_the_run(call: Call) -> None:
    """It is Ctrl-C, wherever it comes from."""
    assert call('main: [{try: {do: [{call: "shop.odd:interrupt"}], except: {Exception: [{print: no}]}}}]').verdict == "interrupted"


def test_code_that_swallows_everything(call: Call, no_leak: None) -> None:
    """A run that is over stays over for code that catches what unwinds it."""
    outcome = call("""
        resources: {guard: lock}
        main: [{call: {function: "shop.odd:swallow", args: [{use: guard}]}}, {print: no}]
    """)
    assert outcome.verdict == "deadlock"
    assert [event.op for event in outcome.trace.events] == ["acquire", "blocked"]


def test_code_that_blocks_for_real_is_seen(call: Call) -> None:
    """The run is called hung, with the line of code where it stands."""
    outcome = call('main: [{call: "shop.odd:block_for_real"}]', wall_limit=0.2)
    assert outcome.verdict == "hung"
    assert outcome.stack is not None
    assert "block_for_real" in outcome.stack
