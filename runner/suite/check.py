"""Test scenarios against their goldens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.errors import NOWHERE, Place, ScenarioError
from runner.golden import Comparison, compare, golden_of, leave_pending, recover, remove_pending
from runner.interpreter import Outcome
from runner.limits import DEFAULT, Limits
from runner.program import Program
from runner.suite.discover import name_of
from runner.suite.free import Freely, FreeRuns, check_free
from runner.suite.judge import DIFFERS, INTERRUPTED, INVALID, PASSED, WENT_WRONG, Mismatch, exit_code, judge
from runner.suite.launch import RunOptions, load, load_cases, run
from runner.trace import Trace, encode


@dataclass(frozen=True, slots=True)
class Result:
    """What came of testing one scenario, or one of its cases: `code` is the exit code it deserves, 0 for a pass."""

    scenario: Path
    code: int
    case: str | None = None
    program: Program | None = None
    outcome: Outcome | None = None
    mismatches: list[Mismatch] = field(default_factory=list)
    comparison: Comparison | None = None
    invalid: ScenarioError | None = None
    free: FreeRuns | None = None
    """What came of its free runs, if there were any; there are none where the deterministic one is not as it should be."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return name_of(self.scenario, self.case)

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.code == PASSED

    @property
    def where(self) -> tuple[str, Place]:
        """The file, and the place in it, that a failure is about: the first problem, the step that failed or differs, the expectation.

        The first line where no step is to blame, as for a golden that is missing.
        """
        if self.invalid is not None:
            source, place = self.invalid.source, self.invalid.problems[0].place
        elif self.program is not None and self.outcome is not None:
            source, place = self.program.source, _to_blame(self, self.program, self.outcome)
        else:
            return str(self.scenario), NOWHERE
        return place.file or source.name, place


def _to_blame(result: Result, program: Program, outcome: Outcome) -> Place:
    if result.code == WENT_WRONG:
        if outcome.calling:
            return tuple(outcome.calling.values())[-1].place
        limit = [outcome.limit[1]] if outcome.limit is not None else []
        ops = [*(failure.op for failure in outcome.failures), *limit, *(blocked.op for blocked in outcome.blocked)]
        found = next((op.place for op in ops if op is not None), None)
        if found is not None:
            return found
    if result.mismatches:
        return result.mismatches[0].place
    divergence = result.comparison.divergence if result.comparison is not None else None
    event = None if divergence is None else divergence.actual or divergence.expected
    return (None if event is None else program.place_of(event.at)) or NOWHERE


def check_file(
    scenario: Path,
    options: RunOptions | None = None,
    *,
    limits: Limits = DEFAULT,
    keep_pending: bool = True,
    freely: Freely | None = None,
) -> Iterator[Result]:
    """Run every case of a scenario file; see `check_scenario`."""
    try:
        programs = load_cases(scenario, limits=limits, imports=_imports(options))
    except ScenarioError as error:
        yield Result(scenario, INVALID, invalid=error)
        return
    for program in programs:
        yield _check(scenario, program, options, keep_pending, freely)


def check_scenario(
    scenario: Path,
    options: RunOptions | None = None,
    *,
    case: str | None = None,
    limits: Limits = DEFAULT,
    keep_pending: bool = True,
    freely: Freely | None = None,
) -> Result:
    """Run a scenario, or one of its cases, under the default policy and compare it with its expectations and its golden.

    With `keep_pending` a trace that differs is left beside the golden, to be looked at, where that can be written. A scenario whose trace
    is the same may be run `freely` as well.
    """
    try:
        program = load(scenario, case=case, limits=limits, imports=_imports(options))
    except ScenarioError as error:
        return Result(scenario, INVALID, case, invalid=error)
    return _check(scenario, program, options, keep_pending, freely)


def _imports(options: RunOptions | None) -> bool:
    """Say whether what a program calls is imported here; a run in a process of its own does that itself."""
    return options is None or options.isolated is None


def _check(scenario: Path, program: Program, options: RunOptions | None, keep_pending: bool, freely: Freely | None) -> Result:
    case = program.case
    try:
        outcome = run(program, options)
    except ScenarioError as error:  # what it calls is not there, which shows only where it runs
        return Result(scenario, INVALID, case, invalid=error)
    mismatches = judge(program, outcome)
    code = exit_code(program, outcome, mismatches)
    if code == INTERRUPTED:
        return Result(scenario, code, case, program, outcome, mismatches)
    comparison = hold_against_golden(golden_of(scenario, case), outcome.trace, keep_pending=keep_pending and outcome.cut is None)
    code = code or (PASSED if comparison.state == "same" else DIFFERS)
    result = Result(scenario, code, case, program, outcome, mismatches, comparison)
    if freely is None or code or program.schedule is not None:  # a pin is one order of all, which no real thread need keep to
        return result
    free = check_free(program, outcome.trace, freely, options)
    wrong = free.stray is not None or (freely.strict and free.unexpected)
    return replace(result, free=free, code=DIFFERS if wrong else PASSED)


def hold_against_golden(golden: Path, trace: Trace, *, keep_pending: bool) -> Comparison:
    """Compare a trace with a golden. With `keep_pending` one that differs is left beside it; what an earlier one left is removed.

    An interrupted write of goldens there is settled first.
    """
    recover([golden.parent])
    comparison = compare(golden, trace)
    if comparison.state == "same":
        remove_pending(golden)
    elif keep_pending and comparison.state == "different":
        leave_pending(golden, encode(trace))
    return comparison
