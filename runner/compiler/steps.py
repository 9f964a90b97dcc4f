"""Steps to ops: one function a verb. Control flow becomes jumps; `with` becomes a release on every way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from runner.compiler.expressions import Compiled, Scope
from runner.compiler.names import ACQUIRABLE, COUNTING_QUEUES, QUEUES, SEMAPHORES, WAITABLE, Names, Path
from runner.errors import Place, closest
from runner.program import Cleanup, Code, ops
from runner.program.ops import Compute, Env
from runner.spec.fields import parse_duration
from runner.spec.steps import Step


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


def bind(
    names: Names, function: str, args: list[Any] | dict[str, Any], path: Path, args_path: Path
) -> list[tuple[str, Any, Path]] | None:
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
        for key in ("as_", "each"):
            name = getattr(content, key, None)
            if isinstance(name, str):
                yield name, (*where, key.rstrip("_"))
        for key in ("do", "then", "else_"):
            nested = getattr(content, key, None)
            if isinstance(nested, list):
                yield from names_bound(nested, (*where, key.rstrip("_")))


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
    on = body.resource(form, path, ACQUIRABLE, "lock")
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Acquire(body.place(path), on, form.blocking, timeout, form.as_))


@verb("release")
def _release(body: Body, form: Any, path: Path) -> None:
    allowed = ACQUIRABLE if form.n == 1 else SEMAPHORES
    on = body.names.resource(form.lock, body.scope, (*path, "lock"), allowed, "release" if form.n == 1 else "release with n").compute
    n = None if form.n == 1 else body.count(form.n, (*path, "n"))
    body.emit(ops.Release(body.place(path), on, n))


@verb("with")
def _with(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, ACQUIRABLE, "lock")
    body.hold(on, body.place(path), lambda: body.steps(form.do, (*path, "do")))


@verb("wait")
def _wait(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, WAITABLE, "for_")
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Wait(body.place(path), on, timeout, form.as_))


@verb("wait_for")
def _wait_for(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, frozenset({"condition"}), "condition")
    until_path = (*path, "until")
    compiled = body.names.expression(form.until, body.scope, until_path)
    test = ops.Test(body.reads(compiled, until_path), compiled.compute)
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.WaitFor(body.place(path), on, test, timeout, form.as_))


@verb("notify")
def _notify(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, frozenset({"condition"}), "condition")
    body.emit(ops.Notify(body.place(path), on, body.count(form.n, (*path, "n"))))


@verb("notify_all")
def _notify_all(body: Body, form: Any, path: Path) -> None:
    body.emit(ops.NotifyAll(body.place(path), body.resource(form, path, frozenset({"condition"}), "condition")))


@verb("set")
def _set(body: Body, content: Any, path: Path) -> None:
    if isinstance(content, str):
        on = body.names.resource(content, body.scope, path, frozenset({"event"}), "set").compute
        body.emit(ops.SetEvent(body.place(path), on))
        return
    for name, item in content.items():
        where = (*path, name)
        body.names.resource(name, body.scope, where, frozenset({"var"}), "set")
        value = body.value(item, where)
        body.emit(ops.Write(body.place(where), lambda env, name=name: name, value))  # type: ignore[misc]


@verb("clear")
def _clear(body: Body, content: Any, path: Path) -> None:
    on = body.names.resource(content, body.scope, path, frozenset({"event"}), "clear").compute
    body.emit(ops.ClearEvent(body.place(path), on))


# -- queues ----------------------------------------------------------------------------------------------------------------


@verb("put")
def _put(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, QUEUES, "queue")
    item = body.value(form.item, (*path, "item"))
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Put(body.place(path), on, item, form.block, timeout))


@verb("get")
def _get(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, QUEUES, "queue")
    timeout = body.duration(form.timeout, (*path, "timeout"))
    body.emit(ops.Get(body.place(path), on, form.as_, form.block, timeout))


@verb("task_done")
def _task_done(body: Body, form: Any, path: Path) -> None:
    body.emit(ops.TaskDone(body.place(path), body.resource(form, path, COUNTING_QUEUES, "queue")))


# -- shared variables and names --------------------------------------------------------------------------------------------


@verb("read")
def _read(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, frozenset({"var"}), "var")
    body.emit(ops.Read(body.place(path), on, form.as_))


@verb("write")
def _write(body: Body, form: Any, path: Path) -> None:
    on = body.resource(form, path, frozenset({"var"}), "var")
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
        if reference in names.kinds:
            on = names.resource(reference, body.scope, where, COUNTING_QUEUES, "join").compute
            if timeout is not None:
                names.problem("wrong-arguments", "a queue's join has no timeout", (*path, "timeout"))
        else:
            on = names.thread(reference, body.scope, where).compute
            if any(names.threads.get(name) for name in names.thread_groups.get(reference, (reference,))):
                names.problem("cannot-join", f"{reference!r} is started by start_new_thread: nobody can join it", where)
        body.emit(ops.Join(body.place(path), on, timeout))


@verb("run")
def _run(body: Body, form: Any, path: Path) -> None:
    body.call(form.function, form.args, path)


# -- control flow ----------------------------------------------------------------------------------------------------------


@verb("repeat")
def _repeat(body: Body, form: Any, path: Path) -> None:
    times = body.count(form.times, (*path, "times"), least=0)
    repeat(body, times, form.as_, path, lambda: body.steps(form.do, (*path, "do")))


def repeat(body: Body, times: Compute, into: str | None, path: Path, turn: Callable[[], None]) -> None:
    """Compile a loop of so many turns."""
    iterate(body, lambda env: range(times(env)), into, path, turn)


def iterate(body: Body, items: Compute, into: str | None, path: Path, turn: Callable[[], None]) -> None:
    """Compile a loop over items."""
    place, slot = body.place(path), body.slot()
    body.emit(ops.Iterate(place, slot, items))
    following = body.emit(ops.Next(place, slot, into, -1))
    body.loop(turn, following, place, following)


@verb("for")
def _for(body: Body, form: Any, path: Path) -> None:
    items = body.value(form.in_, (*path, "in"))
    if isinstance(form.in_, str) and "${" not in form.in_ or isinstance(form.in_, int | float | None):
        hint = f"did you mean \"${{{form.in_}}}\"?" if isinstance(form.in_, str) else None
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
