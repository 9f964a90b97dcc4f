"""`diff`: how two traces differ, or what scenarios do now from their goldens."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from runner.analysis.difference import Difference, other_bytes, trace_changes
from runner.cli.options import collect, limits, run_options
from runner.cli.problems import show_problems
from runner.cli.terminal import ascii_only, colored, say, width
from runner.cli.traces import read_bytes
from runner.errors import ScenarioError, UsageError
from runner.golden import golden_of
from runner.golden.names import ENDINGS
from runner.limits import Limits
from runner.program import Program
from runner.report.difference import difference_lines
from runner.report.difference_json import difference_json
from runner.report.words import in_ascii
from runner.suite import RunOptions, load_cases, name_of, run
from runner.suite.judge import DIFFERS, INVALID, PASSED
from runner.trace import Trace, decode, encode

USAGE = 2


@click.command("diff")
@click.argument("paths", nargs=-1, required=True, metavar="OLD NEW | SCENARIO...")
@click.option("--as", "form", type=click.Choice(["text", "json"]), default="text", help="How to tell it; json is one object a line.")
@click.option("--width", "columns", type=click.IntRange(40, 1000), default=None, help="Columns to use (default: the terminal's).")
@click.option("--case", metavar="NAME", default=None, help="Only this case, or pinned schedule, of a scenario.")
@limits
def command(paths: tuple[str, ...], form: str, columns: int | None, case: str | None, file_limits: Limits, **chosen: Any) -> int:
    """Say what changed between two traces, or from the goldens of scenarios to what these do now. Nothing is written.

    A trace is a golden, or what `run --trace` wrote; - is standard input.
    """
    code = PASSED
    if _are_traces(paths):
        if len(paths) != 2 or case is not None:
            raise UsageError("diff takes two traces, the old one and the new one, or scenarios")
        (old, before), (new, after) = (_read(path) for path in paths)
        return _tell(_compared(before, after, old, new), paths[0], paths[1], None, form, columns)
    options = run_options(file_limits, **chosen)
    for scenario in collect(paths).scenarios:
        try:
            programs = load_cases(scenario, case=case, limits=file_limits)
        except ScenarioError as error:
            show_problems(error)
            code = INVALID
            continue
        for program in programs:
            golden = golden_of(scenario, program.case)
            name = name_of(scenario, program.case)
            found = None
            if golden.exists():
                try:
                    data, expected = _read(str(golden))
                except UsageError as error:  # of this golden only: the others are told
                    say(f"error: {error}", err=True)
                    code = max(code, USAGE)
                    continue
                now = _now(program, options)
                found = _compared(expected, now, data, encode(now).encode())
            code = max(code, _tell(found, str(golden), name, program, form, columns))
    return code


def _are_traces(paths: tuple[str, ...]) -> bool:
    return not all(path.endswith(ENDINGS) or Path(path).is_dir() for path in paths)


def _read(path: str) -> tuple[bytes, Trace]:
    if path.endswith(ENDINGS):
        raise UsageError(f"{path} is a scenario, and the other a trace; diff takes two traces, or scenarios")
    data = read_bytes(path)
    return data, decode(data, path)


def _compared(expected: Trace, actual: Trace, old: bytes, new: bytes) -> Difference:
    """Compare two traces, and where they say the same their bytes: nobody is told that files are the same which are not."""
    found = trace_changes(expected, actual)
    return other_bytes(expected, actual, old.decode(), new.decode()) if found.same and old != new else found


def _now(program: Program, options: RunOptions) -> Trace:
    outcome = run(program, options)
    if outcome.verdict == "interrupted":
        raise KeyboardInterrupt
    return outcome.trace


def _tell(found: Difference | None, old: str, new: str, program: Program | None, form: str, columns: int | None) -> int:
    if form == "json":
        click.echo(difference_json(found, old, new, program).encode() + b"\n", nl=False)
    elif found is None:
        say(f"NO GOLDEN  {new}")
    elif found.same:
        say(f"same  {new}")
    else:
        say(f"DIFFERENT  {new}" if program is not None else f"DIFFERENT  {old} → {new}")
        narrow, color = ascii_only(sys.stdout), colored(sys.stdout)
        for line in difference_lines(found, program, columns or width(), ascii_only=narrow, color=color):
            click.echo(in_ascii(line) if narrow else line, color=color)
    return PASSED if found is not None and found.same else DIFFERS
