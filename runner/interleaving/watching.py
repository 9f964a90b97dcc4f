"""Scheduling points inside of the function's own code, before lines or accesses, and the data races there."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from runner.accesses import AccessRace, Clocks, Key, Kind, Location, Locations, Races, Site, Watch
from runner.interleaving.calls import Calls, make_op
from runner.program.ops import Op

LEVELS = ("sync", "access", "line")
ANY_LINE = "(lines)"
"""What a line touches: nobody knows, so all of them conflict."""
_SLOTS = 8
"""What is in a container counts as so many things: an access to an item touches one of them, one to the whole touches all."""


class Watching:
    """What of the code of some modules is a scheduling point, besides its calls: nothing at `sync`."""

    def __init__(self, calls: Calls, level: str) -> None:
        self.level = level
        self.clocks: Clocks | None = None
        self.races: dict[tuple[str, frozenset[int]], AccessRace] = {}
        """Those of all executions, by what is raced for and the two lines."""
        self._calls = calls
        self._locations = Locations()
        self._races: Races | None = None
        self._ops: dict[tuple[Site, Kind], Op] = {}
        self._slots: dict[str, dict[str, str]] = {}
        """Container → item → the name of its slot: the same in all executions."""

    def watch(self, modules: tuple[str, ...]) -> AbstractContextManager[Any]:
        """Watch these modules while it lasts."""
        if self.level == "sync":
            return nullcontext()
        return Watch(modules, "line" if self.level == "line" else "access", self._before, self._who, brief=True)

    def begin(self) -> None:
        """Begin another execution."""
        if self.level == "access":
            self.clocks = Clocks()
            self._races = Races(self.clocks)
            self._locations = Locations()

    def _who(self) -> Any:
        kernel = self._calls.kernel
        return None if kernel is None else kernel.running()

    def _before(self, kind: Kind, thing: Any, key: Key, site: Site) -> None:
        op = self._ops.get((site, kind))
        if op is None:
            verb = "write" if kind == "line" else kind
            op = self._ops[site, kind] = make_op(verb, self._calls.place(site.file, site.line))
        calls = self._calls
        if kind == "line":
            calls.point(op, "", ANY_LINE)
            return
        assert calls.kernel is not None
        assert self._races is not None
        task = calls.kernel.current
        location = self._locations.of(thing, key, task.serial)
        if location.is_content:
            calls.shares[location.name] = self._touched(location)
        calls.point(op, kind, location.name)
        race = self._races.touch(task, kind, location, site)
        if race is not None:
            self.races.setdefault((location.general, frozenset(each.line for each in race.sites)), race)

    def _touched(self, location: Location) -> tuple[str, ...]:
        """Return what an access to an item, or to all that is in a container, touches: either way, the one must conflict with the other."""
        name = location.thing.name
        if location.key is None:
            return tuple(f"{name}[*]{slot}" for slot in range(_SLOTS))
        slots = self._slots.setdefault(name, {})
        return (slots.setdefault(location.name, f"{name}[*]{len(slots) % _SLOTS}"),)
