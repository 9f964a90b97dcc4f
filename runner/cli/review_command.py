"""`review`: go through what there is to decide about goldens, one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from runner.cli.accept_command import refuse_in_ci, show_accepted
from runner.cli.options import allow_call, collect, file_limits, run_options, scenario_paths
from runner.cli.problems import show_problems
from runner.cli.terminal import ascii_only, can_ask, say, width
from runner.errors import UsageError
from runner.golden import pending_of, refuse_newer
from runner.limits import Limits
from runner.report.failure import failure_lines
from runner.report.lanes import lanes
from runner.report.words import counted
from runner.suite import Result, RunOptions, accept_all, check_scenario, run
from runner.suite.accept import carry_out, same_again
from runner.suite.judge import INTERRUPTED, INVALID, exit_code
from runner.suite.review import Undecided, undecided
from runner.trace import Trace, encode

FIRST = 30
"""Lines of a new scenario's run that are shown at once; `d` shows all."""
WORDS = {"pending": "pending ", "new": "new     ", "conflict": "conflict"}
HELP = """\
  y  accept: what it does now becomes its golden
  n  reject: the golden stays, and the pending trace is removed
  s  skip: leave it for later
  d  show both traces whole, as lanes
  q  quit: what was answered so far is done, the rest is left
Answers are carried out together at the end; Ctrl-C forgets them all."""


@dataclass(slots=True)
class Answers:
    """What was answered so far: new contents of goldens, pending traces to remove."""

    accepted: dict[Path, str] = field(default_factory=dict)
    rejected: list[Path] = field(default_factory=list)
    left: int = 0


@click.command("review")
@scenario_paths
@click.option("--list", "listed", is_flag=True, help="Name what there is to decide, and do nothing; exit code 1 if there is anything.")
@click.option("--accept", "accept", is_flag=True, help="Accept all of it, as the verb accept would: all or none.")
@click.option("--reject", "reject", is_flag=True, help="Remove all pending traces; the goldens stay.")
@click.option("--allow-ci", is_flag=True, help="Write although the environment variable CI is set.")
@allow_call
@file_limits
def command(paths: tuple[str, ...], listed: bool, accept: bool, reject: bool, allow_ci: bool, file_limits: Limits) -> int:
    """Go through traces that differ from their goldens, and scenarios that have none: show each, and ask whether to accept it.

    Where there is no terminal to ask in, what there is to decide is listed.
    """
    if listed + accept + reject > 1:
        raise UsageError("--list, --accept and --reject exclude each other")
    listed = listed or not (accept or reject or can_ask())
    if not listed:
        refuse_in_ci(allow_ci)
    scenarios = collect(paths).scenarios
    found, invalid = undecided(scenarios, file_limits)
    for result in invalid:
        if result.invalid is not None:
            show_problems(result.invalid)
    options = run_options(file_limits)
    if listed:
        code = _list(found)
    elif accept:
        wanted = {each.golden for each in found}
        concerned = dict.fromkeys(each.scenario for each in found)
        code = show_accepted(accept_all(concerned, options, limits=file_limits, only=wanted))
    elif reject:
        pending = [each.golden for each in found if each.why == "pending"]
        carry_out({}, pending)
        click.echo(f"{len(pending)} rejected, {len(found) - len(pending)} left")
        code = 1 if len(found) > len(pending) else 0
    else:
        code = _ask_all(found, options, file_limits)
    return INVALID if invalid else code


def _list(found: Iterable[Undecided]) -> int:
    counts = dict.fromkeys(WORDS, 0)
    for each in found:
        say(f"{WORDS[each.why]} {each.name}")
        counts[each.why] += 1
    click.echo(f"{counts['pending']} pending, {counts['new']} new" + (f", {counts['conflict']} in conflict" if counts["conflict"] else ""))
    return 1 if any(counts.values()) else 0


def _ask_all(found: list[Undecided], options: RunOptions, limits: Limits) -> int:
    answers = Answers()
    try:
        for number, each in enumerate(found):
            result = check_scenario(each.scenario, options, case=each.case, limits=limits, keep_pending=False)
            if result.code == INTERRUPTED:
                raise KeyboardInterrupt
            say(f"[{number + 1}/{len(found)}] {each.name}")
            if result.comparison is not None and result.comparison.state == "same":
                say("  it does what its golden says; nothing is pending any more")
            elif not _ask(each, result, options, answers):
                answers.left += len(found) - number
                break
    except KeyboardInterrupt:
        given = len(answers.accepted) + len(answers.rejected)
        click.echo(f"\nnothing was changed; {counted(given, 'answer')} forgotten", err=True)
        raise
    carry_out(answers.accepted, answers.rejected)
    for golden in answers.accepted:
        say(f"wrote {golden}")
    click.echo(f"{len(answers.accepted)} accepted, {len(answers.rejected)} rejected, {answers.left} left")
    return 1 if answers.left else 0


def _ask(each: Undecided, result: Result, options: RunOptions, answers: Answers) -> bool:
    """Show one and ask until there is an answer; return False for an end of it all."""
    for text in _shown(each, result):
        say(text)
    while True:
        click.echo("[y]es [n]o [s]kip [d]iff [q]uit ? ", nl=False)
        line = sys.stdin.readline()
        if not line:
            click.echo()
            return False
        match line.strip().lower():
            case "y" | "yes":
                refused = _accept(each, result, options, answers)
                if refused is None:
                    return True
                say(f"  not accepted: {refused}")
            case "n" | "no":
                if each.why == "pending":
                    answers.rejected.append(each.golden)
                else:
                    say("  there is no pending trace to reject; it is left")
                    answers.left += 1
                return True
            case "s" | "skip":
                answers.left += 1
                return True
            case "d" | "diff":
                for text in _whole(result):
                    say(text)
            case "q" | "quit":
                return False
            case _:
                click.echo(HELP)


def _accept(each: Undecided, result: Result, options: RunOptions, answers: Answers) -> str | None:
    """Take note of an acceptance by the rules of `accept`; return why it cannot be, or None."""
    program, outcome = result.program, result.outcome
    if program is None or outcome is None:
        return "it cannot be run"
    if exit_code(program, outcome, result.mismatches):
        return "it does not end as it expects"
    text = encode(outcome.trace)
    try:
        refuse_newer(each.golden)
    except UsageError as error:
        return str(error)
    if not same_again(text, partial(run, program, options)):
        return "two runs gave two different traces"
    answers.accepted[each.golden] = text
    return None


def _shown(each: Undecided, result: Result) -> Iterator[str]:
    if result.invalid is not None:
        yield "  it cannot be loaded any more"
        return
    assert result.program is not None
    assert result.outcome is not None
    pending = pending_of(each.golden)
    if each.why == "pending" and _differs(pending, result.outcome.trace):
        yield "  it does something else by now than what was pending; this is what it does now"
    yield from failure_lines(result, width(), ascii_only=ascii_only(sys.stdout), advice="")
    if each.why == "new":
        rows = list(_lanes(result.outcome.trace))
        yield from rows[:FIRST]
        if len(rows) > FIRST:
            yield f"  and {len(rows) - FIRST} lines more: d shows them"


def _differs(pending: Path, trace: Trace) -> bool:
    try:
        return pending.read_bytes() != encode(trace).encode()
    except OSError:
        return True


def _whole(result: Result) -> Iterator[str]:
    if result.comparison is not None and result.comparison.expected is not None:
        yield "  expected, the golden:"
        yield from _lanes(result.comparison.expected)
        yield "  actual, what it does now:"
    if result.outcome is not None:
        yield from _lanes(result.outcome.trace)


def _lanes(trace: Trace) -> Iterator[str]:
    threads = list(trace.footer.threads)
    yield from (f"    {row}" for row in lanes(trace.events, threads, width() - 4, ascii_only=ascii_only(sys.stdout)))
