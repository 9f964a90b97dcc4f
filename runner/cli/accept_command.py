"""`accept`: write what scenarios do now as their goldens."""

from __future__ import annotations

import click

from runner.cli.options import collect, file_limits, run_options, scenario_paths
from runner.cli.problems import show_problems
from runner.cli.terminal import say
from runner.errors import UsageError
from runner.golden import in_ci
from runner.limits import Limits
from runner.report.words import mismatch_lines, summary
from runner.suite import accept_all


@click.command("accept")
@scenario_paths
@click.option("--allow-ci", is_flag=True, help="Write although the environment variable CI is set.")
@click.option("--case", default=None, metavar="NAME", help="Only this case of a scenario that has several.")
@file_limits
def command(paths: tuple[str, ...], allow_ci: bool, case: str | None, file_limits: Limits) -> int:
    """Run scenarios and write their traces as goldens: all of them, or none.

    A scenario that is invalid, or does not end as it expects, is refused. Each is run twice and must give the same bytes.
    Goldens that would not change are not touched.
    """
    if in_ci() and not allow_ci:
        raise UsageError("goldens are not written in CI (the environment variable CI is set); --allow-ci does it all the same")
    scenarios = collect(paths).scenarios
    if case is not None and len(scenarios) > 1:
        raise UsageError("--case picks a case of one scenario; name one file")
    written, refused = accept_all(scenarios, run_options(file_limits), case=case, limits=file_limits)
    for result in refused:
        say(f"refused: {result.name}", err=True)
        if result.invalid is not None:
            show_problems(result.invalid)
        elif result.program is not None and result.outcome is not None:
            for text in (*summary(result.program, result.outcome), *mismatch_lines(result.program, result.mismatches)):
                say(f"  {text}", err=True)
    if refused:
        click.echo(f"nothing was written: {len(refused)} refused", err=True)
        return max(result.code for result in refused)
    for golden, changed in written.items():
        if changed:
            say(f"wrote {golden}")
    fresh = sum(written.values())
    click.echo(f"{fresh} written, {len(written) - fresh} unchanged")
    return 0
