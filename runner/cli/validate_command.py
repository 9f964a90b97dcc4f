"""`validate`: load and link, nothing else."""

from __future__ import annotations

import click

from runner.cli.options import allow_call, collect, file_limits, scenario_paths
from runner.cli.problems import show_problems
from runner.cli.progress import Progress
from runner.errors import ScenarioError
from runner.limits import Limits
from runner.suite import load_cases


@click.command("validate")
@scenario_paths
@click.option("--imports", is_flag=True, help="Import the Python code that scenarios call, where it is allowed, and check that it fits.")
@allow_call
@file_limits
def command(paths: tuple[str, ...], imports: bool, file_limits: Limits) -> int:
    """Check scenarios: syntax, types, names, expressions. Nothing is run. For what is only likely to be wrong, see lint."""
    scenarios = collect(paths).scenarios
    invalid = 0
    with Progress("checking", len(scenarios)) as progress:
        for scenario in scenarios:
            progress.show(str(scenario))
            try:
                load_cases(scenario, limits=file_limits, imports=imports)
            except ScenarioError as error:
                progress.clear()
                show_problems(error)
                invalid += 1
            progress.step()
    valid = len(scenarios) - invalid
    click.echo(f"{valid} valid" + (f", {invalid} invalid" if invalid else ""))
    return 3 if invalid else 0
