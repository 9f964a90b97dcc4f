"""How any two traces differ, as text: for Python programs, which may hold them without scenarios and goldens."""

from __future__ import annotations

from runner.report.difference import trace_difference
from runner.report.words import safe
from runner.trace import Trace


def difference(expected: Trace, actual: Trace, *, width: int = 100) -> str:
    """Say how a trace differs from the one that was expected: what changed, and where the two part; empty where they are the same."""
    return "\n".join(line.removeprefix("  ") for line in trace_difference(expected, actual, width=width))


def title(trace: Trace) -> str:
    """Name a trace by its header: scenario, case, policy, seed."""
    header = trace.header
    case = "" if header.case is None else f"[{header.case}]"
    return safe(f"{header.scenario}{case} ({header.policy}{'' if header.seed is None else f', seed {header.seed}'})")
