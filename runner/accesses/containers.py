"""What functions of C do with containers: which of them read, which write, and what a view or an iterator looks at."""

from __future__ import annotations

import array
import bisect
import collections
import gc
import heapq
import itertools
import types
from typing import Any

CONTAINERS = (list, dict, set, collections.deque, bytearray, array.array)
"""Those that can change, with what is derived from them."""
_EMPTY: tuple[Any, ...] = ([], {}, set(), collections.deque(), bytearray(), array.array("b"), collections.OrderedDict())
_MAPPINGS: tuple[dict[Any, Any], ...] = ({}, collections.OrderedDict())
_VIEWS = tuple(view for each in _MAPPINGS for view in (each.keys(), each.values(), each.items()))
_ITERATORS = frozenset({
    enumerate, zip, map, filter, reversed, *(kind for kind in vars(itertools).values() if isinstance(kind, type)),
    *(type(view) for view in _VIEWS),
    *(type(iter(each)) for each in (*_EMPTY, *_VIEWS)),
    *(type(reversed(each)) for each in (*_EMPTY, *_VIEWS) if hasattr(each, "__reversed__")),
})  # fmt: skip
"""What looks at a container only when it is asked for an item."""
BUILDERS = frozenset({
    list, tuple, set, frozenset, dict, str, bytes, bytearray, collections.deque, collections.OrderedDict, collections.defaultdict,
    array.array,
})  # fmt: skip
"""Classes that read what they are given at once."""
READS = frozenset({
    "index", "count", "copy", "__len__", "__iter__", "__reversed__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__repr__",
    "__str__", "__add__", "__mul__", "__or__", "__and__", "__sub__", "__xor__", "isdisjoint", "issubset", "issuperset", "union",
    "intersection", "difference", "symmetric_difference", "find", "decode", "hex", "startswith", "endswith", "tobytes", "tolist",
    "__reduce_ex__",
})  # fmt: skip
"""Methods that read the whole of a container. All others that are not named here write."""
READS_ITEM = frozenset({"get", "__getitem__", "__contains__"})
VIEWS = frozenset({"keys", "values", "items", "__class_getitem__", "fromkeys", "__init_subclass__", "__sizeof__", "__class__"})
"""Methods that look at nothing yet."""
WRITE_FIRST = frozenset(
    {heapq.heappush, heapq.heappop, heapq.heapify, heapq.heapreplace, heapq.heappushpop, bisect.insort_left, bisect.insort_right}
)
"""Functions that write their first argument."""
WITHOUT = frozenset({iter, id, isinstance, issubclass, callable, hash, type})
"""Functions that do not look at what is in their arguments."""
_SIMPLE = frozenset({str, int, bool, float, bytes, types.NoneType})

_known: dict[type, bool] = {}


def is_container(thing: Any) -> bool:
    """Say whether something is a container that can change."""
    kind = type(thing)
    known = _known.get(kind)
    if known is None:
        known = issubclass(kind, CONTAINERS)
        if kind.__module__ in ("builtins", "collections", "array"):  # classes of programs come and go
            _known[kind] = known
    return known


def looked_at(thing: Any) -> tuple[Any, ...]:
    """Return the containers that are read when something is gone through: itself, or those below a view or an iterator."""
    if is_container(thing):
        return (thing,)
    return tuple(_below(thing, 0)) if type(thing) in _ITERATORS else ()


def _below(thing: Any, depth: int) -> list[Any]:
    found: list[Any] = []
    for each in gc.get_referents(thing):
        if is_container(each):
            found.append(each)
        elif depth < 5 and (type(each) in _ITERATORS or type(each) is tuple):
            found += _below(each, depth + 1)
    return found


def is_simple(key: Any) -> bool:
    """Say whether a key is of Python's own, so that comparing it runs no code."""
    kind = type(key)
    return kind in _SIMPLE or (kind is tuple and all(is_simple(each) for each in key))
