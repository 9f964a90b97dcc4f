"""What each visible op does: one function an op, against the substrate's `threading`, `queue` and `time`. The others are in flow.py.

A function performs the op in a running thread and returns the index of the op to go on with, or None for the next one.
The order inside each is the same: let others go first (`run.before`), act, record. `verbs` never block by any
means but the modules' own methods, and never swallow what those raise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.interpreter.job import Job
from runner.program import ops
from runner.program.ops import Env, Op
from runner.trace import ABSENT

if TYPE_CHECKING:
    from runner.interpreter.threads import ThreadRun

Perform = Callable[["ThreadRun", Any, Env], int | None]
PERFORM: dict[type[Op], Perform] = {}


def performs(op_type: type[Op]) -> Callable[[Perform], Perform]:
    """Register a function as what an op does."""

    def register(function: Perform) -> Perform:
        PERFORM[op_type] = function
        return function

    return register


def _timeout(run: ThreadRun, op: Any, env: Env) -> float | None:
    return None if op.timeout is None else run.wall(op.timeout(env))


def bind(env: Env, into: str | None, value: Any) -> None:
    """Give a name its value, where there is one to be given."""
    if into is not None:
        env[into] = value


# -- time and output -------------------------------------------------------------------------------------------------------


@performs(ops.Sleep)
def _sleep(run: ThreadRun, op: ops.Sleep, env: Env) -> None:
    duration = round(op.duration(env) * 1e9) / 1e9  # as the clock has it: what it is called in the trace is what it takes
    run.before(op, None)
    run.record(op, value=int(duration) if duration == int(duration) else duration)
    run.modules.time.sleep(run.wall(duration))


@performs(ops.Print)
def _print(run: ThreadRun, op: ops.Print, env: Env) -> None:
    text = op.text(env)
    run.before(op, None)
    run.record(op, value="" if text is None else str(text))


# -- locks, conditions, semaphores, events, barriers -----------------------------------------------------------------------


@performs(ops.Acquire)
def _acquire(run: ThreadRun, op: ops.Acquire, env: Env) -> None:
    name, lock = run.resource(op, env)
    timeout = _timeout(run, op, env)
    run.before(op, name)
    got = lock.acquire(op.blocking) if timeout is None else lock.acquire(op.blocking, timeout)
    got = bool(got)  # the standard library's RLock in Python says 1 where the one in C says True
    bind(env, op.into, got)
    run.record(op, name, result=got if op.into is not None or not got else ABSENT)


@performs(ops.Release)
def _release(run: ThreadRun, op: ops.Release, env: Env) -> None:
    name, lock = run.resource(op, env)
    run.before(op, name)
    ticket = run.ticket()
    n = 1 if op.n is None else op.n(env)
    if n == 1:
        lock.release()
    else:
        lock.release(n)
    run.record(op, name, value=ABSENT if n == 1 else n, ticket=ticket)


@performs(ops.Wait)
def _wait(run: ThreadRun, op: ops.Wait, env: Env) -> None:
    name, item = run.resource(op, env)
    timeout = _timeout(run, op, env)
    own = run.own_timeout(name)
    if timeout is None and own is not None:  # said here too, so that the substrate knows how long the wait may take
        timeout = run.wall(own)
    run.before(op, name)
    result = item.wait(timeout)
    bind(env, op.into, result)
    run.record(op, name, result=ABSENT if result is True and op.into is None else result)


@performs(ops.WaitFor)
def _wait_for(run: ThreadRun, op: ops.WaitFor, env: Env) -> None:
    name, condition = run.resource(op, env)
    timeout = _timeout(run, op, env)

    def holds() -> Any:
        for read in op.until.reads:
            PERFORM[read.__class__](run, read, env)
        run.intend(op, name)  # the reads are over; it may now wait
        return op.until.holds(env)

    run.before(op, name)
    result = condition.wait_for(holds, timeout)
    bind(env, op.into, result)
    run.record(op, name, result=ABSENT if result is True and op.into is None else result)


@performs(ops.Notify)
def _notify(run: ThreadRun, op: ops.Notify, env: Env) -> None:
    name, condition = run.resource(op, env)
    count = op.n(env)
    run.before(op, name)
    ticket = run.ticket()
    condition.notify(count)
    run.record(op, name, value=ABSENT if count == 1 else count, ticket=ticket)


def _simple(method: str) -> Perform:
    """Make the function of an op that calls a method without arguments."""

    def perform(run: ThreadRun, op: ops.OnResource, env: Env) -> None:
        name, item = run.resource(op, env)
        run.before(op, name)
        ticket = run.ticket()
        getattr(item, method)()
        run.record(op, name, ticket=ticket)

    return perform


performs(ops.NotifyAll)(_simple("notify_all"))
performs(ops.SetEvent)(_simple("set"))
performs(ops.ClearEvent)(_simple("clear"))
performs(ops.Abort)(_simple("abort"))
performs(ops.Reset)(_simple("reset"))
performs(ops.TaskDone)(_simple("task_done"))


# -- queues ----------------------------------------------------------------------------------------------------------------


@performs(ops.Put)
def _put(run: ThreadRun, op: ops.Put, env: Env) -> None:
    name, queue = run.resource(op, env)
    item = op.item(env)
    timeout = _timeout(run, op, env) if op.block else None
    run.before(op, name)
    ticket = run.ticket()
    queue.put(item, op.block, timeout)
    run.record(op, name, value=item, ticket=ticket)


@performs(ops.Get)
def _get(run: ThreadRun, op: ops.Get, env: Env) -> None:
    name, queue = run.resource(op, env)
    timeout = _timeout(run, op, env) if op.block else None  # one that does not block ignores it, but not every kind in every form
    run.before(op, name)
    item = queue.get(op.block, timeout)
    bind(env, op.into, item)
    run.record(op, name, value=item)


# -- shared variables ------------------------------------------------------------------------------------------------------


@performs(ops.Read)
def _read(run: ThreadRun, op: ops.Read, env: Env) -> None:
    name, var = run.resource(op, env)
    run.before(op, name)
    if run.alone is None:
        value = env[op.into] = var.value
        run.record(op, name, value)
        return
    with run.alone:
        ticket = run.ticket()
        value = env[op.into] = var.value
    run.record(op, name, value, ticket=ticket)


@performs(ops.Write)
def _write(run: ThreadRun, op: ops.Write, env: Env) -> None:
    name, var = run.resource(op, env)
    value = op.value(env)
    run.before(op, name)
    if run.alone is None:
        var.value = value
        run.record(op, name, value)
        return
    with run.alone:
        ticket = run.ticket()
        var.value = value
    run.record(op, name, value, ticket=ticket)


@performs(ops.Atomic)
def _atomic(run: ThreadRun, op: ops.Atomic, env: Env) -> None:
    run.before(op, None)
    run.hold_others()
    run.record(op)


@performs(ops.Observe)
def _observe(run: ThreadRun, op: ops.Observe, env: Env) -> None:
    what = op.on(env)
    method = op.method.removesuffix("()")
    if isinstance(what, Job):
        name, item = what.name, what.future
    elif run.is_thread(what):
        name, item = what, run.thread(what)
    else:
        name, item = run.resource(op, env)
    run.before(op, name)
    found = getattr(item, method)
    value = env[op.into] = found() if op.method.endswith("()") else found
    run.record_observed(method, op, name, value)


# -- threads ---------------------------------------------------------------------------------------------------------------


@performs(ops.Start)
def _start(run: ThreadRun, op: ops.Start, env: Env) -> None:
    for name in run.threads_named(op.on(env)):
        run.before(op, name)
        run.start(name, lambda name=name: run.record(op, name))  # type: ignore[misc]


@performs(ops.Join)
def _join(run: ThreadRun, op: ops.Join, env: Env) -> None:
    name = op.on(env)
    if run.is_resource(name):
        if op.timeout is not None:
            raise TypeError("a queue's join has no timeout")
        run.before(op, name)
        run.resource_named(name).join()
        run.record(op, name)
        return
    for thread in run.threads_named(name):
        timeout = _timeout(run, op, env)
        run.before(op, thread)
        ended = run.join(thread, timeout)
        run.record(op, thread, result=ABSENT if ended else False)


# -- pools, futures, timers ------------------------------------------------------------------------------------------------


@performs(ops.Submit)
def _submit(run: ThreadRun, op: ops.Submit, env: Env) -> None:
    name = op.on(env)
    args = Env({parameter: value(env) for parameter, value in op.args})
    run.before(op, name)
    job, ticket = run.submit(op, name, args)
    bind(env, op.into, job)
    run.record(op, name, value=op.function, result=job, ticket=ticket)


@performs(ops.Result)
def _result(run: ThreadRun, op: ops.Result, env: Env) -> None:
    job = op.on(env)
    if not isinstance(job, Job):
        raise TypeError(f"`result` is for a future, not {job!r}")
    timeout = _timeout(run, op, env)
    run.before(op, job.name)
    result = job.future.result(timeout)
    bind(env, op.into, result)
    run.record(op, job.name, result=ABSENT if result is None else result)


@performs(ops.Cancel)
def _cancel(run: ThreadRun, op: ops.Cancel, env: Env) -> None:
    what = op.on(env)
    if isinstance(what, Job):
        run.before(op, what.name)
        ticket = run.ticket()
        cancelled = what.future.cancel()
        bind(env, op.into, cancelled)
        run.record(op, what.name, result=cancelled, ticket=ticket)
        return
    timer = run.timer(what)
    run.before(op, what)
    ticket = run.ticket()
    timer.cancel()
    run.record(op, what, ticket=ticket)


@performs(ops.Shutdown)
def _shutdown(run: ThreadRun, op: ops.Shutdown, env: Env) -> None:
    name, item = run.resource(op, env)
    run.before(op, name)
    ticket = run.ticket()
    if hasattr(item, "submit"):
        if op.immediate is not None:
            raise TypeError("`immediate` is for queues")
        run.shut_down(name, wait=op.wait is not False, cancel_futures=bool(op.cancel_futures))
    else:
        if op.wait is not None or op.cancel_futures is not None:
            raise TypeError("`wait` and `cancel_futures` are for pools")
        item.shutdown(bool(op.immediate))
    run.record(op, name, ticket=ticket)
