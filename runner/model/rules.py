"""What each op does in the model: one function an op, as in the interpreter's `verbs`, cut where a thread may have to stop.

A function is called again and again until its op is done; `task.phase` says how far it is, and `task.note` keeps what it has worked out.
It returns the index of the op to go on with, None for the next one, or one of the signals below. An op that is no scheduling point and
never waits is performed by the interpreter's own function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.interpreter.verbs import PERFORM, bind
from runner.model.primitives import Barrier, Condition, Event, Semaphore
from runner.model.queues import SimpleQueue
from runner.model.state import Completion, Task, Thread
from runner.program import ops
from runner.program.ops import Env, Op
from runner.trace import ABSENT

if TYPE_CHECKING:
    from runner.model.machine import Machine

STOP, WAIT, YIELD, CALL = -1, -2, -3, -4
"""The thread stands at a scheduling point; waits; lets the others go first; has called a function."""

Rule = Callable[["Machine", Task, Any, Env], int | None]
RULES: dict[type[Op], Rule] = {}


def rule(op_type: type[Op]) -> Callable[[Rule], Rule]:
    """Register a function as what an op does."""

    def register(function: Rule) -> Rule:
        RULES[op_type] = function
        return function

    return register


def _as_performed(op_type: type[Op]) -> Rule:
    perform = PERFORM[op_type]
    return lambda machine, task, op, env: perform(task.run, op, env)


for _local in (ops.Let, ops.Assert, ops.Return, ops.Raise, ops.Catch, ops.Reraise, ops.Enter, ops.Leave):
    RULES[_local] = _as_performed(_local)


@rule(ops.Jump)
def _jump(machine: Machine, task: Task, op: ops.Jump, env: Env) -> int:
    if op.back:
        machine.tick()
    return op.target


@rule(ops.JumpUnless)
def _jump_unless(machine: Machine, task: Task, op: ops.JumpUnless, env: Env) -> int | None:
    return None if op.test(env) else op.target


def _begin(machine: Machine, task: Task, op: Op, target: str | None, note: Any = None) -> bool:
    """Come to an op: keep its note, and say whether the thread stops before it."""
    task.note = note
    task.phase = 1
    if task.atomic:
        machine.tick()
        return False
    task.op = op
    task.target = target
    return True


# -- locks, conditions, semaphores, events ---------------------------------------------------------------------------------


@rule(ops.Acquire)
def _acquire(machine: Machine, task: Task, op: ops.Acquire, env: Env) -> int | None:
    if task.phase == 0:
        name, lock = task.run.resource(op, env)
        if _begin(machine, task, op, name, (name, lock)):
            return STOP
    name, lock = task.note
    got = lock.take(task)
    if not got and op.blocking:
        machine.park(task, lock.waiters.add(task) if lock.__class__ is Semaphore else lock.to_wait_for)
        return WAIT
    task.phase = 0
    bind(env, op.into, got)
    task.run.record(op, name, result=got if op.into is not None or not got else ABSENT)
    return None


@rule(ops.Release)
def _release(machine: Machine, task: Task, op: ops.Release, env: Env) -> int | None:
    if task.phase == 0:
        name, lock = task.run.resource(op, env)
        if _begin(machine, task, op, name, (name, lock)):
            return STOP
    name, lock = task.note
    n = 1 if op.n is None else op.n(env)
    if n == 1:
        lock.release(task)
    else:
        lock.release(task, n)
    task.phase = 0
    task.run.record(op, name, value=ABSENT if n == 1 else n)
    return None


@rule(ops.Wait)
def _wait(machine: Machine, task: Task, op: ops.Wait, env: Env) -> int | None:
    if task.phase == 0:
        name, item = task.run.resource(op, env)
        if _begin(machine, task, op, name, (name, item, None)):
            return STOP
    name, item, index = task.note
    if item.__class__ is Event:
        if task.phase == 1 and not item._flag:
            task.phase = 2
            machine.park(task, item.waiters.add(task))
            return WAIT
    elif item.__class__ is Barrier:
        if task.phase == 1 and not item.closed:
            index = item.enter()
            task.note = (name, item, index)
            task.phase = 2
        if task.phase == 1 or item.filling:
            machine.park(task, item.waiters.add(task))
            return WAIT
        item.leave()
    elif _wait_on(machine, task, item):
        return WAIT
    task.phase = 0
    result = index if item.__class__ is Barrier else True
    bind(env, op.into, result)
    task.run.record(op, name, result=ABSENT if result is True and op.into is None else result)
    return None


def _wait_on(machine: Machine, task: Task, condition: Condition) -> bool:
    """Go on with a condition's wait, from phase 1 on; say whether there is still something to wait for."""
    lock = condition._lock
    if task.phase == 1:
        if not lock.owned(task):
            raise RuntimeError("cannot wait on un-acquired lock")
        waiter = condition.waiters.add(task)
        task.note = (*task.note[:2], lock.release_all(task))
        task.phase = 2
        machine.park(task, waiter)
        return True
    if not lock.take_again(task, task.note[2]):
        machine.park(task, lock.to_wait_for)
        return True
    return False


_EVALUATE, _READ = 3, 4
"""Phases of a `wait_for` besides those of a wait: about to look at the next thing that it depends on, and stopped before that."""


@rule(ops.WaitFor)
def _wait_for(machine: Machine, task: Task, op: ops.WaitFor, env: Env) -> int | None:
    if task.phase == 0:
        name, condition = task.run.resource(op, env)
        stops = _begin(machine, task, op, name, (name, condition, None, 0, None))
        task.phase = _EVALUATE
        if stops:
            return STOP
    if task.phase in (1, 2):
        name, condition = task.note[:2]
        if _wait_on(machine, task, condition):
            return WAIT
        task.note = (name, condition, None, 0, None)
        task.phase = _EVALUATE
    reads = op.until.reads
    while True:
        name, condition, _, at, seen = task.note
        if at == len(reads):
            task.op, task.target = op, name  # the reads are over; it may now wait
            result = op.until.holds(env)
            if result:
                break
            task.phase = 1
            _wait_on(machine, task, condition)
            return WAIT
        read = reads[at]
        if task.phase == _EVALUATE:
            target, seen = _LOOKS[read.__class__][0](machine, task, read, env)
            task.note = (name, condition, None, at, (target, seen))
            task.phase = _READ
            if task.atomic:
                machine.tick()
            else:
                task.op, task.target = read, target
                return STOP
            seen = (target, seen)
        _LOOKS[read.__class__][1](task, read, env, *seen)
        task.note = (name, condition, None, at + 1, None)
        task.phase = _EVALUATE
    task.phase = 0
    bind(env, op.into, result)
    task.run.record(op, name, result=ABSENT if result is True and op.into is None else result)
    return None


@rule(ops.Notify)
def _notify(machine: Machine, task: Task, op: ops.Notify, env: Env) -> int | None:
    if task.phase == 0:
        name, condition = task.run.resource(op, env)
        count = op.n(env)
        if _begin(machine, task, op, name, (name, condition, count)):
            return STOP
    name, condition, count = task.note
    condition.notify(task, count)
    task.phase = 0
    task.run.record(op, name, value=ABSENT if count == 1 else count)
    return None


def _simple(move: Callable[[Any, Task], None]) -> Rule:
    """Make the rule of an op that makes one move, and never waits."""

    def perform(machine: Machine, task: Task, op: ops.OnResource, env: Env) -> int | None:
        if task.phase == 0:
            name, item = task.run.resource(op, env)
            if _begin(machine, task, op, name, (name, item)):
                return STOP
        name, item = task.note
        move(item, task)
        task.phase = 0
        task.run.record(op, name)
        return None

    return perform


rule(ops.NotifyAll)(_simple(lambda item, task: item.notify(task, None)))
rule(ops.SetEvent)(_simple(lambda item, task: item.set()))
rule(ops.ClearEvent)(_simple(lambda item, task: item.clear()))
rule(ops.Abort)(_simple(lambda item, task: item.abort()))
rule(ops.Reset)(_simple(lambda item, task: item.reset()))
rule(ops.TaskDone)(_simple(lambda item, task: item.task_done()))


# -- queues ----------------------------------------------------------------------------------------------------------------


@rule(ops.Put)
def _put(machine: Machine, task: Task, op: ops.Put, env: Env) -> int | None:
    if task.phase == 0:
        name, queue = task.run.resource(op, env)
        if _begin(machine, task, op, name, (name, queue, op.item(env))):
            return STOP
    name, queue, item = task.note
    if queue.__class__ is not SimpleQueue and 0 < queue.maxsize <= queue._qsize():
        if not op.block:
            raise machine.modules.queue.Full
        machine.park(task, queue.not_full.add(task))
        return WAIT
    queue.put(item)
    task.phase = 0
    task.run.record(op, name, value=item)
    return None


@rule(ops.Get)
def _get(machine: Machine, task: Task, op: ops.Get, env: Env) -> int | None:
    if task.phase == 0:
        name, queue = task.run.resource(op, env)
        if _begin(machine, task, op, name, (name, queue)):
            return STOP
    name, queue = task.note
    if not queue._qsize():
        if not op.block:
            raise machine.modules.queue.Empty
        machine.park(task, queue.not_empty.add(task))
        return WAIT
    item = queue.get()
    task.phase = 0
    bind(env, op.into, item)
    task.run.record(op, name, value=item)
    return None


# -- looking ---------------------------------------------------------------------------------------------------------------


def _before_read(machine: Machine, task: Task, op: ops.Read, env: Env) -> tuple[str, Any]:
    return task.run.resource(op, env)


def _read(task: Task, op: ops.Read, env: Env, name: str, var: Any) -> None:
    value = env[op.into] = var.value
    task.run.record(op, name, value)


def _before_observing(machine: Machine, task: Task, op: ops.Observe, env: Env) -> tuple[str, Any]:
    what = op.on(env)
    return (what, Thread(machine, what)) if task.run.is_thread(what) else task.run.resource(op, env)


def _observe(task: Task, op: ops.Observe, env: Env, name: str, item: Any) -> None:
    method = op.method.removesuffix("()")
    found = getattr(item, method)
    value = env[op.into] = found() if op.method.endswith("()") else found
    task.run.record_observed(method, op, name, value)


_LOOKS: dict[type[Op], tuple[Callable[..., tuple[str, Any]], Callable[..., None]]] = {
    ops.Read: (_before_read, _read),
    ops.Observe: (_before_observing, _observe),
}


def _look(machine: Machine, task: Task, op: Any, env: Env) -> int | None:
    before, act = _LOOKS[op.__class__]
    if task.phase == 0:
        note = before(machine, task, op, env)
        if _begin(machine, task, op, note[0], note):
            return STOP
    act(task, op, env, *task.note)
    task.phase = 0
    return None


RULES[ops.Read] = RULES[ops.Observe] = _look


@rule(ops.Write)
def _write(machine: Machine, task: Task, op: ops.Write, env: Env) -> int | None:
    if task.phase == 0:
        name, var = task.run.resource(op, env)
        if _begin(machine, task, op, name, (name, var, op.value(env))):
            return STOP
    name, var, value = task.note
    var.value = value
    task.phase = 0
    task.run.record(op, name, value)
    return None


@rule(ops.Atomic)
def _atomic(machine: Machine, task: Task, op: ops.Atomic, env: Env) -> int | None:
    if task.phase == 0 and _begin(machine, task, op, None):
        return STOP
    task.atomic = True
    task.phase = 0
    task.run.record(op)
    return None


@rule(ops.EndAtomic)
def _end_atomic(machine: Machine, task: Task, op: ops.EndAtomic, env: Env) -> int | None:
    task.atomic = False
    return None


# -- time and output -------------------------------------------------------------------------------------------------------


@rule(ops.Sleep)
def _sleep(machine: Machine, task: Task, op: ops.Sleep, env: Env) -> int | None:
    if task.phase == 0 and _begin(machine, task, op, None, round(op.duration(env) * 1e9) / 1e9):
        return STOP
    if task.phase == 1:
        duration = task.note
        task.run.record(op, value=int(duration) if duration == int(duration) else duration)
        if duration < 0:
            raise ValueError("sleep length must be non-negative")
        nanoseconds = round(duration * 1e9)
        task.phase = 2
        if not nanoseconds:
            return YIELD
        machine.park(task, None, nanoseconds)
        return WAIT
    task.phase = 0
    return None


@rule(ops.Print)
def _print(machine: Machine, task: Task, op: ops.Print, env: Env) -> int | None:
    if task.phase == 0 and _begin(machine, task, op, None, op.text(env)):
        return STOP
    text = task.note
    task.phase = 0
    task.run.record(op, value="" if text is None else str(text))
    return None


# -- threads and functions -------------------------------------------------------------------------------------------------


@rule(ops.Start)
def _start(machine: Machine, task: Task, op: ops.Start, env: Env) -> int | None:
    names, at = (task.run.threads_named(op.on(env)), 0) if task.phase == 0 else task.note
    while at < len(names):
        if task.phase != 1 and _begin(machine, task, op, names[at], (names, at)):
            return STOP
        machine.start(names[at], lambda: task.run.record(op, names[at]))  # noqa: B023  called at once
        at += 1
        task.phase = 2
    task.phase = 0
    return None


@rule(ops.Join)
def _join(machine: Machine, task: Task, op: ops.Join, env: Env) -> int | None:
    if task.phase == 0:
        name = op.on(env)
        names = (name,) if task.run.is_resource(name) else task.run.threads_named(name)
        task.note = names, 0
        task.phase = 2
    names, at = task.note
    while at < len(names):
        name = names[at]
        if task.phase == 2 and _begin(machine, task, op, name, (names, at)):
            return STOP
        wait = _until_done(machine, task, name)
        if wait is not None:
            machine.park(task, wait)
            return WAIT
        task.run.record(op, name)
        at += 1
        task.note = names, at
        task.phase = 2
    task.phase = 0
    return None


def _until_done(machine: Machine, task: Task, name: str) -> Any:
    """Return what to wait for until a thread has ended, or a queue's tasks are done; None where nothing is left to wait for."""
    if task.run.is_resource(name):
        queue = task.run.resource_named(name)
        return queue.all_tasks_done.add(task) if queue.unfinished_tasks else None
    thread = machine.task(name)
    if thread is None:
        raise RuntimeError("cannot join thread before it is started")
    if thread is task:
        raise RuntimeError("cannot join current thread")
    end: Completion = thread.end
    return None if end.done else end


@rule(ops.Iterate)
def _iterate(machine: Machine, task: Task, op: ops.Iterate, env: Env) -> int | None:
    items = op.items(env)
    env[op.slot] = (items if isinstance(items, list | tuple | range) else tuple(iter(items)), 0)
    return None


@rule(ops.Next)
def _next(machine: Machine, task: Task, op: ops.Next, env: Env) -> int | None:
    items, at = env[op.slot]
    if at >= len(items):
        return op.target
    env[op.slot] = (items, at + 1)
    bind(env, op.into, items[at])
    return None


@rule(ops.Call)
def _call(machine: Machine, task: Task, op: ops.Call, env: Env) -> int | None:
    args = Env({"thread": task.run.name, **{name: value(env) for name, value in op.args}})
    task.frames.append([task.run.function(op.function), 0, args])
    return CALL
