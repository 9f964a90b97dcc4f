"""`accept`: write what scenarios do now as their goldens."""

from __future__ import annotations

from pathlib import Path

import click

from runner.cli.options import allow_call, collect, file_limits, run_options, scenario_paths
from runner.cli.problems import show_problems
from runner.cli.progress import Progress
from runner.cli.terminal import say
from runner.errors import UsageError
from runner.golden import in_ci
from runner.limits import Limits
from runner.report.failure import unexpected_lines
from runner.suite import Accepted, accept_all


@click.command("accept")
@scenario_paths
@click.option("--pending", is_flag=True, help="Only what a failed test left beside a golden, and only if that is still what is done.")
@click.option("--dry-run", is_flag=True, help="Write nothing; name the goldens that would change; exit code 1 if there are any.")
@click.option("--allow-ci", is_flag=True, help="Write although the environment variable CI is set.")
@click.option("--case", default=None, metavar="NAME", help="Only this case, or pinned schedule, of a scenario that has several.")
@allow_call
@file_limits
def command(paths: tuple[str, ...], pending: bool, dry_run: bool, allow_ci: bool, case: str | None, file_limits: Limits) -> int:
    """Run scenarios and write their traces as goldens: all of them, or none.

    A scenario that is invalid, or does not end as it expects, is refused. Each is run twice and must give the same bytes.
    Goldens that would not change are not touched.
    """
    if not dry_run:
        refuse_in_ci(allow_ci)
    scenarios = collect(paths).scenarios
    if case is not None and len(scenarios) > 1:
        raise UsageError("--case picks a case of one scenario; name one file")
    options = run_options(file_limits)
    with Progress("running", len(scenarios)) as progress:

        def begins(scenario: Path) -> None:
            progress.show(str(scenario))
            progress.step()

        accepted = accept_all(scenarios, options, case=case, limits=file_limits, as_pending=pending, dry_run=dry_run, begins=begins)
    code = show_accepted(accepted, "would write" if dry_run else "wrote")
    return code or (1 if dry_run and accepted.changed else 0)


def refuse_in_ci(allowed: bool) -> None:
    """Refuse to change goldens where nobody looks at them.

    Raises:
        UsageError: this is CI, and nobody said that it is meant.
    """
    if in_ci() and not allowed:
        raise UsageError("goldens are not written in CI (the environment variable CI is set); --allow-ci does it all the same")


def show_accepted(accepted: Accepted, wrote: str = "wrote") -> int:
    """Say what was written, or why nothing was; return the exit code for that."""
    for result in accepted.refused:
        say(f"refused: {result.name}", err=True)
        if result.invalid is not None:
            show_problems(result.invalid)
        for text in unexpected_lines(result):
            say(text, err=True)
    if accepted.refused:
        click.echo(f"nothing was written: {len(accepted.refused)} refused", err=True)
        return max(result.code for result in accepted.refused)
    for golden, was in accepted.changed.items():
        say(f"{wrote} {golden}" + (f" ({was})" if was.startswith("it had") else ""))
    written = "written" if wrote == "wrote" else "to write"
    click.echo(f"{len(accepted.changed)} {written}, {len(accepted.unchanged)} unchanged")
    return 0
