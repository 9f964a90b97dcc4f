"""Hold an outcome against what the scenario expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runner.analysis.outcomes import QUEUE_PARTS, listed, same
from runner.errors import Place
from runner.interpreter import Outcome
from runner.program import Expectation, Program
from runner.trace import Footer, plain

PASSED, DIFFERS, INVALID, WENT_WRONG, INTERRUPTED = 0, 1, 3, 4, 130
_BY_CHANCE = ("hung", "interrupted", "memory_limit", "output_limit", "crashed")
"""Ends that are the machine's doing, so that the same schedule need not come to them again."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One expectation that does not hold, and where it is written."""

    message: str
    place: Place


def judge(program: Program, outcome: Outcome) -> list[Mismatch]:
    """Return every expectation that the outcome does not meet.

    Of a pinned schedule, which mostly shows a bug, only an end is expected that comes again: its golden alone says what is right.
    """
    expect, footer = program.expect, outcome.trace.footer
    found: list[Mismatch] = []

    def check(part: str, what: str, wanted: Any, actual: Any) -> None:
        if not same(plain(wanted), plain(actual)):
            found.append(Mismatch(f"{what}: expected {plain(wanted)!r}, was {plain(actual)!r}", expect.places[part]))

    if program.schedule is not None:
        if outcome.verdict in _BY_CHANCE:
            found.append(
                Mismatch(f"the outcome {outcome.verdict!r} need not come again, so nothing can be pinned to it", expect.places["outcome"])
            )
        return found
    if not expect.any_outcome:
        check("outcome", "the outcome", expect.outcome, outcome.verdict)
    if outcome.cut is not None:  # what it would have come to nobody knows
        return found or [Mismatch(f"the outcome: {outcome.verdict}", expect.places["outcome"])]
    raised = {failure.thread: type(failure.error).__name__ for failure in outcome.failures}
    if expect.raises is not None:
        check("raises", "exceptions that ended threads", dict(sorted(expect.raises.items())), dict(sorted(raised.items())))
    if expect.deadlock is not None:
        check("deadlock", "threads that wait for each other", list(expect.deadlock), sorted(outcome.cycle))
    for name, value in expect.vars.items():
        check(f"vars.{name}", f"variable {name}", value, footer.vars[name])
    for name, queue in expect.queues.items():
        for field in QUEUE_PARTS:
            wanted = getattr(queue, field)
            if wanted is not None:
                check(f"queues.{name}", f"queue {name}, {field}", wanted, footer.queues[name][field])
    printed = [event.value for event in outcome.trace.events if event.op == "print"]
    if expect.printed is not None:
        wanted_lines = list(expect.printed)
        if printed != wanted_lines:
            found.append(Mismatch(_first_difference(wanted_lines, printed), expect.places["printed"]))
    if expect.outcomes:
        entry = listed(expect.outcomes, footer, printed, raised)
        if entry is None and expect.closed:
            found.append(Mismatch(f"an outcome that is not listed: {_end(expect, footer)}", expect.places["outcomes"]))
        elif entry is not None and entry.verdict == "forbidden":
            found.append(Mismatch(f"a forbidden outcome: {entry.note or _end(expect, footer)}", entry.place))
    return found


def _end(expect: Expectation, footer: Footer) -> str:
    """Tell of an end what the listed outcomes look at."""
    names = dict.fromkeys(name for entry in expect.outcomes for name in entry.vars)
    queues = dict.fromkeys(name for entry in expect.outcomes for name in entry.queues)
    seen = [f"variable {name} {plain(footer.vars[name])!r}" for name in names]
    seen += [f"queue {name} {plain(footer.queues[name]['items'])!r}" for name in queues]
    return ", ".join([footer.outcome, *seen])


def _first_difference(wanted: list[str], printed: list[Any]) -> str:
    for index, (left, right) in enumerate(zip(wanted, printed, strict=False)):
        if left != right:
            return f"printed line {index + 1}: expected {left!r}, was {right!r}"
    return f"printed: expected {len(wanted)} lines, there were {len(printed)}"


def exit_code(program: Program, outcome: Outcome, mismatches: list[Mismatch]) -> int:
    """Return the exit code that an outcome deserves; see docs/cli.md."""
    if outcome.verdict == "interrupted":
        return INTERRUPTED
    if program.schedule is not None:
        return WENT_WRONG if mismatches else PASSED
    if outcome.verdict != "completed" and outcome.verdict not in program.expect.ends:
        return WENT_WRONG
    return DIFFERS if mismatches else PASSED
