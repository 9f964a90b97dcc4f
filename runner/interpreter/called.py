"""Calls of Python code: what is done when it returns, raises or exits. What it is handed is in handed.py."""

from __future__ import annotations

import os
from itertools import takewhile
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from runner.interpreter.exchange import given, taken_result
from runner.interpreter.handed import CALLING, Calling, hand
from runner.interpreter.verbs import bind, performs
from runner.program import ops
from runner.program.ops import Env, Use
from runner.substrate import Unwind, Verdict
from runner.trace import ABSENT

if TYPE_CHECKING:
    from runner.interpreter.threads import ThreadRun

_OURS = os.path.dirname(__file__)


class CodeExit(Exception):
    """Python code wanted its thread to end. No scenario's `except` catches it, as no `except Exception` does; `finally` runs."""


_EXITS: dict[str, type[CodeExit]] = {}


def _exit(error: BaseException) -> CodeExit:
    """Return an exception that ends the thread, by the name of what was raised (SystemExit, mostly)."""
    name = type(error).__name__
    made = _EXITS.setdefault(name, type(name, (CodeExit,), {}))
    return made(*error.args)


def _handed(run: ThreadRun, value: Any) -> Any:
    """Return an argument for Python code."""
    match value:
        case Use():
            return hand(run, value.name)
        case list():
            return [_handed(run, item) for item in value]
        case dict():
            return {key: _handed(run, item) for key, item in value.items()}
        case _:
            return given(value)


@performs(ops.CallPython)
def _call_python(run: ThreadRun, op: ops.CallPython, env: Env) -> None:
    function = run.python(op.function)
    arguments = [(name, _handed(run, value(env))) for name, value in op.args]
    positional = [value for name, value in arguments if name is None]
    named = {name: value for name, value in arguments if name is not None}
    run.before(op, None)
    outer = CALLING.set(Calling(run, op))
    try:
        returned = function(*positional, **named)
    except (Exception, Unwind):
        raise
    except KeyboardInterrupt:
        run.stop(Verdict.INTERRUPTED)
    except BaseException as error:
        raise _exit(error) from error
    finally:
        CALLING.reset(outer)
    run.go_on()
    result = op.bounded(taken_result(returned))
    bind(env, op.into, result)
    run.record(op, value=op.function, result=ABSENT if result is None else result)


def python_line(error: BaseException) -> str | None:
    """Return where Python code raised an exception: the innermost line of what lies below the current directory, else of all but ours."""
    raised = error.__cause__ if isinstance(error, CodeExit) else error
    frames = [] if raised is None else extract_tb(raised.__traceback__)
    called = next((index for index, frame in enumerate(frames) if frame.filename == __file__), len(frames))
    theirs = list(takewhile(lambda frame: os.path.dirname(frame.filename) != _OURS, frames[called + 1 :]))
    here = os.getcwd() + os.sep
    near = [frame for frame in theirs if frame.filename.startswith(here) and "site-packages" not in frame.filename]
    for frame in reversed(near or theirs):
        return f"{frame.filename.removeprefix(here)}:{frame.lineno} in {frame.name}"
    return None
