"""What a scenario's failure says: one line with its place for summaries, and the whole report."""

from __future__ import annotations

from collections.abc import Sequence

from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from runner.errors import NOWHERE, Place
from runner.exploration import Exploration
from runner.report.exploration import Shown, exploration, verdict
from runner.report.failure import failure_lines, reason
from runner.report.log_commands import without_commands
from runner.report.words import safe
from runner.suite import Result
from runner.suite.exploring import explore_code
from runner.suite.judge import INTERRUPTED

WIDTH = 100
"""Columns of a report; it may be read anywhere, so the terminal's own do not count."""


class ScenarioFailure(AssertionError):
    """A scenario did not do what it should; `str` of it is the whole report."""

    def __init__(self, file: str, place: Place, reason: str, text: str) -> None:
        super().__init__(without_commands(text))
        self.file = file
        self.place = place
        self.reason = without_commands(reason)

    @property
    def where(self) -> str:
        """The place as compilers write it."""
        return f"{self.file}:{self.place.line}:{self.place.column}"


def raise_failure(result: Result, advice: str | None = None) -> None:
    """Raise what is wrong with a result, if anything is; `advice` stands in place of that on how to accept its trace.

    Raises:
        ScenarioFailure: it did not pass.
        KeyboardInterrupt: it was interrupted.
    """
    __tracebackhide__ = True
    if result.code == INTERRUPTED:
        raise KeyboardInterrupt
    if not result.passed:
        raise ScenarioFailure(*result.where, safe(reason(result)[1]), "\n".join(failure_lines(result, WIDTH, advice=advice)))


def raise_findings(found: Exploration, given: Sequence[str] = (), *, allow_bounded: bool = False) -> None:
    """Raise what exploring found; `given` are words that commands to copy need besides the file.

    Raises:
        ScenarioFailure: something is wrong, or, unless that is allowed, not all was explored.
        KeyboardInterrupt: it was interrupted.
    """
    __tracebackhide__ = True
    if found.interrupted:
        raise KeyboardInterrupt
    if explore_code(found, allow_bounded=allow_bounded):
        source = found.program.source
        place = next((each.place for each in found.failures if each.place is not None), NOWHERE)
        text = "\n".join(exploration(found, Shown(WIDTH, given=given)))
        raise ScenarioFailure(place.file or source.name, place, verdict(found), text)


def long_text(failure: ScenarioFailure, *, brief: bool = False) -> ReprExceptionInfo:
    """Return the failure as pytest keeps those of Python tests: with a place and a line for summaries, which pytest-xdist passes on.

    `brief` leaves out the report, for `--tb=line`.
    """
    crash = ReprFileLocation(failure.file, failure.place.line, f"{failure.where}: {failure.reason}")
    entry = ReprEntryNative([] if brief else [f"{failure}\n"])
    return ReprExceptionInfo(reprtraceback=ReprTraceback([entry], None, "native"), reprcrash=crash)
