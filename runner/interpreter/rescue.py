"""Wake what a free run has left waiting, so that its threads end.

A deadlock's threads wait for what will not come, and would for as long as the process lives. Once a run is over, any of its
threads that gets to move unwinds before its next op, or where it would record this one; so it is enough to wake them, wherever they
wait, without regard for the program. The substrate says how often. Knows nothing of what the run came to: that is made before.

Of the standard library's private names it uses these: `Condition._waiters`, `RLock._release_save`, `Thread._tstate_lock` (up to 3.12),
`Thread._handle` with its `_set_done` (from 3.13). A Python that lacks one leaves threads waiting, and nothing worse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from runner.interpreter.verbs import PERFORM
from runner.program.ops import Sleep
from runner.substrate import FreeSubstrate, Unwind

if TYPE_CHECKING:
    from runner.interpreter.execution import Execution

SLEEPING = PERFORM[Sleep].__code__
"""Where a thread is that nothing can wake; it ends when it has slept."""


def let_go(execution: Execution, substrate: FreeSubstrate) -> None:
    """End the threads that a run has left behind; what they still do is neither recorded nor heard of.

    Raises:
        KeyboardInterrupt: Ctrl-C; some may be left then.
    """
    execution.recorder.close()
    substrate.end_threads(partial(_wake, execution), SLEEPING)


def _wake(execution: Execution, left: int) -> None:
    """Wake all that wait, once. Of those who wait for the same lock one gets it; the others have their turn the next time."""
    for wake in _ways(execution, left):
        with suppress(Exception):  # it was not locked, it has ended, it was never started: there is nothing to wake
            wake()


def _ways(execution: Execution, left: int) -> Iterator[Callable[[], Any]]:
    for resource in tuple(execution.program.resources.values()):
        made = execution.resources.get(resource.name)
        match resource.kind:
            case _ if made is None:
                continue
            case "lock":
                yield made.release
            case "rlock" | "condition":
                yield made._release_save  # `release` is for the owner, who may have ended, or wait for another lock
            case "simple_queue":
                yield from [partial(made.put, None)] * left
            case "pool":
                yield partial(made.shutdown, wait=False, cancel_futures=True)
        yield from _waits(execution, made)
    for job in execution.pools.jobs:
        yield from _waits(execution, job.future)
    for thread in execution.threads():
        if hasattr(thread, "cancel"):
            yield thread.cancel
        yield partial(_let_joiners_go, thread)


def _waits(execution: Execution, made: Any) -> Iterator[Callable[[], Any]]:
    """Find the conditions in an object: on one of them waits whatever in the standard library waits in Python."""
    kind = execution.substrate.modules.threading.Condition
    for condition in (made, *getattr(made, "__dict__", {}).values()):
        if isinstance(condition, kind):
            condition.wait = _unwind  # for those who look whether it has come true, and would wait again
            yield from [waiter.release for waiter in tuple(condition._waiters)]


def _unwind(timeout: float | None = None) -> NoReturn:
    raise Unwind


def _let_joiners_go(thread: Any) -> None:
    """Have those go on who wait for a thread to end: it may sleep, or wait for one of them."""
    if hasattr(thread, "_handle"):
        thread._handle._set_done()
    else:
        thread._tstate_lock.release()
