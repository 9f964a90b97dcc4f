"""`list`: what scenarios there are."""

from __future__ import annotations

import click

from runner.cli.options import scenario_paths
from runner.cli.terminal import say
from runner.errors import ScenarioError
from runner.golden import golden_of
from runner.suite import discover, load


@click.command("list")
@scenario_paths
def command(paths: tuple[str, ...]) -> int:
    """List scenarios: path, name, how many threads and resources, whether there is a golden."""
    scenarios = discover(paths).scenarios
    if not scenarios:
        click.echo("there are no scenarios there", err=True)
        return 5
    widest = max(len(str(path)) for path in scenarios)
    for path in scenarios:
        golden = "golden" if golden_of(path).exists() else "no golden"
        try:
            program = load(path)
            what = f"{program.name}: {len(program.threads)} threads, {len(program.resources)} resources, {golden}"
        except ScenarioError as error:
            what = f"invalid ({len(error.problems)} problem{'s' * (len(error.problems) > 1)})"
        say(f"{str(path):<{widest}}  {what}")
    return 0
