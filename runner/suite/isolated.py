"""The process that `runner.suite.isolate` has a program run in: load it, run it, tell of everything as it happens."""

from __future__ import annotations

import functools
import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

from runner.compiler.imports import with_python
from runner.errors import ReplayError, ScenarioError, UsageError
from runner.interpreter import Outcome
from runner.interpreter.exchange import shown
from runner.interpreter.handed import CALLING
from runner.program.ops import Op
from runner.substrate.teller import Teller
from runner.suite.isolate import Task, all_ops, digest
from runner.suite.launch import load, run
from runner.trace import Event, encode, encode_event


def main() -> None:
    """Do as we are told, and end the process."""
    teller = Teller()
    try:
        _run(teller, teller.task)
    except ScenarioError as error:
        _tell(teller, "p", [[each.code, each.message, astuple(each.place), each.hint, each.severity] for each in error.problems])
    except ReplayError as error:
        _tell(teller, "t", str(error))
    except UsageError as error:
        _tell(teller, "u", str(error))
    except Exception:
        _tell(teller, "b", traceback.format_exc())
    teller.end()


def _tell(teller: Teller, kind: str, what: Any) -> None:
    teller.tell(kind + json.dumps(what))


def _run(teller: Teller, task: Task) -> None:
    sys.path[:] = task.path
    loaded = load(task.file, task.params, case=task.case, limits=task.limits, imports=False)
    if digest(loaded) != task.digest:
        raise UsageError(f"{task.file} was changed by somebody else just now; run it again")
    teller.watch()
    program = with_python(loaded, task.limits.calls)
    teller.live()
    ops = {id(op): number for number, op in enumerate(all_ops(program))}

    def hear(event: Event) -> None:
        teller.tell("e" + encode_event(replace(event, value=shown(event.value), result=shown(event.result))))

    program = replace(program, python={name: _told(teller, ops, each) for name, each in program.python.items()})
    outcome = run(program, task.options, listener=hear, chosen=lambda rank: teller.tell(f"r{rank}"))
    _tell(teller, "o", _in_words(outcome, ops))


def _told(teller: Teller, ops: dict[int, int], function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that also tells when it is called and when it is done; an exception's class as it is: clauses ask for it."""
    if isinstance(function, type) and issubclass(function, BaseException):
        return function

    @functools.wraps(function, updated=())
    def told(*arguments: Any, **named: Any) -> Any:
        calling = CALLING.get()
        assert calling is not None
        thread = calling.run.name
        _tell(teller, "c", [thread, ops[id(calling.op)]])
        try:
            return function(*arguments, **named)
        finally:
            _tell(teller, "d", thread)

    return told


def _in_words(outcome: Outcome, ops: dict[int, int]) -> dict[str, Any]:
    """Return an outcome as data."""

    def op(each: Op | None) -> Any:
        return None if each is None else ops.get(id(each), astuple(each.place))

    return {
        "verdict": outcome.verdict,
        "trace": encode(outcome.trace),
        "ranks": None if outcome.schedule is None else outcome.schedule.ranks,
        "steps": outcome.steps,
        "failures": [
            [each.thread, type(each.error).__name__, str(getattr(each.error, "scenario_message", each.error)), op(each.op), each.line]
            for each in outcome.failures
        ],
        "blocked": [[each.thread, op(each.op), each.on, each.held_by, op(each.held_since)] for each in outcome.blocked],
        "cycle": outcome.cycle,
        "stack": outcome.stack,
        "limit": None if outcome.limit is None else [outcome.limit[0], op(outcome.limit[1])],
    }
