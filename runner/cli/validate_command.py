"""`validate`: load and link, nothing else."""

from __future__ import annotations

import click

from runner.cli.options import collect, file_limits, scenario_paths
from runner.cli.problems import show_problems, show_warnings
from runner.cli.terminal import counted
from runner.errors import ScenarioError
from runner.limits import Limits
from runner.suite import lint_file


@click.command("validate")
@scenario_paths
@file_limits
def command(paths: tuple[str, ...], file_limits: Limits) -> int:
    """Check scenarios: syntax, types, names, expressions. Nothing is run. Warnings are shown too, and are no errors."""
    scenarios = collect(paths).scenarios
    invalid = warnings = 0
    for scenario in scenarios:
        try:
            linted = lint_file(scenario, file_limits)
        except ScenarioError as error:
            show_problems(error)
            invalid += 1
        else:
            show_warnings(linted.warnings, linted.source)
            warnings += len(linted.warnings)
    valid = len(scenarios) - invalid
    counts = [f"{valid} valid", *([f"{invalid} invalid"] if invalid else []), *([counted(warnings, "warning")] if warnings else [])]
    click.echo(", ".join(counts))
    return 3 if invalid else 0
