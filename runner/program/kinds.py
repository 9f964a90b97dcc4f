"""The kinds of resources, by what may be done with them: what the compiler allows, a run's end tells of, and the linter assumes.

Names only. What a kind is declared with is in `runner.spec.resources`, how one is made in `runner.interpreter.resources`.
"""

from __future__ import annotations

LOCKS = frozenset({"lock", "rlock"})
HAVE_A_LOCK = LOCKS | {"condition"}
"""What one thread at a time holds; a condition's lock is its own or another's."""
SEMAPHORES = frozenset({"semaphore", "bounded_semaphore"})
ACQUIRABLE = HAVE_A_LOCK | SEMAPHORES
WAITABLE = frozenset({"event", "condition", "barrier"})
COUNTING_QUEUES = frozenset({"queue", "lifo_queue", "priority_queue"})
"""Queues that count what is unfinished: they have `task_done` and `join`."""
QUEUES = COUNTING_QUEUES | {"simple_queue"}
ENDABLE = COUNTING_QUEUES | {"pool"}
"""What has `shutdown`."""
HANDED = HAVE_A_LOCK | SEMAPHORES | QUEUES | {"event", "barrier", "local", "var"}
"""What Python code that a scenario calls may be handed."""

ASKED = {
    "lock": ("locked()",),
    "event": ("is_set()",),
    "queue": ("qsize()", "empty()", "full()"),
    "lifo_queue": ("qsize()", "empty()", "full()"),
    "priority_queue": ("qsize()", "empty()", "full()"),
    "simple_queue": ("qsize()", "empty()"),
    "barrier": ("n_waiting", "parties", "broken"),
    "timer": ("is_alive()",),
    "thread": ("is_alive()",),
}
"""Kind → what an expression may ask of one, as Python writes it."""
OF_FUTURES = ("done()", "running()", "cancelled()")
"""What may be asked of a future, which is the value of a thread's own name."""


def with_article(kind: str) -> str:
    """Write a kind as a sentence needs it: `a lock`, `an event`, `an rlock`."""
    return f"{'an' if kind in ('event', 'rlock') else 'a'} {kind}"
