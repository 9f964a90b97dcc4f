"""Which threads may really go next: the *frontier* of an execution at a scheduling point.

The kernel offers every thread that is enabled for it, also one that stands before an op that would only block. Such an attempt does nothing
that others could see, so it is not offered while anybody else can do something: an op that blocks is taken when it can succeed. That loses
no outcome, for the standard library's wait queues lose no wake-up; it saves every order of attempts. When nobody can do anything else, the
attempts are made, so that the clock may jump or the deadlock be seen.

An op is *folded*, performed at once and no choice, when no op of another thread could ever depend on it (a singleton persistent set in the
sense of Godefroid, 1996): a sleep, the start of a thread that only main deals with, a thread's end that nobody asks about, a join that
need not wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runner.program import Program, ops
from runner.program.kinds import COUNTING_QUEUES, LOCKS, QUEUES, SEMAPHORES
from runner.program.ops import Access, Env, Footprint, Op

EXIT = "(exit)"
"""What the end of the run touches: a daemon thread may be cut off by it anywhere."""

ACQUIRE, GET, PUT, JOIN, WAIT, OTHER = 1, 2, 4, 8, 16, 32
"""Ways to block, as bits: which of them a resource would make an op do. `OTHER` is for those that only the thread's standing tells."""

WAY: dict[type[Op], int] = {
    ops.Acquire: ACQUIRE,
    ops.Get: GET,
    ops.Put: PUT,
    ops.Join: JOIN,
    ops.Wait: WAIT,
    ops.WaitFor: WAIT,
    ops.Result: OTHER,
}
"""Op → how it may block, if it is given no time for that."""


def only_tries(op: Op | None) -> bool:
    """Say whether an op gives up at once, or after a time, where it would have to wait: trying is what it does."""
    return getattr(op, "timeout", None) is not None or not getattr(op, "blocking", True) or not getattr(op, "block", True)


Mask = tuple[int, int]
"""What an op reads and writes, a bit for each name. Two ops depend on each other if one writes what the other touches."""

NOTHING: Mask = (0, 0)


def depend(one: Mask, other: Mask) -> bool:
    """Say whether two ops depend on each other."""
    return bool(one[1] & (other[0] | other[1]) or one[0] & other[1])


class Names:
    """Gives every name that ops touch a bit, and every op its mask, for one program."""

    def __init__(self, program: Program, *, printed: bool) -> None:
        self._program = program
        self._bits: dict[str, int] = {}
        self.known: dict[tuple[str, int, str | None], Mask] = {}
        """The masks of the program's own ops by thread, `id` of the op, and target: asked for at every scheduling point."""
        self._printed = printed
        self._daemons = frozenset(name for name, thread in program.threads.items() if thread.daemon or thread.raw)
        self.foldable_starts, self.foldable_ends = _folded(program)

    def mask(self, thread: str, op: Op | None, target: str | None) -> Mask:
        """Return what an op of a thread touches."""
        if op is None:
            return NOTHING
        if op.__class__ in _MADE_ANEW:
            return self._with_exit(thread, op, self._made_anew(thread, op, target))
        key = (thread, id(op), target)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._with_exit(thread, op, self._look_up(op, target))
        return found

    def _made_anew(self, thread: str, op: Op, target: str | None) -> Mask:
        name = (target or thread).partition("/")[0]  # a future counts as its pool
        folded = op.__class__ in (ops.End, ops.Exit) and name in self.foldable_ends
        return NOTHING if folded else self._bits_of(((name, op.access),))

    def _with_exit(self, thread: str, op: Op, found: Mask) -> Mask:
        kind = op.__class__
        if thread in self._daemons:  # how one ends is seen, if it does before the run is over
            return (found[0] | self._bit(EXIT), found[1]) if found != NOTHING or kind is ops.End else found
        if kind in (ops.End, ops.Exit) and thread == "main" and self._daemons:
            return found[0], found[1] | self._bit(EXIT)
        return found

    def _look_up(self, op: Op, target: str | None) -> Mask:
        if isinstance(op, ops.Print) and not self._printed:
            return NOTHING
        if isinstance(op, ops.Start) and target in self.foldable_starts:
            return NOTHING
        if isinstance(op, ops.Join) and target in self.foldable_ends and target in self.foldable_starts:
            return NOTHING
        footprint = self._program.footprint(op, target)
        return self._bits_of(tuple((name.partition("/")[0], access) for name, access in footprint))

    def _bits_of(self, footprint: Footprint) -> Mask:
        reads = writes = 0
        for name, access in footprint:
            if access is Access.WRITE:
                writes |= self._bit(name)
            elif access is Access.READ:
                reads |= self._bit(name)
        return reads, writes

    def _bit(self, name: str) -> int:
        return self._bits.setdefault(name, 1 << len(self._bits))


_MADE_ANEW = frozenset({ops.Begin, ops.Done, ops.Serve, ops.End, ops.Exit})
"""Ops that no step compiles to: each execution makes its own."""


def _folded(program: Program) -> tuple[frozenset[str], frozenset[str]]:
    """Return the threads whose start nobody but main could notice, and those whose end nobody asks about."""
    names = frozenset(program.threads)
    only_main, never_asked = set(names), set(names) | {"main"}
    for code in program.codes:
        for op in code.ops:
            for each in (op, *(op.until.reads if isinstance(op, ops.WaitFor) else ())):
                touched = frozenset(_threads_of(program, each))
                if code is not program.main:
                    only_main -= touched
                if isinstance(each, ops.Observe | ops.Cancel) or (isinstance(each, ops.Join) and each.timeout is not None):
                    never_asked -= touched
    return frozenset(only_main), frozenset(never_asked)


def _threads_of(program: Program, op: Op) -> Iterator[str]:
    """Return the threads that an op may act on: all of them where that is computed as it runs."""
    if not isinstance(op, ops.Start | ops.Join | ops.Observe | ops.Cancel):
        return
    try:
        name = op.on(Env())
    except Exception:  # it needs a name of the thread's
        yield from program.threads
        return
    if name in program.threads:
        yield name
    else:
        yield from program.groups.get(name, ())


_IN_LINE = SEMAPHORES | QUEUES


class Frontier:
    """Reads the state of an execution's resources: what would block."""

    def __init__(self, program: Program) -> None:
        self._kinds = {name: resource.kind for name, resource in program.resources.items()}
        may_close = LOCKS | SEMAPHORES | QUEUES | {"condition", "event"}
        self._always_open = frozenset(name for name, kind in self._kinds.items() if kind not in may_close)
        self._execution: Any = None
        self._kernel: Any = None

    def begin(self, execution: Any, kernel: Any) -> None:
        """Read the state of another execution from now on."""
        self._execution = execution
        self._kernel = kernel

    def finished(self, name: str) -> bool | None:
        """Say whether a thread has ended; None if it has not started."""
        for task in self._kernel.tasks:
            if task.name == name:
                return bool(task.finished)
        return None

    def blocks(self, task: Any) -> int:
        """Say whether all that a task could do now is to wait: it stands before an op that would block, or would only fall asleep again.

        The answer is how it would wait, 0 for not at all.
        """
        way = WAY.get(task.op.__class__)
        if way is None or task.target is None:
            return 0
        op, inside = task.op, task.waiting is not None
        if not inside and only_tries(op):
            return 0
        if way == OTHER:
            return 0 if self._done(task.target) else way
        if way == WAIT and self._kinds[task.target] != "event":
            held = (
                inside and self._kinds[task.target] == "condition" and self._held(self._execution.resources[task.target]._lock, task.serial)
            )
            return ACQUIRE if held else 0
        if inside and task.timed_out:
            return 0
        return self.closed(task.target, task.serial) & way

    def in_line(self, task: Any) -> bool:
        """Say whether it matters who begins to wait first: those who wait for a semaphore or a queue are woken in turn."""
        return self._kinds.get(task.target) in _IN_LINE and task.op.__class__ is not ops.Join

    def closed(self, name: str, serial: int = 0) -> int:
        """Return how an op on a resource, or a join of a thread, would block, for whoever does not own it."""
        if name in self._always_open:
            return 0
        kind = self._kinds.get(name)
        if kind is None:
            return JOIN if self.finished(name) is False else 0
        resource = self._execution.resources.get(name)
        if resource is None:
            return 0
        if kind in LOCKS:
            return ACQUIRE if self._held(resource, serial) else 0
        if kind == "condition":
            return ACQUIRE if self._held(resource._lock, serial) else 0
        if kind in SEMAPHORES:
            return 0 if resource._value else ACQUIRE
        if kind == "event":
            return 0 if resource._flag else WAIT
        if kind in COUNTING_QUEUES:
            if getattr(resource, "is_shutdown", False):
                return JOIN if resource.unfinished_tasks else 0
            size = resource._qsize()
            closed = 0 if size else GET
            if 0 < resource.maxsize <= size:
                closed |= PUT
            return closed | JOIN if resource.unfinished_tasks else closed
        if kind == "simple_queue":
            return 0 if resource._queue else GET
        return 0

    def _held(self, lock: Any, serial: int) -> bool:
        """Say whether somebody else's holding a lock would make one wait; a plain lock is nobody's."""
        inner = getattr(lock, "_block", None)
        if inner is None:
            return bool(lock._locked)
        return bool(inner._locked) and lock._owner != serial

    def _done(self, job: str) -> bool:
        pools = self._execution.pools
        return any(each.name == job and each.future._state not in ("PENDING", "RUNNING") for each in pools.jobs)
