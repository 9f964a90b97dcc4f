"""Load the standard library's `threading` and `queue` a second time, on our `_thread` and a virtual `time`.

How is in substrate/second.py. Nothing global is touched: whoever else in the process uses threads keeps the real modules.

PRIVATE_NAMES is the one list of undocumented names relied on; a test checks it on each supported CPython.
"""

from __future__ import annotations

import _threading_local as real_local
import itertools
import queue as real_queue
import sys
import threading as real_threading
import time as real_time
import types
from dataclasses import dataclass
from typing import Any

from runner.errors import InternalError
from runner.substrate.contract import Modules, Unwind
from runner.substrate.controlled.bare import make_bare_thread
from runner.substrate.controlled.primitives import MAIN_IDENT, Running, make_module
from runner.substrate.second import Futures, execute, without_fork_hooks

PRIVATE_NAMES: dict[str, tuple[str, ...]] = {
    "threading": ("_active", "_limbo", "_counter", "_main_thread", "_PyRLock", "_CRLock", "_dangling"),
    "queue": ("_PySimpleQueue",),
}
_OLD = ("_set_sentinel",)  # _thread, up to 3.12
_NEW = ("start_joinable_thread", "_ThreadHandle", "_make_thread_handle", "_get_main_thread_ident")  # _thread, from 3.13
PRIVATE_NAMES["_thread"] = _OLD if sys.version_info < (3, 13) else _NEW

SHARED_EXCEPTIONS = {"threading": ("BrokenBarrierError",), "queue": ("Empty", "Full", "ShutDown")}
"""Exception classes keep their identity, so that code that caught the real one still does."""


def make_time(running: Running) -> types.ModuleType:
    """Build a `time` whose clocks are the running kernel's and whose `sleep` takes no wall time."""
    module = types.ModuleType("time", real_time.__doc__)
    vars(module).update({name: value for name, value in vars(real_time).items() if not name.startswith("__")})

    def seconds() -> float:
        kernel = running.kernel
        return 0.0 if kernel is None else kernel.monotonic()

    def nanoseconds() -> int:
        kernel = running.kernel
        return 0 if kernel is None else kernel.now

    def sleep(secs: float, /) -> None:
        if secs < 0:
            raise ValueError("sleep length must be non-negative")
        kernel = running.kernel
        if kernel is None:
            raise InternalError("a virtual sleep outside of a run")
        if kernel.sync:
            kernel.preempt()
        nanoseconds = round(secs * 1e9)
        if nanoseconds:
            kernel.park(None, nanoseconds)
        else:
            kernel.give_way()

    for name in ("monotonic", "perf_counter", "time"):
        setattr(module, name, seconds)
        setattr(module, f"{name}_ns", nanoseconds)
    module.sleep = sleep  # type: ignore[attr-defined]
    return module


def _queue_without_c() -> types.ModuleType:
    """Build a `_queue` that has the exception but not the C SimpleQueue, which would block for real."""
    module = types.ModuleType("_queue")
    module.Empty = real_queue.Empty  # type: ignore[attr-defined]
    return module


def _excepthook(args: Any) -> None:
    """Report what ends a thread, unless it was abandoned."""
    if not issubclass(args.exc_type, Unwind):
        real_threading.excepthook(args)


@dataclass(frozen=True, slots=True)
class OwnModules(Modules):
    """A set of our own modules, and through what they find the run in progress."""

    running: Running
    bare_thread: Any
    inner_locks: dict[str, Any]
    """Those that `threading` has for its own lists, as it made them: on our `_thread`."""


_free = real_threading.RLock()
_loaded: OwnModules | None = None


def load() -> OwnModules:
    """Return the second set of modules, loaded once a process."""
    global _loaded
    if _loaded is None:
        _loaded = load_another()
    return _loaded


def load_another() -> OwnModules:
    """Load a set for oneself."""
    running = Running()
    found: dict[str, Any] = {
        "_thread": make_module(running),
        "time": make_time(running),
        "os": without_fork_hooks(),
        "_queue": _queue_without_c(),
    }
    threading = found["threading"] = execute("threading", real_threading, found, SHARED_EXCEPTIONS["threading"])
    # Keyed by our threads: the C one is keyed by the carrier, which outlives a thread.
    found["_threading_local"] = execute("_threading_local", real_local, found)
    threading.local = found["_thread"]._local = found["_threading_local"].local  # type: ignore[attr-defined]
    threading.excepthook = _excepthook  # type: ignore[attr-defined]
    if hasattr(threading, "_DeleteDummyThreadOnDel"):
        # 3.13 hangs it on the carrier's own local data, to tidy `_active` when that dies, at whatever moment; `reset` does that.
        threading._DeleteDummyThreadOnDel = lambda thread: None  # type: ignore[attr-defined]
    found["queue"] = execute("queue", real_queue, found, SHARED_EXCEPTIONS["queue"])
    missing = [f"{module}.{name}" for module, names in PRIVATE_NAMES.items() for name in names if not hasattr(found[module], name)]
    if missing:
        version = ".".join(map(str, sys.version_info[:3]))
        raise InternalError(f"CPython {version} lacks {', '.join(missing)}, which the controlled substrate relies on")
    inner_locks = {name: vars(threading)[name] for name in ("_active_limbo_lock", "_shutdown_locks_lock") if hasattr(threading, name)}
    return OwnModules(
        threading, found["_thread"], found["queue"], found["time"], Futures(found), running, make_bare_thread(running), inner_locks
    )


def forget(modules: OwnModules) -> None:
    """Load a fresh set for the next run: a thread that would not end may still use this one."""
    global _loaded
    if _loaded is modules:
        _loaded = None


def reset(modules: OwnModules, *, sync: bool) -> None:
    """Forget the threads of the last run, those it abandoned included.

    The locks around `threading`'s own lists are of interest only to a run with `sync`, which may switch while one is held. In any other
    they are always free, and stand-ins in C take a third off what a thread costs.
    """
    threading = modules.threading
    modules.futures.reset()
    if sync or threading._active_limbo_lock is not _free:
        for name, lock in modules.inner_locks.items():
            lock._at_fork_reinit()  # free already, unless a run ended in a way nobody thought of
            setattr(threading, name, lock if sync else _free)
    threading._active.clear()
    threading._active[MAIN_IDENT] = threading._main_thread
    threading._limbo.clear()
    threading._dangling.clear()
    threading._counter = itertools.count(1).__next__  # the number in an unnamed thread's name
    if hasattr(threading, "_shutdown_locks"):
        threading._shutdown_locks.clear()
