"""Changes to modules, classes, functions and containers, each with the way back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

_PYTHONS = frozenset({"__dict__", "__weakref__", "__abstractmethods__", "_abc_impl", "__doc__", "__annotations__"})
"""Attributes of classes that are Python's business."""


class Changes:
    """What was changed, and how to take it back: all of it, last change first."""

    def __init__(self) -> None:
        self._back: list[Callable[[], None]] = []

    def keep_namespace(self, owner: Any) -> None:
        """Note the attributes of a module or class: on the way back those that came are gone, and the others are the very same."""
        before = dict(vars(owner))
        is_class = isinstance(owner, type)

        def back() -> None:
            for name in [name for name in vars(owner) if name not in before and name not in _PYTHONS]:
                delattr(owner, name)
            for name, value in before.items():
                if vars(owner).get(name, before) is not value and not (is_class and name in _PYTHONS):
                    setattr(owner, name, value)

        self._back.append(back)

    def bases(self, kind: type, bases: tuple[type, ...]) -> None:
        """Give a class other base classes."""
        before = kind.__bases__
        kind.__bases__ = bases
        self._back.append(lambda: setattr(kind, "__bases__", before))

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute of something whose namespace is not kept: a function's defaults, a cell's contents."""
        before = getattr(owner, name)
        setattr(owner, name, value)
        self._back.append(lambda: setattr(owner, name, before))

    def item(self, container: list[Any] | dict[Any, Any], key: Any, value: Any) -> None:
        """Set an item; on the way back it is set again only where it still is what was put there."""
        before = container[key]
        container[key] = value

        def back() -> None:
            with suppress(LookupError):
                if container[key] is value:
                    container[key] = before

        self._back.append(back)

    def take_back(self) -> None:
        """Undo everything, whatever goes wrong on the way."""
        failures: list[BaseException] = []
        while self._back:
            try:
                self._back.pop()()
            except BaseException as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
