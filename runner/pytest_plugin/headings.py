"""What collecting needs of a scenario file: its cases and its tags, without loading it where its text shows them.

Loading takes pydantic, YAML and milliseconds for each file; `pytest --collect-only`, and every process of pytest-xdist, would pay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_WORD = rb"[A-Za-z][\w-]*"
_TAGS = re.compile(rb"^tags:[ ]+\[[ ]*(%s(?:[ ]*,[ ]*%s)*)[ ]*\][ ]*(?:#.*)?\r?$" % (_WORD, _WORD), re.MULTILINE)
"""Tags as nearly everyone writes them, one line of plain words; whatever else the language allows is left to the loader."""
_READ_BY_YAML = {b"null", b"true", b"false", b"yes", b"no", b"on", b"off", b"y", b"n"}


@dataclass(frozen=True, slots=True)
class Headings:
    """A file's tags, and its cases and pinned schedules with the line of each."""

    tags: tuple[str, ...] = ()
    cases: Mapping[str, int] = field(default_factory=dict)
    pins: Mapping[str, int] = field(default_factory=dict)


def headings_of(path: Path) -> Headings:
    """Return a scenario file's tags and cases; none where the file is wrong, which running it will tell.

    Raises:
        OSError: the file cannot be read.
    """
    from runner.golden import may_have_cases

    if not may_have_cases(path):
        text = path.read_bytes()
        written = _TAGS.findall(text)
        if text.count(b"tags") == len(written) <= 1:  # else it may be part of another text, or there is more to it
            words = [word.strip() for line in written for word in line.split(b",")]
            if not any(word.lower() in _READ_BY_YAML for word in words):
                return Headings(tuple(word.decode() for word in words))
    return _loaded(path)


def _loaded(path: Path) -> Headings:
    from runner.errors import ScenarioError
    from runner.spec import load

    try:
        loaded = load(path)
    except ScenarioError:
        return Headings()
    cases, pins = (
        {name: loaded.source.place((key, name), key=True).line for name in getattr(loaded.scenario, key) or ()}
        for key in ("cases", "schedules")
    )
    return Headings(tuple(loaded.scenario.tags), cases, pins)


class MarkerNames:
    """Which marker a tag gives; registers each, so that `--strict-markers` knows it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._of: dict[str, str | None] = {}

    def of(self, tag: str) -> str | None:
        """Return a tag's marker: itself, with a dash for whatever `-m` could not name.

        None for the name of a marker that takes arguments: `skip`, `xfail` or another plugin's `timeout` would do something to
        the test, or want arguments. `-k` finds such a tag all the same.
        """
        if tag not in self._of:
            name = re.sub(r"[^\w.+/-]+", "-", tag).strip("-_") or None
            lines: Iterable[str] = self._config.getini("markers")
            known = [re.match(r"[^:(]*", line)[0].strip() for line in lines]  # type: ignore[index]
            if name in known and any(line.startswith(f"{name}(") for line in lines):
                name = None
            elif name is not None and name not in known:
                self._config.addinivalue_line("markers", f"{name}: scenarios with the tag {tag!r}.")
            self._of[tag] = name
        return self._of[tag]
