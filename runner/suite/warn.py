"""Lint scenario files, and take out of them what nothing uses.

Taking out is the one mending that cannot be wrong about what the author means, and then only for what stands on lines of its
own. Whatever comes of it is loaded, compiled and linted again before anybody gets to see it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.compiler import compile_cases
from runner.errors import Place, Problem, ScenarioError, SourceText
from runner.limits import DEFAULT, Limits
from runner.spec import read

MENDED = frozenset({"unused-class", "unused-function", "unused-parameter", "unused-resource"})
"""The codes of warnings that `mend` may do something about."""


@dataclass(frozen=True, slots=True)
class Linted:
    """The warnings for a valid file, in its order."""

    source: SourceText
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """A file's text without what was taken out, the warnings that this settles, and those that are left."""

    text: str
    removed: tuple[Problem, ...]
    left: Linted


def lint_file(path: str | os.PathLike[str], limits: Limits = DEFAULT, text: bytes | None = None) -> Linted:
    """Load and compile a scenario file and look for what is likely to be wrong; `text` is what the file is taken to hold.

    Raises:
        ScenarioError: the file is wrong; every problem with its place.
    """
    from runner.lint import lint  # whoever only runs scenarios has no need of it

    programs = [each for each in compile_cases(path, limits=limits, text=text) if each.schedule is None]  # a pin is a case's program again
    return Linted(programs[0].source, tuple(lint(programs)))


def mend(path: Path, limits: Limits = DEFAULT) -> Mended:
    """Return a file's text without what nothing uses, and without what only that used. Nothing is written.

    Raises:
        ScenarioError: the file is wrong.
    """
    data = read(path, limits)
    linted = lint_file(path, limits, data)
    text = data.decode()
    removed: list[Problem] = []
    refused: set[tuple[str, str]] = set()
    while True:
        tried = [each for each in linted.warnings if each.code in MENDED and not each.place.file and _key(each) not in refused]
        if not tried:
            return Mended(text, tuple(removed), linted)
        for together in ([tried], [[each] for each in tried]):  # all at once, or else one that works
            for some in together:
                shorter = _without(text, [each.place for each in some])
                after = None if shorter is None else _if_better(path, limits, shorter, linted, some)
                if shorter is not None and after is not None:
                    text, linted = shorter, after
                    removed += some
                    break
                if len(some) == 1:
                    refused.add(_key(some[0]))
            else:
                continue
            break


def _key(problem: Problem) -> tuple[str, str]:
    return problem.code, problem.message


def _if_better(path: Path, limits: Limits, text: str, before: Linted, gone: Iterable[Problem]) -> Linted | None:
    """Return what lint says of a text, if it is valid, without the warnings that shall go, and with no new ones but of the same sort."""
    try:
        after = lint_file(path, limits, text.encode())
    except ScenarioError:
        return None
    remaining = {_key(each) for each in after.warnings}
    new = remaining - {_key(each) for each in before.warnings}
    if remaining & {_key(each) for each in gone} or any(code not in MENDED for code, _ in new):
        return None
    return after


def _without(text: str, places: Sequence[Place]) -> str | None:
    """Return a text without the keys at places, and what is indented below them; None if one shares a line with something else."""
    lines = text.splitlines(keepends=True)
    for place in sorted(places, key=lambda place: place.line, reverse=True):
        start = place.line - 1
        indent = place.column - 1
        if lines[start][:indent].strip():
            return None
        end = _end(lines, start, indent)
        before = next((index for index in range(start - 1, -1, -1) if _says_something(lines[index])), None)
        after = next((line for line in lines[end:] if _says_something(line)), "")
        if before is not None and _indent(lines[before]) < indent and _indent(after) < indent:
            if lines[before].strip() != f"{place.path.split('.')[0]}:":
                return None
            del lines[start:end], lines[before]  # a section with nothing in it is none
        else:
            del lines[start:end]
    return "".join(lines)


def _end(lines: Sequence[str], start: int, indent: int) -> int:
    """Return the line behind what belongs to a key; comments and empty lines that follow belong to what comes after."""
    end = start + 1
    for index in range(start + 1, len(lines)):
        if _says_something(lines[index]):
            if _indent(lines[index]) <= indent:
                break
            end = index + 1
    return end


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else -1
