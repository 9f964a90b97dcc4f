"""Execute a module of the standard library a second time, in a module object of its own, on other modules than the real ones.

The source is the interpreter's own; what differs is what its `import` statements find, by an `__import__` of its own.
Nothing global is touched. On this rest the controlled substrate's modules, and the thread pools of both substrates.
"""

from __future__ import annotations

import builtins
import importlib.util
import itertools
import os
import threading as real_threading
import types
from collections.abc import Callable
from queue import Empty
from typing import Any

from runner.errors import InternalError


def execute(name: str, real: types.ModuleType, found: dict[str, Any], shared: tuple[str, ...] = ()) -> types.ModuleType:
    """Run a module's source again, its imports finding `found` first.

    `shared` names keep their identity: exception classes, so that code that caught the real one still does.
    """

    def find(wanted: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if wanted in found and level == 0:
            return found[wanted]
        return builtins.__import__(wanted, globals, locals, fromlist, level)

    spec = real.__spec__
    loader: Any = spec.loader if spec is not None else None
    if spec is None or not hasattr(loader, "get_code"):
        raise InternalError(f"this Python does not offer the source of its {name} module")
    module = importlib.util.module_from_spec(spec)
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": find}
    exec(loader.get_code(spec.name), vars(module))  # the standard library's own code, nothing else
    for exception in shared:
        if hasattr(real, exception):
            setattr(module, exception, getattr(real, exception))
    return module


def without_fork_hooks() -> types.ModuleType:
    """Build an `os` without `register_at_fork`: what is executed a second time must not hook the process's forks."""
    module = types.ModuleType("os")
    vars(module).update({name: value for name, value in vars(os).items() if name != "register_at_fork"})
    return module


class _InOrder(list[Any]):
    """A pool's threads in the order they were made; the set that `concurrent.futures` keeps them in has an order of addresses."""

    add = list.append


class _WorkQueue:
    """A pool's queue of work; `before_get` is called whenever somebody looks for some: a worker, or who shuts the pool down."""

    def __init__(self, queue: Any, get_ident: Callable[[], int]) -> None:
        self.before_get: Callable[[], None] = lambda: None
        self.put, self.qsize, self.empty = queue.put, queue.qsize, queue.empty
        self._queue = queue
        self._get_ident = get_ident
        self._looked = 0  # who looked last, and found nothing

    def get(self, block: bool = True) -> Any:
        if self._looked != self._get_ident():
            self.before_get()
        self._looked = 0
        return self._queue.get(block)

    def get_nowait(self) -> Any:
        """Look for work. From Python 3.12 on a worker does so before it waits for some: the two are one look, as they were before."""
        self.before_get()
        try:
            return self._queue.get_nowait()
        except Empty:
            self._looked = self._get_ident()
            raise


class _IdleCount:
    """The semaphore of idle workers. A worker that is done is not idle while there is more to do.

    Up to Python 3.11 it counts as idle even so, and a pool may then make too few threads; 3.12 mended it, and what a
    scenario does must not depend on the version.
    """

    def __init__(self, semaphore: Any, queue: Any) -> None:
        self.acquire = semaphore.acquire
        self._semaphore = semaphore
        self._queue = queue

    def release(self) -> None:
        if not self._queue.qsize():
            self._semaphore.release()


class Futures:
    """Thread pools and their exceptions, on the modules in `found`; loaded when first asked for, which few programs do.

    Nothing waits for the pools' threads at the process's exit.
    """

    ThreadPoolExecutor: Any
    CancelledError: type[Exception]
    InvalidStateError: type[Exception]

    def __init__(self, found: dict[str, Any]) -> None:
        self._found = found
        self._lock: Any = None
        self._pools: Any = None

    def __getattr__(self, name: str) -> Any:
        if name not in type(self).__annotations__:
            raise AttributeError(name)
        import concurrent.futures as real
        import concurrent.futures._base as real_base
        import concurrent.futures.thread as real_thread
        import logging

        package = types.ModuleType("concurrent.futures")
        found = {"os": without_fork_hooks(), **self._found, "concurrent.futures": package}
        exceptions = ("CancelledError", "TimeoutError", "InvalidStateError", "BrokenExecutor", "Error")
        base: Any = execute("concurrent.futures._base", real_base, found, exceptions)
        base.LOGGER = logging.Logger("concurrent.futures")  # no child of the root's: an abandoned worker is no critical error
        base.LOGGER.addHandler(logging.NullHandler())
        package._base = base  # type: ignore[attr-defined]
        pools: Any = execute("concurrent.futures.thread", real_thread, found, ("BrokenThreadPool",))
        self.CancelledError, self.InvalidStateError = real.CancelledError, real.InvalidStateError
        self._pools = pools.ThreadPoolExecutor
        self.ThreadPoolExecutor = _with_order(pools.ThreadPoolExecutor, pools.threading.get_ident)
        self._lock = pools._global_shutdown_lock
        return vars(self)[name]

    def reset(self) -> None:
        """Free the lock that all pools share, for a run may have ended in a way nobody thought of, and number their threads anew."""
        if self._lock is not None:
            self._lock._at_fork_reinit()
            self._pools._counter = itertools.count().__next__


def _with_order(executor: Any, get_ident: Callable[[], int]) -> Any:
    """Make a pool's behaviour independent of addresses and versions; see `_InOrder` and `_IdleCount`."""

    def __init__(self: Any, *args: Any) -> None:
        executor.__init__(self, *args)
        self._threads = _InOrder()
        self._work_queue = _WorkQueue(self._work_queue, get_ident)
        self._idle_semaphore = _IdleCount(self._idle_semaphore, self._work_queue)

    return type("ThreadPoolExecutor", (executor,), {"__init__": __init__})


def abandonable_threading() -> types.ModuleType:
    """Build a `threading` for the pools of free runs: their threads are daemons, so that one that hangs keeps no process alive."""

    class Thread(real_threading.Thread):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "daemon": True})

    module = types.ModuleType("threading")
    vars(module).update({name: value for name, value in vars(real_threading).items() if not name.startswith("__")})
    module.Thread = Thread  # type: ignore[attr-defined]
    module._register_atexit = lambda function: None  # type: ignore[attr-defined]
    return module
