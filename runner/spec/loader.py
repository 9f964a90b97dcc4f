"""From a file to a validated `Scenario`, or to a `ScenarioError` with everything that is wrong with the file.

Reading, building, validating, in that order; nothing but `ScenarioError` leaves this module, whatever the bytes.
"""

from __future__ import annotations

import copy
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from runner.errors import NOWHERE, Problem, ScenarioError, SourceText
from runner.limits import DEFAULT, Limits
from runner.spec.complaints import Complaint, Unreadable
from runner.spec.include import Includer, Sources
from runner.spec.mistakes import problems_of
from runner.spec.models import Library, Scenario
from runner.spec.source import Source, Text, path_text
from runner.spec.yaml_events import Document, build

AnyLibrary = TypeVar("AnyLibrary", bound=Library)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""YAML's own set: no control characters, no half surrogate pairs, no byte order mark but the first."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid scenario, and where everything in it stands."""

    scenario: Scenario
    source: Source | Sources


class DamagedScenarioError(ScenarioError):
    """A scenario file that is wrong. `rest` is what remains with the wrong steps left out, so that it can be searched for more."""

    def __init__(self, text: SourceText, problems: list[Problem], rest: Loaded | None) -> None:
        super().__init__(text, problems)
        self.rest = rest


def load(path: str | os.PathLike[str], limits: Limits = DEFAULT) -> Loaded:
    """Load a scenario file.

    Raises:
        ScenarioError: the file cannot be read, or is not a valid scenario; all of its problems.
    """
    return loads(read(path, limits), os.fspath(path), limits, FilePath(path).parent)


def read(path: str | os.PathLike[str], limits: Limits = DEFAULT) -> bytes:
    """Read a scenario file's bytes, and of one that is too large only so many that it shows.

    Raises:
        ScenarioError: the file cannot be read.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            return file.read(limits.bytes + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        _refuse(name, "no-such-file", "there is no such file")
    except IsADirectoryError:
        _refuse(name, "not-a-file", "this is a directory, not a scenario file")
    except OSError as error:
        _refuse(name, "unreadable-file", f"the file cannot be read: {(error.strerror or 'the system refuses').lower()}")


def loads(text: str | bytes, name: str = "<text>", limits: Limits = DEFAULT, folder: FilePath | None = None) -> Loaded:
    """Load a scenario from text, or from a file's bytes; `name` is what messages call it, and `folder` has what it may include.

    Raises:
        ScenarioError: it is not a valid scenario; all of its problems.
    """
    scenario, source, problems = _validated(Scenario, text, name, limits)
    sources: Source | Sources = source
    if scenario is not None and scenario.include is not None:
        if folder is None:
            problems.append(Problem("bad-include", "a text that is no file cannot include any", source.place(("include",), key=True)))
        else:
            includer = Includer(source, folder, lambda file, shown: _library(file, shown, limits))
            scenario, sources = includer.include(scenario)
            problems += includer.problems
            if includer.damaged:
                everything = replace(sources.text, included=(*sources.text.included, *includer.damaged))
                raise DamagedScenarioError(everything, problems, None)
    if problems or scenario is None:
        raise DamagedScenarioError(sources.text, problems, None if scenario is None else Loaded(scenario, sources))
    return Loaded(scenario, sources)


def _library(path: FilePath, shown: str, limits: Limits) -> tuple[Library, Source]:
    """Load a file that is included."""
    try:
        data = read(path, limits)
    except ScenarioError as error:
        raise ScenarioError(SourceText(shown), error.problems) from None
    library, source, problems = _validated(Library, data, shown, limits)
    if problems or library is None:
        raise ScenarioError(source.text, problems)
    return library, source


def _validated(model: type[AnyLibrary], text: str | bytes, name: str, limits: Limits) -> tuple[AnyLibrary | None, Source, list[Problem]]:
    """Return what a file holds, without the steps that are wrong, and everything that is wrong with it."""
    document, source = _parse(text, name, limits)
    problems = _placed(document.complaints, source.characters)
    if not isinstance(document.root, dict):
        raise ScenarioError(source.text, [*problems, _not_a_mapping(source)])
    try:
        return model.model_validate(document.root), source, problems
    except ValidationError as error:
        damaged = [complaint.damage for complaint in document.complaints if complaint.damage is not None]
        found = problems_of(error, source, damaged, limits.problems)
        # A stand-in may also have come to where the models judge it by an alias; its place is still its own.
        reported = {(problem.place.line, problem.place.column) for problem in problems}
        problems += [p for p in found if p.code == "missing-key" or (p.place.line, p.place.column) not in reported]
        return _without_damage(model, document.root, error), source, problems


def parse(text: str | bytes, name: str = "<text>", limits: Limits = DEFAULT) -> Source:
    """Read text, or a file's bytes, as the YAML that it is, whether or not it is a scenario.

    Raises:
        ScenarioError: it is no YAML, or YAML that the language does not have; all that is wrong with it.
    """
    document, source = _parse(text, name, limits)
    if document.complaints:
        raise ScenarioError(source.text, _placed(document.complaints, source.characters))
    return source


def _parse(text: str | bytes, name: str, limits: Limits) -> tuple[Document, Source]:
    characters = _decode(text, name, limits)
    try:
        document = build(characters, limits)
    except Unreadable as stop:
        raise ScenarioError(characters.source_text(), _placed(stop.complaints, characters)) from None
    return document, Source(characters, document.root, document.span, document.marks)


def _without_damage(model: type[AnyLibrary], root: dict[str, Any], error: ValidationError) -> AnyLibrary | None:
    """Validate again with a harmless step in place of each that is wrong; None when it is not steps alone that are."""
    patched = copy.deepcopy(root)
    for location in {mistake["loc"] for mistake in error.errors(include_url=False, include_context=False, include_input=False)}:
        value: Any = patched
        steps: tuple[list[Any], int] | None = None
        for part in location:
            if isinstance(value, list) and isinstance(part, int):
                if isinstance(value[part], dict):  # steps are mappings; so are the steps in which they stand
                    steps = value, part
                value = value[part]
            elif isinstance(value, dict) and part in value:
                value = value[part]
        if steps is None:
            return None
        steps[0][steps[1]] = {"print": None}
    try:
        return model.model_validate(patched)
    except ValidationError:
        return None


def _decode(text: str | bytes, name: str, limits: Limits) -> Text:
    """Check size, encoding and characters, and drop a byte order mark."""
    if len(text) > limits.bytes:
        _refuse(name, "too-large", f"the file is larger than {limits.bytes:,} bytes")
    if isinstance(text, bytes):
        text = _utf8(text, name)
    characters = Text(name, text.removeprefix("\ufeff"))
    bad = _FORBIDDEN.search(characters.content)
    if bad:
        place = characters.place(bad.start(), bad.end())
        message = f"the character U+{ord(bad[0]):04X} cannot stand in a scenario file"
        hint = f'remove it; inside double quotes, "{_escape(bad[0])}" stands for it'
        raise ScenarioError(characters.source_text(), [Problem("bad-character", message, place, hint)])
    return characters


def _escape(character: str) -> str:
    return f"\\x{ord(character):02x}" if character < "\u0100" else f"\\u{ord(character):04x}"


def _utf8(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or 0 in data[:2]:
        _refuse(name, "not-utf-8", "the file is UTF-16 or UTF-32; save it as UTF-8")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        characters = Text(name, data.decode(errors="replace").removeprefix("\ufeff"))
        offset = len(data[: error.start].decode().removeprefix("\ufeff"))
        message = f"the byte 0x{data[error.start]:02X}, number {error.start + 1} of the file, is not UTF-8; save the file as UTF-8"
        problem = Problem("not-utf-8", message, characters.place(offset, offset + 1))
        raise ScenarioError(characters.source_text(), [problem]) from None


def _not_a_mapping(source: Source) -> Problem:
    if source.root is None:
        return Problem("empty-file", "the file holds nothing", NOWHERE, "a scenario starts with `schema: 1`")
    what = "a list" if isinstance(source.root, list) else "a single value"
    return Problem("not-a-mapping", f"a scenario is a mapping of keys such as `schema: 1`; this is {what}", source.place(()))


def _placed(complaints: list[Complaint], characters: Text) -> list[Problem]:
    return [Problem(c.code, c.message, characters.place(c.start, c.end, path_text(c.path)), c.hint) for c in complaints]


def _refuse(name: str, code: str, message: str) -> NoReturn:
    """Raise the one problem of a file that there is no text of to show."""
    raise ScenarioError(SourceText(name), [Problem(code, message, NOWHERE)]) from None
