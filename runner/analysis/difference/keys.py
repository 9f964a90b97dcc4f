"""Events as numbers: two events get the same number exactly if they are written the same, but for `n` and `t`."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runner.trace import ABSENT, Event, plain


def value_key(value: Any) -> Hashable:
    """Return what two values have in common exactly if they are written the same: 1, 1.0 and true are not."""
    kind = type(value)
    if kind is str:
        return str(value)  # by far the most frequent, and no other key is a text
    if value is None or value is ABSENT or kind is int or kind is bool:
        return (kind.__name__, value)
    return ("json", json.dumps(plain(value), ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Names:
    """What is called otherwise in the other trace: threads, resources, and the paths of steps."""

    threads: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    following: Mapping[str, str] = field(default_factory=dict)
    """Those of the paths that are only others because their thread is called otherwise."""

    def __bool__(self) -> bool:
        return bool(self.threads or self.resources or self.paths)

    def name(self, name: str | None) -> str | None:
        """Return the new name of what an event acts on."""
        if name is None:
            return None
        return self.threads.get(name) or self.resources.get(name, name)

    def follows(self, old: Any, new: Any) -> bool:
        """Say whether a value differs from another by nothing but the new name of what it names."""
        return type(old) is type(new) is str and old != new and self.name(old) == new

    def translated(self, event: Event) -> Event:
        """Return an event with the new names. Values are left: a text may only look like a name."""
        if not self:
            return event
        return replace(
            event,
            thread=self.threads.get(event.thread, event.thread),
            on=self.name(event.on),
            by=None if event.by is None else self.threads.get(event.by, event.by),
            at=self.paths.get(event.at, event.at),
        )


class Numbers:
    """Gives the same number to the same thing."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def of(self, thing: Hashable) -> int:
        """Return a thing's number."""
        return self._numbers.setdefault(thing, len(self._numbers))


@dataclass(frozen=True, slots=True)
class Side:
    """The events of one trace under the names of the other, and their numbers: of the content, and of that and the step."""

    events: tuple[Event, ...]
    content: list[int]
    whole: list[int]
    threads: dict[str, list[int]]
    """Each thread's events, by position."""


def sides(expected: Iterable[Event], actual: Iterable[Event], names: Names) -> tuple[Side, Side]:
    """Return both sides; numbers are the same on both for the same."""
    numbers = Numbers()
    return _side(tuple(map(names.translated, expected)) if names else tuple(expected), numbers), _side(tuple(actual), numbers)


def _side(events: tuple[Event, ...], numbers: Numbers) -> Side:
    content, whole = [], []
    threads: dict[str, list[int]] = {}
    for position, event in enumerate(events):
        number = numbers.of((event.op, event.on, value_key(event.value), value_key(event.result), event.by, event.error))
        content.append(number)
        whole.append(numbers.of((number, event.at)))
        threads.setdefault(event.thread, []).append(position)
    return Side(events, content, whole, threads)
