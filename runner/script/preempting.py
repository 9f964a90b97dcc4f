"""Scheduling points inside of a program's own code, at its lines or its accesses, and the data races there."""

from __future__ import annotations

import os
import types
from collections.abc import Iterator
from typing import Any

from runner.accesses import Clocks, Key, Kind, Locations, Races, Site, Watch
from runner.accesses.watch import Chosen, Level
from runner.program.ops import Access
from runner.script import program
from runner.script.launch import Script
from runner.script.observing import Call, is_library, short
from runner.script.recording import Recorder
from runner.substrate.controlled.kernel import Kernel

_PATIENCE = 50
"""So many reads in a row of what nobody has written yet are a scheduling point: somebody may wait for that by looking."""


class Preempting:
    """What `--preempt` and `--races` ask for. At `sync`, without races, nothing."""

    def __init__(self, script: Script, level: str, recorder: Recorder, kernel: Kernel) -> None:
        self._recorder = recorder
        self._kernel = kernel
        self._locations = Locations()
        self._at_accesses = level == "access"
        self._reads = 0
        self._places: dict[Site, str] = {}
        self._races: Races | None = None
        self._watch: Watch | None = None
        if script.races or level == "access":
            clocks = kernel.order = Clocks()
            self._races = Races(clocks)
        if self._races is not None or level == "line":
            looks: Level = "access" if level != "line" else "line" if self._races is None else "both"
            self._watch = Watch(chosen(script), looks, self._before, kernel.running)

    def begin(self) -> None:
        """Watch from now on: what is imported, and what `compile` compiles."""
        if self._watch is not None:
            self._watch.__enter__()

    def compile(self, source: bytes, file: str) -> types.CodeType:
        """Compile the program itself."""
        return program.compiled(source, file) if self._watch is None else self._watch.compile(source, file)

    def told(self) -> Iterator[str]:
        """Write the data races that were found."""
        for race in () if self._races is None else self._races.found:
            yield from race.lines(short)

    def _before(self, kind: Kind, thing: Any, key: Key, site: Site) -> None:
        task = self._kernel.current
        if kind == "line":
            self._recorder.point(Call("line", self._at(site)), None)
            return
        location = self._locations.of(thing, key, task.serial)
        contended = location.sharing.touch(task.serial, kind)
        if self._at_accesses and (contended or self._is_looking(location.sharing.shared)):
            access = Access.WRITE if kind == "write" else Access.READ
            self._recorder.point(Call(kind, self._at(site), access), location.name)
        else:
            self._kernel.tick()
        if self._races is not None:
            self._races.touch(task, kind, location, site)

    def _at(self, site: Site) -> str:
        known = self._places.get(site)
        if known is None:
            known = self._places[site] = f"{short(site.file)}:{site.line}"
        return known

    def _is_looking(self, shared: bool) -> bool:
        self._reads = self._reads + 1 if shared else self._reads
        if self._reads >= _PATIENCE:
            self._reads = 0
            return True
        return False


def chosen(script: Script) -> Chosen:
    """Say which modules are the program's own: those named, or those in its folder that are not installed there."""
    if script.modules:
        files = frozenset(os.path.realpath(each) for each in script.modules if each.endswith(".py"))
        packages = tuple(f"{each}." for each in script.modules)
        return lambda name, file: name in script.modules or name.startswith(packages) or os.path.realpath(file) in files
    folder = os.getcwd() if script.is_module else os.path.dirname(os.path.realpath(script.program))
    if os.path.isdir(script.program) and not script.is_module:
        folder = os.path.realpath(script.program)
    return lambda name, file: os.path.realpath(file).startswith(folder + os.sep) and not is_library(os.path.realpath(file))
