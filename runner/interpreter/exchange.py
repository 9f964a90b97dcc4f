"""What passes between a scenario and the Python code that it calls, either way.

Data (numbers, texts, lists, mappings, nothing) are copied, so that code cannot change a program, nor another execution of it. What is
no data is kept as a `Thing`, which a scenario can only hand on. Knows nothing of calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.interpreter.job import Job

MOST_NESTED = 50
"""Lists in lists in lists, after which it is no data: it may be in itself."""


class Named:
    """An object that traces call by its own `repr`, which is the same in every run."""

    __slots__ = ()


class Thing:
    """An object of Python code that is no data: scenarios can keep it and hand it on. Its name is its type's: traces have no addresses."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __str__(self) -> str:
        kind = type(self.value)
        if isinstance(self.value, Named):
            return repr(self.value)
        return f"<{kind.__qualname__}>" if kind.__module__ == "builtins" else f"<{kind.__module__}.{kind.__qualname__}>"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)

    def __lt__(self, other: Any) -> bool:  # a priority queue orders objects as they order themselves
        return bool(self.value < given(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > given(other))


def taken(value: Any) -> Any:
    """Return what a scenario keeps of an object of Python code: a copy of data, and a `Thing` of all else."""
    return _copied(value) if _is_data(value, MOST_NESTED) else Thing(value)


def taken_result(value: Any) -> Any:
    """Do the same with what a function returns: of a list, what is in it; and a tuple is a list, which it is in a scenario."""
    if type(value) in (list, tuple):
        return [taken(item) for item in value]
    return taken(value)


def given(value: Any) -> Any:
    """Return what Python code gets of a value of a scenario's."""
    return _copied(value, _handed)


def _handed(value: Any) -> Any:
    if isinstance(value, Job):
        raise TypeError("a future cannot be handed to Python code; hand over its result")
    return value.value if isinstance(value, Thing) else value


def _is_data(value: Any, levels: int) -> bool:
    kind = type(value)
    if kind in (int, str, float, bool, range, Thing) or value is None:
        return True
    if levels == 0:
        return False
    if kind in (list, tuple):
        return all(_is_data(item, levels - 1) for item in value)
    return kind is dict and all(type(key) is str for key in value) and all(_is_data(item, levels - 1) for item in value.values())


def _copied(value: Any, leaf: Callable[[Any], Any] = lambda each: each) -> Any:
    """Copy lists, tuples and dicts, with `leaf` of each value in them."""
    match value:
        case list():
            return [_copied(item, leaf) for item in value]
        case tuple():
            return tuple(_copied(item, leaf) for item in value)
        case dict():
            return {key: _copied(item, leaf) for key, item in value.items()}
        case _:
            return leaf(value)


def shown(value: Any) -> Any:
    """Return a value as traces keep it: with the text of each `Thing` in it, so that equal runs have equal traces."""
    match value:
        case Thing():
            return str(value)
        case list() | tuple():
            return [shown(item) for item in value]
        case dict():
            return {key: shown(item) for key, item in value.items()}
        case _:
            return value
