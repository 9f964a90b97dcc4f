"""What control flow compiles to: one function a verb, registered by its name."""

from __future__ import annotations

from typing import Any

from runner.compiler.body import Body, iterate, repeat, verb
from runner.compiler.names import Path
from runner.program import ops


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
    that = body.test(form.that, (*path, "that"))
    message = None if form.message is None else body.value(form.message, (*path, "message"))
    body.emit(ops.Assert(body.place(path), that, form.that.strip(), message))
