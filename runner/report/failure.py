"""Why a test did not pass: in a line, and in full. Every front end says it with these words."""

from __future__ import annotations

from collections.abc import Iterator

from runner.golden import Comparison
from runner.report.difference import difference
from runner.report.free import failure_lines as free_failure_lines
from runner.report.problems import render
from runner.report.words import PINNED_ELSEWHERE, describe, ended, mismatch_lines, safe, summary
from runner.suite import Result
from runner.suite.judge import WENT_WRONG


def reason(result: Result) -> tuple[str, str]:
    """Return the sort of failure, as `Account.kind` has it, and what is wrong in a line. The line may hold whatever the file does."""
    if result.invalid is not None:
        first, *others = result.invalid.problems
        return "invalid", f"{first.message} [{first.code}]" + (f", and {len(others)} more" if others else "")
    assert result.outcome is not None
    if result.code == WENT_WRONG:
        failures = [f"{each.thread} raised {type(each.error).__name__}" for each in result.outcome.failures]
        return result.outcome.verdict, "; ".join([ended(result.outcome), *failures])
    if result.mismatches:
        return "expectation", "; ".join(mismatch.message for mismatch in result.mismatches)
    if result.free is not None:
        if result.free.stray is not None:
            return "free", f"a free run did what no execution was found to do: run {result.free.stray.number}"
        return "free", "; ".join(f"{times} of {result.free.runs} free runs: {text}" for text, times in result.free.unexpected.items())
    assert result.comparison is not None
    stale = f"; {PINNED_ELSEWHERE}" if result.program is not None and result.program.pinned_elsewhere else ""
    return "golden", _of_golden(result.comparison) + stale


def _of_golden(comparison: Comparison) -> str:
    divergence = comparison.divergence
    if divergence is None:
        return "there is no golden yet" if comparison.state == "missing" else f"the golden cannot be compared: {comparison.reason}"
    if divergence.part != "event":
        return f"the {divergence.part} differs from the golden's"
    expected, actual = (
        "the end" if event is None else f"{event.thread}: {describe(event)}" for event in (divergence.expected, divergence.actual)
    )
    return f"event {divergence.index + 1}: expected {expected}, was {actual}"


def failure_lines(result: Result, width: int, *, ascii_only: bool = False, color: bool = False, advice: str | None = None) -> Iterator[str]:
    """Say in full what is wrong with a result; `advice` stands in place of how to accept its trace.

    No line has control characters but those of colours.
    """
    if result.invalid is not None:
        yield from render(result.invalid, color=color).split("\n")
        return
    yield from unexpected_lines(result)
    if result.free is not None:
        yield from free_failure_lines(result.free, width, ascii_only=ascii_only)
    elif result.comparison is not None:
        if result.program is not None and result.program.pinned_elsewhere and result.comparison.state != "same":
            yield f"  {PINNED_ELSEWHERE}"
        yield from difference(result, width, ascii_only=ascii_only, color=color, advice=advice)


def unexpected_lines(result: Result) -> Iterator[str]:
    """Say how a run ended that did not end as its scenario expects; nothing if it did."""
    if result.mismatches and result.program is not None and result.outcome is not None:
        for text in (*summary(result.program, result.outcome), *mismatch_lines(result.program, result.mismatches)):
            yield f"  {safe(text)}"
