"""What an expression may ask of resources, threads and futures, and what it is told where it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCENARIO = """
resources:
  guard: lock
  own: rlock
  fork: {kind: lock, count: 2}
  total: {kind: var, count: 2}
  gate: {kind: semaphore}
  cond: condition
  jobs: queue
  swift: simple_queue
  ctx: local
  bells: {kind: timer, count: 2, interval: 1, function: ring}
  team: pool
functions: {ring: {do: [{print: ring}]}}
threads:
  worker: {count: 2, do: [{sleep: 1}]}
  raw: {start_with: start_new_thread, do: [{sleep: 1}]}
  raws: {start_with: start_new_thread, count: 2, do: [{sleep: 1}]}
main: [{submit: {pool: team, function: ring, as: job}}, {print: "${QUESTION}"}]
"""

REFUSED = {
    "guard": "'guard' is a lock, and no value; of a lock an expression may ask guard.locked()",
    "guard.locked": "there is no guard.locked; of a lock an expression may ask guard.locked()",
    "guard.acquire()": "there is no guard.acquire(); of a lock an expression may ask guard.locked()",
    "own.locked()": "there is no own.locked(); nothing can be asked of an rlock",
    "gate.value": "there is no gate.value; nothing can be asked of a semaphore",
    "cond.locked()": "there is no cond.locked(); nothing can be asked of a condition",
    "jobs.queue": "there is no jobs.queue; of a queue an expression may ask jobs.qsize(), jobs.empty(), jobs.full()",
    "swift.full()": "there is no swift.full(); of a simple_queue an expression may ask swift.qsize(), swift.empty()",
    "ctx.user()": "there is no ctx.user(); each thread has attributes of its own in it: ctx.NAME",
    "team.x": "there is no team.x; nothing can be asked of a pool",
    "raw.is_alive()": "there is no raw.is_alive(); nothing can be asked of a low-level thread",
    "job.result()": "there is no job.result(); of a future an expression may ask job.done(), job.running(), job.cancelled()",
    "fork.locked()": "'fork' stands for 2; name one: fork[0].locked()",
    "total": "'total' stands for 2; name one: total[0], or total[index]",
    "worker.is_alive()": "'worker' stands for 2; name one: worker[0].is_alive()",
    "bells.is_alive()": "'bells' stands for 2; name one: bells[0].is_alive()",
    "raws[0].is_alive()": "there is no raws[0].is_alive(); nothing can be asked of a low-level thread",
}


@pytest.mark.parametrize(("question", "message"), REFUSED.items(), ids=REFUSED)
def test_refused(problems_of: Callable[..., Any], question: str, message: str) -> None:
    """A question that has no answer is an error in the file, which says what may be asked."""
    (problem,) = problems_of(SCENARIO.replace("QUESTION", question))
    assert (problem.code, problem.message) == ("bad-expression", message)


def test_nobody_of_that_name(problems_of: Callable[..., Any]) -> None:
    """A misspelt owner is an unknown name, with the likely one."""
    (problem,) = problems_of(SCENARIO.replace("QUESTION", "gaurd.locked()"))
    assert problem.code == "unknown-name"
    assert "'guard'" in problem.hint


def test_each_is_read_once(compile_text: Callable[..., Any]) -> None:
    """What stands in one expression twice is asked once, before it is evaluated, in the order of the text."""
    program = compile_text(SCENARIO.replace("QUESTION", "[jobs.qsize(), guard.locked(), jobs.qsize()]"))
    assert [getattr(op, "method", op.verb) for op in program.main.ops] == ["submit", "qsize()", "locked()", "print"]
