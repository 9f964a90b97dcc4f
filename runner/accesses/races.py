"""Data races on attributes, variables and items: two threads touch one, one of them writes, and nothing orders the two.

By vector clocks, as in runner/analysis/races.py; here as an execution goes on, so nothing is kept but the last access of each kind by each
thread at each site to each location. An access is compared with those, and each pair of lines that race on one attribute is told of once.

In CPython each method of a container is done as a whole: that two threads append to a list is no race, nor that both set items. That one
looks at what another changes is: such are the items read and then written by `d[k] += 1`, and a length that is relied upon.
"""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from runner.accesses.clocks import Clocks
from runner.accesses.hooks import Kind, accessing
from runner.accesses.locations import Location
from runner.accesses.sites import Site

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARY = frozenset(
    {"<string>", "<frozen runpy>", *(os.path.join(os.path.dirname(os.__file__), f"{name}.py") for name in ("threading", "runpy"))}
)
_DEEPEST = 20
Stack = tuple[tuple[types.CodeType, int], ...]
"""Code and line of each frame, innermost first."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One access: by which thread, where, called from where, with which locks."""

    thread: str
    serial: int
    count: int
    kind: Kind
    site: Site
    stack: Stack
    locks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessRace:
    """Two accesses to `location` that nothing orders, in the order in which they came."""

    location: str
    first: Touch
    second: Touch

    @property
    def sites(self) -> tuple[Site, Site]:
        """Where the two are: places that mean the same in every execution."""
        return self.first.site, self.second.site

    def lines(self, short: Callable[[str], str] = str) -> Iterator[str]:
        """Write it in lines: what races, each access with its line and who called, and the edge that is missing."""
        what = [f"{each.thread} {each.kind}s it at {short(each.site.file)}:{each.site.line}" for each in (self.first, self.second)]
        yield f"data race on {self.location}: {what[0]}, {what[1]}: nothing orders them"
        for each in (self.first, self.second):
            yield f"  {each.thread} in {each.site.function} at {short(each.site.file)}:{each.site.line}:{each.site.column}"
            yield f"    {each.site.text}"
            for code, line in each.stack[1:]:
                yield f"    called from {short(code.co_filename)}:{line}, in {code.co_qualname}"
        yield f"  {_missing(self.first, self.second)}"


class Races:
    """The data races of one execution. `found` has each once, in the order in which they came."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._seen: set[tuple[str, frozenset[tuple[str, int]]]] = set()
        self.found: list[AccessRace] = []

    def touch(self, task: Any, kind: Kind, location: Location, site: Site) -> AccessRace | None:
        """Take an access that a thread (its `serial` and `name`) is about to make; return the race it has, if that is new."""
        clock = self._clocks.of(task.serial)
        by = task.serial, kind, site
        before = location.last.get(by)
        if before is not None and before.count == clock[task.serial]:
            return None  # it has handed nothing on since: whatever races with this raced with that, and was seen then
        race = None
        mine = Touch(task.name, task.serial, clock[task.serial], kind, site, stack_here(), self._clocks.locks(task.serial))
        for known in location.rivals():
            for touch in known.values():
                if touch.serial == task.serial or clock.get(touch.serial, 0) >= touch.count:
                    continue
                if "write" not in (kind, touch.kind) or (location.is_content and kind == touch.kind):
                    continue
                key = location.general, frozenset([(touch.site.file, touch.site.line), (site.file, site.line)])
                if key not in self._seen:
                    self._seen.add(key)
                    race = AccessRace(location.name, touch, mine)
                    self.found.append(race)
        location.note(by, mine)
        return race


def stack_here() -> Stack:
    """Return the program's frames, innermost first: those of ours and of the standard library's threads are left out."""
    found: list[tuple[types.CodeType, int]] = []
    frame = accessing()
    while frame is not None and len(found) < _DEEPEST:
        code = frame.f_code
        if not code.co_filename.startswith(_HERE) and code.co_filename not in _LIBRARY:
            found.append((code, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def _missing(first: Touch, second: Touch) -> str:
    """Say what each of two accesses is guarded by, and what would order them."""
    held = [f"{each.thread} holds {' and '.join(each.locks) or 'no lock'}" for each in (first, second)]
    if first.locks and second.locks:
        return f"{held[0]}, {held[1]}: only a lock that both hold would order them"
    if first.locks or second.locks:
        lacking = first.thread if second.locks else second.thread
        return f"{held[0]}, {held[1]}: if {lacking} held {' or '.join(first.locks or second.locks)} as well, that would order them"
    return "neither holds a lock: one that both hold would order them"
