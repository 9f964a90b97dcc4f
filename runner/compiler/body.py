"""The code of one body while it is compiled: ops, jumps to patch, loops and `with`s that are open.

Control flow becomes jumps; what must follow a body (a `with`'s release, a `finally`) becomes ops on every way out of it. What each
verb compiles to is in verbs.py and flow.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from runner.compiler.binding import bind
from runner.compiler.names import Names, Path
from runner.compiler.scope import Compiled, Reading, Scope
from runner.errors import Place
from runner.program import PRINTED, Cleanup, Code, ops
from runner.program.ops import Compute, Env
from runner.spec.fields import is_template, parse_duration
from runner.spec.steps import Step


@dataclass(slots=True)
class _Frame:
    """Ops being compiled that something must follow, whichever way they are left: a release, a `finally`.

    `leave` emits that for a way out by `break`, `continue` and `return`; None where there is no such way. The ops from `since`
    on are protected, and so are `parts`: what the ways out so far have left of those before.
    """

    leave: Callable[[], object] | None
    since: int
    parts: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Loop:
    """A loop being compiled: where `continue` goes, which jumps are `break`s, how many frames were open outside."""

    again: int
    breaks: list[int]
    depth: int


MAY_BE_ATOMIC = frozenset({
    "read", "write", "set", "let", "print", "assert", "if", "for", "while", "repeat", "forever", "break", "continue", "return", "raise",
})  # fmt: skip
"""Verbs that neither wait nor wake others, nor run what may: an atomic group has no others. (`set` of an event wakes others.)"""

Emit = Callable[["Body", Any, Path], None]
VERBS: dict[str, Emit] = {}


def verb(name: str) -> Callable[[Emit], Emit]:
    """Register a function as the compiler of a verb: it gets what stands behind the verb, and its path."""

    def register(function: Emit) -> Emit:
        VERBS[name] = function
        return function

    return register


class Body:
    """The code of one function, thread or main while it is compiled."""

    def __init__(self, names: Names, scope: Scope) -> None:
        self.names = names
        self.scope = scope
        self.calls: dict[str, Path] = {}
        self._ops: list[ops.Op] = []
        self._cleanups: list[Cleanup] = []
        self._frames: list[_Frame] = []
        self._loops: list[_Loop] = []
        self._handled: list[str] = []
        self._returns: list[int] = []
        self._slots = 0
        self._in_atomic = False

    def code(self) -> Code:
        """Return what has been compiled."""
        for jump in self._returns:
            self.patch(jump, self.here)
        return Code(tuple(self._ops), tuple(self._cleanups))

    # -- emitting --------------------------------------------------------------------------------------------------------

    @property
    def here(self) -> int:
        """The index that the next op will have."""
        return len(self._ops)

    def emit(self, op: ops.Op) -> int:
        """Add an op; return its index."""
        self._ops.append(op)
        return len(self._ops) - 1

    def place(self, path: Path) -> Place:
        """Return the place of a step's verb."""
        return self.names.places.place(path, key=True)

    def slot(self) -> str:
        """Return a name, for what ops keep for each other, that no author can write."""
        self._slots += 1
        return f"${self._slots}"

    def patch(self, index: int, target: int) -> None:
        """Point the jump at an index to where it is now known to go."""
        jump: Any = self._ops[index]
        self._ops[index] = replace(jump, target=target)

    # -- values ----------------------------------------------------------------------------------------------------------

    def ready(self, compiled: Compiled, path: Path) -> Compute:
        """Emit the reads of the shared variables that a value needs; return how to compute it then."""
        for read in self.reads(compiled, path):
            self.emit(read)
        return compiled.compute

    def reads(self, compiled: Compiled, path: Path) -> tuple[ops.Op, ...]:
        """Return the ops that read what a value needs of what threads share."""
        return tuple(self._read(reading, self.place(path)) for reading in compiled.reads)

    def _read(self, reading: Reading, place: Place) -> ops.Op:
        name, key = reading.name, reading.key
        on: Compute = reading.replica or ((lambda env: env[name]) if reading.kind == "name" else (lambda env: name))
        if reading.attribute is None:
            return ops.Read(place, on, key)
        if reading.kind == "local":
            return ops.GetLocal(place, on, reading.attribute, key)
        return ops.Observe(place, on, reading.attribute, key)

    def value(self, value: Any, path: Path) -> Compute:
        """Compile a value, reading first the shared variables it needs."""
        return self.ready(self.names.value(value, self.scope, path), path)

    def test(self, text: str, path: Path) -> Compute:
        """Compile a condition, reading first the shared variables it needs."""
        return self.ready(self.names.expression(text, self.scope, path), path)

    def resource(self, form: Any, path: Path, allowed: frozenset[str], key: str) -> Compute:
        """Compile the reference under `key` of a verb's mapping form."""
        return self.names.resource(getattr(form, key), self.scope, (*path, key.rstrip("_")), allowed, str(path[-1])).compute

    def duration(self, value: float | str | None, path: Path) -> Compute | None:
        """Compile a duration; a computed one is checked when it runs."""
        if value is None:
            return None
        if not isinstance(value, str):
            return lambda env: value
        compiled = self.names.value(value, self.scope, path)
        compute = self.ready(compiled, path)
        if compiled.constant:
            try:
                seconds = parse_duration(compute(Env()))
            except ValueError as error:
                if compute(Env()) is not None:
                    self.names.problem("bad-duration", str(error), path)
                return None
            return lambda env: seconds
        return lambda env: parse_duration(compute(env))

    def count(self, value: int | str, path: Path, least: int = 1) -> Compute:
        """Compile a count; a computed one is checked when it runs."""
        if isinstance(value, int):
            return lambda env: value
        compiled = self.names.value(value, self.scope, path)
        if compiled.constant:
            number = self.names.number(value, path, least)
            return lambda env: number
        compute = self.ready(compiled, path)

        def checked(env: Env) -> int:
            number = compute(env)
            if not isinstance(number, int) or isinstance(number, bool) or number < least:
                raise ValueError(f"expected a whole number of at least {least}, not {number!r}")
            return number

        return checked

    # -- steps -----------------------------------------------------------------------------------------------------------

    def steps(self, steps: list[Step], path: Path) -> None:
        """Compile a list of steps."""
        for index, step in enumerate(steps):
            name, content = step.parts()
            if self._in_atomic and (name not in MAY_BE_ATOMIC or (name == "set" and isinstance(content, str))):
                self.names.problem("not-atomic", f"`{name}` cannot be part of an atomic group", (*path, index, name),
                                   "a group reads and writes variables; use a lock for more", key=True)  # fmt: skip
                continue
            VERBS[name](self, content, (*path, index, name))

    def loop(self, body: Callable[[], None], again: int, place: Place, leave: int | None) -> None:
        """Compile a loop's body and its jump back; `leave` is the jump that ends it, patched to behind the loop."""
        self._loops.append(_Loop(again, [], len(self._frames)))
        body()
        self.emit(ops.Jump(place, again, back=True))
        loop = self._loops.pop()
        for jump in (*loop.breaks, *([] if leave is None else [leave])):
            self.patch(jump, self.here)

    def leave_loop(self, path: Path, *, again: bool) -> None:
        """Compile `break` or `continue`."""
        if not self._loops:
            self.names.problem("outside-loop", f"`{path[-1]}` stands in no loop", path, key=True)
            return
        loop = self._loops[-1]
        jump = self._jump_out(loop.depth, path, ops.Jump(self.place(path), loop.again, back=again))
        if not again:
            loop.breaks.append(jump)

    def leave_code(self, value: Compute, path: Path) -> None:
        """Compile `return`. What must be done before may raise, and the exception be caught: only then does the code return its value."""
        place = self.place(path)
        if self._frames:
            slot = self.slot()
            self.emit(ops.Let(place, slot, value))
            value = itemgetter(slot)
        self._returns.append(self._jump_out(0, path, ops.Return(place, value), ops.Jump(place, -1)))

    def _jump_out(self, depth: int, path: Path, *then: ops.Op) -> int:
        """Leave all frames but the outer `depth`, innermost first, then do what is given; return the index of the last, a jump."""
        inside = self._frames[depth:]
        for frame in reversed(inside):
            frame.parts.append((frame.since, self.here))
            if frame.leave is None:
                self.names.problem("leaves-finally", f"`{path[-1]}` would leave a `finally`, and forget the exception it is there for",
                                   path, key=True)  # fmt: skip
            else:
                frame.leave()
        self._ops.extend(then)
        for frame in inside:
            frame.since = self.here
        return self.here - 1

    def protect(self, leave: Callable[[], object] | None, body: Callable[[], None]) -> list[tuple[int, int]]:
        """Compile ops that something must follow; return the ranges of ops from which an exception must go there, too."""
        frame = _Frame(leave, self.here)
        self._frames.append(frame)
        body()
        self._frames.pop()
        return [(start, end) for start, end in (*frame.parts, (frame.since, self.here)) if start < end]

    def on_error(self, parts: list[tuple[int, int]], slot: str) -> str:
        """Send exceptions from ranges of ops to here; return the slot that then has the exception."""
        self._cleanups.extend(Cleanup(start, end, self.here, slot) for start, end in parts)
        return slot

    def around(self, begin: ops.Op, end: ops.Op, body: Callable[[], None]) -> None:
        """Compile an op, the body, and the op that must follow: on every way out, an exception's too."""
        place = begin.place
        self.emit(begin)
        parts = self.protect(lambda: self.emit(end), body)
        self.emit(end)
        over = self.emit(ops.Jump(place, -1))
        slot = self.on_error(parts, self.slot())
        self.emit(end)
        self.emit(ops.Reraise(place, slot))
        self.patch(over, self.here)

    def finally_(self, place: Place, body: Callable[[], None], final: Callable[[], None]) -> None:
        """Compile a body and what is done when it is left. That is compiled once: whoever enters says where to go on afterwards."""
        slot = self.slot()
        entries: list[int] = []

        def enter() -> None:
            entries.append(self.emit(ops.Enter(place, slot, self.here + 1, -1)))

        parts = self.protect(enter, body)
        enter()
        last = entries[-1]
        for entry in entries:
            self.patch(entry, self.here)
        self.on_error(parts, slot)
        handled, self._handled = self._handled, []  # a bare `raise` would raise what came last, which nobody can tell from here
        self.protect(None, final)
        self._handled = handled
        self.emit(ops.Leave(place, slot))
        self._ops[last] = replace(self._ops[last], then=self.here)  # type: ignore[call-arg]

    def handle(self, clauses: list[tuple[str, Path, list[Step]]], slot: str, into: str | None, place: Place) -> list[int]:
        """Compile the `except` clauses for the exception in a slot; return the jumps behind them, to be patched."""
        over: list[int] = []
        self._handled.append(slot)
        for error, where, steps in clauses:
            catch = self.emit(ops.Catch(self.place(where), slot, error, -1, into))
            self.steps(steps, where)
            over.append(self.emit(ops.Jump(place, -1)))
            self.patch(catch, self.here)
        self._handled.pop()
        self.emit(ops.Reraise(place, slot))
        return over

    def raise_again(self, path: Path) -> None:
        """Compile a bare `raise`."""
        if not self._handled:
            self.names.problem("outside-except", "`raise` alone stands under no `except`", path, "name an exception", key=True)
            return
        self.emit(ops.Reraise(self.place(path), self._handled[-1]))

    def atomic(self, path: Path, body: Callable[[], None]) -> None:
        """Compile a group that no other thread comes between; it touches the variables that its ops read and write."""
        place, begin = self.place(path), self.here
        self._in_atomic = True
        self.around(ops.Atomic(place, ()), ops.EndAtomic(place), body)
        self._in_atomic = False
        touched: dict[str, ops.Access] = {}
        for op in self._ops[begin:]:
            match op:
                case ops.Read() | ops.Write() | ops.Observe():
                    for name in self._named(op.on):
                        touched[name] = max(touched.get(name, op.access), op.access, key=lambda access: access is ops.Access.WRITE)
                case ops.Print():
                    touched[PRINTED] = ops.Access.WRITE
        self._ops[begin] = ops.Atomic(place, tuple(touched.items()))

    def _named(self, on: Compute) -> tuple[str, ...]:
        """Return the resource that an op is on; where only a run can tell, every variable."""
        try:
            return (on(Env()),)
        except NameError:
            return tuple(self.scope.variables)

    def call(self, form: Any, path: Path) -> None:
        """Compile the call of a function in this thread."""
        called = self.called(form.function, form.args, path)
        if called is not None:
            function, args = called
            self.calls.setdefault(function, path)
            self.emit(ops.Call(self.place(path), function, args, form.as_))

    def called(self, function: str, args: Any, path: Path, key: str = "function") -> tuple[str, tuple[tuple[str, Compute], ...]] | None:
        """Compile the reference to a function, under `key`, and its arguments, under `args`; None on a problem."""
        where = (*path, key)
        name = self.function(function, where)
        bound = None if name is None else bind(self.names, name, args, where, (*path, "args"))
        return None if name is None or bound is None else (name, tuple((param, self.value(value, at)) for param, value, at in bound))

    def function(self, reference: str, path: Path) -> str | None:
        """Return which function a reference is to, which only parameters may decide; None on a problem."""
        if not is_template(reference):
            return reference
        compiled = self.names.value(reference, self.scope, path)
        if not compiled.constant:
            self.names.problem("bad-expression", "which function it is must be known before the run: only parameters may decide it", path)
            return None
        if not isinstance(compiled.value, str):
            if not self.names.just_reported(path):
                self.names.problem("wrong-type", f"a name is text, not {compiled.value!r}", path)
            return None
        return compiled.value


def repeat(body: Body, times: Compute, into: str | None, path: Path, turn: Callable[[], None]) -> None:
    """Compile a loop of so many turns."""
    iterate(body, lambda env: range(times(env)), into, path, turn)


def iterate(body: Body, items: Compute, into: str | None, path: Path, turn: Callable[[], None]) -> None:
    """Compile a loop over items."""
    place, slot = body.place(path), body.slot()
    body.emit(ops.Iterate(place, slot, items))
    following = body.emit(ops.Next(place, slot, into, -1))
    body.loop(turn, following, place, following)
