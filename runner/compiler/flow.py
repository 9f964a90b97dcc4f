"""What control flow compiles to: one function a verb, registered by its name."""

from __future__ import annotations

from typing import Any

from runner.compiler.body import Body, iterate, repeat, verb
from runner.compiler.names import PYTHON, QUEUES_SHUT_DOWN, Path
from runner.program import ops
from runner.program.exceptions import plain_name
from runner.spec.steps import Step


@verb("repeat")
def _repeat(body: Body, form: Any, path: Path) -> None:
    times = body.count(form.times, (*path, "times"), least=0)
    repeat(body, times, form.as_, path, lambda: body.steps(form.do, (*path, "do")))


@verb("for")
def _for(body: Body, form: Any, path: Path) -> None:
    items = body.value(form.in_, (*path, "in"))
    if (isinstance(form.in_, str) and "${" not in form.in_) or isinstance(form.in_, int | float | None):
        hint = f'did you mean "${{{form.in_}}}"?' if isinstance(form.in_, str) else None
        body.names.problem("wrong-type", "`in` is a list, or an expression in ${…} that gives one", (*path, "in"), hint)
    iterate(body, items, form.each, path, lambda: body.steps(form.do, (*path, "do")))


@verb("while")
def _while(body: Body, form: Any, path: Path) -> None:
    again = body.here
    test = body.test(form.test, (*path, "test"))
    leave = body.emit(ops.JumpUnless(body.place(path), test, -1))
    body.loop(lambda: body.steps(form.do, (*path, "do")), again, body.place(path), leave)


@verb("forever")
def _forever(body: Body, form: Any, path: Path) -> None:
    body.loop(lambda: body.steps(form.do, (*path, "do")), body.here, body.place(path), None)


@verb("if")
def _if(body: Body, form: Any, path: Path) -> None:
    place = body.place(path)
    test = body.test(form.test, (*path, "test"))
    unless = body.emit(ops.JumpUnless(place, test, -1))
    body.steps(form.then, (*path, "then"))
    if form.else_ is None:
        body.patch(unless, body.here)
        return
    over = body.emit(ops.Jump(place, -1))
    body.patch(unless, body.here)
    body.steps(form.else_, (*path, "else"))
    body.patch(over, body.here)


@verb("break")
def _break(body: Body, _: None, path: Path) -> None:
    body.leave_loop(path, again=False)


@verb("continue")
def _continue(body: Body, _: None, path: Path) -> None:
    body.leave_loop(path, again=True)


@verb("assert")
def _assert(body: Body, form: Any, path: Path) -> None:
    place, source = body.place(path), form.that.strip()
    that = body.test(form.that, (*path, "that"))
    if form.message is None:
        body.emit(ops.Assert(place, that, source, None))
        return
    # As in Python, what the message needs is read only where the test is false.
    fails = body.emit(ops.JumpUnless(place, that, -1))
    over = body.emit(ops.Jump(place, -1))
    body.patch(fails, body.here)
    message = body.value(form.message, (*path, "message"))
    body.emit(ops.Assert(place, lambda env: False, source, message))
    body.patch(over, body.here)


@verb("try")
def _try(body: Body, form: Any, path: Path) -> None:
    if form.finally_ is None:
        _try_except(body, form, path)
        return
    tried = (lambda: _try_except(body, form, path)) if form.except_ is not None else (lambda: body.steps(form.do, (*path, "do")))
    body.finally_(body.place(path), tried, lambda: body.steps(form.finally_, (*path, "finally")))


def _try_except(body: Body, form: Any, path: Path) -> None:
    place = body.place(path)
    # A way out of the tried steps does nothing on its way, but is no part of them: a `with` around it may fail to release.
    parts = body.protect(lambda: None, lambda: body.steps(form.do, (*path, "do")))
    if form.else_ is not None:
        body.steps(form.else_, (*path, "else"))
    over = body.emit(ops.Jump(place, -1))
    clauses: list[tuple[str, Path, list[Step]]] = []
    for written, steps in form.except_.items():
        where = (*path, "except", written)
        check_exception(body, plain_name(written), where)
        clauses.append((plain_name(written), where, steps))
    for jump in (over, *body.handle(clauses, body.on_error(parts, body.slot()), form.as_, place)):
        body.patch(jump, body.here)


@verb("raise")
def _raise(body: Body, form: Any, path: Path) -> None:
    if form is None:
        body.raise_again(path)
        return
    message = None if form.message is None else body.value(form.message, (*path, "message"))
    check_exception(body, plain_name(form.error), (*path, "error"))
    body.emit(ops.Raise(body.place(path), plain_name(form.error), message))


def check_exception(body: Body, name: str, path: Path) -> None:
    """Refuse what this Python does not have."""
    if name == "ShutDown" and not QUEUES_SHUT_DOWN:
        body.names.problem("newer-python", f"queue.ShutDown is there from Python 3.13 on; this is {PYTHON}", path, key=True)


@verb("return")
def _return(body: Body, content: Any, path: Path) -> None:
    body.leave_code(body.value(content, path), path)


@verb("atomic")
def _atomic(body: Body, form: Any, path: Path) -> None:
    body.atomic(path, lambda: body.steps(form.do, (*path, "do")))
