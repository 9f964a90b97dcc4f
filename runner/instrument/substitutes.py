"""What stands in for what: each function, class and module of the real ones, and the substrate's of the same name.

Objects that were made of real ones before, such as a lock at module level, are stood in for by new ones in the same state.
"""

from __future__ import annotations

import importlib
import types
from typing import Any

from runner.errors import UsageError
from runner.substrate.contract import Modules

_SAME = object()


class Substitutes:
    """A mapping from real objects to those of a set of modules, by identity."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._by_id: dict[int, tuple[Any, Any]] = {}
        pairs = [("time", modules.time), ("_thread", modules._thread), ("queue", modules.queue), ("threading", modules.threading)]
        for name, module in pairs:
            self._pair(importlib.import_module(name), module)
        self._pool_modules()
        real_thread = importlib.import_module("_thread")
        self._put(real_thread.RLock, modules.threading._PyRLock)

    def _pool_modules(self) -> None:
        """Make a `concurrent.futures` of the substrate's pools; it has the real processes' pool still."""
        real = importlib.import_module("concurrent.futures")
        package, futures = types.ModuleType("concurrent"), types.ModuleType("concurrent.futures")
        executor = self._modules.futures.ThreadPoolExecutor
        base = executor.__mro__[1].submit.__globals__["_base"]
        vars(futures).update({name: getattr(real, name) for name in real.__all__})
        vars(futures).update({name: value for name, value in vars(base).items() if name in real.__all__}, ThreadPoolExecutor=executor)
        package.futures = futures  # type: ignore[attr-defined]
        self._pair(importlib.import_module("concurrent.futures._base"), base)
        self._put(importlib.import_module("concurrent.futures.thread").ThreadPoolExecutor, executor)
        self._put(importlib.import_module("concurrent"), package)
        self._put(real, futures)

    def _pair(self, real: types.ModuleType, module: Any) -> None:
        for name, value in vars(real).items():
            other = vars(module).get(name, value)
            if other is not value and isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
                self._put(value, other)
        if module is not real:
            self._put(real, module)

    def _put(self, real: Any, substitute: Any) -> None:
        self._by_id.setdefault(id(real), (real, substitute))

    def of(self, value: Any) -> Any:
        """Return what stands in for a value: itself, where nothing does.

        Raises:
            UsageError: it is a lock that is held, or a queue's or condition's kin in a state that a new one cannot have.
        """
        known = self._by_id.get(id(value))
        if known is not None:
            return known[1]
        made = self._made_from(value)
        if made is _SAME:
            return value
        self._by_id[id(value)] = (value, made)  # the value is kept, so that its id stays its own
        return made

    def _made_from(self, value: Any) -> Any:
        real = importlib.import_module("threading")
        queues = importlib.import_module("queue")
        threading, kind = self._modules.threading, type(value)
        if kind is type(real.Lock()):
            _held(value, value.locked())
            return threading.Lock()
        if kind is type(real.RLock()):
            _held(value, not value.acquire(blocking=False) or value.release() is not None)
            return threading.RLock()
        if kind is real.local:
            return threading.local()
        if kind is real.Event:
            event = threading.Event()
            if value.is_set():
                event.set()
            return event
        if kind is real.Condition:
            _held(value, bool(value._waiters))
            return threading.Condition(self.of(value._lock))
        if kind in (real.Semaphore, real.BoundedSemaphore):
            semaphore = getattr(threading, kind.__name__)(getattr(value, "_initial_value", value._value))
            semaphore._value = value._value
            return semaphore
        if kind is real.Barrier:
            _held(value, bool(value.n_waiting))
            return threading.Barrier(value.parties, value._action, value._timeout)
        if kind in (queues.Queue, queues.LifoQueue, queues.PriorityQueue):
            queue = getattr(self._modules.queue, kind.__name__)(value.maxsize)
            queue.queue.extend(value.queue)
            queue.unfinished_tasks = value.unfinished_tasks
            return queue
        if kind is queues.SimpleQueue:
            _held(value, not value.empty())
            return self._modules.queue.SimpleQueue()
        return _SAME


def _held(value: Any, held: bool) -> None:
    if held:
        raise UsageError(f"{value!r} is in use: a module can be instrumented only while no thread holds, or waits for, what is in it")
