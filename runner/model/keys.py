"""When two values are the same: a key for each, that tells apart what a scenario can tell apart and nothing else."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from runner.errors import InternalError
from runner.model.primitives import Waiter
from runner.model.state import Task, Thread
from runner.program.ops import Op


def plain(value: Any) -> Hashable:
    """Return something hashable that is equal for equal values, and tells 1 from True and 1.0."""
    match value:
        case None | str():
            return value
        case bool() | int() | float():
            return type(value).__name__, value
        case tuple() | list():
            return type(value).__name__, *map(plain, value)
        case dict():
            return "dict", frozenset((key, plain(each)) for key, each in value.items())
        case set() | frozenset():
            return "set", frozenset(map(plain, value))
        case range():
            return "range", value.start, value.stop, value.step
        case Task() | Thread():
            return "thread", value.name
        case Waiter():
            return "waiter", value.owner.name
        case BaseException():
            return "error", type(value).__name__, str(value), plain(vars(value).get("scenario_message"))
    if isinstance(value, Op) or type(value).__module__.startswith("runner."):
        return "object", id(value)  # of the program's or the machine's, which live as long
    raise InternalError(f"the model cannot tell whether two values of type {type(value).__name__} are the same")
