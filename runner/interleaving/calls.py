"""What an ordinary function does on locks, queues and threads, call by call: a scheduling point, what it acts on, and where.

Calls are the interpreter's ops, so that strategies read them as they read a scenario's. What an object is called must not depend on who
comes to it first: objects are known by the thread that made them, and a number; what reports call them is how the code does.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from runner.errors import Place, SourceText
from runner.interleaving.states import restorer
from runner.program import ops
from runner.program.ops import Op
from runner.script import observing
from runner.script.observing import Names, Places, short
from runner.substrate.controlled.kernel import Kernel
from runner.substrate.controlled.stdlib import OwnModules
from runner.trace import Event

OUTSIDE = "(outside)"
"""Who made what was there before the function was called."""
_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_OPS: dict[str, type[Op]] = {
    "acquire": ops.Acquire, "release": ops.Release, "wait": ops.Wait, "wait_for": ops.Wait, "notify": ops.Notify,
    "notify_all": ops.NotifyAll, "set": ops.SetEvent, "clear": ops.ClearEvent, "put": ops.Put, "get": ops.Get, "task_done": ops.TaskDone,
    "start": ops.Start, "join": ops.Join, "sleep": ops.Sleep, "reset": ops.Reset, "abort": ops.Abort, "shutdown": ops.Shutdown,
    "read": ops.Read, "write": ops.Write, "cancel": ops.SetEvent, "": ops.Observe,
}  # fmt: skip


def _nothing(env: Any) -> Any:
    return None


def make_op(verb: str, place: Place, *, tries: bool = False) -> Op:
    """Make the op that a call is. With `tries` it gives up, at once or after a time, where it would have to wait."""
    kind: Any = _OPS[verb]
    given: dict[str, Any] = {"place": place}
    names = {each.name for each in kind.__dataclass_fields__.values()} if hasattr(kind, "__dataclass_fields__") else set()
    for name in ("on", "n", "item", "value", "duration", "timeout", "into", "method"):
        if name in names:
            given[name] = _nothing if name in ("on", "n", "item", "value", "duration") else None
    if tries and "timeout" in names:
        given["timeout"] = _nothing
    op: Op = kind(**given)
    return op


class Calls:
    """Takes the calls of one function's executions. `modules` are given code that tells of them, and are nobody else's."""

    def __init__(self, modules: OwnModules) -> None:
        self.modules = modules
        self.kernel: Kernel | None = None
        self.kinds: dict[str, str] = {}
        """What sort of thing each name stands for."""
        self.resources: dict[str, Any] = {}
        self.shares: dict[str, tuple[str, ...]] = {}
        """Name → the names of what a call on it touches."""
        self.log: list[tuple[int, str, Op, str | None]] = []
        """Each call that was made: how many choices were made before, by which thread, what, on what."""
        self.events: list[Event] | None = None
        self.failures: list[tuple[str, BaseException]] = []
        self._ops: dict[tuple[Any, int, str, bool], Op] = {}
        self._names: dict[int, tuple[Any, str]] = {}
        self._outside: dict[int, tuple[Any, str]] = {}
        self._restore: dict[int, Callable[[], None]] = {}
        self._made: dict[str, int] = {}
        self._threads: dict[int, tuple[Any, str]] = {}
        self._taken: dict[str, int] = {}
        self.loose: set[str] = set()
        """Threads that the end of main cuts off: daemons, and those of pools."""
        self._places = Places()
        self._shown = Names()
        self.labels: dict[str, str] = {}
        """What reports call what a name stands for."""
        self._quiet: Any = None
        self.files: dict[str, str] = {}
        """Files of places → where they are."""
        self._annotate()

    def renew(self) -> None:
        """Be as new, for another function."""
        self.begin(record=False)
        for each in (
            self.kinds,
            self.resources,
            self.shares,
            self._ops,
            self._names,
            self._outside,
            self._restore,
            self.labels,
            self.files,
        ):
            each.clear()
        self._shown = Names()

    def _annotate(self) -> None:
        modules = self.modules
        threading, queue, thread = modules.threading, modules.queue, modules._thread
        inner = {id(vars(threading)), id(vars(queue)), id(globals())}
        note = self.call

        def called(verb: str, thing: Any, **how: Any) -> None:
            kernel = self.kernel
            if kernel is not None and not kernel.unwinding and id(sys._getframe(2).f_globals) not in inner:
                note(verb, thing, sys._getframe(2), how)

        names = {"__note__": called, "__begin__": self._begin, "__raised__": self._raised, "__made__": self._has_made, "__end__": self.end}
        observing.annotate(threading, names, observing.THREADING)
        observing.annotate(queue, names, observing.QUEUE)
        lock = thread.LockType
        acquire, release, init = lock.acquire, lock.release, lock.__init__

        def noted_acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
            called("acquire", self, blocking=blocking, timeout=timeout)
            return bool(acquire(self, blocking, timeout))

        def noted_release(self: Any) -> None:
            called("release", self)
            release(self)

        def noted_exit(self: Any, *_: object) -> None:
            called("release", self)
            release(self)

        def noted_locked(self: Any) -> bool:
            called("", self)
            return bool(self._locked)

        def noted_init(self: Any) -> None:
            init(self)
            made(self)

        made = self._has_made
        lock.acquire = lock.__enter__ = lock.acquire_lock = noted_acquire
        lock.release = lock.release_lock = noted_release
        lock.__exit__ = noted_exit
        lock.locked = lock.locked_lock = noted_locked
        lock.__init__ = noted_init
        sleep = modules.time.sleep

        def noted_sleep(secs: float, /) -> None:
            called("sleep", None)
            sleep(secs)

        modules.time.sleep = noted_sleep
        threading.excepthook = lambda args: None  # what ends a thread is told in the report

    @property
    def recorder(self) -> Calls:
        """Itself: what `View` counts events of."""
        return self

    # -- one execution after the other -------------------------------------------------------------------------------------------

    def begin(self, *, record: bool) -> None:
        """Take the calls of another execution. What was there before the first is in the state that it was found in."""
        for restore in self._restore.values():
            restore()
        self.kernel = None
        self._names = dict(self._outside)
        self._made, self._threads, self._taken, self.loose = {}, {}, {}, set()
        self.log, self.failures = [], []
        self.events = [] if record else None

    def run(self, kernel: Kernel) -> None:
        """The function is called now."""
        self.kernel = kernel

    # -- names -------------------------------------------------------------------------------------------------------------------

    def _has_made(self, thing: Any) -> None:
        kernel = self.kernel
        if kernel is not None and kernel.unwinding:
            return
        who = "(setup)" if kernel is None else kernel.current.name
        number = self._made[who] = self._made.get(who, 0) + 1
        self._names[id(thing)] = (thing, f"{who}/{number}")

    def name(self, thing: Any, frame: Any) -> str:
        """Return the name that strategies know an object by."""
        if isinstance(thing, self.modules.threading.Thread):
            return self._thread_name(thing)
        known = self._names.get(id(thing))
        if known is None:
            known = self._outside[id(thing)] = self._names[id(thing)] = (thing, f"{OUTSIDE}/{len(self._outside) + 1}")
            self._restore[id(thing)] = restorer(thing, self.modules)
        name = known[1]
        if self.resources.get(name) is not thing:
            self._know(name, thing)
        if name not in self.labels:
            self.labels[name] = self._label(thing, frame)
        lock = getattr(thing, "_block", thing)
        if isinstance(lock, self.modules._thread.LockType) and lock.label is None:
            lock.label = name
        return name

    def _label(self, thing: Any, frame: Any) -> str:
        plain = self._shown.of(thing, self._places.frame(frame)).partition("#")[0]
        times = sum(each.partition("#")[0] == plain for each in self.labels.values()) + 1
        return plain if times == 1 else f"{plain}#{times}"

    def _know(self, name: str, thing: Any) -> None:
        threading, queue = self.modules.threading, self.modules.queue
        kind = "semaphore"
        for cls, called in (
            (self.modules._thread.LockType, "lock"), (threading._PyRLock, "rlock"), (threading.Condition, "condition"),
            (threading.Event, "event"), (threading.Barrier, "barrier"), (queue.LifoQueue, "lifo_queue"),
            (queue.PriorityQueue, "priority_queue"), (queue.Queue, "queue"), (queue._PySimpleQueue, "simple_queue"),
        ):  # fmt: skip
            if isinstance(thing, cls):
                kind = called
                break
        self.resources[name], self.kinds[name] = thing, kind
        self.shares[name] = (name,)
        if kind == "condition":
            self.shares[name] = (name, self.name(thing._lock, sys._getframe()))

    def _thread_name(self, thread: Any) -> str:
        known = self._threads.get(id(thread))
        if known is None:
            plain = "main" if thread is self.modules.threading.main_thread() else str(thread.name)
            times = self._taken[plain] = self._taken.get(plain, 0) + 1
            known = self._threads[id(thread)] = (thread, plain if times == 1 else f"{plain}#{times}")
        return known[1]

    # -- calls -------------------------------------------------------------------------------------------------------------------

    def call(self, verb: str, thing: Any, frame: Any, how: dict[str, Any]) -> None:
        """Let others go first, the running thread being about to call something."""
        if self.kernel is not None and self._quiet is self.kernel.current:
            return
        tries = not (how.get("blocking", True) and how.get("block", True)) or self._ends(thing, how.get("timeout"))
        frame = self._frame(frame)
        key = (frame.f_code, frame.f_lineno, verb, tries)
        op = self._ops.get(key)
        if op is None:
            op = self._ops[key] = make_op(verb, self.place(frame.f_code.co_filename, frame.f_lineno), tries=tries)
        self.point(op, verb, None if thing is None else self.name(thing, frame))

    def _ends(self, thing: Any, timeout: Any) -> bool:
        """Say whether a wait ends by itself: to locks, and to no others, -1 is no timeout."""
        return timeout is not None and not (
            timeout == -1 and isinstance(thing, self.modules._thread.LockType | self.modules.threading._PyRLock)
        )

    def _frame(self, frame: Any) -> Any:
        while frame.f_code.co_filename.startswith(_FOLDER) and frame.f_back is not None:
            frame = frame.f_back
        return self._places.frame(frame)

    def place(self, file: str, line: int) -> Place:
        """Return a line as reports name it: its file as imports find it."""
        name = short(file)
        self.files[name] = file
        return Place(f"{name}:{line}", line, 1, 1, name)

    def sources(self) -> Iterator[SourceText]:
        """Return the files of all places so far."""
        for name, file in self.files.items():
            yield SourceText(name, tuple(line.rstrip("\n") for line in linecache.getlines(file)))

    def point(self, op: Op, verb: str, target: str | None) -> None:
        """Let others go first, and record what then happens."""
        kernel = self.kernel
        assert kernel is not None
        self.log.append((len(kernel.ranks), kernel.current.name, op, target))
        kernel.checkpoint(op, target)
        if self.events is not None and verb:
            self.record(verb, target, op.place.path)

    def record(self, verb: str, on: str | None, at: str, by: str | None = None, error: str | None = None) -> None:
        """Add an event, if anybody wants those."""
        if self.events is not None and self.kernel is not None:
            number, now = len(self.events) + 1, self.kernel.now
            self.events.append(Event(number, now, self.kernel.current.name, verb, self.shown(on), by=by, error=error, at=at))

    def shown(self, name: str | None) -> str | None:
        """Return what reports call something."""
        return None if name is None else self.labels.get(name, name)

    def blocked(self, thread: str, op: Op, on: str | None, by: str | None) -> None:
        """Take that a thread has to wait."""
        if not isinstance(op, ops.Exit):
            self.record("blocked", on, op.place.path, by=None if by == on else by)

    # -- threads -----------------------------------------------------------------------------------------------------------------

    def _begin(self, thread: Any) -> None:
        kernel = self.kernel
        if kernel is not None and not kernel.unwinding:
            name = kernel.current.name = self._thread_name(thread)
            if thread.daemon or _of_pool(thread):
                self.loose.add(name)

    def _raised(self) -> None:
        error, kernel = sys.exc_info()[1], self.kernel
        if kernel is not None and not kernel.unwinding and error is not None and not isinstance(error, SystemExit):
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        """Take that an exception ends the running thread."""
        assert self.kernel is not None
        self.failures.append((self.kernel.current.name, error))

    def end(self) -> None:
        """Take that the running thread is about to end."""
        kernel = self.kernel
        if kernel is None or kernel.unwinding:
            return
        name = kernel.current.name
        kernel.intend(END, name)
        self.log.append((len(kernel.ranks), name, END, name))
        kernel.before_end()
        error = next((type(error).__name__ for thread, error in self.failures if thread == name), None)
        self.record("end", None, "", error=error)

    def finish(self) -> None:
        """Main has returned: wait for threads that are no daemons and no pool's, as the interpreter does at exit."""
        kernel, threading = self.kernel, self.modules.threading
        assert kernel is not None
        self._quiet = kernel.current
        try:
            for thread in threading.enumerate():
                if not thread.daemon and thread is not threading.main_thread() and not _of_pool(thread):
                    name = self._thread_name(thread)
                    self.log.append((len(kernel.ranks), kernel.current.name, EXIT, name))
                    kernel.checkpoint(EXIT, name)
                    thread.join()
        finally:
            self._quiet = None


def _of_pool(thread: Any) -> bool:
    return getattr(getattr(thread, "_target", None), "__module__", None) == "concurrent.futures.thread"


END = ops.End(Place("", 1, 1))
EXIT = ops.Exit(Place("", 1, 1))
