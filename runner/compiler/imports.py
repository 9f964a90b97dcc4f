"""Find what a program's calls call: import the modules that it may use, and no other.

A scenario is data, and may come from anybody. So nothing is imported but what whoever runs it has allowed, and what a module has
imported itself is not to be had through it. The last thing done before a run; a file can be checked without.
"""

from __future__ import annotations

import importlib
import inspect
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from runner.errors import Place, Problem, ScenarioError, did_you_mean
from runner.program import Program, ops
from runner.program.exceptions import is_own
from runner.spec.fields import call_parts


class Refused(Exception):
    """A call is wrong: with the code, the message and the hint of the problem."""


def with_python(program: Program, allowed: tuple[str, ...]) -> Program:
    """Return a program that can be run: with all that its calls call imported.

    Raises:
        ScenarioError: a module is not allowed, cannot be imported, or has no such function; or arguments do not fit.
    """
    found: dict[str, Callable[..., Any] | Refused] = {}
    problems: list[Problem] = []
    for op, path in _paths(program):
        if path not in found:
            try:
                found[path] = _find(path, allowed)
            except Refused as refused:
                found[path] = refused
        function = found[path]
        try:
            if isinstance(function, Refused):
                raise function
            if isinstance(op, ops.CallPython):
                _check_arguments(op, function)
            elif not (isinstance(function, type) and issubclass(function, Exception)):
                raise Refused("unknown-exception", f"{path!r} is no exception: no class that is a kind of Exception")
        except Refused as refused:
            problems.append(_problem(op.place, *refused.args))
    if not found:
        return program
    if problems:
        raise ScenarioError(program.source, dict.fromkeys(problems))
    return replace(program, python={path: each for path, each in found.items() if not isinstance(each, Refused)})


def needs_python(program: Program) -> bool:
    """Say whether there is anything to import for a program."""
    return any(True for _ in _paths(program))


def _paths(program: Program) -> Iterator[tuple[ops.Op, str]]:
    """Yield what is to be imported, and the op that asks for it: what calls call, and what clauses take and steps raise."""
    for code in program.codes:
        for op in code.ops:
            if isinstance(op, ops.CallPython):
                yield op, op.function
            elif isinstance(op, ops.Catch | ops.Raise) and is_own(op.error):
                yield op, op.error


def with_all_python(programs: Sequence[Program], allowed: tuple[str, ...]) -> list[Program]:
    """Return the programs of one file as `with_python` does, and raise what is wrong with any of them at once."""
    ready: list[Program] = []
    problems: dict[Problem, None] = {}
    for program in programs:
        try:
            ready.append(with_python(program, allowed))
        except ScenarioError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ScenarioError(programs[0].source, problems)
    return ready


def _problem(place: Place, code: str, message: str, hint: str | None = None) -> Problem:
    return Problem(code, message, replace(place, path=""), hint)


def is_allowed(module: str, allowed: tuple[str, ...]) -> bool:
    """Say whether a module, or a package that it is in, is allowed."""
    return any(module == each or module.startswith(f"{each}.") for each in allowed)


def _find(path: str, allowed: tuple[str, ...]) -> Callable[..., Any]:
    parts = call_parts(path)
    assert parts is not None
    name, attributes = parts
    if not is_allowed(name, allowed):
        raise Refused(
            "call-not-allowed",
            f"{path!r}: the module {name!r} is none that scenarios may call",
            f"--allow-call {name} allows it",
        )
    found: Any = _import(name)
    for depth, attribute in enumerate(attributes):
        owner = ".".join((name, *attributes[:depth])) if depth else name
        try:
            following = getattr(found, attribute)
        except AttributeError:
            known = [each for each in dir(found) if not each.startswith("_")]
            raise Refused("no-such-function", f"there is no {attribute!r} in {owner!r}", did_you_mean(attribute, known)) from None
        except Exception as error:
            raise Refused("import-failed", f"{owner}.{attribute} raised {_said(error)}") from None
        if isinstance(following, ModuleType) and depth < len(attributes) - 1:
            raise Refused(
                "no-such-function",
                f"{attribute!r} in {owner!r} is a module",
                f"write {following.__name__}:{'.'.join(attributes[depth + 1 :])}",
            )
        found = following
    if not callable(found):
        raise Refused("not-callable", f"{path!r} is {_kind(found)}, which cannot be called")
    home = getattr(found, "__module__", None)
    if not isinstance(home, str) or not is_allowed(home, allowed):
        whose = f"it is of {home}, which is not allowed" if isinstance(home, str) else "nobody can tell whose it is"
        raise Refused("call-not-allowed", f"{path!r} is not {name}'s own: {whose}", "call a function of your own that calls it")
    if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
        raise Refused("not-callable", f"{path!r} is asynchronous: calling it runs nothing", "write a function that runs it to its end")
    return found  # type: ignore[no-any-return]


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        missing = error.name
        if missing is not None and (name == missing or name.startswith(f"{missing}.")):
            whole = "" if missing == name else f", so none {name!r}"
            raise Refused(
                "no-such-module", f"there is no module {missing!r}{whole}", f"modules are looked for from {os.getcwd()}"
            ) from None
        raise Refused("import-failed", f"importing {name} raised {_said(error)}") from None
    except BaseException as error:  # SystemExit, too
        raise Refused("import-failed", f"importing {name} raised {_said(error)}") from None


def _said(error: BaseException) -> str:
    """Name an exception, what it says, and the line of Python that raised it."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({_shown(error.filename or '?')}:{error.lineno})"
    own = os.path.dirname(os.path.abspath(__file__))
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and os.path.dirname(frame.filename) not in (own, os.path.dirname(importlib.__file__))
    ]
    return f"{text} ({_shown(frames[-1].filename)}:{frames[-1].lineno})" if frames else text


def _shown(file: str) -> str:
    here = os.getcwd() + os.sep
    return file.removeprefix(here)


def _kind(value: Any) -> str:
    return "a module" if isinstance(value, ModuleType) else f"of the type {type(value).__name__}"


def _check_arguments(call: ops.CallPython, function: Callable[..., Any]) -> None:
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # some that are written in C tell nobody
        return
    except Exception as error:
        raise Refused("import-failed", f"asking {call.function} for its parameters raised {_said(error)}") from None
    positional = [word for word, _ in call.args if word is None]
    named = {word: None for word, _ in call.args if word is not None}
    try:
        signature.bind(*positional, **named)
    except TypeError as error:
        shown = signature.replace(return_annotation=inspect.Signature.empty)
        raise Refused("wrong-arguments", f"{call.function}{shown}: {error}") from None
