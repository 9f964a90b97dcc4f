"""Names for what is read and written, the same in every execution that does the same; and which of it several threads touch.

A location is an attribute of an object, a variable, an item of a container, or all that a container holds. Its name is made when it is
first told of: `Account.balance`, `Account#2.balance` for the second account, `bank.total` for a global of a module, `cache['a']`,
`Account.log[*]` for all that is in a list. An object is numbered among those of its class, a container is called by the variable or the
attribute that it was just read from. So names depend on what was done before, and never on addresses or hashes: two executions that
begin alike give the same names that far.

Objects are known by their identity. Those that can be are referred to weakly, so that a program's own weak references do what they did;
others are kept alive until nobody else has them, and so no two are taken for one.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections import deque
from collections.abc import Hashable
from typing import Any

from runner.accesses.hooks import Key, Kind, accessing
from runner.accesses.sites import Site

_SWEEP = 100
"""Of objects that cannot be referred to weakly, so many more than there were left the last time: those that nobody else has are let go."""
_RECENT = 4
"""Among so many accesses, the last of a thread, is looked for where a container was read from."""


class Sharing:
    """Who has touched a location, or what a container holds.

    It is *contended* once a second thread has touched it, and any thread has written it since. Before, no order of the accesses
    could have been seen: one thread's, then reads.
    """

    __slots__ = ("contended", "first", "shared")

    def __init__(self) -> None:
        self.first: Hashable | None = None
        self.shared = False
        self.contended = False

    def touch(self, thread: Hashable, kind: Kind) -> bool:
        """Take an access, and say whether it is to something contended."""
        if self.first is None:
            self.first = thread
        elif self.first != thread:
            self.shared = True
        if self.shared and kind == "write":
            self.contended = True
        return self.contended


Last = dict[tuple[int, Kind, Site], Any]
"""The last access by each thread, of each kind, at each site."""


class Location:
    """Something that can be read and written. Locations are the same if they are one object."""

    __slots__ = ("general", "key", "last", "name", "sharing", "thing")

    def __init__(self, thing: _Thing, key: Key, name: str, general: str, sharing: Sharing) -> None:
        self.thing = thing
        self.key = key
        self.name = name
        self.general = general
        """The name without which object it is of those of a class, or which item: the same of all that the same code touches."""
        self.sharing = sharing
        self.last: Last = {}

    @property
    def is_content(self) -> bool:
        """Whether it is an item, or all items, and so is touched by methods of a container."""
        return not isinstance(self.key, str)

    def note(self, by: tuple[int, Kind, Site], touch: Any) -> None:
        """Keep the last access by a thread, of a kind, at a site."""
        self.last[by] = touch
        if self.is_content and self.key is not None:
            self.thing.items[by] = touch

    def rivals(self) -> tuple[Last, ...]:
        """Return what is kept of this location and of those that it meets."""
        if not self.is_content:
            return (self.last,)
        if self.key is None:
            return self.last, self.thing.items
        whole = self.thing.parts.get(None)
        return (self.last,) if whole is None else (self.last, whole.last)

    def meets(self, other: Location) -> bool:
        """Say whether two locations have something in common: they are one, or an item and all that is in its container."""
        if self is other:
            return True
        return self.thing is other.thing and (self.key is None or other.key is None) and not isinstance(self.key or other.key, str)

    def __repr__(self) -> str:
        return f"<{self.name}>"


class _Thing:
    """An object that has locations. `content` is shared by all items of a container."""

    __slots__ = ("content", "general", "items", "keep", "name", "parts")

    def __init__(self, name: str, general: str, keep: Any) -> None:
        self.name = name
        self.general = general
        self.keep = keep
        self.parts: dict[Key, Location] = {}
        self.content = Sharing()
        self.items: Last = {}


class Locations:
    """The locations of one execution."""

    def __init__(self) -> None:
        self._things: dict[int, _Thing] = {}
        self._numbers: dict[str, int] = {}
        self._recent: dict[Hashable, deque[tuple[Any, Location]]] = {}
        self._strong = 0
        self._sweep_at = _SWEEP

    def of(self, thing: Any, key: Key, thread: Hashable) -> Location:
        """Return the location of an access that a thread is about to make, as hooks tell of it."""
        known = self._things.get(id(thing))
        if known is None:
            known = self._new(thing, key, thread)
        location = known.parts.get(key)
        if location is None:
            location = known.parts[key] = self._part(known, thing, key)
        if type(key) is str:
            recent = self._recent.get(thread)
            if recent is None:
                recent = self._recent[thread] = deque(maxlen=_RECENT)
            recent.append((_reference(thing), location))
        return location

    def _part(self, known: _Thing, thing: Any, key: Key) -> Location:
        if isinstance(key, str):
            if type(thing) is types.CellType:
                return Location(known, key, known.name, known.general, Sharing())
            return Location(known, key, _dotted(known.name, key), _dotted(known.general, key), Sharing())
        inside = "*" if key is None else repr(key[0])
        return Location(known, key, f"{known.name}[{inside}]", f"{known.general}[*]", known.content)

    def _new(self, thing: Any, key: Key, thread: Hashable) -> _Thing:
        number = id(thing)
        reference: Any
        try:
            reference = weakref.ref(thing, lambda _: self._things.pop(number, None))
        except TypeError:
            reference = thing
            self._strong += 1
            if self._strong >= self._sweep_at:
                self._sweep()
        made = self._things[number] = _Thing(*self._name(thing, key, thread), reference)
        return made

    def _name(self, thing: Any, key: Key, thread: Hashable) -> tuple[str, str]:
        """Return what something is called, and what all of its kind are."""
        if isinstance(key, str):
            if type(thing) is dict:  # a module's namespace
                name = thing.get("__name__")
                name = str(name) if isinstance(name, str) and name != "__main__" else ""
                return name, name
            if issubclass(type(thing), type):
                return _short(thing), _short(thing)
            return self._numbered(key if type(thing) is types.CellType else _short(type(thing)))
        recent: deque[tuple[Any, Location]] = self._recent.get(thread) or deque()
        for owner, location in reversed(recent):
            held = owner() if type(owner) is weakref.ref else owner
            if _value(held, location.key) is thing:
                return location.name, location.general
        return self._numbered(_variable(thing) or type(thing).__name__)

    def _numbered(self, name: str) -> tuple[str, str]:
        times = self._numbers[name] = self._numbers.get(name, 0) + 1
        return (name if times == 1 else f"{name}#{times}"), name

    def _sweep(self) -> None:
        """Let go of objects that only this keeps alive, and so nobody will touch again."""
        self._recent.clear()
        for number, known in list(self._things.items()):
            if type(known.keep) is not weakref.ref and sys.getrefcount(known.keep) <= 2:
                del self._things[number]
                self._strong -= 1
        self._sweep_at = 2 * self._strong + _SWEEP


def _short(cls: type) -> str:
    return cls.__qualname__.rpartition("<locals>.")[2]


def _variable(thing: Any) -> str | None:
    """Return the name of a variable that holds something, in the function that is about to touch it."""
    frame = accessing()
    for names in () if frame is None else (frame.f_globals, frame.f_locals):
        for name, value in names.items():
            if value is thing and not name.startswith("."):
                return str(name)
    return None


def _dotted(name: str, attribute: str) -> str:
    return f"{name}.{attribute}" if name else attribute


def _reference(thing: Any) -> Any:
    try:
        return weakref.ref(thing)
    except TypeError:
        return thing


def _value(owner: Any, key: Key) -> Any:
    """Return what a location holds, running no code of the program's; None where that cannot be known."""
    if type(owner) is types.CellType:
        try:
            return owner.cell_contents
        except ValueError:
            return None
    if type(owner) is dict:
        return owner.get(key)
    if owner is None:
        return None
    for base in type(owner).__mro__:
        found = base.__dict__.get(str(key))
        if isinstance(found, types.MemberDescriptorType):
            try:
                return found.__get__(owner)
            except AttributeError:
                return None
    try:
        return object.__getattribute__(owner, "__dict__").get(key)
    except (AttributeError, TypeError):
        return None
