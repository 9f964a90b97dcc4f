"""`lint`: warn of what is likely to be wrong in scenarios that are valid."""

from __future__ import annotations

from pathlib import Path

import click

from runner.cli.options import collect, file_limits, scenario_paths
from runner.cli.problems import show_problems, show_warnings
from runner.cli.terminal import say
from runner.errors import ScenarioError
from runner.golden import write_all
from runner.limits import Limits
from runner.report.words import counted
from runner.suite import lint_file, mend

WARNED, INVALID = 1, 3


@click.command("lint")
@scenario_paths
@click.option("--fix", is_flag=True, help="Remove from files what nothing uses, where it stands on lines of its own.")
@file_limits
def command(paths: tuple[str, ...], fix: bool, file_limits: Limits) -> int:
    """Warn of what is likely to be wrong: locks taken in circles, waits that nothing ends, names that nothing uses… Nothing is run.

    A comment `# lint: ignore[CODE]` on the line, or on one of its own above it, silences a warning.
    """
    scenarios = collect(paths).scenarios
    warnings = code = 0
    changed: dict[Path, str] = {}
    done: list[str] = []
    for path in scenarios:
        try:
            if fix:
                mended = mend(path, file_limits)
                linted = mended.left
                if mended.removed:
                    changed[path] = mended.text
                    done += [f"{path}: removed, for {each.message}" for each in mended.removed]
            else:
                linted = lint_file(path, file_limits)
        except ScenarioError as error:
            show_problems(error)
            code = INVALID
        else:
            show_warnings(linted.warnings, linted.source)
            warnings += len(linted.warnings)
    write_all(changed)
    for line in done:
        say(line)
    click.echo(counted(warnings, "warning") + (f", {len(done)} removed" if fix else ""))
    return code or (WARNED if warnings else 0)
