"""The ops that steps compile to. Frozen data: what each does is the interpreter's.

A *visible* op touches something that other threads can see, and is a scheduling point; a *local* op is not.
`Compute` fields are compiled expressions or constants, evaluated in the thread's own names when the op runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from runner.errors import Place
from runner.program.kinds import ACQUIRABLE, ASKED, COUNTING_QUEUES, ENDABLE, HANDED, QUEUES, WAITABLE


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
    kinds: ClassVar[frozenset[str]] = frozenset()
    """The kinds of resource that it may be on."""
    called: bool = field(default=False, kw_only=True)
    """Whether Python code does it that a `call` calls: it may then touch all else that such code shares."""


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
    kinds: ClassVar[frozenset[str]] = ACQUIRABLE
    blocking: bool = True
    timeout: Compute | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Release(OnResource):
    """release(n); n is for semaphores."""

    verb: ClassVar[str] = "release"
    kinds: ClassVar[frozenset[str]] = ACQUIRABLE
    n: Compute | None = None


@dataclass(frozen=True, slots=True)
class Wait(OnResource):
    """wait(timeout) of an event, a condition or a barrier."""

    verb: ClassVar[str] = "wait"
    kinds: ClassVar[frozenset[str]] = WAITABLE
    timeout: Compute | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A condition: the ops that read what threads share, and then the expression over that."""

    reads: tuple[Op, ...]
    holds: Compute


@dataclass(frozen=True, slots=True)
class WaitFor(OnResource):
    """Condition.wait_for(until, timeout)."""

    until: Test
    verb: ClassVar[str] = "wait_for"
    kinds: ClassVar[frozenset[str]] = frozenset({"condition"})
    timeout: Compute | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Notify(OnResource):
    """Condition.notify(n)."""

    verb: ClassVar[str] = "notify"
    kinds: ClassVar[frozenset[str]] = frozenset({"condition"})
    n: Compute


@dataclass(frozen=True, slots=True)
class NotifyAll(OnResource):
    """Condition.notify_all()."""

    verb: ClassVar[str] = "notify_all"
    kinds: ClassVar[frozenset[str]] = frozenset({"condition"})


@dataclass(frozen=True, slots=True)
class SetEvent(OnResource):
    """Event.set()."""

    verb: ClassVar[str] = "set"
    kinds: ClassVar[frozenset[str]] = frozenset({"event"})


@dataclass(frozen=True, slots=True)
class ClearEvent(OnResource):
    """Event.clear()."""

    verb: ClassVar[str] = "clear"
    kinds: ClassVar[frozenset[str]] = frozenset({"event"})


@dataclass(frozen=True, slots=True)
class Put(OnResource):
    """Queue.put(item, block, timeout)."""

    verb: ClassVar[str] = "put"
    kinds: ClassVar[frozenset[str]] = QUEUES
    item: Compute
    block: bool = True
    timeout: Compute | None = None


@dataclass(frozen=True, slots=True)
class Get(OnResource):
    """Queue.get(block, timeout)."""

    verb: ClassVar[str] = "get"
    kinds: ClassVar[frozenset[str]] = QUEUES
    into: str | None = None
    block: bool = True
    timeout: Compute | None = None


@dataclass(frozen=True, slots=True)
class TaskDone(OnResource):
    """Queue.task_done()."""

    verb: ClassVar[str] = "task_done"
    kinds: ClassVar[frozenset[str]] = COUNTING_QUEUES


@dataclass(frozen=True, slots=True)
class Read(OnResource):
    """Read a shared variable."""

    verb: ClassVar[str] = "read"
    access: ClassVar[Access] = Access.READ
    kinds: ClassVar[frozenset[str]] = frozenset({"var"})
    into: str


@dataclass(frozen=True, slots=True)
class Write(OnResource):
    """Write a shared variable."""

    verb: ClassVar[str] = "write"
    kinds: ClassVar[frozenset[str]] = frozenset({"var"})
    value: Compute


@dataclass(frozen=True, slots=True)
class Observe(OnResource):
    """Ask something of a resource or a thread: is_set(), locked(), qsize(), is_alive(), broken…; `into` is where an expression finds it."""

    verb: ClassVar[str] = "observe"
    access: ClassVar[Access] = Access.READ
    kinds: ClassVar[frozenset[str]] = frozenset(ASKED)
    method: str
    into: str


@dataclass(frozen=True, slots=True)
class Abort(OnResource):
    """Barrier.abort()."""

    verb: ClassVar[str] = "abort"
    kinds: ClassVar[frozenset[str]] = frozenset({"barrier"})


@dataclass(frozen=True, slots=True)
class Reset(OnResource):
    """Barrier.reset()."""

    verb: ClassVar[str] = "reset"
    kinds: ClassVar[frozenset[str]] = frozenset({"barrier"})


@dataclass(frozen=True, slots=True)
class Shutdown(OnResource):
    """shutdown(wait, cancel_futures) of a pool, or shutdown(immediate) of a queue; None leaves an argument out."""

    verb: ClassVar[str] = "shutdown"
    kinds: ClassVar[frozenset[str]] = ENDABLE
    wait: bool | None = None
    cancel_futures: bool | None = None
    immediate: bool | None = None


@dataclass(frozen=True, slots=True)
class Submit(OnResource):
    """ThreadPoolExecutor.submit(function, args)."""

    verb: ClassVar[str] = "submit"
    kinds: ClassVar[frozenset[str]] = frozenset({"pool"})
    function: str
    args: tuple[tuple[str, Compute], ...]
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Begin(OnResource):
    """A pool's worker begins with what was submitted; `on` is the future's name. No step compiles to it."""

    verb: ClassVar[str] = "begin"


@dataclass(frozen=True, slots=True)
class Done(OnResource):
    """A pool's worker is done with what was submitted; `on` is the future's name. No step compiles to it."""

    verb: ClassVar[str] = "done"


@dataclass(frozen=True, slots=True)
class Serve(OnResource):
    """A pool's worker waits for something to do, or a timer for its time. No step compiles to it."""

    verb: ClassVar[str] = "serve"


@dataclass(frozen=True, slots=True)
class Result(OnResource):
    """Future.result(timeout)."""

    verb: ClassVar[str] = "result"
    access: ClassVar[Access] = Access.READ
    timeout: Compute | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Cancel(OnResource):
    """Future.cancel(), or Timer.cancel()."""

    verb: ClassVar[str] = "cancel"
    kinds: ClassVar[frozenset[str]] = frozenset({"timer"})
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Atomic(Op):
    """Begin a group of ops that no other thread comes between; one op to a scheduler. `touches` are the variables it may use."""

    verb: ClassVar[str] = "atomic"
    access: ClassVar[Access] = Access.WRITE
    touches: Footprint


@dataclass(frozen=True, slots=True)
class Use:
    """Stands, among a call's arguments, for the resource of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class CallPython(Op):
    """Call a function of Python code, `package.module:name`, in this thread. `args` are by position (None) or by name."""

    verb: ClassVar[str] = "call"
    access: ClassVar[Access] = Access.WRITE
    kinds: ClassVar[frozenset[str]] = HANDED
    function: str
    args: tuple[tuple[str | None, Compute], ...]
    bounded: Callable[[Any], Any]
    """Returns a value that is within the limits, and raises SizeLimitError for others."""
    uses: tuple[Compute, ...] = ()
    """The names of the resources that are handed over."""
    into: str | None = None
    within: dict[Any, Op] = field(default_factory=dict, compare=False, repr=False)
    """The ops that the code does on what it is handed, each made once: searches know ops by identity, from one execution to the next."""


@dataclass(frozen=True, slots=True)
class Start(Op):
    """Thread.start() of the thread, or of each in the group, that `on` names."""

    verb: ClassVar[str] = "start"
    access: ClassVar[Access] = Access.WRITE
    kinds: ClassVar[frozenset[str]] = frozenset({"timer"})
    on: Compute


@dataclass(frozen=True, slots=True)
class Join(Op):
    """join(timeout) of the thread, the group of threads or the queue that `on` names."""

    verb: ClassVar[str] = "join"
    access: ClassVar[Access] = Access.READ
    kinds: ClassVar[frozenset[str]] = COUNTING_QUEUES | {"timer"}
    on: Compute
    timeout: Compute | None = None


@dataclass(frozen=True, slots=True)
class End(Op):
    """A thread is about to end. No step compiles to it."""

    verb: ClassVar[str] = "end"
    access: ClassVar[Access] = Access.WRITE


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
    """Run a function in this thread; `into` is the name for what it returns."""

    verb: ClassVar[str] = "run"
    function: str
    args: tuple[tuple[str, Compute], ...]
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Return(Op):
    """Keep what the code returns; what must be done before is done, and a jump to its end follows."""

    verb: ClassVar[str] = "return"
    value: Compute


@dataclass(frozen=True, slots=True)
class GetLocal(Op):
    """Read an attribute of a threading.local, which is this thread's own; `into` is where an expression finds it."""

    verb: ClassVar[str] = "read"
    kinds: ClassVar[frozenset[str]] = frozenset({"local"})
    on: Compute
    attribute: str
    into: str


@dataclass(frozen=True, slots=True)
class SetLocal(Op):
    """Set an attribute of a threading.local for this thread."""

    verb: ClassVar[str] = "write"
    kinds: ClassVar[frozenset[str]] = frozenset({"local"})
    on: Compute
    attribute: str
    value: Compute


@dataclass(frozen=True, slots=True)
class EndAtomic(Op):
    """End a group; other threads may come again."""


# Exceptions. A cleanup (see `Code.cleanups`) keeps the exception it was entered for under its slot.


@dataclass(frozen=True, slots=True)
class Raise(Op):
    """Raise one of the exceptions in exceptions.py, by its name."""

    verb: ClassVar[str] = "raise"
    error: str
    message: Compute | None = None


@dataclass(frozen=True, slots=True)
class Catch(Op):
    """Go on with the next op if the exception in the slot is of this kind, else at `target`; `into` gets its name and message."""

    verb: ClassVar[str] = "except"
    slot: str
    error: str
    target: int
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Reraise(Op):
    """Raise the exception in the slot again."""

    slot: str


@dataclass(frozen=True, slots=True)
class Enter(Op):
    """Enter a `finally`, which is at `target`, without an exception: when it is over, go on at `then`."""

    slot: str
    then: int
    target: int


@dataclass(frozen=True, slots=True)
class Leave(Op):
    """Leave a `finally`: raise again what it was entered for, or go on where it was entered to go on."""

    slot: str
