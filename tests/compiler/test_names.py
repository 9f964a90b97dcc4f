"""Names: what does not resolve, resolves to the wrong kind, or collides is a problem with a place and, where possible, a hint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.compiler.link import MAX_CALL_DEPTH
from runner.errors import UsageError
from runner.limits import DEFAULT

Problems = Callable[..., tuple[Any, ...]]

NO_DURATION = "text 'soon' is no duration; write seconds (2, 0.5) or with a unit (10ms, 1.5s, 2m)"

RESOURCES = """
    resources:
      guard: lock
      ready: event
      total: {kind: var, value: 0}
      fork: {kind: lock, count: 3}
      jobs: queue
      quick: simple_queue
      slots: semaphore
    functions:
      work: {params: [a, b], do: [{print: "${a} ${b}"}]}
    classes:
      tester: {fields: [i], run: [{print: "${self.i}"}]}
    threads:
      worker: {do: [{sleep: 1}]}
      squad: {count: 2, do: [{sleep: 1}]}
      loose: {start_with: start_new_thread, do: [{sleep: 1}]}
"""
"""Line 3 has guard, 4 ready, 5 total, 6 fork, 7 jobs; 11 work; 13 tester; 15 worker, 16 squad."""

STEPS = {
    "unknown resource": (
        "acquire: gaurd", "unknown-resource", "there is no resource 'gaurd'", "did you mean 'guard'? (declared at line 3)"),
    "unknown without a guess": ("acquire: zzz", "unknown-resource", "there is no resource 'zzz'", None),
    "unknown replica": ("acquire: fork-7", "unknown-resource", "there is no resource 'fork-7'", "there are fork-0 to fork-2"),
    "a group of resources": ("acquire: fork", "wrong-kind", "'fork' stands for 3 resources; name one", "fork-0 to fork-2"),
    "unknown thread": ("start: wroker", "unknown-thread", "there is no thread 'wroker'", "did you mean 'worker'? (declared at line 15)"),
    "unknown group": ("join: squat", "unknown-thread", "there is no thread 'squat'", "did you mean 'squad'? (declared at line 16)"),
    "unknown function": (
        "run: {function: wrk}", "unknown-function", "there is no function 'wrk'", "did you mean 'work'? (declared at line 11)"),
    "unknown name": ('print: "${totl}"', "unknown-name", "there is no 'totl' to use here", "did you mean 'total'?"),
    "unknown name in a condition": ("assert: totl > 1", "unknown-name", "there is no 'totl' to use here", "did you mean 'total'?"),
    "unknown variable": ("set: {totl: 1}", "unknown-resource", "there is no resource 'totl'", "did you mean 'total'? (declared at line 5)"),
    "wrong kind": (
        "acquire: ready", "wrong-kind",
        "'ready' is an event; `acquire` is for bounded_semaphore, condition, lock, rlock or semaphore", None),
    "wrong kind to release many": (
        "release: {lock: guard, n: 2}", "wrong-kind", "'guard' is a lock; `release with n` is for bounded_semaphore or semaphore", None),
    "wrong kind to wait": ("wait: guard", "wrong-kind", "'guard' is a lock; `wait` is for barrier, condition or event", None),
    "wrong kind to set": ("set: guard", "wrong-kind", "'guard' is a lock; `set` is for event", None),
    "wrong kind to write": ("set: {guard: 1}", "wrong-kind", "'guard' is a lock; `set` is for var", None),
    "wrong kind to read": ("read: {var: ready, as: x}", "wrong-kind", "'ready' is an event; `read` is for var", None),
    "wrong kind to notify": ("notify: guard", "wrong-kind", "'guard' is a lock; `notify` is for condition", None),
    "wrong kind to wait for": (
        "wait_for: {condition: guard, until: total > 0}", "wrong-kind", "'guard' is a lock; `wait_for` is for condition", None),
    "task_done of a queue that does not count": (
        "task_done: quick", "wrong-kind", "'quick' is a simple_queue; `task_done` is for lifo_queue, priority_queue or queue", None),
    "join of a queue that does not count": (
        "join: quick", "wrong-kind", "'quick' is a simple_queue; `join` is for lifo_queue, priority_queue or queue", None),
    "join of a queue with a timeout": ("join: {thread: jobs, timeout: 1}", "wrong-arguments", "a queue's join has no timeout", None),
    "acquire with a timeout and no blocking": (
        "acquire: {lock: guard, blocking: false, timeout: 1}", "wrong-arguments", "a timeout goes with a blocking acquire only", None),
    "join of a raw thread": ("join: loose", "cannot-join", "'loose' is started by start_new_thread: nobody can join it", None),
    "too few arguments": ("run: {function: work, args: [1]}", "wrong-arguments", "'work' takes a, b; 1 given", None),
    "too many arguments": ("run: {function: work, args: [1, 2, 3]}", "wrong-arguments", "'work' takes a, b; 3 given", None),
    "no arguments": ("run: {function: work}", "wrong-arguments", "'work' takes a, b; 0 given", None),
    "an argument is missing": ("run: {function: work, args: {a: 1}}", "wrong-arguments", "'work' takes a, b; b is missing", None),
    "an argument too much": (
        "run: {function: work, args: {a: 1, bb: 2}}", "wrong-arguments", "'work' takes a, b; there is no 'bb'", "did you mean 'b'?"),
    "a field outside a class": ('print: "${self.i}"', "bad-expression", "there is no self here: it is for the `run` of a class", None),
    "a field set outside a class": ("let: {self.i: 1}", "unknown-name", "there is no 'self.i' to set here", None),
    "break outside a loop": ("break", "outside-loop", "`break` stands in no loop", None),
    "continue outside a loop": ("if: {test: total > 0, then: [continue]}", "outside-loop", "`continue` stands in no loop", None),
    "an expression that is none": ('print: "${1 +}"', "bad-expression", "'1 +' is no expression: invalid syntax", None),
    "a template that is not closed": ('print: "${1"', "bad-expression", "a ${ is not closed by a }", None),
    "a duration that is none": ('sleep: "${\'soon\'}"', "bad-duration", NO_DURATION, None),
    "a negative duration": ('sleep: "${-1}"', "bad-duration", "a duration is 0 to 1e9 seconds", None),
    "a count that is none": (
        'repeat: {times: "${-1}", do: [{sleep: 1}]}', "bad-count", "expected a whole number of at least 0, not the number -1", None),
    "a reference that depends on a variable": (
        'acquire: "fork-${total}"', "bad-expression", "a resource's name cannot depend on what threads share", "read it into a name first"),
    "a thread's name that depends on a variable": (
        'start: "worker-${total}"', "bad-expression", "a thread's name cannot depend on what threads share", "read it into a name first"),
    "a name to join that depends on a variable": (
        'join: "worker-${total}"', "bad-expression", "a thread's name cannot depend on what threads share", "read it into a name first"),
    "a local name that is a variable's": (
        "get: {queue: jobs, as: total}", "name-collision",
        "'total' is a shared variable (line 5); call the local value something else", None),
}  # fmt: skip


@pytest.mark.parametrize(("step", "code", "message", "hint"), STEPS.values(), ids=STEPS)
def test_a_step_with_a_problem(problems_of: Problems, step: str, code: str, message: str, hint: str | None) -> None:
    """One mistake gives one problem, with its code, its message and its hint."""
    (problem,) = problems_of(f"{RESOURCES}    main:\n      - {step}\n")
    assert (problem.code, problem.message, problem.hint) == (code, message, hint)


WHERE = {
    "the value of a short form": ("acquire: gaurd", "main[0].acquire", 14),
    "the key of a mapping form": ("acquire: {blocking: true, lock: gaurd}", "main[0].acquire.lock", 37),
    "an item of a list": ("start: {threads: [worker, wroker]}", "main[0].start.threads[1]", 31),
    "a step in a step": ("forever: {do: [{acquire: gaurd}]}", "main[0].forever.do[0].acquire", 30),
}


@pytest.mark.parametrize(("step", "path", "column"), WHERE.values(), ids=WHERE)
def test_a_problem_has_its_place(problems_of: Problems, step: str, path: str, column: int) -> None:
    """The place is that of the very word that is wrong."""
    (problem,) = problems_of(f"{RESOURCES}    main:\n      - {step}\n")
    assert (problem.place.path, problem.place.line, problem.place.column) == (path, 19, column)


def test_a_problem_in_the_list_of_a_short_form_has_its_place(problems_of: Problems) -> None:
    """`start: [a, b]` is short for `start: {threads: [a, b]}`, and a mistake in `b` is shown at `b`."""
    (problem,) = problems_of(f"{RESOURCES}    main:\n      - start: [worker, wroker]\n")
    assert (problem.place.line, problem.place.column) == (19, 21)


FILES = {
    "a replica with a declared name": (
        "threads: {w-1: {do: [{sleep: 1}]}, w: {count: 2, do: [{sleep: 1}]}}", "name-collision",
        "there are two 'w-1': one declared, one by `count`"),
    "a declared name of a replica": (
        "resources: {r: {kind: lock, count: 2}, r-0: lock}\nthreads: {t: {do: [{acquire: r-0}]}}", "name-collision",
        "there are two 'r-0': one declared, one by `count`"),
    "a thread with a resource's name": (
        "resources: {x: queue}\nthreads: {x: {do: [{sleep: 1}]}}", "name-collision",
        "'x' is a resource too (line 2); `join` could mean either"),
    "a thread called main": (
        "threads: {main: {do: [{sleep: 1}]}}", "name-collision", "'main' is the main thread's name; its steps stand under `main:`"),
    "a function that calls itself": (
        "functions: {f: {do: [{run: f}]}}\nmain: [{run: f}]", "cyclic-functions", "functions call each other in a circle: f → f"),
    "functions that call each other": (
        "functions: {a: {do: [{run: b}]}, b: {do: [{run: c}]}, c: {do: [{run: b}]}}\nmain: [{run: a}]", "cyclic-functions",
        "functions call each other in a circle: b → c → b"),
    "an unknown class": (
        "classes: {tester: {run: [{sleep: 1}]}}\nthreads: {t: {class: testr}}", "unknown-class", "there is no class 'testr'"),
    "a field that is missing": (
        "classes: {c: {fields: [i, j], run: [{sleep: 1}]}}\nthreads: {t: {class: c, with: {i: 1}}}", "wrong-arguments", "'c' needs j too"),
    "a field too much": (
        "classes: {c: {fields: [i], run: [{sleep: 1}]}}\nthreads: {t: {class: c, with: {i: 1, k: 1}}}", "wrong-arguments",
        "'c' has no field 'k'"),
    "a field that is not declared": (
        'classes: {c: {fields: [i], run: [{print: "${self.j}"}]}}\nthreads: {t: {class: c, with: {i: 1}}}', "unknown-name",
        "there is no 'self.j' to use here"),
    "an unknown target": ("threads: {t: {target: f}}", "unknown-function", "there is no function 'f'"),
    "a target's wrong arguments": (
        "functions: {f: {params: [x], do: [{sleep: 1}]}}\nthreads: {t: {target: f, args: [1, 2]}}", "wrong-arguments",
        "'f' takes x; 2 given"),
    "a count that is too large": (
        f"threads: {{t: {{count: {DEFAULT.threads + 1}, do: [{{sleep: 1}}]}}}}", "too-many", "1001 of 't' are more than the limit of 1000"),
    "a count that is no number": (
        "params: {n: many}\nthreads: {t: {count: '${n}', do: [{sleep: 1}]}}", "bad-count",
        "expected a whole number of at least 1, not text 'many'"),
    "a count of zero": (
        "params: {n: 0}\nthreads: {t: {count: '${n}', do: [{sleep: 1}]}}", "bad-count",
        "expected a whole number of at least 1, not the number 0"),
    "a count that depends on a variable": (
        "resources: {v: {kind: var, value: 2}}\nthreads: {t: {count: '${v}', do: [{sleep: 1}]}}", "bad-expression",
        "what threads share cannot be used here: it has no value before the run"),
    "a condition on no lock": (
        "resources: {e: event, c: {kind: condition, lock: e}}\nmain: [{notify: c}]", "wrong-kind",
        "'e' is an event; `condition` is for lock or rlock"),
    "a condition on an unknown lock": (
        "resources: {c: {kind: condition, lock: l}}\nmain: [{notify: c}]", "unknown-resource", "there is no resource 'l'"),
    "a barrier's bad timeout": (
        "params: {t: soon}\nresources: {b: {kind: barrier, parties: 2, timeout: '${t}'}}\nmain: [{wait: b}]", "bad-duration", NO_DURATION),
    "a variable's value from a variable": (
        "resources: {a: {kind: var, value: 1}, b: {kind: var, value: '${a}'}}\nmain: [{set: {b: 1}}]", "bad-expression",
        "what threads share cannot be used here: it has no value before the run"),
    "an expected queue of a wrong kind": (
        "resources: {v: var}\nmain: [{set: {v: 1}}]\nexpect: {queues: {v: {size: 1}}}", "wrong-kind",
        "'v' is a var; expected lifo_queue, priority_queue, queue or simple_queue"),
    "unfinished tasks of a queue that does not count": (
        "resources: {q: simple_queue}\nmain: [{get: q}]\nexpect: {queues: {q: {unfinished: 1}}}", "wrong-kind",
        "'q' is a simple_queue; expected lifo_queue, priority_queue or queue"),
    "an expected variable that is unknown": (
        "main: [{sleep: 1}]\nexpect: {vars: {v: 1}}", "unknown-resource", "there is no resource 'v'"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), FILES.values(), ids=FILES)
def test_a_file_with_a_problem(problems_of: Problems, text: str, code: str, message: str) -> None:
    """One mistake gives one problem, with its code and its message."""
    (problem,) = problems_of(text)
    assert (problem.code, problem.message) == (code, message)


def test_all_problems_at_once(problems_of: Problems) -> None:
    """Compiling goes on behind a problem, and lists all of them by place."""
    found = problems_of("""
        main:
          - acquire: a
          - print: "${b}"
          - forever: {do: [{start: c}, {run: d}]}
          - break
    """)
    assert [(p.code, p.place.line) for p in found] == [
        ("unknown-resource", 3), ("unknown-name", 4), ("unknown-thread", 5), ("unknown-function", 5), ("outside-loop", 6),
    ]  # fmt: skip


# -- parameters ------------------------------------------------------------------------------------------------------------

SIZES = """
    params: {n: 2, wait: 10ms}
    resources:
      fork: {kind: lock, count: "${n}"}
      slots: {kind: semaphore, value: "${n + 1}"}
      gate: {kind: barrier, parties: "${n}", timeout: "${wait}"}
      jobs: {kind: queue, maxsize: "${n * 2}"}
      seat: {kind: var, count: "${n}", value: "seat ${index}"}
    threads:
      philosopher: {count: "${n}", iterations: "${n}", wait: "${wait}", do: [{acquire: "fork-${index}"}]}
"""


def test_parameters_decide_counts_and_options(compile_text: Callable[..., Any]) -> None:
    """Counts, sizes and durations may be computed from parameters."""
    program = compile_text(SIZES)
    assert list(program.resources) == ["fork-0", "fork-1", "slots", "gate", "jobs", "seat-0", "seat-1"]
    assert list(program.threads) == ["philosopher-0", "philosopher-1"]
    assert program.groups == {"philosopher": ("philosopher-0", "philosopher-1")}
    assert program.resources["slots"].options == {"value": 3}
    assert program.resources["gate"].options == {"parties": 2, "timeout": 0.01}
    assert program.resources["jobs"].options == {"maxsize": 4}
    assert [program.resources[f"seat-{i}"].options["value"] for i in range(2)] == ["seat 0", "seat 1"]


def test_overrides_decide_again(compile_text: Callable[..., Any]) -> None:
    """`--set` reaches every place that a parameter is used, and only what differs from the default is kept."""
    program = compile_text(SIZES, n=4, wait="10ms")
    assert len(program.threads) == 4
    assert program.resources["jobs"].options == {"maxsize": 8}
    assert program.params == {"n": 4}


def test_an_unknown_override_is_a_usage_error(compile_text: Callable[..., Any]) -> None:
    """The file is not wrong, the call is; the parameter meant is named."""
    with pytest.raises(UsageError, match="has no parameter 'wayt'; did you mean 'wait'"):
        compile_text(SIZES, wayt=1)


def test_the_fingerprint_is_that_of_the_behaviour(compile_text: Callable[..., Any]) -> None:
    """Prose and expectations do not change it; steps and parameters do."""
    text = "params: {n: 1}\nmain: [{sleep: '${n}'}]\n"
    same = [compile_text(text + more).fingerprint for more in ("", "name: x\ndescription: y\ntags: [z]", "expect: {outcome: deadlock}")]
    assert len(set(same)) == 1
    assert compile_text(text, n=2).fingerprint != same[0]
    assert compile_text(text.replace("sleep", "print")).fingerprint != same[0]


def test_a_thread_may_be_named_by_an_expression(compile_text: Callable[..., Any]) -> None:
    """A reference that depends on a loop's name is looked up when it runs."""
    program = compile_text("""
        threads: {w: {count: 2, do: [{sleep: 1}]}}
        main: [{repeat: {times: 2, as: i, do: [{start: "w-${i}"}]}}]
    """)
    assert program.groups == {"w": ("w-0", "w-1")}


# -- calls -----------------------------------------------------------------------------------------------------------------


def chain(functions: int, *, backwards: bool = False) -> str:
    """A file with so many functions, each calling the next."""
    lines = [f"  f{i}: {{do: [{{run: f{i + 1}}}]}}" for i in range(functions - 1)] + [f"  f{functions - 1}: {{do: [{{sleep: 1}}]}}"]
    return "functions:\n" + "\n".join(reversed(lines) if backwards else lines) + "\nmain: [{run: f0}]\n"


@pytest.mark.parametrize("backwards", [False, True])
def test_functions_may_call_functions_to_the_bound(compile_text: Callable[..., Any], backwards: bool) -> None:
    """A chain of calls as deep as the bound compiles."""
    assert len(compile_text(chain(MAX_CALL_DEPTH, backwards=backwards)).functions) == MAX_CALL_DEPTH


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("functions", [MAX_CALL_DEPTH + 1, 3000])
def test_calls_that_are_too_deep_are_refused(problems_of: Problems, functions: int, backwards: bool) -> None:
    """A deeper one is a problem, however deep, whichever function the file begins with: never a RecursionError."""
    found = problems_of(chain(functions, backwards=backwards))
    assert {(p.code, p.message) for p in found} == {("too-many", f"functions call each other more than {MAX_CALL_DEPTH} deep")}


def test_functions_may_share_a_callee(compile_text: Callable[..., Any]) -> None:
    """A diamond of calls is no circle."""
    program = compile_text("""
        functions: {a: {do: [{run: b}, {run: c}]}, b: {do: [{run: d}]}, c: {do: [{run: d}]}, d: {do: [{sleep: 1}]}}
        main: [{run: a}]
    """)
    assert list(program.functions) == ["a", "b", "c", "d"]


def test_a_parameter_may_choose_the_function(compile_text: Callable[..., Any], problems_of: Problems) -> None:
    """Which one it is must be known before the run, so that functions cannot call each other in a circle."""
    text = """
params: {which: one}
functions: {one: {do: [{print: one}]}, two: {do: [{print: two}]}}
threads: {t: {target: "${which}"}}
main: [{run: "${which}"}]
"""
    assert [op.function for op in compile_text(text, which="two").main.ops] == ["two"]
    assert [each.code for each in problems_of(text, which="three")] == ["unknown-function", "unknown-function"]
    assert [each.code for each in problems_of("functions: {f: {do: [{sleep: 0}]}}\nmain: [{let: {x: f}}, {run: '${x}'}]")] == [
        "bad-expression"
    ]
    assert [each.code for each in problems_of(text.replace("print: one", "run: '${which}'"))] == ["cyclic-functions"]
