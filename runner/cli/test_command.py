"""`test`: run scenarios and compare with their goldens."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click

from runner.cli.options import collect, limits, run_options, scenario_paths
from runner.cli.problems import show_problems
from runner.cli.terminal import ascii_only, say, width
from runner.golden import in_ci
from runner.limits import Limits
from runner.report.difference import difference
from runner.report.words import mismatch_lines, summary
from runner.suite import Result, check_file
from runner.suite.judge import INTERRUPTED


@click.command("test")
@scenario_paths
@click.option("-k", "keyword", default=None, metavar="TEXT", help="Only scenarios whose path contains TEXT.")
@click.option("-q", "--quiet", is_flag=True, help="Name only what fails.")
@limits
def command(paths: tuple[str, ...], keyword: str | None, quiet: bool, file_limits: Limits, **chosen: Any) -> int:
    """Run each scenario, or each of its cases, and compare its trace with the golden beside it, and its end with what it expects.

    A trace that differs is left beside the golden as NAME.golden.jsonl.new, unless the environment variable CI is set.
    """
    found = collect(paths, keyword)
    options = run_options(file_limits, **chosen)
    code = passed = failed = 0
    for scenario in found.scenarios:
        for result in check_file(scenario, options, limits=file_limits, keep_pending=not in_ci()):
            if result.code == INTERRUPTED:
                raise KeyboardInterrupt
            code = max(code, result.code)
            passed += result.passed
            failed += not result.passed
            if not result.passed:
                _show(result)
            elif not quiet:
                say(f"ok    {result.name}")
    for golden in found.obsolete:
        say(f"obsolete: {golden} belongs to no scenario; delete it, or bring its scenario back")
        code = max(code, 1)
    click.echo(f"{passed} passed, {failed} failed" + (f", {len(found.obsolete)} obsolete" if found.obsolete else ""))
    return code


def _show(result: Result) -> None:
    say(f"FAIL  {result.name}")
    if result.invalid is not None:
        show_problems(result.invalid)
        return
    if result.program is not None and result.outcome is not None:
        if result.mismatches:
            for text in (*summary(result.program, result.outcome), *mismatch_lines(result.program, result.mismatches)):
                say(f"  {text}")
        for text in difference(result, width(), ascii_only=ascii_only(sys.stdout)):
            say(text)
    say(f"  to see it run: {_run_command(result)}")


def _run_command(result: Result) -> str:
    case = [] if result.case is None else ["--case", result.case]
    return shlex.join(["python", "-m", "runner", "run", str(result.scenario), *case])
