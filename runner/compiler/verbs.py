"""What each verb that acts compiles to: one function a verb, registered by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runner.compiler.body import Body, verb
from runner.compiler.calls import call_python
from runner.compiler.names import PYTHON, QUEUES_SHUT_DOWN, Path
from runner.program import ops
from runner.program.kinds import COUNTING_QUEUES, QUEUES, SEMAPHORES
from runner.program.ops import Compute
from runner.spec.fields import WRITTEN, is_template

# -- time and output -------------------------------------------------------------------------------------------------------


@verb("sleep")
def _sleep(body: Body, content: Any, path: Path) -> None:
    duration = body.duration(content, path)
    if duration is not None:
        body.emit(ops.Sleep(body.place(path), duration))


@verb("print")
def _print(body: Body, content: Any, path: Path) -> None:
    text = body.value(content, path)
    body.emit(ops.Print(body.place(path), text))


# -- locks, conditions, semaphores, events, barriers -----------------------------------------------------------------------


@verb("acquire")
def _acquire(body: Body, form: Any, path: Path) -> None:
    if not form.blocking and form.timeout is not None:
        body.names.problem("wrong-arguments", "a timeout goes with a blocking acquire only", (*path, "timeout"))
    on = body.resource(form, path, ops.Acquire.kinds, "lock")
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Acquire(body.place(path), on, form.blocking, timeout, form.as_))


@verb("release")
def _release(body: Body, form: Any, path: Path) -> None:
    allowed = ops.Release.kinds if form.n == 1 else SEMAPHORES
    on = body.names.resource(form.lock, body.scope, (*path, "lock"), allowed, "release" if form.n == 1 else "release with n").compute
    n = None if form.n == 1 else body.count(form.n, (*path, "n"))
    body.emit(ops.Release(body.place(path), on, n))


@verb("with")
def _with(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Acquire.kinds, "lock")
    place = body.place(path)
    body.around(ops.Acquire(place, on), ops.Release(place, on), lambda: body.steps(form.do, (*path, "do")))


@verb("wait")
def _wait(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Wait.kinds, "for_")
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Wait(body.place(path), on, timeout, form.as_))


@verb("wait_for")
def _wait_for(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.WaitFor.kinds, "condition")
    until_path = (*path, "until")
    compiled = body.names.expression(form.until, body.scope, until_path)
    test = ops.Test(body.reads(compiled, until_path), compiled.compute)
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.WaitFor(body.place(path), on, test, timeout, form.as_))


@verb("notify")
def _notify(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Notify.kinds, "condition")
    body.emit(ops.Notify(body.place(path), on, body.count(form.n, (*path, "n"))))


@verb("notify_all")
def _notify_all(body: Body, form: Any, path: Path) -> None:
    body.emit(ops.NotifyAll(body.place(path), body.resource(form, path, ops.NotifyAll.kinds, "condition")))


@verb("set")
def _set(body: Body, content: Any, path: Path) -> None:
    if isinstance(content, str):
        on = body.names.resource(content, body.scope, path, ops.SetEvent.kinds, "set").compute
        body.emit(ops.SetEvent(body.place(path), on))
        return
    for name, item in content.items():
        where = (*path, name)
        parts = WRITTEN.fullmatch(name)
        owner, index, attribute = parts.group("name", "index", "attribute") if parts else (name, None, None)
        on = _written(body, owner, index, "local" if attribute else "var", where)
        value = body.value(item, where)
        if attribute:
            body.emit(ops.SetLocal(body.place(where), on, attribute, value))
        else:
            body.emit(ops.Write(body.place(where), on, value))


def _written(body: Body, owner: str, index: str | None, kind: str, path: Path) -> Compute:
    """Compile the reference to what `set` writes: a name, or one of those that a name stands for."""
    names = body.names
    if index is None:
        return names.resource(owner, body.scope, path, frozenset({kind}), "set", key=True).compute
    group = names.resource_groups.get(owner)
    if group is None or names.kinds.get(group[0]) != kind:
        if names.kinds.get(owner) == kind:
            names.problem("wrong-kind", f"there is only one {owner!r}; an index is for what has `count`", path, key=True)
        on: Compute = names.resource(owner, body.scope, path, frozenset({kind}), "set", key=True).compute
        return on
    return body.ready(names.replica(owner, group, index, body.scope, path), path)


@verb("clear")
def _clear(body: Body, content: Any, path: Path) -> None:
    on = body.names.resource(content, body.scope, path, ops.ClearEvent.kinds, "clear").compute
    body.emit(ops.ClearEvent(body.place(path), on))


@verb("abort")
def _abort(body: Body, content: Any, path: Path) -> None:
    body.emit(ops.Abort(body.place(path), body.names.resource(content, body.scope, path, ops.Abort.kinds, "abort").compute))


@verb("reset")
def _reset(body: Body, content: Any, path: Path) -> None:
    body.emit(ops.Reset(body.place(path), body.names.resource(content, body.scope, path, ops.Reset.kinds, "reset").compute))


# -- queues ----------------------------------------------------------------------------------------------------------------


@verb("put")
def _put(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Put.kinds, "queue")
    item = body.value(form.item, (*path, "item"))
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Put(body.place(path), on, item, form.block, timeout))


@verb("get")
def _get(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Get.kinds, "queue")
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Get(body.place(path), on, form.as_, form.block, timeout))


@verb("task_done")
def _task_done(body: Body, form: Any, path: Path) -> None:
    body.emit(ops.TaskDone(body.place(path), body.resource(form, path, ops.TaskDone.kinds, "queue")))


# -- shared variables and names --------------------------------------------------------------------------------------------


@verb("read")
def _read(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Read.kinds, "var")
    body.emit(ops.Read(body.place(path), on, form.as_))


@verb("write")
def _write(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Write.kinds, "var")
    value = body.value(form.value, (*path, "value"))
    body.emit(ops.Write(body.place(path), on, value))


@verb("let")
def _let(body: Body, content: Any, path: Path) -> None:
    for name, item in content.items():
        where = (*path, name)
        if name.startswith("self.") and (body.scope.fields is None or name[5:] not in body.scope.fields):
            body.names.problem("unknown-name", f"there is no {name!r} to set here", where, key=True)
        value = body.value(item, where)
        body.emit(ops.Let(body.place(where), name, value))


# -- threads ---------------------------------------------------------------------------------------------------------------


def _each(path: Path, key: str, references: list[str]) -> Iterator[tuple[str, Path]]:
    for index, reference in enumerate(references):
        yield reference, (*path, key, index)


@verb("start")
def _start(body: Body, form: Any, path: Path) -> None:
    for reference, where in _each(path, "threads", form.threads):
        body.emit(ops.Start(body.place(path), body.names.thread(reference, body.scope, where).compute))


@verb("join")
def _join(body: Body, form: Any, path: Path) -> None:
    names = body.names
    timeout = body.duration(form.timeout, (*path, "timeout"))
    for reference, where in _each(path, "thread", form.thread):
        compiled = names.value(reference, body.scope, where)
        names.own_names_only(compiled, "thread", where)
        name = compiled.value if compiled.constant else None
        on = compiled.compute
        if name is not None and not isinstance(name, str):
            names.problem("wrong-type", f"a name is text, not {name!r}", where)
        elif (name in names.kinds or name in names.resource_groups) and not names.is_timer(name):
            names.resource(name, body.scope, where, COUNTING_QUEUES, "join")
            if timeout is not None:
                names.problem("wrong-arguments", "a queue's join has no timeout", (*path, "timeout"))
        elif name is not None:
            on = names.thread(name, body.scope, where).compute
            if any(names.threads.get(thread) for thread in names.thread_groups.get(name, (name,))):
                names.problem("cannot-join", f"{name!r} is started by start_new_thread: nobody can join it", where)
        body.emit(ops.Join(body.place(path), on, timeout))


@verb("run")
def _run(body: Body, form: Any, path: Path) -> None:
    body.call(form, path)


@verb("call")
def _call(body: Body, form: Any, path: Path) -> None:
    call_python(body, form.function, form.args, path, "function", form.as_)


# -- pools, futures, timers ------------------------------------------------------------------------------------------------


@verb("submit")
def _submit(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ops.Submit.kinds, "pool")
    called = body.called(form.function, form.args, path)
    if called is not None:
        body.emit(ops.Submit(body.place(path), on, *called, form.as_))


@verb("result")
def _result(body: Body, form: Any, path: Path) -> None:
    future = _future(body, form.future, (*path, "future"), "result")
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Result(body.place(path), future, timeout, form.as_))


def _future(body: Body, reference: str, path: Path, verb: str) -> Compute:
    compiled = body.names.value(reference, body.scope, path)
    if compiled.constant and compiled.value is not None:
        known = isinstance(compiled.value, str) and compiled.value in body.scope.names
        hint = f"did you mean ${{{compiled.value}}}?" if known else "it is what `submit` gives by `as`"
        body.names.problem("wrong-type", f"`{verb}` is for a future, in ${{…}}", path, hint)
    return body.ready(compiled, path)


@verb("cancel")
def _cancel(body: Body, form: Any, path: Path) -> None:
    names, where = body.names, (*path, "what")
    if names.is_timer(form.what):
        if form.as_ is not None:
            names.problem("wrong-arguments", "cancelling a timer has no result", (*path, "as"), key=True)
        on = names.resource(form.what, body.scope, where, ops.Cancel.kinds, "cancel").compute
    elif form.what in names.kinds or form.what in names.resource_groups:
        names.resource(form.what, body.scope, where, ops.Cancel.kinds, "cancel")
        return
    elif is_template(form.what):
        on = body.ready(names.value(form.what, body.scope, where), where)
    else:
        on = _future(body, form.what, where, "cancel")
    body.emit(ops.Cancel(body.place(path), on, form.as_))


@verb("shutdown")
def _shutdown(body: Body, form: Any, path: Path) -> None:
    names = body.names
    on = body.resource(form, path, ops.Shutdown.kinds, "resource")
    kind = names.kinds.get(form.resource)
    if kind in COUNTING_QUEUES and not QUEUES_SHUT_DOWN:
        names.problem("newer-python", f"queues can be shut down from Python 3.13 on; this is {PYTHON}", (*path, "resource"))
    for keys, whose, other in ((("wait", "cancel_futures"), "pools", kind in QUEUES), (("immediate",), "queues", kind == "pool")):
        for key in keys:
            if other and getattr(form, key) is not None:
                names.problem("wrong-arguments", f"`{key}` is for {whose}; {form.resource!r} is a {kind}", (*path, key), key=True)
    body.emit(ops.Shutdown(body.place(path), on, form.wait, form.cancel_futures, form.immediate))
