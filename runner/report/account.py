"""What came of a test, in words and plain data: all that reports need, and nothing that a process could not hand to another.

A `Result` holds the program, which is code and cannot be sent. So a test is told in the process that ran it, for whoever shows it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.limits import DEFAULT, Limits
from runner.report.failure import failure_lines, reason
from runner.report.free import in_a_line
from runner.report.words import path_word
from runner.substrate.process import wall_seconds
from runner.suite import Freely, Item, Result, RunOptions, check_file, check_scenario, name_of
from runner.suite.judge import INVALID, WENT_WRONG


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How to run tests, and for what sort of terminal to tell of them."""

    run: RunOptions = field(default_factory=RunOptions)
    limits: Limits = DEFAULT
    keep_pending: bool = False
    width: int = 80
    ascii_only: bool = False
    color: bool = False
    """For what goes to stderr: a file's own errors."""
    diff_color: bool = False
    """For what goes to stdout: how a trace differs."""
    freely: Freely | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What came of a test: `code` is the exit code it deserves, 0 for a pass; a pass has no `kind`, `message` and `lines`."""

    scenario: Path
    case: str | None
    code: int
    seconds: float = 0.0
    """How long it took, in real time."""
    kind: str = ""
    """The sort of failure: `invalid`, `golden`, `expectation`, `free`, `died`, or what the run ended in instead, such as `deadlock`."""
    message: str = ""
    """What is wrong, in a line."""
    file: str = ""
    line: int = 1
    column: int = 1
    lines: tuple[str, ...] = ()
    """What is wrong, in full."""
    painted: tuple[str, ...] = ()
    """The same with colours, if they were asked for: what is printed as it is, for it holds no other control characters."""
    command: str = ""
    """The command that shows the scenario run; a pass has it too."""
    replay: str = ""
    """The token of the run's schedule."""
    note: str = ""
    """What came of its free runs, in a line; empty if there were none."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return name_of(self.scenario, self.case)

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.code == 0


def accounts(item: Item, options: CheckOptions) -> Iterator[Account]:
    """Test a scenario file, or some of its cases, and tell of each test as it ends."""
    start = wall_seconds()
    for result in _results(item, options):
        end = wall_seconds()
        yield replace(_account(result, options), seconds=end - start)
        start = end


def all_accounts(item: Item, options: CheckOptions) -> list[Account]:
    """Test a scenario file, or some of its cases, for another process."""
    return list(accounts(item, options))


def lost(item: Item) -> list[Account]:
    """Tell of a file whose tests ended the process that they ran in; which of its cases did is not known."""
    message = "the process that ran it died: out of memory, killed, or crashed"
    dead = Account(item.scenario, None, WENT_WRONG, kind="died", message=message, file=str(item.scenario), lines=(f"  {message}",))
    return [replace(dead, command=_run_command(item.scenario, None))]


def _run_command(scenario: Path, case: str | None) -> str:
    """Return the command that shows a scenario run."""
    which = [] if case is None else ["--case", case]
    return shlex.join(["python", "-m", "runner", "run", path_word(scenario), *which])


def _results(item: Item, options: CheckOptions) -> Iterator[Result]:
    if item.cases is None:
        yield from check_file(item.scenario, options.run, limits=options.limits, keep_pending=options.keep_pending, freely=options.freely)
        return
    for case in item.cases:
        yield check_scenario(
            item.scenario, options.run, case=case, limits=options.limits, keep_pending=options.keep_pending, freely=options.freely
        )


def _account(result: Result, options: CheckOptions) -> Account:
    schedule = None if result.outcome is None else result.outcome.schedule
    account = Account(
        result.scenario,
        result.case,
        result.code,
        command="" if result.invalid is not None else _run_command(result.scenario, result.case),
        replay="" if schedule is None else schedule.token(),
        note="" if result.free is None else in_a_line(result.free),
    )
    if result.passed:
        return account
    kind, message = reason(result)
    file, place = result.where
    lines = tuple(failure_lines(result, options.width, ascii_only=options.ascii_only))
    colored = options.color if result.code == INVALID else options.diff_color
    painted = tuple(failure_lines(result, options.width, ascii_only=options.ascii_only, color=True)) if colored else ()
    return replace(account, kind=kind, message=message, file=file, line=place.line, column=place.column, lines=lines, painted=painted)
