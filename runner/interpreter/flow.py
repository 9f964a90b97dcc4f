"""What each op does that other threads cannot see: names, assertions, control flow, calls, exceptions. See verbs.py for the others.

Nothing here lets others go first, nor blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.interpreter.called import CodeExit
from runner.interpreter.verbs import bind, performs
from runner.program import ops
from runner.program.ops import Env

if TYPE_CHECKING:
    from runner.interpreter.threads import ThreadRun

RETURNED = "$return"
"""Where a code's names have what it returns."""


def exception_text(error: BaseException) -> str:
    """Name an exception, with its message where that is the scenario's own: Python's may differ between versions."""
    message = getattr(error, "scenario_message", None)
    return type(error).__name__ if message is None else f"{type(error).__name__}: {message}"


def _raised(error: type[Exception], message: str | None) -> Exception:
    made = error() if message is None else error(message)
    if message is not None:
        made.scenario_message = message  # type: ignore[attr-defined]
    return made


# -- local ops -------------------------------------------------------------------------------------------------------------


@performs(ops.Let)
def _let(run: ThreadRun, op: ops.Let, env: Env) -> None:
    env[op.into] = op.value(env)


@performs(ops.Assert)
def _assert(run: ThreadRun, op: ops.Assert, env: Env) -> None:
    if not op.that(env):
        raise _raised(AssertionError, op.source if op.message is None else str(op.message(env)))


@performs(ops.Jump)
def _jump(run: ThreadRun, op: ops.Jump, env: Env) -> int:
    if op.back:
        run.tick()
    return op.target


@performs(ops.JumpUnless)
def _jump_unless(run: ThreadRun, op: ops.JumpUnless, env: Env) -> int | None:
    return None if op.test(env) else op.target


@performs(ops.Iterate)
def _iterate(run: ThreadRun, op: ops.Iterate, env: Env) -> None:
    env[op.slot] = iter(op.items(env))


@performs(ops.Next)
def _next(run: ThreadRun, op: ops.Next, env: Env) -> int | None:
    for item in env[op.slot]:
        bind(env, op.into, item)
        return None
    return op.target


@performs(ops.Call)
def _call(run: ThreadRun, op: ops.Call, env: Env) -> None:
    result = run.execute(run.function(op.function), Env({"thread": run.name, **{name: value(env) for name, value in op.args}}))
    bind(env, op.into, result)


@performs(ops.Return)
def _return(run: ThreadRun, op: ops.Return, env: Env) -> None:
    env[RETURNED] = op.value(env)


@performs(ops.GetLocal)
def _get_local(run: ThreadRun, op: ops.GetLocal, env: Env) -> None:
    name, local = run.resource(op, env)
    value = env[op.into] = getattr(local, op.attribute)
    run.record(op, f"{name}.{op.attribute}", value=value)


@performs(ops.SetLocal)
def _set_local(run: ThreadRun, op: ops.SetLocal, env: Env) -> None:
    name, local = run.resource(op, env)
    value = op.value(env)
    setattr(local, op.attribute, value)
    run.record(op, f"{name}.{op.attribute}", value=value)


@performs(ops.EndAtomic)
def _end_atomic(run: ThreadRun, op: ops.EndAtomic, env: Env) -> None:
    run.let_others()


# -- exceptions ------------------------------------------------------------------------------------------------------------


@performs(ops.Raise)
def _raise(run: ThreadRun, op: ops.Raise, env: Env) -> None:
    raise _raised(run.exception(op.error), None if op.message is None else str(op.message(env)))


@performs(ops.Catch)
def _catch(run: ThreadRun, op: ops.Catch, env: Env) -> int | None:
    error = env[op.slot]
    if isinstance(error, CodeExit) or not isinstance(error, run.exception(op.error)):
        return op.target
    env.pop(RETURNED, None)  # it came out of a `finally` on a return's way: that is off
    text = exception_text(error)
    run.caught(op, text)
    bind(env, op.into, text)
    return None


@performs(ops.Reraise)
def _reraise(run: ThreadRun, op: ops.Reraise, env: Env) -> None:
    raise env[op.slot]


@performs(ops.Enter)
def _enter(run: ThreadRun, op: ops.Enter, env: Env) -> int:
    env[op.slot] = op.then
    return op.target


@performs(ops.Leave)
def _leave(run: ThreadRun, op: ops.Leave, env: Env) -> int:
    entered_for = env[op.slot]
    if isinstance(entered_for, int):
        return entered_for
    raise entered_for
