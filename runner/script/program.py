"""Execute a program as `python FILE` and `python -m MODULE` do: its `__main__`, its arguments, how it ends."""

from __future__ import annotations

import io
import os
import sys
import types
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from itertools import pairwise
from typing import Any

from runner.script.observing import OURS
from runner.script.python2 import advice

CANNOT_OPEN = 2


Compile = Callable[[bytes, str], types.CodeType]


def compiled(source: bytes, file: str) -> types.CodeType:
    """Compile a program as it is."""
    return compile(source, file, "exec", dont_inherit=True)


def execute(program: str, arguments: tuple[str, ...], *, is_module: bool, compile: Compile = compiled) -> int:
    """Run the program and return its exit code; what it does not catch is reported as Python reports it."""
    sys.argv = ["-m" if is_module else program, *arguments]
    sys.orig_argv = [sys.executable, *(("-m", program) if is_module else (program,)), *arguments]
    try:
        if is_module:
            _first_path(os.getcwd())
            _runpy()._run_module_as_main(program)
        elif os.path.isdir(program) or _is_zip(program):
            _first_path(program, always=True)
            _runpy()._run_module_as_main("__main__", alter_argv=False)
        else:
            try:
                with io.open_code(os.path.abspath(program)) as file:
                    source = file.read()
            except OSError as error:
                path = os.path.abspath(program)
                say(f"{sys.executable}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}")
                return CANNOT_OPEN
            _first_path(os.path.dirname(os.path.realpath(program)))
            _exec(source, program, compile)
    except BaseException as error:
        return report(error)
    return 0


def _first_path(folder: str, *, always: bool = False) -> None:
    """Put the program's folder first, where `-c` had the current one."""
    if not sys.flags.safe_path:
        sys.path[0] = folder
    elif always:
        sys.path.insert(0, folder)


def _runpy() -> Any:
    return __import__("runpy")  # the program's own


def _is_zip(program: str) -> bool:
    try:
        with open(program, "rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _exec(source: bytes, program: str, compile: Compile) -> None:
    main = types.ModuleType("__main__")
    main.__file__ = os.path.abspath(program)
    main.__loader__ = SourceFileLoader("__main__", main.__file__)
    main.__builtins__ = sys.modules["builtins"]  # type: ignore[attr-defined]
    main.__cached__ = None  # type: ignore[attr-defined]
    main.__annotations__ = {}
    sys.modules["__main__"] = main
    exec(compile(source, main.__file__), vars(main))


def report(error: BaseException) -> int:
    """Say what ended the program, and return the exit code."""
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return (error.code or 0) & 0xFF
        say(error.code)
        return 1
    clean(error)
    _hook(sys.excepthook, error)
    if (advised := advice(error)) is not None:
        say(advised)
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def _hook(hook: Callable[..., Any], error: BaseException) -> None:
    try:
        hook(type(error), error, error.__traceback__)
    except BaseException as failed:
        say("Error in sys.excepthook:")
        sys.__excepthook__(type(failed), failed, failed.__traceback__)
        say("\nOriginal exception was:")
        sys.__excepthook__(type(error), error, error.__traceback__)


def say(text: object) -> None:
    """Write a line to where the program has its errors."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def clean(error: BaseException | None) -> None:
    """Take our frames out of an exception's traceback, and of those that it came from."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = _without_ours(each.__traceback__)
        todo += [each.__cause__, each.__context__, *(each.exceptions if isinstance(each, BaseExceptionGroup) else ())]


def _without_ours(first: types.TracebackType | None) -> types.TracebackType | None:
    kept = []
    at = first
    while at is not None:
        if at.tb_frame.f_code.co_filename not in OURS:
            kept.append(at)
        at = at.tb_next
    if not kept:
        return None
    for each, following in pairwise(kept):
        each.tb_next = following
    kept[-1].tb_next = None
    return kept[0]
