"""`list`: what scenarios there are."""

from __future__ import annotations

import click

from runner.cli.options import collect, scenario_paths
from runner.cli.terminal import counted, say
from runner.errors import ScenarioError
from runner.golden import golden_of
from runner.suite import load_cases


@click.command("list")
@scenario_paths
def command(paths: tuple[str, ...]) -> int:
    """List scenarios and their cases: path, name, how many threads and resources, whether there is a golden."""
    scenarios = collect(paths).scenarios
    widest = max(len(str(path)) for path in scenarios)
    for path in scenarios:
        try:
            programs = load_cases(path)
        except ScenarioError as error:
            say(f"{path!s:<{widest}}  invalid ({counted(len(error.problems), 'problem')})")
            continue
        for program in programs:
            golden = "golden" if golden_of(path, program.case).exists() else "no golden"
            counts = f"{counted(len(program.threads), 'thread')}, {counted(len(program.resources), 'resource')}"
            case = "" if program.case is None else f" [{program.case}]"
            say(f"{path!s:<{widest}}  {program.name}{case}: {counts}, {golden}")
    return 0
