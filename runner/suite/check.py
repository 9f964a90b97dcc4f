"""Test scenarios against their goldens, and accept what they do now as their goldens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from runner.errors import ScenarioError, UsageError
from runner.golden import Comparison, compare, golden_of, pending_of, remove_pending, write_all
from runner.interpreter import Outcome
from runner.program import Program
from runner.suite.judge import DIFFERS, INTERRUPTED, INVALID, PASSED, Mismatch, exit_code, judge
from runner.suite.launch import RunOptions, load, run
from runner.trace import encode


@dataclass(frozen=True, slots=True)
class Result:
    """What came of testing one scenario: `code` is the exit code it deserves, 0 for a pass."""

    scenario: Path
    code: int
    program: Program | None = None
    outcome: Outcome | None = None
    mismatches: list[Mismatch] = field(default_factory=list)
    comparison: Comparison | None = None
    invalid: ScenarioError | None = None

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.code == PASSED


def check_scenario(scenario: Path, options: RunOptions | None = None, *, keep_pending: bool = True) -> Result:
    """Run a scenario under the default policy and compare it with its expectations and its golden.

    With `keep_pending` a trace that differs is left beside the golden, to be looked at.
    """
    try:
        program = load(scenario)
    except ScenarioError as error:
        return Result(scenario, INVALID, invalid=error)
    outcome = run(program, options)
    mismatches = judge(program, outcome)
    code = exit_code(program, outcome, mismatches)
    if code == INTERRUPTED:
        return Result(scenario, code, program, outcome, mismatches)
    golden = golden_of(scenario)
    comparison = compare(golden, outcome.trace)
    if comparison.state == "same":
        remove_pending(golden)
    elif keep_pending and comparison.state == "different":
        write_all({pending_of(golden): encode(outcome.trace)})
    return Result(scenario, code or (PASSED if comparison.state == "same" else DIFFERS), program, outcome, mismatches, comparison)


def accept_all(scenarios: Iterable[Path], options: RunOptions | None = None) -> tuple[list[Path], list[Result]]:
    """Write the goldens of scenarios: return those whose content changed, and the refused.

    A scenario is refused when it is invalid or its outcome is not the expected one; then nothing at all is written. Each is run
    twice, and the two traces must be the same bytes.

    Raises:
        UsageError: a scenario is not deterministic, or a file cannot be written.
    """
    traces: dict[Path, str] = {}
    refused: list[Result] = []
    for scenario in scenarios:
        try:
            program = load(scenario)
        except ScenarioError as error:
            refused.append(Result(scenario, INVALID, invalid=error))
            continue
        outcome = run(program, options)
        mismatches = judge(program, outcome)
        code = exit_code(program, outcome, mismatches)
        if code:
            refused.append(Result(scenario, code, program, outcome, mismatches))
            if code == INTERRUPTED:
                break
            continue
        text = encode(outcome.trace)
        again = run(program, options)
        if again.verdict == "interrupted":
            raise KeyboardInterrupt
        if encode(again.trace) != text:
            raise UsageError(f"{scenario} gave two different traces when run twice; nothing was written")
        traces[golden_of(scenario)] = text
    if refused:
        return [], refused
    changed = write_all(traces)
    for golden in traces:
        remove_pending(golden)
    return changed, []
