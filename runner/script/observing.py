"""Know of each call that the program makes on a lock, a queue or a thread: a scheduling point, a name and a place.

The calls are the standard library's own Python functions, whose code is given a first statement more. So no frame is added that a
traceback would show, and signatures, defaults and subclasses are as they were. What the library does inside, such as a queue's own
locks, is left out.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import types
import weakref
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from runner.program.ops import Access

THREADING = {
    "_RLock.acquire": "acquire", "_RLock.release": "release", "_RLock.__exit__": "release",
    "Condition.__enter__": "acquire", "Condition.__exit__": "release", "Condition.wait": "wait", "Condition.wait_for": "wait",
    "Condition.notify": "notify", "Condition.notify_all": "notify_all",
    "Semaphore.acquire": "acquire", "Semaphore.release": "release", "Semaphore.__exit__": "release", "BoundedSemaphore.release": "release",
    "Event.set": "set", "Event.clear": "clear", "Event.wait": "wait", "Event.is_set": "",
    "Barrier.wait": "wait", "Barrier.reset": "reset", "Barrier.abort": "abort",
    "Thread.start": "start", "Thread.join": "join", "Thread.is_alive": "", "Timer.cancel": "cancel",
}  # fmt: skip
QUEUE = {
    f"{kind}.{method}": operation
    for kind in ("Queue", "_PySimpleQueue")
    for method, operation in {
        "put": "put", "get": "get", "put_nowait": "put", "get_nowait": "get", "join": "join", "task_done": "task_done",
        "shutdown": "shutdown", "empty": "", "full": "", "qsize": "",
    }.items()
}  # fmt: skip
PRIMITIVES = {"Lock.acquire": "acquire", "Lock.release": "release", "Lock.__exit__": "release", "Lock.locked": ""}
"""Method → what it is called in events. Those with no name only look: points where others may go first, and no events."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a thread makes; what kernels know as its op."""

    verb: str
    at: str
    access: Access | None = None


HOW = ("blocking", "block", "timeout")
"""Arguments that say whether, and how long, a call may wait."""


class _Notes(ast.NodeTransformer):
    """Put `__note__(verb, self, …)` first into the methods that are named, with the arguments of `HOW` that they have.

    And `__begin__(self)` before a thread's `run`, `__raised__()` behind; of `more`, `__made__(self)` where an object is made, and
    `__end__()` where a thread is about to end.
    """

    def __init__(self, verbs: Mapping[str, str], more: Container[str]) -> None:
        self._verbs = verbs
        self._more = more

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        for method in node.body:
            if not isinstance(method, ast.FunctionDef):
                continue
            if method.name == "__init__" and "__made__" in self._more:
                method.body.insert(0, _statement(f"__made__({method.args.args[0].arg})", method.lineno))
            verb = self._verbs.get(f"{node.name}.{method.name}")
            if verb is not None:
                how = [f"{each.arg}={each.arg}" for each in (*method.args.args, *method.args.kwonlyargs) if each.arg in HOW]
                how += ["block=False"] * method.name.endswith("_nowait")
                call = f"__note__({', '.join([repr(verb), method.args.args[0].arg, *how])})"
                method.body.insert(0, _statement(call, method.lineno))
            if node.name == "Thread" and method.name == "_bootstrap_inner":
                for inner in ast.walk(method):
                    if isinstance(inner, ast.Try) and ast.unparse(inner.body[0]) == "self.run()":
                        inner.body.insert(0, _statement("__begin__(self)", inner.body[0].lineno))
                        handler = inner.handlers[0].body
                        handler.insert(0, _statement("__raised__()", handler[0].lineno))
                        if "__end__" in self._more:
                            inner.finalbody.append(_statement("__end__()", inner.body[0].lineno))
        return node


def _statement(text: str, line: int) -> ast.stmt:
    statement = ast.parse(text).body[0]
    for node in ast.walk(statement):
        if isinstance(node, ast.expr | ast.stmt):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0
    return statement


def _codes(code: types.CodeType, found: dict[str, types.CodeType]) -> dict[str, types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found[constant.co_qualname] = constant
            _codes(constant, found)
    return found


def annotate(module: types.ModuleType, names: dict[str, Any], verbs: Mapping[str, str]) -> None:
    """Give the methods of a loaded module code that says when it is called; `names` are what it says so with."""
    spec = module.__spec__
    assert spec is not None
    loader: Any = spec.loader
    source = loader.get_source(spec.name)
    tree = _Notes(verbs, names).visit(ast.parse(source))
    codes = _codes(compile(tree, spec.origin or "", "exec", dont_inherit=True), {})
    vars(module).update(names)
    made = [f"{kind}.__init__" for kind in dict.fromkeys(method.partition(".")[0] for method in verbs)] if "__made__" in names else []
    for method in (*verbs, *made, "Thread._bootstrap_inner"):
        kind, _, name = method.partition(".")
        function = vars(vars(module).get(kind, object)).get(name)
        if isinstance(function, types.FunctionType) and method in codes:
            function.__code__ = codes[method]


_LIBRARY = os.path.dirname(os.__file__) + os.sep
_INSTALLED = tuple(os.path.join(_LIBRARY, each) + os.sep for each in ("site-packages", "dist-packages"))


_OUR_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def is_library(name: str) -> bool:
    """Say whether a file is the standard library's, installed, or ours: none of the program's own."""
    return name.startswith((_LIBRARY, _OUR_FOLDER)) or f"{os.sep}site-packages{os.sep}" in name or f"{os.sep}dist-packages{os.sep}" in name


class Places:
    """Where in the program a call was made: the innermost line that is not the standard library's."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    def frame(self, caller: types.FrameType) -> types.FrameType:
        """Return the program's frame behind a call; the caller itself where all of them are the library's."""
        frame: types.FrameType | None = caller
        while frame is not None:
            if self._is_program(frame.f_code.co_filename):
                return frame
            frame = frame.f_back
        return caller

    def _is_program(self, name: str) -> bool:
        known = self._known.get(name)
        if known is None:
            inside = name.startswith(_LIBRARY) and not name.startswith(_INSTALLED)
            known = self._known[name] = not inside and not name.startswith("<") and name not in OURS
        return known


OURS: set[str] = set()
"""The files whose frames are nobody's business."""


def place(frame: types.FrameType) -> str:
    """Write where a frame is, the file as imports find it: the same on every machine."""
    return f"{short(frame.f_code.co_filename)}:{frame.f_lineno}"


def short(name: str) -> str:
    """Leave out the longest folder of `sys.path` that a file is in."""
    folders = [folder for folder in (os.path.abspath(each) + os.sep for each in sys.path) if name.startswith(folder)]
    return name[len(max(folders, key=len)) :] if folders else name


class Names:
    """What objects are called: by the variable or attribute that the first call finds them in."""

    def __init__(self) -> None:
        self._names: dict[int, tuple[Any, str]] = {}
        self._times: dict[str, int] = {}

    def of(self, thing: Any, frame: types.FrameType) -> str:
        """Return the name of a lock, queue or such, found now if it has none."""
        known = self._names.get(id(thing))
        if known is None:
            name = self._variable(thing, frame) or type(thing).__name__.lstrip("_").lower()
            times = self._times[name] = self._times.get(name, 0) + 1
            name = name if times == 1 else f"{name}#{times}"
            key = id(thing)
            known = self._names[key] = (weakref.ref(thing, lambda _: self._names.pop(key, None)), name)
        return known[1]

    def _variable(self, thing: Any, frame: types.FrameType) -> str | None:
        for name, value in frame.f_globals.items():
            if value is thing:
                return str(name)
        for local, value in frame.f_locals.items():
            if value is thing:
                return str(local)
        for value in frame.f_locals.values():
            held = getattr(type(value), "__dict__", {}).get("__dict__") and _attributes(value)
            for name, attribute in (held or {}).items():
                if attribute is thing:
                    return f"{type(value).__name__}.{name}"
        return None


def _attributes(value: Any) -> dict[str, Any]:
    try:
        found = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return dict(found) if isinstance(found, dict) else {}


def line_of(at: str) -> str:
    """Return the text of a place's line, where it can be read."""
    name, _, number = at.rpartition(":")
    for folder in ("", *sys.path):
        text = linecache.getline(os.path.join(folder, name), int(number)).strip()
        if text:
            return text
    return ""


Note = Callable[..., None]
"""Told a verb, what it is called on (None for `sleep`), and a value."""
