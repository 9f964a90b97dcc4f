"""`list`: what scenarios there are."""

from __future__ import annotations

import click

from runner.cli.options import collect, scenario_paths
from runner.cli.terminal import say
from runner.errors import ScenarioError
from runner.golden import golden_of
from runner.suite import load


@click.command("list")
@scenario_paths
def command(paths: tuple[str, ...]) -> int:
    """List scenarios: path, name, how many threads and resources, whether there is a golden."""
    scenarios = collect(paths).scenarios
    widest = max(len(str(path)) for path in scenarios)
    for path in scenarios:
        golden = "golden" if golden_of(path).exists() else "no golden"
        try:
            program = load(path)
            counts = f"{_count(len(program.threads), 'thread')}, {_count(len(program.resources), 'resource')}"
            what = f"{program.name}: {counts}, {golden}"
        except ScenarioError as error:
            what = f"invalid ({_count(len(error.problems), 'problem')})"
        say(f"{path!s:<{widest}}  {what}")
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
