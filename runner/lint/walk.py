"""Walks bodies along every way through them, to see which locks are held where, and what has happened before.

An abstract interpretation of `Code`. A *state* is the locks held, oldest first, and a few *facts* (whether a try-acquire worked,
what a function returned, why a `finally` was entered); each op has the set of states it can be reached with. Beside them each op
has the set of *marks* of what has happened on every way to it. Names that are computed are computed, as far as the names that
they are made from are known; the others are `None`, and no rule may say anything about those.

A body's result depends on the names it looks at and the locks held at its beginning, so replicas that look at nothing of their
own, and functions called twice alike, are walked once. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

from runner.lint.state import (
    ALONE,
    ANY,
    CAUGHT,
    CLEAN,
    MOST_UNKNOWN,
    RETURNED,
    RETURNED_AT,
    SLEPT,
    UNKNOWN,
    Event,
    Facts,
    GaveUpError,
    Held,
    Hold,
    Known,
    Marks,
    State,
    Walk,
    value_of,
)  # fmt: skip
from runner.program import Code, Program, ops
from runner.program.exceptions import builtin, is_own
from runner.program.ops import Env, Op

MOST_STATES = 12
"""States of one op, after which nothing more is said about the scenario: such code is beyond what rules can be sure of."""
VISITS, VISITS_AN_OP = 40_000, 12
"""How often ops may be looked at, altogether: so often, and so often for each op there is."""
MOST_ALIKE = 16
"""Results for one body that are compared with, to find one that serves again: the latest."""


def binders(code: Code) -> dict[str, list[Op]]:
    """Return the names that a body gives values to, each with the ops that do."""
    found: dict[str, list[Op]] = {}
    for op in code.ops:
        into = getattr(op, "into", None)
        if into is not None:
            found.setdefault(into, []).append(op)
    return found


MAY_RAISE = (ops.Assert, ops.Call, ops.CallPython, ops.Get, ops.Let, ops.Put, ops.Result, ops.Wait)
"""Ops that a `finally` around them may be there for; the others do not raise in code that is right. An `except` may be for any."""
_MEETS_OTHERS = (
    ops.Acquire, ops.Release, ops.Wait, ops.WaitFor, ops.Notify, ops.NotifyAll, ops.SetEvent, ops.ClearEvent, ops.Put, ops.Get,
    ops.TaskDone, ops.Join, ops.Result, ops.Observe, ops.Atomic, ops.Shutdown, ops.Submit, ops.Cancel, ops.Abort, ops.Reset,
    ops.CallPython,
)  # fmt: skip
_PASSES = (ops.Jump, ops.JumpUnless, ops.Iterate, ops.Next, ops.Let, ops.Return, ops.Enter, ops.Leave, ops.Reraise, ops.Catch, ops.Raise)
"""Ops that no rule asks for: no events are kept of them."""


class Walker:
    """Walks the bodies of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._left = VISITS + VISITS_AN_OP * sum(len(code.ops) for code in program.codes)
        self._walked: dict[tuple[int, Held, Marks], list[Walk]] = {}
        self._binders: dict[int, dict[str, list[Op]]] = {}
        self._cleanups: dict[int, tuple[list[Any], list[bool]]] = {}
        self.counted = {name for name, resource in program.resources.items() if "value" in resource.options}
        """The semaphores, and variables."""
        self.locks = {name: _lock_of(program, name) for name in program.resources}

    def walk(self, code: Code, env: Mapping[str, Any], held: Held = (), marks: Marks = frozenset()) -> Walk:
        """Walk a body that begins with some names, locks and marks.

        Raises:
            GaveUpError: it is too much.
        """
        known = self._walked.setdefault((id(code), held, marks), [])
        for walk in known[-MOST_ALIKE:]:
            if all(env.get(name, UNKNOWN) == value for name, value in walk.looked_at.items()):
                return walk
        walk = _BodyWalk(self, code, env, held, marks).result
        known.append(walk)
        return walk

    def spend(self) -> None:
        """Count a look at an op."""
        self._left -= 1
        if self._left < 0:
            raise GaveUpError

    def binders(self, code: Code) -> dict[str, list[Op]]:
        """Return `binders` of a body, found once."""
        found = self._binders.get(id(code))
        if found is None:
            found = self._binders[id(code)] = binders(code)
        return found

    def around(self, code: Code) -> tuple[list[Any], list[bool]]:
        """Return for each op the cleanup that an exception goes to, and whether there is an `except` around it."""
        found = self._cleanups.get(id(code))
        if found is None:
            innermost: list[Any] = [None] * len(code.ops)
            caught = [False] * len(code.ops)
            for cleanup in reversed(code.cleanups):
                catches = isinstance(code.ops[cleanup.target], ops.Catch)
                for index in range(cleanup.start, cleanup.end):
                    innermost[index] = cleanup
                    caught[index] = caught[index] or catches
            found = self._cleanups[id(code)] = innermost, caught
        return found

    def threads_named(self, name: Any) -> tuple[str, ...]:
        """Return the threads that a name stands for; none for what is no thread."""
        if not isinstance(name, str):
            return ()
        return self.program.groups.get(name) or ((name,) if name in self.program.threads else ())


def _lock_of(program: Program, name: str) -> str:
    """Return the lock that an op on a resource is about: a condition's own, or the resource itself."""
    lock = program.resources[name].options.get("lock")
    return lock if isinstance(lock, str) else name


class _BodyWalk:
    def __init__(self, walker: Walker, code: Code, env: Mapping[str, Any], held: Held, marks: Marks) -> None:
        self.walker = walker
        self.code = code
        self.env = self._known(env)
        self.names: dict[int, Any] = {}
        self.innermost, self.caught = walker.around(code)
        self.result = Walk(code, held)
        self.states: list[set[State]] = [set() for _ in range(len(code.ops) + 1)]
        self.marks: list[Marks | None] = [None] * (len(code.ops) + 1)
        self.pending: list[int] = []
        self._reach(0, (held, frozenset()), marks)
        while self.pending:
            index = heappop(self.pending)
            while self.pending and self.pending[0] == index:
                heappop(self.pending)
            if index < len(code.ops):
                for state in tuple(self.states[index]):
                    self._step(index, state)
        self._conclude()
        self.result.looked_at = {name: env.get(name, UNKNOWN) for name in self.env.looked_at}

    def _known(self, env: Mapping[str, Any]) -> Known:
        """Return what is known of the names: those that the body never changes, and those it gives one value, once and for all."""
        bound = self.walker.binders(self.code)
        known = Known({name: value for name, value in env.items() if name not in bound})
        for name, givers in bound.items():
            if len(givers) == 1 and isinstance(givers[0], ops.Let) and name not in env:
                value = value_of(givers[0].value, known)
                if value is not UNKNOWN:
                    known[name] = value
        return known

    def _reach(self, index: int, state: State, marks: Marks) -> None:
        states, before = self.states[index], self.marks[index]
        together = marks if before is None else before & marks
        if state in states and together == before:
            return
        states.add(state)
        if len(states) > MOST_STATES:
            raise GaveUpError
        self.marks[index] = together
        heappush(self.pending, index)

    def on(self, index: int) -> Any:
        """Return what an op acts on: a name, or None."""
        if index not in self.names:
            on = getattr(self.code.ops[index], "on", None)
            name = on if isinstance(on, str) else value_of(on, self.env)
            self.names[index] = name if isinstance(name, str) else None
        return self.names[index]

    # -- one op ----------------------------------------------------------------------------------------------------------

    def _step(self, index: int, state: State) -> None:
        self.walker.spend()
        op = self.code.ops[index]
        marks = self.marks[index]
        assert marks is not None
        held, facts = state
        if isinstance(op, MAY_RAISE) or (self.caught[index] and not isinstance(op, _PASSES)):
            # A release raises where there is nothing to release.
            still_held = self._released(held, self.on(index)) if isinstance(op, ops.Release) else held
            self._raise(index, still_held, facts, marks - {CLEAN, ALONE} if isinstance(op, ops.Call) else marks, UNKNOWN)
        match op:
            case ops.Jump():
                self._reach(op.target, state, marks)
            case ops.JumpUnless():
                self.env.facts = dict(facts)
                test = value_of(op.test, self.env)
                self.env.facts = {}
                if test is UNKNOWN or test:
                    self._reach(index + 1, state, marks)
                if test is UNKNOWN or not test:
                    self._reach(op.target, state, marks)
            case ops.Next():
                self._reach(index + 1, (held, _without(facts, op.into)), marks)
                self._reach(op.target, state, marks)
            case ops.Call():
                self._call(index, op, state, marks)
            case ops.Return():
                returned = {(RETURNED, _plain(value_of(op.value, self.env))), (RETURNED_AT, index)}
                self._reach(index + 1, (held, frozenset({*_without(_without(facts, RETURNED), RETURNED_AT), *returned})), marks)
            case ops.Acquire():
                self._acquire(index, op, state, marks)
            case ops.Release():
                self._reach(index + 1, (self._released(held, self.on(index)), facts), _met(marks))
            case ops.Raise():
                self._raise(index, held, facts, marks, op.error)
            case ops.Reraise():
                self._raise(index, held, facts, marks, dict(facts).get(op.slot, UNKNOWN))
            case ops.Catch():
                fits = _fits(dict(facts).get(op.slot, UNKNOWN), op.error)
                if fits is not False:
                    self._reach(index + 1, (held, _without(_without(facts, op.into), op.slot)), marks)
                if fits is not True:
                    self._reach(op.target, state, marks)
            case ops.Enter():
                self._reach(op.target, (held, frozenset({*_without(facts, op.slot), (op.slot, op.then)})), marks)
            case ops.Leave():
                then = dict(facts).get(op.slot, UNKNOWN)
                if isinstance(then, int):
                    self._reach(then, (held, _without(facts, op.slot)), marks)
                else:
                    self._raise(index, held, facts, marks, then)
            case _:
                into = getattr(op, "into", None)
                after = state if into is None else (held, _without(facts, into))
                self._reach(index + 1, after, self._marks_after(index, op, marks))

    def _marks_after(self, index: int, op: Op, marks: Marks) -> Marks:
        match op:
            case ops.Sleep():
                return marks | {(SLEPT, op.place)}
            case ops.Start():
                slept = {mark for mark in marks if isinstance(mark, tuple) and mark[0] == SLEPT}
                started = {("start", name) for name in self.walker.threads_named(self.on(index))}
                return (marks - slept - {ALONE}) | started
            case ops.Join() if op.timeout is None:
                return _met(marks) | {("join", name) for name in self.walker.threads_named(self.on(index))}
            case ops.Submit():
                return marks - {CLEAN, ALONE}
            case ops.Get() | ops.Wait() if self.on(index) is not None:
                return _met(marks) | {(op.verb, self.on(index))}
            case _:
                return _met(marks) if isinstance(op, _MEETS_OTHERS) else marks

    def _acquire(self, index: int, op: ops.Acquire, state: State, marks: Marks) -> None:
        held, facts = state
        name = self.on(index)
        hold = Hold(None if name is None else self.walker.locks.get(name, name), op.place)
        facts = _without(facts, op.into)
        marks = _met(marks)
        if hold.name in self.walker.counted and any(each.name == hold.name for each in held):
            holding = held  # that it is held is all there is to know of a semaphore; a loop may acquire it any number of times
        elif hold.name is None and (ANY in held or sum(each.name is None for each in held) == MOST_UNKNOWN):
            holding = (*(each for each in held if each.name is not None), ANY)
        else:
            holding = (*held, hold)
        if op.blocking and op.timeout is None:
            self._reach(index + 1, (holding, facts), marks)
            return
        for worked in (True, False):
            known = frozenset({*facts, (op.into, worked)}) if op.into is not None else facts
            self._reach(index + 1, (holding if worked else held, known), marks)

    def _released(self, held: Held, name: str | None) -> Held:
        lock = None if name is None else self.walker.locks.get(name, name)
        if lock is None and ANY in held:
            return held
        for index in range(len(held) - 1, -1, -1):
            if held[index].name == lock:
                return held[:index] + held[index + 1 :]
        if lock is None and held:  # any of them may be the one
            return (ANY,)
        return held

    def _call(self, index: int, op: ops.Call, state: State, marks: Marks) -> None:
        facts = state[1]
        callee = self._callee(index, op, state, marks)
        if callee.marks is None:
            return
        for states in callee.ends.values():
            for after, returned in states:
                known = _without(facts, op.into)
                value = dict(returned).get(RETURNED, UNKNOWN)
                if op.into is not None and value is not UNKNOWN:
                    known = frozenset({*known, (op.into, value)})
                self._reach(index + 1, (after, known), callee.marks - ({CAUGHT} - marks))

    def _callee(self, index: int, op: ops.Call, state: State, marks: Marks) -> Walk:
        env = self._arguments(op)
        thread = self.env.get("thread", UNKNOWN)
        if thread is not UNKNOWN:
            env["thread"] = thread
        entry = marks | {CAUGHT} if self.caught[index] else marks
        callee = self.walker.walk(self.walker.program.functions[op.function], env, state[0], entry)
        if "thread" in callee.looked_at:
            self.env.looked_at.add("thread")
        return callee

    def _arguments(self, op: ops.Call | ops.Submit) -> Env:
        values = {name: value_of(compute, self.env) for name, compute in op.args}
        return Env({name: value for name, value in values.items() if value is not UNKNOWN})

    def _raise(self, index: int, held: Held, facts: Facts, marks: Marks, error: Any) -> None:
        cleanup = self.innermost[index]
        if cleanup is not None:
            marks = frozenset(mark for mark in marks if not (isinstance(mark, tuple) and mark[0] == SLEPT))
            self._reach(cleanup.target, (held, frozenset({*_without(facts, cleanup.slot), (cleanup.slot, error)})), marks)

    # -- the result ------------------------------------------------------------------------------------------------------

    def _conclude(self) -> None:
        """Keep what the body does, now that all states are known."""
        result, end = self.result, len(self.code.ops)
        callees: dict[int, Walk] = {}
        for index, op in enumerate(self.code.ops):
            states, marks = self.states[index], self.marks[index]
            if not states or marks is None:
                continue
            if isinstance(op, ops.Call):
                for state in states:
                    callee = self._callee(index, op, state, marks)
                    callees[id(callee)] = callee
            elif isinstance(op, ops.Submit):
                result.submits.append((op, self.on(index), self._arguments(op)))
            if isinstance(op, _PASSES):
                continue
            marks = marks | {CAUGHT} if self.caught[index] else marks
            for held in {held for held, _ in states}:
                result.events.append(Event(op, self.on(index), held, marks, index, self.code))
                if isinstance(op, ops.WaitFor):
                    reads = [read for read in op.until.reads if isinstance(read, ops.OnResource)]
                    result.events += [Event(read, value_of(read.on, self.env), held, marks, index, self.code) for read in reads]
        result.calls = list(callees.values())
        result.marks = self.marks[end]
        for state in self.states[end]:
            way_out = dict(state[1]).get(RETURNED_AT, end)
            result.ends.setdefault(way_out, set()).add(state)


def _without(facts: Facts, name: str | None) -> Facts:
    return facts if name is None or not facts else frozenset(fact for fact in facts if fact[0] != name)


def _met(marks: Marks) -> Marks:
    return marks - {CLEAN} if CLEAN in marks else marks


def _plain(value: Any) -> Any:
    """Return a value that a fact may have: what a test is likely to ask for."""
    return value if value is None or isinstance(value, bool | int | str) else UNKNOWN


def _fits(error: Any, clause: str) -> bool | None:
    """Say whether an `except` clause takes an exception; None if that is not known."""
    if clause == "Exception":
        return True
    if error is UNKNOWN or not isinstance(error, str):
        return None
    if error == clause:
        return True
    if is_own(error):  # nobody knows here what it is a kind of
        return None
    raised, caught = builtin(error), builtin(clause)
    if caught is None:
        return False
    return issubclass(raised, caught) if raised is not None else caught is RuntimeError and error == "BrokenBarrierError"
