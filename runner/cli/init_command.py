"""`init`: a commented starter scenario, or an editor set up for scenarios."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click

from runner.cli.terminal import say
from runner.errors import UsageError
from runner.golden import write_all
from runner.report.words import safe

STARTER = """\
# Two workers add to one total, each holding the lock while it does.
# Run it:        python -m runner run {name}
# Keep it so:    python -m runner accept {name}     (writes the golden trace beside it; commit both)
# Check it:      python -m runner test {name}
schema: 1
name: {title}
description: What this scenario shows, and why.

params:                        # names for ${{…}}; `run --set rounds=5` overrides
  rounds: 2

resources:                     # what the threads share
  guard: lock
  total: {{kind: var, value: 0}}

threads:
  worker:
    count: 2                   # worker-0 and worker-1
    iterations: ${{rounds}}
    wait: 1s                   # before each iteration; time is virtual and costs nothing
    do:
      - with:
          lock: guard
          do:
            - set: {{total: "${{total + 1}}"}}   # a read and a write: without the lock an update could be lost
            - print: ${{thread}} made it ${{total}}

expect:                        # what must hold at the end
  outcome: completed
  vars: {{total: "${{2 * rounds}}"}}
"""


@click.command("init")
@click.argument("path", required=False)
@click.option("--editor", type=click.Choice(["vscode"]), help="Set up this editor for scenarios in the folder PATH (default: here).")
@click.option("--match", "scenarios", multiple=True, metavar="GLOB",
              help="With --editor: which files are scenarios; may be repeated (default: all below scenarios).")  # fmt: skip
def command(path: str | None, editor: str | None, scenarios: tuple[str, ...]) -> int:
    """Write a commented starter scenario to PATH (default: scenario.yaml). An existing file is not overwritten.

    With --editor no scenario is written, but the editor's settings and the scenarios' schema.
    """
    if editor is not None:
        from runner.cli.vscode import set_up

        return set_up(Path(path or "."), scenarios)
    if scenarios:
        raise UsageError("--match goes with --editor")
    return _write_starter(path or "scenario.yaml")


def _write_starter(path: str) -> int:
    target = Path(path)
    if target.exists():
        raise UsageError(f"{path} exists already; name another file")
    if target.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{path}: a scenario's name ends in .yaml")
    title = target.stem
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", title) or title.lower() in ("null", "true", "false"):
        title = json.dumps(title, ensure_ascii=False)  # which is a quoted text in YAML too
    write_all({target: STARTER.format(name=safe(shlex.quote(path)), title=title)})
    say(f"wrote {path}; run it with: python -m runner run {shlex.quote(path)}")
    return 0
