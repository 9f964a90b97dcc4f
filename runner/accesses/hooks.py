"""What rewritten code calls: each hook tells of an access that is about to be made, and returns what the code goes on with.

The hooks know objects and what belongs to them, and not who listens: `before` is told the kind, the object, what of it, and the site. What
of it is a name for an attribute or a variable, a tuple with the key for an item, None for all that a container holds. A variable of a
module is told of as its namespace's, one of a function as its cell's.

They are silent where `who` says that no controlled thread runs, and while a thread of theirs is being told of something.
"""

from __future__ import annotations

import operator
import sys
import types
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Literal

from runner.accesses import containers
from runner.accesses.attributes import owners
from runner.accesses.containers import is_container, is_simple, looked_at
from runner.accesses.sites import Site, Sites

Kind = Literal["read", "write", "line"]
Key = str | tuple[Any] | None
Before = Callable[[Kind, Any, Key, Site], None]
Who = Callable[[], Hashable | None]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "BitOr": operator.or_, "BitAnd": operator.and_, "BitXor": operator.xor,
    "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge,
}  # fmt: skip
_OF_C = (types.BuiltinFunctionType, types.MethodDescriptorType, types.MethodWrapperType, types.ClassMethodDescriptorType)


class Hooks:
    """The hooks of one watch. Rewritten code may outlive it: after `close` they do nothing."""

    __slots__ = ("_before", "_sites", "_told", "_who")

    def __init__(self, sites: Sites, before: Before, who: Who) -> None:
        self._sites = sites
        self._before = before
        self._who = who
        self._told: set[Hashable] = set()

    def close(self) -> None:
        """Be silent from now on, and know nobody: code that refers to this is seen by no collector."""
        self._who = _nobody
        self._before = _untold

    def _tell(self, kind: Kind, thing: Any, key: Key, number: int) -> None:
        me = self._who()
        if me is None or me in self._told:
            return
        self._told.add(me)
        try:
            self._before(kind, thing, key, self._sites[number])
        finally:
            self._told.discard(me)

    def _silent(self) -> bool:
        me = self._who()
        return me is None or me in self._told

    # -- lines -------------------------------------------------------------------------------------------------------------

    def line(self, number: int) -> bool:
        """A statement is about to be executed."""
        self._tell("line", None, None, number)
        return True

    def turns(self, iterable: Any, number: int) -> Any:
        """Go through what a loop goes through; each turn but the first, which its statement's line comes before, is a line."""
        iterator = iter(iterable)
        first = True
        while True:
            if not first:
                self.line(number)
            first = False
            try:
                item = next(iterator)
            except StopIteration:
                return
            yield item

    # -- attributes and variables ------------------------------------------------------------------------------------------

    def read(self, thing: Any, number: int) -> Any:
        """An attribute is about to be read."""
        if not self._silent():
            self._attribute("read", thing, self._sites[number].name, number)
        return thing

    def write(self, thing: Any, number: int) -> Any:
        """An attribute is about to be written or deleted."""
        if not self._silent():
            self._attribute("write", thing, self._sites[number].name, number)
        return thing

    def _attribute(self, kind: Literal["read", "write"], thing: Any, name: str, number: int) -> None:
        for owner in owners(kind, thing, name):
            self._tell(kind, owner, name, number)

    def global_(self, number: int) -> bool:
        """A global is about to be read."""
        if not self._silent():
            self._tell("read", sys._getframe(1).f_globals, self._sites[number].name, number)
        return True

    def globals(self, number: int) -> dict[str, Any]:
        """Return the namespace that a global is about to be written to or deleted from."""
        namespace = sys._getframe(1).f_globals
        self._tell("write", namespace, self._sites[number].name, number)
        return namespace

    def global_value(self, value: Any, number: int) -> Any:
        """A global is about to be bound to a value."""
        self._tell("write", sys._getframe(1).f_globals, self._sites[number].name, number)
        return value

    def cell(self, closure: Any, number: int) -> bool:
        """A variable that several functions see is about to be read."""
        if not self._silent():
            self._tell("read", closure.__closure__[0], self._sites[number].name, number)
        return True

    def changed(self, closure: Any, number: int) -> Any:
        """Return the cell that is about to be written or emptied."""
        cell = closure.__closure__[0]
        self._tell("write", cell, self._sites[number].name, number)
        return cell

    def cell_value(self, value: Any, closure: Any, number: int) -> Any:
        """A variable that several functions see is about to be bound to a value."""
        self.changed(closure, number)
        return value

    # -- items -------------------------------------------------------------------------------------------------------------

    slice = staticmethod(slice)

    def item(self, thing: Any, key: Any, number: int) -> Any:
        """Return an item of something."""
        if is_container(thing) and not self._silent():
            self._until_settled(_read_item, thing, key, number)
        return thing[key]

    def slot(self, thing: Any, key: Any, number: int) -> Slot:
        """Return what stands for the place of an item that is about to be written or deleted."""
        return Slot(self, thing, key, number)

    def _until_settled(self, look: Callable[[Any, Any], tuple[Literal["read", "write"], Key]], thing: Any, key: Any, number: int) -> None:
        """Tell of what an access does, again where another thread has made it do something else meanwhile."""
        does = look(thing, key)
        while True:
            self._tell(does[0], thing, does[1], number)
            now = look(thing, key)
            if now == does:
                return
            does = now

    # -- containers --------------------------------------------------------------------------------------------------------

    def content(self, thing: Any, number: int) -> Any:
        """What is in something is about to be looked at, if it is a container."""
        for each in looked_at(thing):
            self._tell("read", each, None, number)
        return thing

    def each(self, iterable: Any, number: int) -> Any:
        """Go through something; each turn looks at what is in it, if it is a container, or a view of one."""
        found = () if self._silent() else looked_at(iterable)
        return self._each(iterable, found, number) if found else iterable

    def _each(self, iterable: Any, found: tuple[Any, ...], number: int) -> Iterator[Any]:
        iterator = iter(iterable)
        while True:
            for one in found:
                self._tell("read", one, None, number)
            try:
                item = next(iterator)
            except StopIteration:
                return
            yield item

    def inplace(self, target: Any, value: Any, number: int) -> Any:
        """Something is about to be changed in place by a value, if it is a container."""
        if is_container(target):
            self.content(value, number)
            self._tell("write", target, None, number)
        return value

    def inside(self, item: Any, thing: Any, number: int) -> bool:
        """Say whether an item is in something."""
        if not self._silent():
            if is_container(thing):
                self._until_settled(_read_item if isinstance(thing, dict) else _read_all, thing, item, number)
            else:
                self.content(thing, number)
        return item in thing

    def outside(self, item: Any, thing: Any, number: int) -> bool:
        """Say whether an item is not in something."""
        return not self.inside(item, thing, number)

    def binary(self, name: str, left: Any, right: Any, number: int) -> Any:
        """Perform an operation, which looks at what is in its operands."""
        self.content(left, number)
        self.content(right, number)
        return _OPERATORS[name](left, right)

    compare = binary

    # -- functions of C ----------------------------------------------------------------------------------------------------

    def call(self, function: Any, number: int) -> Any:
        """Return what to call in place of a function that is about to be called: of one in C, one that tells what it does first."""
        kind = type(function)
        if not (kind in _OF_C or (kind is type and containers.builds(function))) or self._silent():
            return function
        if kind is types.BuiltinFunctionType and function.__module__ in containers.LOOK_AT_CALLERS:
            return function

        def telling(*args: Any, **kwargs: Any) -> Any:
            self._called(function, args, number)
            return function(*args, **kwargs)

        return telling

    def _called(self, function: Any, args: tuple[Any, ...], number: int) -> None:
        owner = getattr(function, "__self__", None)
        if type(function) is types.MethodDescriptorType and args:
            owner, args = args[0], args[1:]
        name = function.__name__
        if is_container(owner):
            self._method(owner, name, args, number)
        elif type(function) is types.BuiltinFunctionType:
            full = f"{function.__module__}.{name}"
            attribute = full in containers.READ_ATTRIBUTE or full in containers.WRITE_ATTRIBUTE
            if attribute and len(args) > 1 and isinstance(args[1], str):
                self._attribute("read" if full in containers.READ_ATTRIBUTE else "write", args[0], args[1], number)
            if attribute or full in containers.WITHOUT:
                return
            if full in containers.WRITE_FIRST and args:
                self._tell("write", args[0], None, number)
                return
        for each in args:
            self.content(each, number)

    def _method(self, owner: Any, name: str, args: tuple[Any, ...], number: int) -> None:
        if name in containers.VIEWS:
            return
        if isinstance(owner, dict) and args and name in containers.READS_ITEM:
            self._until_settled(_get_item if name == "get" else _read_item, owner, args[0], number)
        elif isinstance(owner, dict) and args and name in ("setdefault", "__setitem__"):
            self._until_settled(_set_default if name == "setdefault" else _write_item, owner, args[0], number)
        else:
            reads = name in containers.READS or name in containers.READS_ITEM
            self._tell("read" if reads else "write", owner, None, number)


class Slot:
    """The place of an item: what is stored in it, or deleted, is so in the container."""

    __slots__ = ("_hooks", "_key", "_number", "_thing")

    def __init__(self, hooks: Hooks, thing: Any, key: Any, number: int) -> None:
        self._hooks = hooks
        self._thing = thing
        self._key = key
        self._number = number

    def __setitem__(self, _: int, value: Any) -> None:
        if is_container(self._thing) and not self._hooks._silent():
            self._hooks._until_settled(_write_item, self._thing, self._key, self._number)
        self._thing[self._key] = value

    def __delitem__(self, _: int) -> None:
        if is_container(self._thing):
            self._hooks._tell("write", self._thing, None, self._number)
        del self._thing[self._key]


def accessing() -> types.FrameType | None:
    """Return the program's frame that is about to do what the running thread is being told of."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != __file__:
        frame = frame.f_back
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame


def _nobody() -> None:
    return None


def _untold(kind: Kind, thing: Any, key: Key, site: Site) -> None:
    return None


def _read_all(thing: Any, key: Any) -> tuple[Literal["read", "write"], Key]:
    return "read", None


def _get_item(thing: Any, key: Any) -> tuple[Literal["read", "write"], Key]:
    return "read", (key,) if type(thing) is dict and is_simple(key) else None


def _read_item(thing: Any, key: Any) -> tuple[Literal["read", "write"], Key]:
    kind = type(thing)
    if (kind is dict and is_simple(key)) or (kind is list and type(key) is int and key >= 0):
        return "read", (key,)
    if getattr(thing, "default_factory", None) is not None and is_simple(key) and key not in thing:
        return "write", None
    return "read", None


def _write_item(thing: Any, key: Any) -> tuple[Literal["read", "write"], Key]:
    """A key that is there already is written alone; a new one changes what the whole is."""
    if type(thing) is dict and is_simple(key) and key in thing:
        return "write", (key,)
    return "write", (key,) if type(thing) is list and type(key) is int and key >= 0 else None


def _set_default(thing: Any, key: Any) -> tuple[Literal["read", "write"], Key]:
    return ("read", (key,)) if type(thing) is dict and is_simple(key) and key in thing else ("write", None)
