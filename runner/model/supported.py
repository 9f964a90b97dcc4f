"""Whether the model has rules for all that a program does."""

from __future__ import annotations

from collections.abc import Iterable

from runner.model.rules import RULES
from runner.program import Program, ops
from runner.program.ops import Op
from runner.program.schedule import Points

KINDS = frozenset(
    {
        "lock", "rlock", "condition", "semaphore", "bounded_semaphore", "event", "barrier", "queue", "lifo_queue", "priority_queue",
        "simple_queue", "var",
    }
)  # fmt: skip
_ANSWERS = frozenset({"is_set()", "locked()", "qsize()", "empty()", "full()", "is_alive()", "n_waiting", "parties", "broken"})


def why_not(program: Program, points: Points) -> str | None:
    """Say what a program has that the model has no rule for; None where it has nothing of that."""
    if points is not Points.ENDS:
        return f"time: {points}"
    for resource in program.resources.values():
        if resource.kind not in KINDS:
            return f"a {resource.kind}"
        if resource.options.get("timeout") is not None:
            return "a timeout"
    for thread in program.threads.values():
        if thread.interval is not None or thread.raw:
            return f"the thread {thread.name}"
    for code in program.codes:
        for op in _all_of(code.ops):
            if op.__class__ not in RULES:
                return op.verb or type(op).__name__
            if getattr(op, "timeout", None) is not None:
                return "a timeout"
            if isinstance(op, ops.Observe) and op.method not in _ANSWERS:
                return op.method
    return None


def _all_of(code: Iterable[Op]) -> Iterable[Op]:
    for op in code:
        yield op
        if isinstance(op, ops.WaitFor):
            yield from op.until.reads
