"""Explore a function as a scenario is: the same search, with what it asks of a program answered by the function's calls."""

from __future__ import annotations

import hashlib
import inspect
import linecache
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

from runner.errors import NOWHERE, SourceText, UsageError
from runner.exploration.judge import Judge, Symptom
from runner.exploration.parts import Explorer
from runner.exploration.result import ExploreOptions, Kind
from runner.interleaving.calls import Calls
from runner.interleaving.executions import Executions
from runner.interleaving.frontier import CallNames
from runner.interpreter import Outcome
from runner.program import Code, Expectation, Program
from runner.program.exploring import is_walk
from runner.program.schedule import Points
from runner.substrate.controlled import quickest_pool

POINTS = {"sync": Points.ENDS, "access": Points.ACCESSES, "line": Points.LINES}


def program_of(function: Callable[..., Any], level: str) -> Program:
    """Return a function as a program without steps: its name, its source, and a fingerprint that changes with that."""
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    if code is None:
        raise UsageError(f"{function!r} is no Python function")
    return _program_of(plain.__qualname__, code, level)


@lru_cache(100)
def _program_of(name: str, code: CodeType, level: str) -> Program:
    lines = tuple(line.rstrip("\n") for line in linecache.getlines(code.co_filename))
    try:
        text = inspect.getsource(code)
    except OSError:
        text = repr(code.co_code)
    fingerprint = hashlib.sha256(f"{name}\n{text}\n{level}".encode()).hexdigest()[:8]
    return Program(
        name=name, case=None, source=SourceText(code.co_filename, lines), fingerprint=fingerprint, params={}, resources={}, functions={},
        classes=(), threads={}, groups={}, main=Code(()), exit_place=NOWHERE, expect=Expectation(),
    )  # fmt: skip


class FunctionJudge(Judge):
    """Knows what is wrong with an execution of a function: whatever does not complete."""

    def symptoms(self, outcome: Outcome) -> Iterator[Symptom]:
        """Tell everything that is wrong."""
        if outcome.verdict == "deadlock":
            stuck = [each for each in outcome.blocked if each.thread in outcome.cycle or not outcome.cycle]
            key = sorted(f"{each.op.place.path if each.op else ''} {each.on}" for each in stuck)
            place = next((each.op.place for each in reversed(stuck) if each.op is not None), None)
            what = "threads wait for each other in a circle: " + " → ".join((*outcome.cycle, outcome.cycle[0])) if outcome.cycle else (
                f"{', '.join(each.thread for each in outcome.blocked)} wait{'s' * (len(outcome.blocked) == 1)} for what nobody will do"
            )  # fmt: skip
            yield Symptom(Kind.DEADLOCK if outcome.cycle else Kind.PARTIAL_DEADLOCK, tuple(key), what, place)
        elif outcome.verdict == "failed":
            for failure in outcome.failures:
                place = failure.op.place if failure.op is not None else None
                first, *_ = str(failure.error).splitlines() or [""]
                text = f": {first}" if first else ""
                name = type(failure.error).__name__
                yield Symptom(
                    Kind.EXCEPTION, (name, place.path if place else failure.thread), f"{failure.thread} raised {name}{text}", place
                )
        elif outcome.verdict == "step_limit":
            yield Symptom(Kind.LIMIT, ("steps",), "an execution did not end within its steps", None)
        elif outcome.verdict != "completed":
            yield from super().symptoms(outcome)


class FunctionExplorer(Explorer):
    """An explorer whose executions are a function's."""

    def __init__(
        self, program: Program, options: ExploreOptions, function: Callable[..., Any], setup: Callable[[], Any] | None,
        calls: Calls, level: str,
    ) -> None:  # fmt: skip
        name = options.strategy.partition(":")[0]
        if name == "states":
            raise UsageError("the strategy `states` looks at states of the model, which has none for Python code")
        if level == "line" and not is_walk(options.strategy):
            raise UsageError(f"what a line touches nobody knows, so {name} would make every order of lines: take random, pct or pos")
        self.program = program
        self.options = options
        self.judge = FunctionJudge(program)
        self.candidates = frozenset()
        self.not_modelled = None
        self.engine = "run"
        self._pool = quickest_pool()
        self.runs: Any = Executions(
            program, function, setup, calls, points=POINTS[level], max_steps=options.max_steps, pool=self._pool, level=level
        )
        self.names: Any = CallNames(self.runs.calls)
