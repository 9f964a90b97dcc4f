"""`test`: run scenarios and compare with their goldens."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from runner.cli.options import collect, given, limits, scenario_paths
from runner.cli.problems import show_problems
from runner.cli.terminal import ascii_only, say, width
from runner.report.difference import difference
from runner.report.words import mismatch_lines, summary
from runner.suite import Result, RunOptions, check_scenario
from runner.suite.judge import INTERRUPTED


@click.command("test")
@scenario_paths
@click.option("-k", "keyword", default=None, metavar="TEXT", help="Only scenarios whose path contains TEXT.")
@click.option("-q", "--quiet", is_flag=True, help="Name only what fails.")
@limits
def command(paths: tuple[str, ...], keyword: str | None, quiet: bool, **chosen: Any) -> int:
    """Run each scenario and compare its trace with the golden beside it, and its end with what it expects.

    A trace that differs is left beside the golden as NAME.golden.jsonl.new, unless the environment variable CI is set.
    """
    found = collect(paths, keyword)
    scenarios = found.scenarios
    options = RunOptions(**given(**chosen))
    code = failed = 0
    for scenario in scenarios:
        result = check_scenario(scenario, options, keep_pending=not os.environ.get("CI"))
        if result.code == INTERRUPTED:
            raise KeyboardInterrupt
        code = max(code, result.code)
        failed += not result.passed
        if not result.passed:
            _show(result)
        elif not quiet:
            say(f"ok    {scenario}")
    for golden in found.obsolete:
        say(f"obsolete: {golden} belongs to no scenario; delete it, or bring its scenario back")
        code = max(code, 1)
    click.echo(f"{len(scenarios) - failed} passed, {failed} failed" + (f", {len(found.obsolete)} obsolete" if found.obsolete else ""))
    return code


def _show(result: Result) -> None:
    say(f"FAIL  {result.scenario}")
    if result.invalid is not None:
        show_problems(result.invalid)
        return
    if result.program is not None and result.outcome is not None:
        if result.mismatches:
            for text in (*summary(result.program, result.outcome), *mismatch_lines(result.program, result.mismatches)):
                say(f"  {text}")
        for text in difference(result, width(), ascii_only=ascii_only(sys.stdout)):
            say(text)
    say(f"  to see it run: {_run_command(result.scenario)}")


def _run_command(scenario: Path) -> str:
    return shlex.join(["python", "-m", "runner", "run", str(scenario)])
