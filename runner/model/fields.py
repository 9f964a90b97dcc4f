"""How a state is written as an integer: a field of bits for each thing that may differ, which holds the number of a value seen there.

What a value is, nobody here asks: it has a key, which equal ones share, and stands for what the machine can be given again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

WIDTH = 12
"""Bits of a field to begin with."""


class TooNarrow(Exception):
    """A field has more values than its bits can tell apart: the layout is to be made anew with more. Its text is the field's name."""


class Field:
    """Some bits of a state."""

    __slots__ = ("_numbers", "_values", "low", "mask", "name", "shift")

    def __init__(self, name: str, shift: int, width: int) -> None:
        self.name = name
        self.shift = shift
        self.low = (1 << width) - 1
        """As many bits at the very right: a state that is shifted by `shift`, `and` this, is the number of the field's value."""
        self.mask = self.low << shift
        self._numbers: dict[Any, int] = {}
        self._values: list[Any] = []

    def put(self, key: Any, value: Any) -> int:
        """Return the bits of a state in which the field has this value.

        Raises:
            TooNarrow: it has not so many bits.
        """
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._values)
            self._values.append(value)
            if number > self.low:
                raise TooNarrow(self.name)
        return number << self.shift

    def value(self, state: int) -> Any:
        """Return the value that it has in a state: the first that came with its key."""
        return self._values[state >> self.shift & self.low]


class Layout:
    """The fields of one program's states. `wide` has the bits of those that need more than most, by name."""

    def __init__(self, threads: Iterable[str], parts: Iterable[str], wide: dict[str, int]) -> None:
        self.threads = tuple(threads)
        self.widths = dict(wide)
        self._at = 0
        self.standing = [self._field(f"thread {name}") for name in self.threads]
        """Where each thread is."""
        self.joiners = [self._field(f"end of {name}") for name in self.threads]
        """Who waits for each thread's end."""
        self.parts = {name: self._field(name) for name in parts}
        """Resources."""
        self.clock = self._field("(clock)")
        """How long each sleep still lasts."""
        self.output = self._field("(output)")
        self.all = (*self.standing, *self.joiners, *self.parts.values(), self.clock, self.output)
        self.ready = [self._bit() for _ in self.threads]
        """The bit of each thread that says whether it waits for nothing."""
        self.over = self._bit()
        """The bit of states in which main has ended, and the run with it."""
        self.limited = self._bit()
        """The bit of states in which a limit is reached in the midst of a step."""
        self.flags = sum(self.ready) | self.over | self.limited
        self.everything = (1 << self._at) - 1

    def _field(self, name: str) -> Field:
        width = self.widths.setdefault(name, WIDTH)
        made = Field(name, self._at, width)
        self._at += width
        return made

    def _bit(self) -> int:
        self._at += 1
        return 1 << self._at - 1

    def difference(self, one: int, other: int) -> int:
        """Return all bits of the fields in which two states differ."""
        differing = one ^ other
        return sum(each.mask for each in self.all if differing & each.mask) | differing & self.flags
