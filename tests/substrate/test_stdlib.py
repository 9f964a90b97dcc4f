"""The standard library's own threading, loaded a second time; the first one never notices."""

from __future__ import annotations

import _thread
import queue
import sys
import threading
import time
from types import ModuleType
from typing import Any

import pytest

from runner.errors import InternalError
from runner.substrate.controlled import stdlib

REAL = {"threading": threading, "queue": queue, "_thread": _thread, "time": time}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in stdlib.PRIVATE_NAMES.items() for name in names])
def test_the_private_names_exist(module: str, name: str) -> None:
    """CPython still has each undocumented name that the loader relies on; without it the controlled substrate cannot work here."""
    assert hasattr(REAL[module], name), f"CPython {sys.version.split()[0]} has no {module}.{name}, which stdlib.py relies on"


def test_a_missing_name_is_a_clear_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Python without one of the names, the error says which, and on which Python."""
    monkeypatch.setattr(stdlib, "_loaded", None)
    monkeypatch.setattr(stdlib, "PRIVATE_NAMES", {"threading": ("_gone",), "queue": ("_PySimpleQueue", "_away")})
    with pytest.raises(InternalError, match=r"CPython 3\.\d+\.\d+ lacks threading\._gone, queue\._away"):
        stdlib.load()


@pytest.mark.parametrize("module", REAL.values(), ids=REAL)
def test_loading_leaves_the_real_modules_alone(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
    """Every attribute of the real module is the same object before and after."""
    before = dict(vars(module))
    monkeypatch.setattr(stdlib, "_loaded", None)
    stdlib.load()
    after = vars(module)
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
    assert sys.modules[module.__name__] is module


def test_the_loaded_modules_are_others(lab: Any) -> None:
    """The second set is made of its own modules, and they know each other."""
    assert lab.threading is not threading
    assert lab.queue is not queue
    assert lab.queue.threading is lab.threading
    assert lab.threading.Lock is not threading.Lock


def test_it_is_loaded_once() -> None:
    """The modules are the same for every run of a process."""
    assert stdlib.load() is stdlib.load()


def test_the_source_is_the_interpreters_own(lab: Any) -> None:
    """What runs is this Python's file, and tracebacks say so."""
    assert lab.threading.Condition.wait.__code__.co_filename == threading.Condition.wait.__code__.co_filename
    assert lab.queue.Queue.get.__code__ == queue.Queue.get.__code__


@pytest.mark.parametrize(
    ("module", "name"),
    [("threading", "BrokenBarrierError"), ("queue", "Empty"), ("queue", "Full"), ("queue", "ShutDown"), ("threading", "ThreadError")],
)
def test_exceptions_keep_their_identity(lab: Any, module: str, name: str) -> None:
    """Code that catches the real exception catches the loaded modules' too."""
    real = getattr(REAL[module], name, None)
    if real is None:
        pytest.skip(f"this Python has no {module}.{name}")
    assert getattr(getattr(lab, module), name) is real


def test_simple_queue_is_the_python_one(lab: Any) -> None:
    """The C SimpleQueue would block for real."""
    assert lab.queue.SimpleQueue is lab.queue._PySimpleQueue
    assert lab.queue.SimpleQueue.__module__ == "queue"


def test_the_fork_hooks_are_not_registered_twice(lab: Any) -> None:
    """The second `threading` must not touch the process's forks; the real `os` is still what others import."""
    assert not hasattr(lab.threading._os, "register_at_fork")


def test_each_run_begins_with_fresh_numbers(make_lab: Any) -> None:
    """Unnamed threads are numbered from 1 in every run, and threads that earlier runs abandoned are forgotten."""
    names = []
    for _ in range(2):
        lab = make_lab()

        def main(lab: Any = lab) -> None:
            names.append(lab.threading.Thread().name)
            lab.start(lambda: lab.threading.Event().wait(), daemon=True)
            names.append(lab.threading.active_count())

        lab.run(main)
    assert names == ["Thread-1", 2] * 2


def test_main_and_current_thread(lab: Any) -> None:
    """In a run, the main thread is `main_thread()`, each other is its own Thread object, and idents are small numbers."""

    def worker() -> None:
        lab.log.append((lab.threading.current_thread().name, lab.threading.get_ident()))

    def main() -> None:
        lab.log.append(lab.threading.current_thread() is lab.threading.main_thread())
        lab.log.append(lab.threading.get_ident())
        for thread in lab.start(worker):
            thread.join()
        lab.log.append([t.name for t in lab.threading.enumerate()])

    lab.run(main)
    assert lab.log == [True, 1, ("worker", 2), ["MainThread"]]


def test_a_lock_outside_of_a_run_does_not_block(lab: Any) -> None:
    """Between runs a lock may be used as long as it is free; blocking would be for ever, so it is an InternalError."""
    lock = lab.threading.Lock()
    assert lock.acquire()
    assert not lock.acquire(blocking=False)
    with pytest.raises(InternalError, match="outside of a run"):
        lock.acquire()
    lock.release()
    assert not lock.locked()


@pytest.mark.parametrize("use", [lambda lab: lab.time.sleep(1), lambda lab: lab.low.start_new_thread(print, ())], ids=["sleep", "start"])
def test_nothing_moves_outside_of_a_run(lab: Any, use: Any) -> None:
    """Sleeping and starting threads need a run; without one they are an InternalError."""
    with pytest.raises(InternalError, match="outside of a run"):
        use(lab)


def test_time_is_zero_outside_of_a_run(lab: Any) -> None:
    """The virtual clock begins with the run."""
    assert (lab.time.monotonic(), lab.time.monotonic_ns(), lab.time.perf_counter()) == (0.0, 0, 0.0)
