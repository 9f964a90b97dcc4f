"""When two moments are the same: a key for all that what comes after depends on, and for nothing else.

Left out are the number of steps, how long it took until here, the order in which enabled threads are offered, and the events so far. Two
moments with one key have the same futures. Each thread's own part is given a number when it is first seen, so that a key is small.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from runner.errors import InternalError
from runner.model.primitives import Waiter
from runner.model.state import Task, Thread
from runner.program.ops import Op

Key = tuple[Hashable, ...]


class Keys:
    """Makes the keys of one machine's moments."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._known: dict[str, tuple[Any, int]] = {}

    def of_task(self, task: Task) -> int:
        """Return the number of what a thread is in, its own moves considered."""
        saved = task.save()
        known = self._known.get(task.name)
        if known is not None and known[0] is saved:
            return known[1]
        op, target, waiting, _, *rest = saved  # the timer's number says nothing
        waits = _plain(waiting) if isinstance(waiting, Waiter) else waiting is not None  # for what else, its op tells
        number = self._number((task.name, _plain(op), target, waits, *map(_plain, rest)))
        self._known[task.name] = saved, number
        return number

    def of(self, values: Iterable[Any]) -> int:
        """Return the number of some values."""
        return self._number(tuple(map(_plain, values)))

    def _number(self, what: Hashable) -> int:
        return self._numbers.setdefault(what, len(self._numbers))


def _plain(value: Any) -> Hashable:
    """Return something hashable that is equal for equal values, and tells 1 from True and 1.0."""
    match value:
        case None | str():
            return value
        case bool() | int() | float():
            return type(value).__name__, value
        case tuple() | list():
            return type(value).__name__, *map(_plain, value)
        case dict():
            return "dict", frozenset((key, _plain(each)) for key, each in value.items())
        case set() | frozenset():
            return "set", frozenset(map(_plain, value))
        case range():
            return "range", value.start, value.stop, value.step
        case Task() | Thread():
            return "thread", value.name
        case Waiter():
            return "waiter", value.owner.name
        case BaseException():
            return "error", type(value).__name__, str(value), _plain(vars(value).get("scenario_message"))
    if isinstance(value, Op) or type(value).__module__.startswith("runner."):
        return "object", id(value)  # of the program's or the machine's, which live as long
    raise InternalError(f"the model cannot tell whether two values of type {type(value).__name__} are the same")
