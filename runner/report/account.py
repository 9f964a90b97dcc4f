"""What came of a test, in words and plain data: all that reports need, and nothing that a process could not hand to another.

A `Result` holds the program, which is code and cannot be sent. So a test is told in the process that ran it, for whoever shows it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.limits import DEFAULT, Limits
from runner.report.difference import difference
from runner.report.free import note, told
from runner.report.problems import render
from runner.report.words import VERDICTS, mismatch_lines, path_word, safe, summary
from runner.substrate.process import wall_seconds
from runner.suite import Freely, Item, Result, RunOptions, check_file, check_scenario
from runner.suite.judge import INVALID, WENT_WRONG


@dataclass(frozen=True, slots=True)
class Asked:
    """How to run tests, and for what sort of terminal to tell of them."""

    options: RunOptions = field(default_factory=RunOptions)
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
        """What messages call it: the file, and the case in brackets."""
        return f"{self.scenario}[{self.case}]" if self.case is not None else str(self.scenario)

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.code == 0


def accounts(item: Item, asked: Asked) -> Iterator[Account]:
    """Test a scenario file, or some of its cases, and tell of each test as it ends."""
    start = wall_seconds()
    for result in _results(item, asked):
        end = wall_seconds()
        yield replace(_account(result, asked), seconds=end - start)
        start = end


def all_accounts(item: Item, asked: Asked) -> list[Account]:
    """Test a scenario file, or some of its cases, for another process."""
    return list(accounts(item, asked))


def lost(item: Item) -> list[Account]:
    """Tell of a file whose tests ended the process that they ran in; which of its cases did is not known."""
    message = "the process that ran it died: out of memory, killed, or crashed"
    dead = Account(item.scenario, None, WENT_WRONG, kind="died", message=message, file=str(item.scenario), lines=(f"  {message}",))
    return [replace(dead, command=run_command(item.scenario, None))]


def run_command(scenario: Path, case: str | None, replay: str = "") -> str:
    """Return the command that shows a scenario run."""
    which = [] if case is None else ["--case", case]
    again = ["--replay", replay] if replay else []
    return shlex.join(["python", "-m", "runner", "run", path_word(scenario), *which, *again])


def _results(item: Item, asked: Asked) -> Iterator[Result]:
    if item.cases is None:
        yield from check_file(item.scenario, asked.options, limits=asked.limits, keep_pending=asked.keep_pending, freely=asked.freely)
        return
    for case in item.cases:
        yield check_scenario(
            item.scenario, asked.options, case=case, limits=asked.limits, keep_pending=asked.keep_pending, freely=asked.freely
        )


def _account(result: Result, asked: Asked) -> Account:
    schedule = None if result.outcome is None else result.outcome.schedule
    account = Account(
        result.scenario,
        result.case,
        result.code,
        command="" if result.invalid is not None else run_command(result.scenario, result.case),
        replay="" if schedule is None else schedule.token(),
        note="" if result.free is None else note(result.free),
    )
    if result.passed:
        return account
    kind, message = _kind(result)
    lines, painted = _told(result, asked)
    file, place = result.where
    return replace(
        account, kind=kind, message=message, file=file, line=place.line, column=place.column, lines=tuple(lines), painted=tuple(painted)
    )


def _kind(result: Result) -> tuple[str, str]:
    """Return the sort of failure, and what is wrong in a line."""
    if result.invalid is not None:
        first = result.invalid.problems[0]
        more = len(result.invalid.problems) - 1
        return "invalid", f"{first.message} [{first.code}]" + (f", and {more} more" if more else "")
    assert result.outcome is not None
    if result.code == WENT_WRONG:
        failures = [f"{each.thread} raised {type(each.error).__name__}" for each in result.outcome.failures]
        return result.outcome.verdict, "; ".join([VERDICTS[result.outcome.verdict], *failures])
    if result.mismatches:
        return "expectation", "; ".join(mismatch.message for mismatch in result.mismatches)
    if result.free is not None:
        if result.free.stray is not None:
            return "free", f"a free run did what no execution was found to do: run {result.free.stray.number}"
        return "free", "; ".join(f"{times} of {result.free.runs} free runs: {text}" for text, times in result.free.unexpected.items())
    comparison = result.comparison
    match None if comparison is None else comparison.state:
        case "missing":
            return "golden", "there is no golden yet"
        case "different":
            return "golden", "the trace differs from the golden"
        case _:
            return "golden", "the golden cannot be compared"


def _told(result: Result, asked: Asked) -> tuple[list[str], list[str]]:
    """Say what is wrong, plainly and, if that is asked for, in colours."""
    if result.code == INVALID:
        assert result.invalid is not None
        plain, painted = (render(result.invalid, color=color) for color in (False, asked.color))
        return plain.split("\n"), painted.split("\n")
    lines: list[str] = []
    if result.program is not None and result.outcome is not None:
        if result.mismatches:
            lines += [
                f"  {text}" for text in (*summary(result.program, result.outcome), *mismatch_lines(result.program, result.mismatches))
            ]
        if result.free is not None:
            lines += told(result.free, asked.width, ascii_only=asked.ascii_only)
        elif result.comparison is not None:
            before = tuple(lines)
            lines += difference(result, asked.width, ascii_only=asked.ascii_only)
            if asked.diff_color:
                return lines, [*map(safe, before), *difference(result, asked.width, ascii_only=asked.ascii_only, color=True)]
    return lines, []
