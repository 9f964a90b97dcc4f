"""Let modules that are loaded already see a substrate's `threading`, `queue`, `time` and pools in place of the real ones, for a while.

It knows modules and what they hold, and nothing of scenarios. Nothing outside the named modules is touched: neither `sys.modules` nor the
standard library, nor what other modules see.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from runner.errors import UsageError
from runner.instrument.changes import Changes
from runner.instrument.substitutes import Substitutes
from runner.substrate.contract import Modules

_DEEPEST = 20
"""How deep containers are looked into."""


@contextmanager
def instrumented(modules: Iterable[str | types.ModuleType], substrate_modules: Modules) -> Iterator[None]:
    """While it lasts, the modules see the substrate's modules, functions and classes wherever they saw the real ones.

    That is in their globals, however imported; in class attributes and base classes; in defaults and closures of their functions; in
    containers of globals and class attributes. Locks, conditions, events, semaphores, barriers and queues that are there already are stood
    in for by new ones in the same state. Afterwards, exceptions or not, each global, class attribute, default and base is the very object
    it was, and names that came meanwhile are gone.

    Not seen: what other modules hold, instances (a lock in an object's attribute), sets and dictionaries' keys, partials, and code that
    imports while it runs.

    Raises:
        UsageError: a lock there is held, or a class cannot have the substrate's base.
        ImportError: there is no such module.
    """
    loaded = [importlib.import_module(each) if isinstance(each, str) else each for each in modules]
    changes = Changes()
    try:
        walk = _Walk(Substitutes(substrate_modules), changes, {module.__name__ for module in loaded})
        for module in loaded:
            walk.module(module)
        yield
    finally:
        changes.take_back()


class _Walk:
    """Goes through what modules hold, and changes what has a substitute."""

    def __init__(self, substitutes: Substitutes, changes: Changes, names: set[str]) -> None:
        self._substitutes = substitutes
        self._changes = changes
        self._names = names
        self._seen: dict[int, Any] = {}

    def module(self, module: types.ModuleType) -> None:
        """Change a module's globals, and whatever of it they lead to."""
        self._changes.keep_namespace(module)
        for name, value in list(vars(module).items()):
            if name.startswith("__") and name.endswith("__"):
                continue
            other = self._instead(value)
            if other is not value:
                setattr(module, name, other)

    def _instead(self, value: Any, depth: int = 0) -> Any:
        """Return what to have in place of a value, itself or another, having changed what is inside."""
        other = self._substitutes.of(value)
        if other is not value:
            return other
        kind = type(value)
        if kind is tuple:
            if depth > _DEEPEST:
                return value
            items = tuple(self._instead(item, depth + 1) for item in value)
            return items if any(one is not another for one, another in zip(items, value, strict=True)) else value
        if id(value) in self._seen or depth > _DEEPEST:
            return value
        if kind is types.FunctionType:
            self._seen[id(value)] = value
            self._function(value)
        elif isinstance(value, type):
            self._seen[id(value)] = value
            if value.__module__ in self._names:
                self._class(value)
        elif kind in (staticmethod, classmethod):
            function = self._instead(value.__func__, depth + 1)
            return value if function is value.__func__ else kind(function)
        elif kind is property:
            for function in (value.fget, value.fset, value.fdel):
                self._instead(function, depth + 1)
        elif kind is dict:
            self._seen[id(value)] = value
            self._items(value, list(value.items()), depth)
        elif kind is list:
            self._seen[id(value)] = value
            self._items(value, list(enumerate(value)), depth)
        elif getattr(value, "__wrapped__", None) is not None and kind.__module__ == "functools":  # lru_cache
            self._instead(value.__wrapped__, depth + 1)
        return value

    def _items(self, container: Any, items: list[tuple[Any, Any]], depth: int) -> None:
        for key, item in items:
            other = self._instead(item, depth + 1)
            if other is not item:
                self._changes.item(container, key, other)

    def _function(self, function: types.FunctionType) -> None:
        if function.__module__ not in self._names:
            return
        if function.__defaults__:
            defaults = self._instead(function.__defaults__)
            if defaults is not function.__defaults__:
                self._changes.attribute(function, "__defaults__", defaults)
        for name, value in list((function.__kwdefaults__ or {}).items()):
            other = self._instead(value)
            if other is not value and function.__kwdefaults__ is not None:
                self._changes.item(function.__kwdefaults__, name, other)
        for cell in function.__closure__ or ():
            try:
                value = cell.cell_contents
            except ValueError:  # not bound yet
                continue
            other = self._instead(value)
            if other is not value:
                self._changes.attribute(cell, "cell_contents", other)
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None:
            self._instead(wrapped)

    def _class(self, kind: type) -> None:
        self._changes.keep_namespace(kind)
        for name, value in list(vars(kind).items()):
            if name in ("__dict__", "__weakref__", "__doc__", "__module__", "__qualname__"):
                continue
            other = self._instead(value)
            if other is not value:  # a function in C is not bound to instances, and neither must be the one in Python in its place
                setattr(kind, name, staticmethod(other) if isinstance(other, types.FunctionType) else other)
        bases = tuple(self._instead(base) for base in kind.__bases__)
        if any(one is not another for one, another in zip(bases, kind.__bases__, strict=True)):
            try:
                self._changes.bases(kind, bases)
            except TypeError as error:
                raise UsageError(f"the class {kind.__module__}.{kind.__qualname__} cannot be instrumented: {error}") from error
