"""What verbs refuse when a file is checked: groups that cannot be atomic, ways out that there are not, and the wrong kinds of things."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

SCENARIO = """
resources:
  guard: lock
  go: event
  n: {kind: var, value: 0}
  q: queue
  sq: simple_queue
  p: pool
  b: {kind: barrier, parties: 2}
  t: {kind: timer, interval: 1, function: f}
  ctx: local
functions: {f: {do: [{print: f}]}}
threads: {w: {do: [{print: w}]}, r: {start_with: start_new_thread, do: [{print: r}]}}
main:
  - submit: {pool: p, function: f, as: job}
  - STEP
"""
WAITING = [
    "sleep: 1", "acquire: guard", "release: guard", "with: {lock: guard, do: [break]}", "wait: go", "set: go", "clear: go",
    "put: {queue: q, item: 1}", "get: q", "task_done: q", "join: w", "start: w", "run: f", "submit: {pool: p, function: f}",
    "result: '${job}'", "cancel: t", "shutdown: p", "abort: b", "reset: b", "atomic: [break]",
    "try: {do: [break], finally: [break]}",
]  # fmt: skip


@pytest.mark.parametrize("step", WAITING)
def test_not_atomic(problems_of: Callable[..., Any], step: str) -> None:
    """Nothing that waits, wakes others or runs what may can be part of an atomic group."""
    (problem,) = problems_of(SCENARIO.replace("STEP", f"atomic: [{{{step}}}]"))
    assert (problem.code, problem.message) == ("not-atomic", f"`{step.partition(':')[0]}` cannot be part of an atomic group")


@pytest.mark.parametrize(
    "step",
    ["set: {n: 1}", "set: {ctx.x: 1}", "read: {var: n, as: x}", "write: {var: n, value: 1}", "let: {x: '${n}'}", "print: '${n}'",
     "assert: n == 0", "if: {test: n, then: [return]}", "repeat: {times: 2, do: [continue]}", "for: {each: x, in: [1], do: [break]}",
     "while: {test: n, do: [break]}", "forever: [break]", "raise: ValueError", "return: 1"],
)  # fmt: skip
def test_atomic(compile_text: Callable[..., Any], step: str) -> None:
    """Variables, names, output and control flow can."""
    compile_text(SCENARIO.replace("STEP", f"atomic: [{{{step}}}]"))


@pytest.mark.parametrize(
    ("step", "code", "message"),
    [
        ("raise", "outside-except", "`raise` alone stands under no `except`"),
        ("try: {do: [raise], finally: [{print: x}]}", "outside-except", "`raise` alone stands under no `except`"),
        ("try: {do: [{print: x}], finally: [return]}", "leaves-finally",
         "`return` would leave a `finally`, and forget the exception it is there for"),
        ("forever: [{try: {do: [{print: x}], finally: [break]}}]", "leaves-finally",
         "`break` would leave a `finally`, and forget the exception it is there for"),
        ("try: {do: [{print: x}]}", "missing-key", "`try` needs `except` or `finally`"),
        ("try: {do: [{print: x}], finally: [{print: y}], else: [return]}", "missing-key", "`else` and `as` of a `try` go with `except`"),
        ("raise: KeyboardInterrupt", "unknown-exception", "there is no exception 'KeyboardInterrupt' for scenarios"),
        ("raise: threading.Empty", "unknown-exception", "there is no exception 'threading.Empty' for scenarios"),
        ("result: job", "wrong-type", "`result` is for a future, in ${…}"),
        ("cancel: w", "wrong-type", "`cancel` is for a future, in ${…}"),
        ("cancel: {what: t, as: x}", "wrong-arguments", "cancelling a timer has no result"),
        ("cancel: p", "wrong-kind", "'p' is a pool; `cancel` is for timer"),
        ("shutdown: {resource: p, immediate: true}", "wrong-arguments", "`immediate` is for queues; 'p' is a pool"),
        ("shutdown: sq", "wrong-kind", "'sq' is a simple_queue; `shutdown` is for lifo_queue, pool, priority_queue or queue"),
        ("shutdown: guard", "wrong-kind", "'guard' is a lock; `shutdown` is for lifo_queue, pool, priority_queue or queue"),
        ("submit: {pool: q, function: f}", "wrong-kind", "'q' is a queue; `submit` is for pool"),
        ("submit: {pool: p, function: g}", "unknown-function", "there is no function 'g'"),
        ("submit: {pool: p, function: f, args: [1]}", "wrong-arguments", "'f' takes no arguments; 1 given"),
        ("abort: go", "wrong-kind", "'go' is an event; `abort` is for barrier"),
        ("reset: q", "wrong-kind", "'q' is a queue; `reset` is for barrier"),
        ("start: p", "wrong-kind", "'p' is a pool; expected a thread or a timer"),
        ("join: p", "wrong-kind", "'p' is a pool; `join` is for lifo_queue, priority_queue or queue"),
        ("set: {n.x: 1}", "wrong-kind", "'n' is a var; `set` is for local"),
        ("set: {ctx: 1}", "wrong-kind", "'ctx' is a local; `set` is for var"),
    ],
)  # fmt: skip
def test_refused(problems_of: Callable[..., Any], step: str, code: str, message: str) -> None:
    """Each is one problem, with a message that says what would do."""
    (problem,) = problems_of(SCENARIO.replace("STEP", step if ":" not in step else f"{{{step}}}"))
    assert (problem.code, problem.message.partition("; did you")[0]) == (code, message)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="this Python's queues can be shut down")
@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("shutdown: q", "queues can be shut down from Python 3.13 on; this is 3."),
        ("raise: queue.ShutDown", "queue.ShutDown is there from Python 3.13 on; this is 3."),
        ("try: {do: [{print: x}], except: {ShutDown: [{print: x}]}}", "queue.ShutDown is there from Python 3.13 on; this is 3."),
    ],
)
def test_newer_python(problems_of: Callable[..., Any], step: str, message: str) -> None:
    """What this Python does not have is said to be of another, when the file is checked."""
    (problem,) = problems_of(SCENARIO.replace("STEP", f"{{{step}}}"))
    assert problem.code == "newer-python"
    assert problem.message.startswith(message)
