"""What a scenario's failure says: one line with its place for summaries, and the whole report."""

from __future__ import annotations

from collections.abc import Iterator

from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from runner.errors import Place
from runner.report.difference import difference
from runner.report.problems import render
from runner.report.words import describe, mismatch_lines, safe, summary
from runner.suite import Result
from runner.suite.judge import INTERRUPTED

WIDTH = 100
"""Columns of a report; it may be read anywhere, so the terminal's own do not count."""


class ScenarioFailure(AssertionError):
    """A scenario did not do what it should; `str` of it is the whole report."""

    def __init__(self, file: str, place: Place, reason: str, text: str) -> None:
        super().__init__(text)
        self.file = file
        self.place = place
        self.reason = reason

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
        raise ScenarioFailure(*result.where, reason_of(result), "\n".join(_report(result, advice)))


def reason_of(result: Result) -> str:
    """Say in one line why a scenario failed."""
    if result.invalid is not None:
        first, *others = result.invalid.problems
        return f"{safe(first.message)}{f' (and {len(others)} more)' if others else ''}"
    if result.mismatches:
        return safe(result.mismatches[0].message)
    comparison = result.comparison
    if comparison is None:
        return "it went wrong"
    divergence = comparison.divergence
    if divergence is None:
        return "there is no golden yet" if comparison.state == "missing" else f"the golden cannot be compared: {comparison.reason}"
    if divergence.part != "event":
        return f"the {divergence.part} differs from the golden's"
    expected, actual = (
        "the end" if event is None else f"{safe(event.thread)}: {describe(event)}" for event in (divergence.expected, divergence.actual)
    )
    return f"event {divergence.index + 1}: expected {expected}, was {actual}"


def long_text(failure: ScenarioFailure, *, brief: bool = False) -> ReprExceptionInfo:
    """Return the failure as pytest keeps those of Python tests: with a place and a line for summaries, which pytest-xdist passes on.

    `brief` leaves out the report, for `--tb=line`.
    """
    crash = ReprFileLocation(failure.file, failure.place.line, f"{failure.where}: {failure.reason}")
    entry = ReprEntryNative([] if brief else [f"{failure}\n"])
    return ReprExceptionInfo(reprtraceback=ReprTraceback([entry], None, "native"), reprcrash=crash)


def _report(result: Result, advice: str | None) -> Iterator[str]:
    if result.invalid is not None:
        yield render(result.invalid)
        return
    if result.program is None or result.outcome is None:
        return
    if result.mismatches:
        yield from summary(result.program, result.outcome)
        yield from mismatch_lines(result.program, result.mismatches)
    if result.comparison is None:
        return
    for line in difference(result, WIDTH):
        if advice is not None and line == "  to accept what it does now:":
            yield f"{line}\n    {advice}"
            return
        yield line
