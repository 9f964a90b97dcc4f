"""`schema`: the JSON Schema of scenarios or traces."""

from __future__ import annotations

import json

import click


@click.command("schema")
@click.argument("which", type=click.Choice(["scenario", "trace"]), default="scenario")
def command(which: str) -> int:
    """Print the JSON Schema of scenario files (for editors) or of a trace's lines."""
    if which == "scenario":
        from runner.spec.schema import scenario_schema as schema
    else:
        from runner.trace.schema import trace_schema as schema
    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False, sort_keys=True))
    return 0
