"""Put what included files declare beside what a scenario declares itself.

`include` names files of functions, classes and resources, below the folder of the file that names them: a scenario can be
moved, and sent, together with its folder, and reads nothing else. A file that is reached by two ways counts once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path as FilePath
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import TypeVar

from runner.errors import Place, Problem, ScenarioError, SourceText
from runner.spec.models import Library
from runner.spec.source import Path, Source

SECTIONS = ("resources", "functions", "classes")
"""What is shared by including."""
MOST_FILES = 100
_AnyLibrary = TypeVar("_AnyLibrary", bound=Library)
Read = Callable[[FilePath, str], tuple[Library, Source]]
"""Reads a file of that path, which messages call by the second argument, or raises a `ScenarioError`."""


@dataclass(frozen=True)
class Sources:
    """Where everything in a scenario and in the files that it includes stands."""

    main: Source
    owners: dict[Path, Source]
    """Section and name of what an included file declares → that file."""
    files: tuple[FilePath, ...] = ()
    """Every file that is included, also by another one."""

    @cached_property
    def text(self) -> SourceText:
        """The name and lines of the scenario's own file, with the included ones beside."""
        included = {source.characters.name: source.text for source in self.owners.values()}
        return replace(self.main.text, included=tuple(included.values()))

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Find where the value at a path, or its key, stands; see `Source.place`."""
        owner = self.owners.get(path[:2])
        if owner is None:
            return self.main.place(path, key=key)
        return replace(owner.place(path, key=key), file=owner.characters.name)


class Includer:
    """Includes the files that one scenario asks for."""

    def __init__(self, source: Source, folder: FilePath, read: Read) -> None:
        self.problems: list[Problem] = []
        self.damaged: list[SourceText] = []  # the included files that problems are in
        self._main = source
        self._root = folder.resolve()
        self._read = read
        self._seen: dict[FilePath, str] = {}
        self._owners: dict[Path, Source] = {}
        self._declared: dict[str, dict[str, object]] = {section: {} for section in SECTIONS}

    def include(self, scenario: _AnyLibrary) -> tuple[_AnyLibrary, Sources]:
        """Return the scenario with what its files declare, and where everything stands."""
        self._visit(scenario, self._main, PurePath(), ())
        for section in SECTIONS:
            for name in getattr(scenario, section):
                if name in self._declared[section]:
                    owner = self._owners.pop((section, name))
                    message = f"{name!r} is declared in {owner.characters.name} too (line {owner.place((section, name), key=True).line})"
                    self._problem("name-collision", message, self._main, (section, name), key=True)
        merged = {section: {**self._declared[section], **getattr(scenario, section)} for section in SECTIONS}
        return scenario.model_copy(update=merged), Sources(self._main, self._owners, tuple(self._seen))

    def _visit(self, library: Library, source: Source, below: PurePath, trail: tuple[FilePath, ...]) -> None:
        """Include what a library asks for, and what that asks for in turn; `below` is the library's own folder."""
        for index, name in enumerate(library.include or ()):
            where: Path = ("include", index)
            file = self._find(name, source, below, where)
            if file is None or file in self._seen:
                if file in trail:
                    self._problem("include-cycle", f"{name!r} includes this file, or one that does", source, where)
                continue
            shown = str(PurePath(self._main.characters.name).parent / below / name)
            self._seen[file] = shown
            if len(self._seen) > MOST_FILES:
                self._problem("too-many", f"more than {MOST_FILES} files are included", source, where)
                return
            try:
                included, its_source = self._read(file, shown)
            except ScenarioError as error:
                self._take_over(error, name, source, where)
                continue
            self._declare(included, its_source, source, where)
            self._visit(included, its_source, below / PurePath(name).parent, (*trail, file))

    def _find(self, name: str, source: Source, below: PurePath, where: Path) -> FilePath | None:
        """Return the file of a name, if it is below the scenario's folder."""
        parts = PurePosixPath(name).parts
        if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or "\\" in name or ".." in parts or "${" in name:
            self._problem(
                "bad-include", "an included file is named by a path below this file's folder, with / and without ..", source, where
            )
            return None
        file = (self._root / below / name).resolve()
        if not file.is_relative_to(self._root):
            self._problem("bad-include", f"{name!r} is a link that leads out of the scenario's folder", source, where)
            return None
        return file

    def _declare(self, library: Library, its_source: Source, source: Source, where: Path) -> None:
        for section in SECTIONS:
            for name, item in getattr(library, section).items():
                other = self._owners.get((section, name))
                if other is not None:
                    message = f"{name!r} is declared in {other.characters.name} and in {its_source.characters.name}"
                    self._problem("name-collision", message, source, where)
                    continue
                self._owners[section, name] = its_source
                self._declared[section][name] = item

    def _take_over(self, error: ScenarioError, name: str, source: Source, where: Path) -> None:
        """Report what is wrong with an included file: at its own places, or, where it cannot be read, where it is named."""
        if not error.source.lines:
            self._problem("bad-include", f"{name!r} cannot be included: {error.problems[0].message}", source, where)
            return
        self.damaged.append(error.source)
        self.problems += [replace(each, place=replace(each.place, file=error.source.name)) for each in error.problems]

    def _problem(self, code: str, message: str, source: Source, path: Path, *, key: bool = False) -> None:
        place = source.place(path, key=key)
        if source is not self._main:
            place = replace(place, file=source.characters.name)
            if source.text not in self.damaged:
                self.damaged.append(source.text)
        self.problems.append(Problem(code, message, place))
