"""How one trace differs from another, as text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runner.golden import Comparison
from runner.interpreter import Outcome
from runner.report.difference import difference as of_result
from runner.report.words import safe
from runner.suite import Result
from runner.trace import Trace
from runner.trace.divergence import first_divergence

ADVICE = "  to accept what it does now:"


def difference(expected: Trace, actual: Trace, *, width: int = 100) -> str:
    """Say how a trace differs from the one that was expected: where the two part, in context; empty where they are the same."""
    return "\n".join(difference_lines(expected, actual, width))


def difference_lines(expected: Trace, actual: Trace, width: int) -> Iterable[str]:
    """Say it line by line."""
    divergence = first_divergence(expected, actual)
    if divergence is None:
        return
    outcome = Outcome(actual.footer.outcome, actual, None, 0)
    result = Result(Path(), 1, outcome=outcome, comparison=Comparison("different", expected, divergence))
    for line in of_result(result, width):
        if line == ADVICE:  # they may be nobody's goldens
            return
        yield line.removeprefix("  ")


def title(trace: Trace) -> str:
    """Name a trace by its header: scenario, case, policy, seed."""
    header = trace.header
    case = "" if header.case is None else f"[{header.case}]"
    return safe(f"{header.scenario}{case} ({header.policy}{'' if header.seed is None else f', seed {header.seed}'})")
