"""What functions of C do with containers: which of them read, which write, and what a view or an iterator looks at.

Classes and functions are known by their names and not by what they are: a process may have a module of C twice.
"""

from __future__ import annotations

import gc
import types
from typing import Any

_CONTAINERS = frozenset({"builtins.list", "builtins.dict", "builtins.set", "collections.deque", "builtins.bytearray", "array.array"})
"""Classes of what can change, as are those that are derived from them."""
_LAZY = frozenset({
    "enumerate", "zip", "map", "filter", "reversed", "odict_iterator",
    *(f"{kind}_{what}" for kind in ("dict", "odict") for what in ("keys", "values", "items")),
    *(f"dict_{way}{what}iterator" for way in ("", "reverse") for what in ("key", "value", "item")),
    *(f"{kind}_iterator" for kind in ("list", "set", "bytearray")), "list_reverseiterator", "arrayiterator", "_deque_iterator",
    "_deque_reverse_iterator", "tuple_iterator",
})  # fmt: skip
"""Classes of what looks at a container only when it is asked for an item; all of `itertools` besides."""
_BUILDERS = frozenset({
    "list", "tuple", "set", "frozenset", "dict", "str", "bytes", "bytearray", "deque", "OrderedDict", "defaultdict", "array",
})  # fmt: skip
"""Classes that read what they are given at once."""
_OF_PYTHON = frozenset({"builtins", "collections", "_collections", "array", "itertools", "odict_iterator"})
"""Modules whose classes are always there."""
READS = frozenset({
    "index", "count", "copy", "__len__", "__iter__", "__reversed__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__",
    "__repr__", "__str__", "__add__", "__mul__", "__or__", "__and__", "__sub__", "__xor__", "isdisjoint", "issubset", "issuperset", "union",
    "intersection", "difference", "symmetric_difference", "find", "decode", "hex", "startswith", "endswith", "tobytes", "tolist",
    "__reduce_ex__",
})  # fmt: skip
"""Methods that read the whole of a container. All others that are not named here write."""
READS_ITEM = frozenset({"get", "__getitem__", "__contains__"})
VIEWS = frozenset({"keys", "values", "items", "__class_getitem__", "fromkeys", "__init_subclass__", "__sizeof__", "__class__"})
"""Methods that look at nothing yet."""
READ_ATTRIBUTE, WRITE_ATTRIBUTE = frozenset({"builtins.getattr", "builtins.hasattr"}), frozenset({"builtins.setattr", "builtins.delattr"})
WRITE_FIRST = frozenset({
    *(f"_heapq.{name}" for name in ("heappush", "heappop", "heapify", "heapreplace", "heappushpop")), "_bisect.insort_left",
    "_bisect.insort_right",
})  # fmt: skip
"""Functions that write their first argument."""
WITHOUT = frozenset({f"builtins.{name}" for name in ("iter", "id", "isinstance", "issubclass", "callable", "hash")})
"""Functions that do not look at what is in their arguments."""
LOOK_AT_CALLERS = frozenset({"sys", "_warnings", "_thread", "_imp", "faulthandler", "gc", "_tracemalloc"})
"""Modules whose functions ask who calls them, or how many refer to something: there must be no frame of ours between."""
_SIMPLE = frozenset({str, int, bool, float, bytes, types.NoneType})

_changing: dict[type, bool] = {}
_lazy: dict[type, bool] = {}
_DEEPEST = 5


def is_container(thing: Any) -> bool:
    """Say whether something is a container that can change."""
    kind = type(thing)
    known = _changing.get(kind)
    if known is None:
        known = any(f"{base.__module__}.{base.__qualname__}" in _CONTAINERS for base in kind.__mro__)
        if kind.__module__ in _OF_PYTHON:  # classes of programs come and go
            _changing[kind] = known
    return known


def looked_at(thing: Any) -> tuple[Any, ...]:
    """Return the containers that are read when something is gone through: itself, or those below a view or an iterator."""
    if is_container(thing):
        return (thing,)
    return tuple(_below(thing, 0)) if _is_lazy(type(thing)) else ()


def _is_lazy(kind: type) -> bool:
    known = _lazy.get(kind)
    if known is None:
        known = kind.__module__ == "itertools" or (kind.__module__ in _OF_PYTHON and kind.__name__ in _LAZY)
        if kind.__module__ in _OF_PYTHON:
            _lazy[kind] = known
    return known


def _below(thing: Any, depth: int) -> list[Any]:
    found: list[Any] = []
    for each in gc.get_referents(thing):
        if is_container(each):
            found.append(each)
        elif depth < _DEEPEST and (_is_lazy(type(each)) or type(each) is tuple):
            found += _below(each, depth + 1)
    return found


def builds(kind: type) -> bool:
    """Say whether a class is one of Python's that read what they are given at once."""
    return kind.__module__ in _OF_PYTHON and kind.__name__ in _BUILDERS


def is_simple(key: Any) -> bool:
    """Say whether a key is of Python's own, so that comparing it runs no code."""
    kind = type(key)
    return kind in _SIMPLE or (kind is tuple and all(is_simple(each) for each in key))
