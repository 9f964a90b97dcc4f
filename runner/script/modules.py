"""Make the modules that a program finds: the substrate's, as complete as a whole program needs them."""

from __future__ import annotations

import itertools
import sys
import types
from collections.abc import Callable
from typing import Any

from runner.script import observing
from runner.script.clock import make_time
from runner.script.program import clean, say
from runner.script.recording import Recorder
from runner.substrate.contract import Unwind
from runner.substrate.controlled import primitives
from runner.substrate.controlled.stdlib import OwnModules


def make_modules(modules: OwnModules, recorder: Recorder) -> dict[str, types.ModuleType]:
    """Make them, by the name that they are imported by; the recorder is told of what the program does with them."""
    threading, thread, queue = modules.threading, modules._thread, modules.queue
    inner = {id(vars(module)) for module in (threading, queue, primitives, sys.modules["_frozen_importlib"])}

    def called(verb: str, thing: Any, **_: Any) -> None:
        if id(sys._getframe(2).f_globals) not in inner:
            recorder.note(verb, thing)

    names = {"__note__": called, "__begin__": recorder.begin, "__raised__": recorder.raised}
    observing.annotate(threading, names, observing.THREADING)
    observing.annotate(queue, names, observing.QUEUE)
    observing.annotate(primitives, names, observing.PRIMITIVES)
    _complete_locks(thread.LockType)
    _complete_threads(threading, thread, recorder)
    empty = types.ModuleType("_queue")
    empty.Empty = queue.Empty  # type: ignore[attr-defined]
    local = types.ModuleType("_threading_local")
    local.local = threading.local  # type: ignore[attr-defined]
    time = make_time(modules, recorder.note)
    return {"threading": threading, "_thread": thread, "queue": queue, "_queue": empty, "_threading_local": local, "time": time}


def _complete_locks(lock: Any) -> None:
    """Let locks look, and refuse to be copied, as the C ones."""

    def __repr__(self: Any) -> str:
        return f"<{'locked' if self._locked else 'unlocked'} _thread.lock object at {id(self):#x}>"

    def __reduce_ex__(self: Any, protocol: int) -> Any:
        raise TypeError("cannot pickle '_thread.lock' object")

    lock.__module__ = "_thread"
    lock.__repr__, lock.__reduce_ex__ = __repr__, __reduce_ex__


def _complete_threads(threading: Any, thread: Any, recorder: Recorder) -> None:
    """Report what ends threads as Python does, count them instead of giving them addresses, and let there be RLocks in `_thread`."""
    default = threading.__excepthook__ if hasattr(threading, "__excepthook__") else thread._excepthook
    start = thread.start_new_thread

    def excepthook(args: Any, /) -> None:
        if not issubclass(args.exc_type, Unwind):
            clean(args.exc_value)
            default(thread._ExceptHookArgs((args.exc_type, args.exc_value, args.exc_value and args.exc_value.__traceback__, args.thread)))

    def start_new_thread(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, /) -> int:
        """Start a new thread and return its identifier."""
        if not callable(function):
            raise TypeError("first arg must be callable")
        if not isinstance(args, tuple):
            raise TypeError("2nd arg must be a tuple")
        if kwargs is not None and not isinstance(kwargs, dict):
            raise TypeError("optional 3rd arg must be a dictionary")

        def run() -> None:
            try:
                recorder.begin(None)
                function(*args, **(kwargs or {}))
            except (SystemExit, Unwind):
                pass
            except BaseException as error:
                recorder.raised()
                clean(error)
                say(f"Exception ignored in thread started by: {function!r}")
                sys.__excepthook__(type(error), error, error.__traceback__)

        return int(start(run, (), {}))

    threading.excepthook = threading.__excepthook__ = excepthook
    thread.start_new_thread = thread.start_new = start_new_thread
    thread.RLock = threading._PyRLock
    thread.get_native_id = threading.get_native_id = thread.get_ident
    made = itertools.count(1)

    def __hash__(self: Any) -> int:
        attributes = vars(self)
        if "_made" not in attributes:
            attributes["_made"] = next(made)
        return int(attributes["_made"])

    threading.Thread.__hash__ = __hash__  # sets of threads have an order of addresses otherwise
