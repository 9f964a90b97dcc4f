"""The error tree and the places it points at. A leaf: imports nothing of the project.

    RunnerError                 everything this package raises on purpose
    ├── ScenarioError           the author's file is wrong: places, codes, hints (exit 3)
    ├── UsageError              the command or call is wrong, or a write was refused (exit 2)
    │   ├── ReplayError         a schedule token does not fit the program it is replayed on
    │   ├── NothingCollectedError  there is no scenario where one was looked for (exit 5)
    │   └── TraceError          a file is no trace, or one that this version cannot read (runner.trace)
    ├── ExpressionError         an expression is not in the language, or failed when evaluated
    │   └── SizeLimitError      a value grows beyond a limit
    └── InternalError           our bug (exit 70)

What a *run* comes to (deadlock, step limit, a failed assertion…) is a value, an `Outcome`, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a scenario file something stands.

    `path` is the step's path in the file (`threads.worker.do[0].get`), stable under edits elsewhere;
    `line` and `column` count from 1; `width` is how many characters to underline, at least 1. `file` is the name of an
    included file; it is empty for places in the scenario's own.
    """

    path: str
    line: int
    column: int
    width: int = 1
    file: str = ""


NOWHERE = Place("", 1, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a scenario file; `code` is stable and documented in docs/errors.md."""

    code: str
    message: str
    place: Place
    hint: str | None = None
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class SourceText:
    """The name and lines of a file, and of the files that it includes, kept to print excerpts under error messages."""

    name: str
    lines: tuple[str, ...] = ()
    included: tuple[SourceText, ...] = ()

    def of(self, place: Place) -> SourceText:
        """Return the text that a place is in."""
        return next((text for text in self.included if text.name == place.file), self) if place.file else self

    def where(self, place: Place) -> str:
        """Write a place as compilers do, so that terminals and editors make it a link."""
        return f"{place.file or self.name}:{place.line}:{place.column}"


class RunnerError(Exception):
    """Anything this package raises on purpose."""


class ScenarioError(RunnerError):
    """The author's file is wrong. `problems` holds all of them, sorted by place."""

    def __init__(self, source: SourceText, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda p: (p.place.file, p.place.line, p.place.column, p.code)))
        first = self.problems[0]
        super().__init__(f"{source.where(first.place)}: {first.message}")


class UsageError(RunnerError):
    """The command or call is wrong, or a write was refused; the message says what to do instead."""


class ReplayError(UsageError):
    """A schedule token is malformed, or does not fit the program it is replayed on."""


class NothingCollectedError(UsageError):
    """There is no scenario where one was looked for."""


class ExpressionError(RunnerError):
    """An expression is outside the language, or failed when evaluated."""


class SizeLimitError(ExpressionError):
    """A value grows beyond a limit, which `limit` names. In a run it is no exception for scenarios to catch: it ends the run."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class InternalError(RunnerError):
    """A bug of ours: please report it."""


LONGEST_WORD, MOST_CANDIDATES = 60, 1000
"""Bounds on guessing: a file may have a hundred misspelt words and ten thousand names."""


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `word` is most likely a misspelling of, or None."""
    from difflib import get_close_matches  # only needed once something is wrong

    if len(word) > LONGEST_WORD:  # comparing costs the product of the lengths
        return None
    near = [name for name in candidates if 0.4 * len(word) <= len(name) <= 2.5 * len(word)]  # no other can be alike enough
    matches = get_close_matches(word, sorted(near)[:MOST_CANDIDATES], n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return the question whether `word` is a misspelling of the likeliest candidate, or None."""
    guess = closest(word, candidates)
    return None if guess is None else f"did you mean {guess!r}?"


def either(words: Sequence[str]) -> str:
    """List words of which one is wanted: `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
