"""`prune`: delete goldens and pending traces that belong to no scenario."""

from __future__ import annotations

import click

from runner.cli.accept_command import refuse_in_ci
from runner.cli.options import file_limits
from runner.cli.problems import show_problems
from runner.cli.terminal import can_ask, say
from runner.errors import UsageError
from runner.limits import Limits
from runner.report.words import counted
from runner.suite.judge import INVALID
from runner.suite.prune import prune, useless


@click.command("prune")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.option("--dry-run", is_flag=True, help="Delete nothing; name what would go; exit code 1 if there is anything.")
@click.option("--allow-ci", is_flag=True, help="Delete although the environment variable CI is set.")
@file_limits
def command(folders: tuple[str, ...], yes: bool, dry_run: bool, allow_ci: bool, file_limits: Limits) -> int:
    """Delete what belongs to no scenario or case below a FOLDER: goldens, and traces of failed tests.

    What would go is shown first, and in a terminal you are asked. Where a scenario cannot be loaded nothing is deleted, for its
    cases are not known.
    """
    if not dry_run:
        refuse_in_ci(allow_ci)
    found = useless(folders, file_limits)
    for result in found.invalid:
        say(f"cannot tell what belongs to {result.name}", err=True)
        if result.invalid is not None:
            show_problems(result.invalid)
    if found.invalid:
        click.echo(f"nothing was deleted: {len(found.invalid)} invalid", err=True)
        return INVALID
    for kind, paths in (("obsolete", found.obsolete), ("orphaned", found.orphaned), ("left over", found.temporary)):
        for path in paths:
            say(f"{kind}: {path}")
    if not len(found):
        click.echo("there is nothing to delete")
        return 0
    if dry_run:
        click.echo(f"{counted(len(found), 'file')} to delete")
        return 1
    if not yes:
        if not can_ask():
            raise UsageError("nobody can be asked here, so nothing was deleted; --yes deletes without asking")
        try:
            wanted = click.confirm(f"Delete {counted(len(found), 'file')}?", default=False)
        except click.Abort:
            click.echo("\nnothing was deleted", err=True)
            raise
        if not wanted:
            click.echo("nothing was deleted")
            return 1
    prune(found)
    click.echo(f"{counted(len(found), 'file')} deleted")
    return 0
