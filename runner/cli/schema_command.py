"""`schema`: the JSON Schema of scenarios or traces."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("which", type=click.Choice(["scenario", "trace"]), default="scenario")
def command(which: str) -> int:
    """Print the JSON Schema of scenario files (for editors) or of a trace's lines."""
    if which == "scenario":
        from runner.spec.schema import schema_text
    else:
        from runner.trace.schema import schema_text
    click.echo(schema_text(), nl=False)
    return 0
