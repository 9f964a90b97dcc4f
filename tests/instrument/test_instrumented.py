"""Modules see the substrate's threads for a while, and are afterwards what they were."""

from __future__ import annotations

import queue
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.instrument import instrumented
from runner.schedulers import FifoScheduler
from runner.substrate.contract import Verdict
from runner.substrate.controlled import ControlledSubstrate

_serial = count()


def load(source: str) -> types.ModuleType:
    """Execute a source text as a module of its own."""
    module = types.ModuleType(f"instrumented_{next(_serial)}")
    sys.modules[module.__name__] = module
    exec(source, vars(module))
    return module


def run(module: types.ModuleType, main: Callable[[], None]) -> Any:
    """Run a function as the main thread of a controlled run."""
    substrate = ControlledSubstrate(FifoScheduler())
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            main()
        except Exception as error:
            failures.append(error)

    with instrumented([module], substrate.modules):
        ending = substrate.run(guarded, lambda *blocked: None)
    if failures:
        raise failures[0]
    return ending


IMPORTS = {
    "modules": "import threading, time\ndef main():\n    t = threading.Thread(target=time.sleep, args=(9,)); t.start(); t.join()",
    "aliases": "import threading as th, time as tm\ndef main():\n    t = th.Thread(target=tm.sleep, args=(9,)); t.start(); t.join()",
    "names": (
        "from threading import Thread\nfrom time import sleep\ndef main():\n    t = Thread(target=sleep, args=(9,)); t.start(); t.join()"
    ),
    "low level": "import _thread\nfrom time import sleep\ndef main():\n    _thread.start_new_thread(sleep, (1,)); sleep(9)",
    "queues": (
        "from queue import Queue, Empty\ndef main():\n    try:\n        Queue().get(timeout=9)\n    except Empty:\n"
        "        return\n    raise AssertionError"
    ),
    "pools": (
        "from concurrent.futures import ThreadPoolExecutor, wait\nimport time\ndef main():\n"
        "    with ThreadPoolExecutor(2) as pool:\n        assert wait([pool.submit(time.sleep, 9)]).done"
    ),
    "pools by package": (
        "import concurrent.futures, time\ndef main():\n"
        "    with concurrent.futures.ThreadPoolExecutor(2) as pool:\n        pool.submit(time.sleep, 9).result()"
    ),
    "subclasses": (
        "import threading, time\nclass Own(threading.Thread):\n    def __init__(self):\n        super().__init__(name='own')\n"
        "    def run(self):\n        time.sleep(9)\nclass More(Own):\n    pass\ndef main():\n    t = More(); t.start(); t.join()"
    ),
    "class attributes": (
        "import threading, time\nclass Own:\n    clock = time.monotonic\n    lock = threading.Lock()\n"
        "    pause = staticmethod(time.sleep)\n"
        "def main():\n    before = Own().clock()\n    with Own.lock:\n        Own.pause(9)\n    assert Own().clock() - before == 9"
    ),
    "defaults": "import time\ndef main(sleep=time.sleep, *, clock=time.monotonic):\n    sleep(9)\n    assert clock() == 9",
    "closures": "import time\ndef make(sleep):\n    def main():\n        sleep(9)\n    return main\nmain = make(time.sleep)",
    "containers": "import time\nWAYS = {'a': [(time.sleep, 9)]}\ndef main():\n    ((sleep, seconds),) = WAYS['a']\n    sleep(seconds)",
    "objects": (
        "import threading, queue\nlock, free, done, jobs = threading.Lock(), threading.Condition(), threading.Event(), queue.Queue(2)\n"
        "jobs.put(9)\ndef main():\n    with lock, free:\n        free.wait(jobs.get())\n    assert not done.wait(0)"
    ),
}


@pytest.mark.parametrize("source", IMPORTS.values(), ids=IMPORTS)
def test_however_a_module_has_it_its_time_is_virtual(source: str) -> None:
    """Nine seconds pass on the virtual clock, whichever way the module came by what lets them pass."""
    module = load(source)
    ending = run(module, lambda: module.main())
    assert (ending.verdict, ending.now) == (Verdict.COMPLETED, 9_000_000_000)


def everything(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    """List each global, class attribute, default, cell, base and item of a module."""
    for name, value in vars(module).items():
        yield name, value
        yield from inside(name, value)


def inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, type) and value.__module__.startswith("instrumented_"):
        yield from ((f"{name} base", base) for base in value.__bases__)
        for attribute, held in vars(value).items():
            if attribute not in ("__dict__", "__weakref__"):
                yield f"{name}.{attribute}", held
                yield from inside(f"{name}.{attribute}", held)
    elif isinstance(value, types.FunctionType):
        yield from ((f"{name} default", default) for default in value.__defaults__ or ())
        yield from ((f"{name} {key}", default) for key, default in (value.__kwdefaults__ or {}).items())
        yield from ((f"{name} cell", cell.cell_contents) for cell in value.__closure__ or ())
    elif isinstance(value, dict) and not name.startswith("__"):
        for key, item in value.items():
            yield f"{name}[{key!r}]", item
            yield from inside(f"{name}[{key!r}]", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield f"{name}[{index}]", item
            yield from inside(f"{name}[{index}]", item)


def same(one: list[tuple[str, Any]], other: list[tuple[str, Any]]) -> bool:
    return [name for name, _ in one] == [name for name, _ in other] and all(
        left is right for (_, left), (_, right) in zip(one, other, strict=True)
    )


_REAL = [
    "threading.Lock",
    "threading.Thread",
    "time.sleep",
    "queue.Queue",
    "threading",
    "time",
    "concurrent.futures",
    "threading.Lock()",
    "7",
]
_values = st.sampled_from(_REAL)
_shapes = st.one_of(
    _values,
    st.lists(_values, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    st.lists(_values, min_size=1, max_size=3).map(lambda items: f"({', '.join(items)},)"),
    st.dictionaries(st.integers(0, 3), _values, max_size=3).map(lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"),
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Make up a module of globals, functions and classes that hold real things."""
    lines = ["import concurrent.futures, queue, threading, time"]
    for index in range(draw(st.integers(1, 5))):
        match draw(st.sampled_from(["global", "function", "class", "closure"])):
            case "global":
                lines.append(f"name{index} = {draw(_shapes)}")
            case "function":
                lines.append(f"def name{index}(a={draw(_shapes)}, *, b={draw(_shapes)}): return a, b")
            case "closure":
                lines.append(f"def make{index}(a):\n    return lambda: a\nname{index} = make{index}({draw(_shapes)})")
            case _:
                base = draw(st.sampled_from(["object", "threading.Thread", "queue.Queue", "threading.Event"]))
                lines.append(f"class name{index}({base}):\n    held = {draw(_shapes)}\n    def method(self, a={draw(_shapes)}): return a")
    return "\n".join(lines)


@given(sources(), st.booleans())
def test_afterwards_everything_is_the_very_object_it_was(source: str, fails: bool) -> None:
    """Globals, class attributes, defaults, cells, bases and items come back, also where the block raises."""
    module = load(source)
    before, modules = list(everything(module)), dict(sys.modules)
    substrate = ControlledSubstrate(FifoScheduler())
    try:
        with instrumented([module], substrate.modules):
            vars(module)["came"] = 1
            vars(module)["threading"] = None
            if fails:
                raise LookupError
    except LookupError:
        pass
    assert same(list(everything(module)), before)
    assert all(sys.modules.get(name) is each for name, each in modules.items() if name in ("threading", "time", "queue", "_thread"))
    del sys.modules[module.__name__]


@given(sources())
def test_meanwhile_nothing_real_is_in_sight(source: str) -> None:
    """While it lasts, none of the real functions, classes and modules is anywhere in the module."""
    module = load(source)
    substrate = ControlledSubstrate(FifoScheduler())
    real = [threading, time, queue, threading.Lock, threading.Thread, time.sleep, queue.Queue, threading.Event, ThreadPoolExecutor]
    with instrumented([module], substrate.modules):
        assert not [name for name, value in everything(module) if any(value is each for each in real)]
    del sys.modules[module.__name__]


def test_other_modules_are_left_alone() -> None:
    """What is not named keeps the real modules, although the named one imports it."""
    other = load("import time")
    module = load(f"import {other.__name__} as other, time")
    with instrumented([module], ControlledSubstrate(FifoScheduler()).modules):
        assert module.time is not time
        assert module.other.time is time


def test_a_lock_that_is_held_is_refused() -> None:
    """What a held lock guards cannot be carried over: that is an error, and nothing is changed."""
    module = load("import threading, time\nlock = threading.Lock()\nlock.acquire()")
    with (
        pytest.raises(UsageError, match="in use"),
        instrumented([module], ControlledSubstrate(FifoScheduler()).modules),
    ):
        pass
    assert module.time is time
