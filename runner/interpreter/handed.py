"""What Python code gets of a scenario's resources: objects that behave as the standard library's, and whose every method is an op.

One class for each kind, with the methods that the standard library's has. A method is performed by the function that performs the same
step, so it is a scheduling point and recorded alike, under the resource's name, at the place of the call. They serve in the calls of
the run that made them, whichever thread has them by then, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from runner.interpreter.exchange import Named, given, taken
from runner.interpreter.verbs import PERFORM
from runner.program import ops
from runner.program.ops import CallPython, Env, Op
from runner.substrate.process import real_thread

if TYPE_CHECKING:
    from runner.interpreter.threads import ThreadRun


@dataclass(frozen=True, slots=True)
class Calling:
    """The call that a thread is in."""

    run: ThreadRun
    op: CallPython
    thread: int = field(default_factory=real_thread)
    """The operating system's. A thread that code starts may have a copy of its starter's context, and is in no call for all that."""


CALLING: ContextVar[Calling | None] = ContextVar("CALLING", default=None)
"""The call that the running thread is in. One that code has started itself is in none."""

_RESULT, _TIMEOUT, _NUMBER, _ITEM, _HOLDS = "result", "timeout", "n", "item", "holds"
_timeout, _number, _item = itemgetter(_TIMEOUT), itemgetter(_NUMBER), itemgetter(_ITEM)
_UNTIL = ops.Test((), lambda env: env[_HOLDS]())


class Handed(Named):
    """A resource as Python code has it."""

    __slots__ = ("_item", "_kind", "_name")

    def __init__(self, name: str, kind: str, item: Any) -> None:
        self._name = name
        self._kind = kind
        self._item = item

    def __repr__(self) -> str:
        return f"<{self._kind} {self._name!r}>"

    def _calling(self) -> Calling:
        """Return the call that the running thread is in.

        Raises:
            RuntimeError: it is in none, or in one of another run.
        """
        calling = CALLING.get()
        if calling is None or calling.thread != real_thread():
            raise RuntimeError(f"{self._name!r} belongs to a scenario: only its own threads can use it, in a call")
        if calling.run.resource_named(self._name) is not self._item:
            raise RuntimeError(f"{self._name!r} is from an earlier run: Python code has kept it")
        return calling

    def _op(self, calling: Calling, kind: Any, **fields: Any) -> Op:
        """Return the op of a kind with these fields, made once for a call step."""
        key = (kind, self._name, *fields.items())
        made = calling.op.within.get(key)
        if made is None:
            name = self._name
            made = calling.op.within.setdefault(key, kind(calling.op.place, on=lambda env: name, called=True, **fields))
        return made

    def _do(self, kind: type[Op], computed: dict[str, Any] | None = None, **fields: Any) -> Any:
        """Perform an op as the step of the same name does; return its result, where `into` asks for one."""
        calling = self._calling()
        return self._perform(calling, self._op(calling, kind, **fields), Env(computed or {}))

    def _perform(self, calling: Calling, op: Op, env: Env) -> Any:
        try:
            PERFORM[op.__class__](calling.run, op, env)
        except Exception as error:
            calling.run.raised_in_call(error, op)
            raise
        return env.get(_RESULT)

    def _ask(self, method: str) -> Any:
        return self._do(ops.Observe, method=method, into=_RESULT)


class _Acquirable(Handed):
    __slots__ = ()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Acquire it; see `threading`."""
        if timeout == -1:
            timeout = None
        if blocking and timeout is None:
            self._do(ops.Acquire)
            return True
        limited = {} if timeout is None else {"timeout": _timeout}
        return bool(self._do(ops.Acquire, {_TIMEOUT: timeout}, blocking=bool(blocking), into=_RESULT, **limited))

    def release(self) -> None:
        """Release it."""
        self._do(ops.Release)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *about: object) -> None:
        self.release()


class _Lockable(_Acquirable):
    """What a `threading.Condition` of the code's own may be made on. Its wait would block for real, and the run with it."""

    __slots__ = ()

    def _is_owned(self) -> bool:
        return bool(self._item.locked() if self._kind == "lock" else self._item._is_owned())

    def _release_save(self) -> None:
        raise RuntimeError(f"a Condition on {self._name!r} must be the scenario's own: {{kind: condition, lock: {self._name}}}; use that")

    def _acquire_restore(self, state: object) -> None:
        self._release_save()


class Lock(_Lockable):
    """threading.Lock."""

    __slots__ = ()

    def locked(self) -> bool:
        """Say whether it is locked."""
        return bool(self._ask("locked()"))


class RLock(_Lockable):
    """threading.RLock."""

    __slots__ = ()


class Semaphore(_Acquirable):
    """threading.Semaphore, threading.BoundedSemaphore."""

    __slots__ = ()

    def release(self, n: int = 1) -> None:
        """Release it, n times at once."""
        if n == 1:
            self._do(ops.Release)
        else:
            self._do(ops.Release, {_NUMBER: n}, n=_number)


class _Waitable(Handed):
    __slots__ = ()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it."""
        if timeout is None:
            self._do(ops.Wait)
            return True
        return bool(self._do(ops.Wait, {_TIMEOUT: timeout}, timeout=_timeout, into=_RESULT))


class Condition(_Acquirable, _Waitable):
    """threading.Condition."""

    __slots__ = ()

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        """Wait until the predicate holds."""
        calling = self._calling()
        op = self._op(calling, ops.WaitFor, until=_UNTIL, **({} if timeout is None else {"timeout": _timeout, "into": _RESULT}))
        last: Any = None

        def holds() -> bool:
            nonlocal last
            last = predicate()
            calling.run.intend(op, self._name)  # what the predicate asks is over; it may now wait
            return bool(last)

        self._perform(calling, op, Env({_HOLDS: holds, _TIMEOUT: timeout}))
        return last

    def notify(self, n: int = 1) -> None:
        """Wake threads that wait."""
        self._do(ops.Notify, {_NUMBER: n}, n=_number)

    def notify_all(self) -> None:
        """Wake every thread that waits."""
        self._do(ops.NotifyAll)


class Event(_Waitable):
    """threading.Event."""

    __slots__ = ()

    def is_set(self) -> bool:
        """Say whether it is set."""
        return bool(self._ask("is_set()"))

    def set(self) -> None:
        """Set it."""
        self._do(ops.SetEvent)

    def clear(self) -> None:
        """Clear it."""
        self._do(ops.ClearEvent)


class Barrier(Handed):
    """threading.Barrier."""

    __slots__ = ()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until all parties have come; return the number of arrival."""
        limited = {} if timeout is None else {"timeout": _timeout}
        return int(self._do(ops.Wait, {_TIMEOUT: timeout}, into=_RESULT, **limited))

    def abort(self) -> None:
        """Break it."""
        self._do(ops.Abort)

    def reset(self) -> None:
        """Make it empty and whole again."""
        self._do(ops.Reset)

    @property
    def n_waiting(self) -> int:
        """How many wait."""
        return int(self._ask("n_waiting"))

    @property
    def parties(self) -> int:
        """How many it is for; that never changes, so asking is no op."""
        return int(self._item.parties)

    @property
    def broken(self) -> bool:
        """Whether it is broken."""
        return bool(self._ask("broken"))


class SimpleQueue(Handed):
    """queue.SimpleQueue."""

    __slots__ = ()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an item."""
        kept = taken(item)
        seconds = timeout if block else None
        limited = {} if seconds is None else {"timeout": _timeout}
        self._do(ops.Put, {_ITEM: kept, _TIMEOUT: seconds}, item=_item, block=bool(block), **limited)

    def put_nowait(self, item: Any) -> None:
        """Put an item without waiting."""
        self.put(item, block=False)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take an item."""
        seconds = timeout if block else None
        limited = {} if seconds is None else {"timeout": _timeout}
        return given(self._do(ops.Get, {_TIMEOUT: seconds}, block=bool(block), into=_RESULT, **limited))

    def get_nowait(self) -> Any:
        """Take an item without waiting."""
        return self.get(block=False)

    def qsize(self) -> int:
        """Say how many items there are."""
        return int(self._ask("qsize()"))

    def empty(self) -> bool:
        """Say whether there is none."""
        return bool(self._ask("empty()"))


class Queue(SimpleQueue):
    """queue.Queue, and those of its kind."""

    __slots__ = ()

    @property
    def maxsize(self) -> int:
        """How many items it may hold."""
        return int(self._item.maxsize)

    def full(self) -> bool:
        """Say whether it is full."""
        return bool(self._ask("full()"))

    def task_done(self) -> None:
        """Say that an item is dealt with."""
        self._do(ops.TaskDone)

    def join(self) -> None:
        """Wait until every item is dealt with."""
        self._do(ops.Join)

    def shutdown(self, immediate: bool = False) -> None:
        """Shut it down; Python has this from 3.13 on."""
        self._do(ops.Shutdown, immediate=bool(immediate))


class Var(Handed):
    """A shared variable: `value` reads it, and writes it, an op each."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        """Its value."""
        return given(self._do(ops.Read, into=_RESULT))

    @value.setter
    def value(self, value: Any) -> None:
        self._do(ops.Write, {_ITEM: taken(value)}, value=_item)


class Local(Named):
    """threading.local: what is set is this thread's own."""

    __slots__ = ("_handed",)
    _handed: Handed

    def __init__(self, name: str, kind: str, item: Any) -> None:
        object.__setattr__(self, "_handed", Handed(name, kind, item))

    def __repr__(self) -> str:
        return repr(self._handed)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # what Python itself looks for
            raise AttributeError(attribute)
        return given(self._handed._do(ops.GetLocal, attribute=attribute, into=_RESULT))

    def __setattr__(self, attribute: str, value: Any) -> None:
        self._handed._do(ops.SetLocal, {_ITEM: taken(value)}, attribute=attribute, value=_item)


_CLASSES: dict[str, Callable[[str, str, Any], Any]] = {
    "lock": Lock, "rlock": RLock, "condition": Condition, "semaphore": Semaphore, "bounded_semaphore": Semaphore, "event": Event,
    "barrier": Barrier, "queue": Queue, "lifo_queue": Queue, "priority_queue": Queue, "simple_queue": SimpleQueue, "local": Local,
    "var": Var,
}  # fmt: skip
"""Kind → what Python code gets of one."""


def hand(run: ThreadRun, name: str) -> Any:
    """Return what Python code gets of a resource."""
    return _CLASSES[run.kind(name)](name, run.kind(name), run.resource_named(name))
