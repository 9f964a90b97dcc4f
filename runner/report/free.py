"""What came of a scenario's free runs, in words."""

from __future__ import annotations

from collections.abc import Iterator

from runner.report.lanes import lanes
from runner.report.words import counted, describe, safe
from runner.suite import FreeRuns, Stray
from runner.trace import Event

AROUND = 12
"""Events shown of a run that is not the program's."""


def in_a_line(runs: FreeRuns) -> str:
    """Say in a line what came of the runs."""
    text = f"{counted(runs.runs, 'free run')}, {counted(len(runs.orders), 'order')}"
    if runs.as_golden < runs.runs:
        text += f"; in {runs.as_golden} each thread did as in the golden"
    if runs.unexpected:
        text += f"; {sum(runs.unexpected.values())} ended otherwise than expected"
    return text


def failure_lines(runs: FreeRuns, width: int, *, ascii_only: bool) -> Iterator[str]:
    """Say what is wrong with the runs: one that is not the program's, or ends that are not the expected ones."""
    if runs.stray is not None:
        yield from _stray(runs, runs.stray, width, ascii_only)
        return
    for message, times in runs.unexpected.most_common():
        yield f"  {times} of {runs.runs} free runs: {safe(message)}"


def _stray(runs: FreeRuns, stray: Stray, width: int, ascii_only: bool) -> Iterator[str]:
    finding, events = stray.finding, stray.history.events
    tried = (
        f"no execution of the program does that: all {finding.executions} were tried"
        if finding.complete
        else (f"none of the {finding.executions} executions that were tried does that")
    )
    yield f"  free run {stray.number} of {runs.wanted} ({stray.verdict}) went its own way; {tried}"
    yield f"  the closest has {max(finding.followed, 0)} of its {len(events)} events, and then:"
    misfit = finding.misfit
    if misfit is not None and misfit.found is not None:
        yield f"    found  {_one(misfit.found)}"
        yield f"    seen   {'(nothing more)' if misfit.seen is None else _one(misfit.seen)}"
    elif misfit is not None:
        yield f"    {safe(str(misfit))}"
    at = events.index(misfit.seen) if misfit is not None and misfit.seen in events else max(finding.followed, 0)
    shown = events[max(at + 1 - AROUND, 0) : at + 1]
    if shown:
        yield f"  the free run, events {shown[0].n} to {shown[-1].n}:"
        threads = list(dict.fromkeys(event.thread for event in shown))
        yield from (f"    {line}" for line in lanes(shown, threads, width - 4, ascii_only=ascii_only))


def _one(event: Event) -> str:
    return f"{safe(event.thread)}: {describe(event)}"
