"""The ops that steps compile to. Frozen data: what each does is the interpreter's.

A *visible* op touches something that other threads can see, and is a scheduling point; a *local* op is not.
`Compute` fields are compiled expressions or constants, evaluated in the thread's own names when the op runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from runner.errors import Place


class Env(dict[str, Any]):
    """A function call's names and their values; the fields of a thread's class are under `self.NAME`."""

    __slots__ = ()

    def __missing__(self, name: str) -> Any:
        raise NameError(f"{name!r} has no value yet")


Compute = Callable[[Env], Any]


class Access(Enum):
    """How an op touches what it acts on: two ops conflict when they touch the same thing and one of them writes."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


Footprint = tuple[tuple[str, Access], ...]
"""What an op touches, by name."""


@dataclass(frozen=True, slots=True)
class Op:
    """One operation and the place in the file it comes from."""

    place: Place
    verb: ClassVar[str] = ""
    access: ClassVar[Access] = Access.NONE


# -- visible ops -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sleep(Op):
    """time.sleep."""

    verb: ClassVar[str] = "sleep"
    duration: Compute


@dataclass(frozen=True, slots=True)
class Print(Op):
    """Print a line."""

    verb: ClassVar[str] = "print"
    access: ClassVar[Access] = Access.WRITE
    text: Compute


@dataclass(frozen=True, slots=True)
class OnResource(Op):
    """An op on the resource that `on` names."""

    access: ClassVar[Access] = Access.WRITE
    on: Compute


@dataclass(frozen=True, slots=True)
class Acquire(OnResource):
    """acquire(blocking, timeout)."""

    verb: ClassVar[str] = "acquire"
    blocking: bool = True
    timeout: Compute | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Release(OnResource):
    """release(n); n is for semaphores."""

    verb: ClassVar[str] = "release"
    n: Compute | None = None


@dataclass(frozen=True, slots=True)
class Wait(OnResource):
    """wait(timeout) of an event, a condition or a barrier."""

    verb: ClassVar[str] = "wait"
    timeout: Compute | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A condition: the shared variables it reads, each an op, and then the expression over them."""

    reads: tuple[Read, ...]
    holds: Compute


@dataclass(frozen=True, slots=True)
class WaitFor(OnResource):
    """Condition.wait_for(until, timeout)."""

    until: Test
    verb: ClassVar[str] = "wait_for"
    timeout: Compute | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Notify(OnResource):
    """Condition.notify(n)."""

    verb: ClassVar[str] = "notify"
    n: Compute


@dataclass(frozen=True, slots=True)
class NotifyAll(OnResource):
    """Condition.notify_all()."""

    verb: ClassVar[str] = "notify_all"


@dataclass(frozen=True, slots=True)
class SetEvent(OnResource):
    """Event.set()."""

    verb: ClassVar[str] = "set"


@dataclass(frozen=True, slots=True)
class ClearEvent(OnResource):
    """Event.clear()."""

    verb: ClassVar[str] = "clear"


@dataclass(frozen=True, slots=True)
class Put(OnResource):
    """Queue.put(item, block, timeout)."""

    verb: ClassVar[str] = "put"
    item: Compute
    block: bool = True
    timeout: Compute | None = None


@dataclass(frozen=True, slots=True)
class Get(OnResource):
    """Queue.get(block, timeout)."""

    verb: ClassVar[str] = "get"
    into: str | None = None
    block: bool = True
    timeout: Compute | None = None


@dataclass(frozen=True, slots=True)
class TaskDone(OnResource):
    """Queue.task_done()."""

    verb: ClassVar[str] = "task_done"


@dataclass(frozen=True, slots=True)
class Read(OnResource):
    """Read a shared variable."""

    verb: ClassVar[str] = "read"
    access: ClassVar[Access] = Access.READ
    into: str


@dataclass(frozen=True, slots=True)
class Write(OnResource):
    """Write a shared variable."""

    verb: ClassVar[str] = "write"
    value: Compute


@dataclass(frozen=True, slots=True)
class Start(Op):
    """Thread.start() of the thread, or of each in the group, that `on` names."""

    verb: ClassVar[str] = "start"
    access: ClassVar[Access] = Access.WRITE
    on: Compute


@dataclass(frozen=True, slots=True)
class Join(Op):
    """join(timeout) of the thread, the group of threads or the queue that `on` names."""

    verb: ClassVar[str] = "join"
    access: ClassVar[Access] = Access.READ
    on: Compute
    timeout: Compute | None = None


@dataclass(frozen=True, slots=True)
class Exit(Op):
    """The end of the main thread: it waits for every non-daemon thread, as the interpreter does at exit."""

    verb: ClassVar[str] = "exit"
    access: ClassVar[Access] = Access.READ


# -- local ops -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Let(Op):
    """Give a name to a value."""

    verb: ClassVar[str] = "let"
    into: str
    value: Compute


@dataclass(frozen=True, slots=True)
class Assert(Op):
    """Raise AssertionError unless the expression holds."""

    verb: ClassVar[str] = "assert"
    that: Compute
    source: str
    message: Compute | None = None


@dataclass(frozen=True, slots=True)
class Jump(Op):
    """Go on at another op; backwards, it is a loop's turn."""

    target: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class JumpUnless(Op):
    """Go on at another op unless the expression holds."""

    test: Compute
    target: int


@dataclass(frozen=True, slots=True)
class Iterate(Op):
    """Begin a loop over the items of a list; the iterator is kept under `slot`."""

    slot: str
    items: Compute


@dataclass(frozen=True, slots=True)
class Next(Op):
    """Take the next item, or go on at `target` when there is none."""

    slot: str
    into: str | None
    target: int


@dataclass(frozen=True, slots=True)
class Call(Op):
    """Run a function in this thread."""

    verb: ClassVar[str] = "run"
    function: str
    args: tuple[tuple[str, Compute], ...]


@dataclass(frozen=True, slots=True)
class Reraise(Op):
    """Raise again the exception that a cleanup was entered for."""
