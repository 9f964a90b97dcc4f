"""The code of one body while it is compiled: ops, jumps to patch, loops and `with`s that are open.

Control flow becomes jumps; a `with` becomes a release on every way out of it. What each verb compiles to is in verbs.py and flow.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from runner.compiler.expressions import Compiled, Scope
from runner.compiler.names import Names, Path
from runner.errors import Place, closest
from runner.program import Cleanup, Code, ops
from runner.program.ops import Compute, Env
from runner.spec.fields import parse_duration
from runner.spec.steps import Form, Step


@dataclass(slots=True)
class _With:
    """A `with` being compiled: `since` is where the part now protected begins, `parts` the parts already closed."""

    on: Compute
    place: Place
    since: int
    parts: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Loop:
    """A loop being compiled: where `continue` goes, which jumps are `break`s, how many `with`s were open outside."""

    again: int
    breaks: list[int]
    depth: int


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
        self._withs: list[_With] = []
        self._loops: list[_Loop] = []
        self._slots = 0

    def code(self) -> Code:
        """Return what has been compiled."""
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
        """Return a name for a loop's iterator that no author can write."""
        self._slots += 1
        return f"${self._slots}"

    def patch(self, index: int, target: int) -> None:
        """Point the jump at an index to where it is now known to go."""
        jump: Any = self._ops[index]
        match jump:
            case ops.Jump():
                self._ops[index] = ops.Jump(jump.place, target, jump.back)
            case ops.JumpUnless():
                self._ops[index] = ops.JumpUnless(jump.place, jump.test, target)
            case ops.Next():
                self._ops[index] = ops.Next(jump.place, jump.slot, jump.into, target)

    # -- values ----------------------------------------------------------------------------------------------------------

    def ready(self, compiled: Compiled, path: Path) -> Compute:
        """Emit the reads of the shared variables that a value needs; return how to compute it then."""
        for read in self.reads(compiled, path):
            self.emit(read)
        return compiled.compute

    def reads(self, compiled: Compiled, path: Path) -> tuple[ops.Read, ...]:
        """Return the reads of the shared variables that a value needs."""
        return tuple(ops.Read(self.place(path), lambda env, name=name: name, f"${name}") for name in compiled.reads)  # type: ignore[misc]

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
            name = step.verb
            VERBS[name](self, step.content, (*path, index, name))

    def loop(self, body: Callable[[], None], again: int, place: Place, leave: int | None) -> None:
        """Compile a loop's body and its jump back; `leave` is the jump that ends it, patched to behind the loop."""
        self._loops.append(_Loop(again, [], len(self._withs)))
        body()
        self.emit(ops.Jump(place, again, back=True))
        loop = self._loops.pop()
        for jump in (*loop.breaks, *([] if leave is None else [leave])):
            self.patch(jump, self.here)

    def leave_loop(self, path: Path, *, again: bool) -> None:
        """Compile `break` or `continue`: release what was acquired by a `with` inside the loop, then jump."""
        if not self._loops:
            self.names.problem("outside-loop", f"`{path[-1]}` stands in no loop", path, key=True)
            return
        loop = self._loops[-1]
        place = self.place(path)
        inside = self._withs[loop.depth :]
        for frame in reversed(inside):
            frame.parts.append((frame.since, self.here))
            self.emit(ops.Release(frame.place, frame.on))
        jump = self.emit(ops.Jump(place, loop.again, back=again))
        if not again:
            loop.breaks.append(jump)
        for frame in inside:
            frame.since = self.here

    def hold(self, on: Compute, place: Place, body: Callable[[], None]) -> None:
        """Compile a `with`: acquire, the body, a release; and a release for when an exception leaves the body."""
        self.emit(ops.Acquire(place, on))
        frame = _With(on, place, self.here)
        self._withs.append(frame)
        body()
        self._withs.pop()
        frame.parts.append((frame.since, self.here))
        self.emit(ops.Release(place, on))
        over = self.emit(ops.Jump(place, -1))
        self._cleanups.extend(Cleanup(start, end, self.here) for start, end in frame.parts if start < end)
        self.emit(ops.Release(place, on))
        self.emit(ops.Reraise(place))
        self.patch(over, self.here)

    def call(self, function: str, args: list[Any] | dict[str, Any], path: Path) -> None:
        """Compile the call of a function in this thread."""
        bound = bind(self.names, function, args, path, (*path, "args"))
        if bound is None:
            return
        self.calls.setdefault(function, path)
        computes = tuple((name, self.value(value, where)) for name, value, where in bound)
        self.emit(ops.Call(self.place(path), function, computes))


def bind(names: Names, function: str, args: list[Any] | dict[str, Any], path: Path, args_path: Path) -> list[tuple[str, Any, Path]] | None:
    """Match arguments with a function's parameters: (parameter, value, the value's path) each; None on a problem."""
    if function not in names.functions:
        names.unknown("function", function, path, names.functions)
        return None
    params = names.functions[function]
    wants = f"{function!r} takes {', '.join(params) or 'no arguments'}"
    if isinstance(args, dict):
        for name in args:
            if name not in params:
                guess = closest(name, params)
                names.problem("wrong-arguments", f"{wants}; there is no {name!r}", (*args_path, name),
                              f"did you mean {guess!r}?" if guess else None, key=True)  # fmt: skip
                return None
        missing = [name for name in params if name not in args]
        if missing:
            names.problem("wrong-arguments", f"{wants}; {', '.join(missing)} is missing", args_path)
            return None
        return [(name, args[name], (*args_path, name)) for name in params]
    if len(args) != len(params):
        names.problem("wrong-arguments", f"{wants}; {len(args)} given", args_path)
        return None
    return [(name, value, (*args_path, index)) for index, (name, value) in enumerate(zip(params, args, strict=True))]


def names_bound(steps: list[Step], path: Path) -> Iterator[tuple[str, Path]]:
    """Yield every name that steps give a value to, in loops and branches too, and where they do."""
    for index, step in enumerate(steps):
        content, where = step.content, (*path, index, step.verb)
        if step.verb == "let":
            yield from ((name, (*where, name)) for name in content)
        if not isinstance(content, Form):
            continue
        for key in type(content).model_fields:
            if key in ("as_", "each"):
                name = getattr(content, key)
                if name is not None:
                    yield name, (*where, key.rstrip("_"))
            elif key in ("do", "then", "else_"):
                yield from names_bound(getattr(content, key) or [], (*where, key.rstrip("_")))


def repeat(body: Body, times: Compute, into: str | None, path: Path, turn: Callable[[], None]) -> None:
    """Compile a loop of so many turns."""
    iterate(body, lambda env: range(times(env)), into, path, turn)


def iterate(body: Body, items: Compute, into: str | None, path: Path, turn: Callable[[], None]) -> None:
    """Compile a loop over items."""
    place, slot = body.place(path), body.slot()
    body.emit(ops.Iterate(place, slot, items))
    following = body.emit(ops.Next(place, slot, into, -1))
    body.loop(turn, following, place, following)
