"""`test`: run scenarios and compare with their goldens. Which ones, in how many processes, for which reports: the rest does all that."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import click

from runner.cli.options import MOST_JOBS, isolate, jobs, limits, run_options, scenario_paths
from runner.cli.progress import Progress
from runner.cli.terminal import ascii_only, colored, say, width
from runner.errors import UsageError
from runner.golden import in_ci, write_all
from runner.limits import Limits
from runner.report.account import Account, CheckOptions, accounts, all_accounts, lost
from runner.report.reporter import Ending, Line, Reporter
from runner.report.text import TextReport
from runner.substrate.process import usable_cpus
from runner.suite import DEFAULT_PACE, Freely, Item, Plan, Shard, count_tests, plan
from runner.suite.judge import DIFFERS, INTERRUPTED

WORTH_A_PROCESS = 250
"""Scenario files that take about as long to test as a process takes to start."""


@click.command("test")
@scenario_paths
@click.option("-k", "keyword", default=None, metavar="TEXT", help="Only tests whose name, PATH[CASE], contains TEXT.")
@click.option("-q", "--quiet", is_flag=True, help="Name only what fails.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop after the first failure.")
@jobs
@click.option("--shard", default=None, metavar="I/N", help="Only the I-th of N parts, which together are all tests.")
@click.option("--changed-since", default=None, metavar="REV", help="Only scenarios with a file that differs from this git revision.")
@click.option("--free", type=click.IntRange(1), metavar="N", help="Run each N times on real threads too: is it what the program may do?")
@click.option("--pace", type=click.FloatRange(0.001), default=None, help="With --free: run the clock so many times faster (default: 100).")
@click.option("--strict", is_flag=True, help="With --free: a run that ends otherwise than expected fails.")
@click.option("--junit", metavar="PATH", default=None, help="Write a report as JUnit XML.")
@click.option("--json", metavar="PATH", default=None, help="Write a report as JSON Lines.")
@click.option("--annotations", type=click.Choice(["github", "none"]), default=None, help="Annotate files (default: github in its Actions).")
@isolate
@limits
def command(
    paths: tuple[str, ...],
    keyword: str | None,
    quiet: bool,
    fail_fast: bool,
    jobs: int | None,
    shard: str | None,
    changed_since: str | None,
    free: int | None,
    pace: float | None,
    strict: bool,
    junit: str | None,
    json: str | None,
    annotations: str | None,
    file_limits: Limits,
    **chosen: Any,
) -> int:
    """Run each scenario, or each of its cases, and compare its trace with the golden beside it, and its end with what it expects.

    A trace that differs is left beside the golden as NAME.golden.jsonl.new, unless the environment variable CI is set.
    """
    if free is None and (pace is not None or strict):
        raise UsageError(f"{'--pace' if pace is not None else '--strict'} goes with --free N")
    if free is not None and chosen["isolate"]:
        raise UsageError("--free runs scenarios in this process, again and again: leave out --isolate, or --free")
    reports = _Reports(TextReport(quiet), annotations, {"junit": junit, "json": json})
    planned = plan(paths, keyword=keyword, shard=None if shard is None else Shard.parse(shard), changed_since=changed_since)
    if planned.nothing:
        say(planned.nothing)
    options = CheckOptions(
        run_options(file_limits, **chosen),
        file_limits,
        keep_pending=not in_ci(),
        width=width(),
        ascii_only=ascii_only(sys.stdout),
        color=colored(sys.stderr),
        diff_color=colored(sys.stdout),
        freely=None if free is None else Freely(free, pace or DEFAULT_PACE, strict),
    )
    return _run(planned, options, jobs, fail_fast, reports)


def _run(planned: Plan, options: CheckOptions, jobs: int | None, fail_fast: bool, reports: _Reports) -> int:
    """Test what is planned and report on it as it comes; return the exit code."""
    code = passed = failed = not_run = 0
    try:
        with Progress("testing", len(planned.items)) as progress, closing(_tested(planned.items, options, jobs, progress)) as tested:
            for item, nth, account in tested:
                if account.code == INTERRUPTED:
                    raise KeyboardInterrupt
                code = max(code, account.code)
                passed += account.passed
                failed += not account.passed
                reports.test(account, progress)
                if failed and fail_fast:
                    rest = planned.items[planned.items.index(item) + 1 :]
                    not_run = sum(map(count_tests, [item, *rest])) - nth
                    break
    except BaseException:
        with suppress(UsageError):  # the reason why it ends is what matters
            reports.end(Ending(passed, failed, broken_off=True))
        raise
    obsolete = () if not_run else planned.obsolete
    reports.end(Ending(passed, failed, not_run, obsolete))
    return max(code, DIFFERS) if obsolete else code


def _tested(
    items: Sequence[Item], options: CheckOptions, jobs: int | None, progress: Progress
) -> Generator[tuple[Item, int, Account], None, None]:
    """Test items, and yield what came of each test, in their order, with which of its item's it is."""
    processes = _processes(jobs, len(items))
    told: Generator[Iterable[Account], None, None]
    if processes == 1:
        told = (accounts(item, options) for item in items)
    else:
        from runner.suite.jobs import in_order  # and with it the standard library's processes, which nobody else need wait for

        def warn(text: str) -> None:
            progress.clear()
            say(f"warning: {text}", err=True)

        told = in_order(partial(all_accounts, options=options), items, processes, lost=lost, warn=warn)
    with closing(told):
        for item in items:
            progress.show(str(item.scenario))
            for nth, account in enumerate(next(told), 1):
                yield item, nth, account
            progress.step()


def _processes(jobs: int | None, files: int) -> int:
    """Return how many processes to use; as few as 1 where starting more would take longer than what they save."""
    if jobs is None:
        jobs = min(usable_cpus(), MOST_JOBS, files // WORTH_A_PROCESS)
    return max(min(jobs, files), 1)


class _Reports:
    """The reports that are asked for: what is printed as it comes, and what is written to files at the end."""

    def __init__(self, text: TextReport, annotations: str | None, paths: Mapping[str, str | None]) -> None:
        """Make them.

        Raises:
            UsageError: a file cannot be written, as far as that can be told before.
        """
        self._printed: list[tuple[Reporter, Callable[[Line], None]]] = [(text, _print)]
        self._filed: dict[Path, tuple[Reporter, list[Line]]] = {}
        annotations = annotations or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "none")
        wanted = {name: Path(path) for name, path in paths.items() if path is not None}
        if annotations == "none" and not wanted:
            return
        from runner.report.reporters import ANNOTATIONS, TO_FILES

        if annotations != "none":
            self._printed.append((ANNOTATIONS[annotations](), lambda line: click.echo(line.text)))
        for name, path in wanted.items():
            if path.is_dir() or path in self._filed:
                raise UsageError(f"cannot write {path}: {'it is a folder' if path.is_dir() else 'two reports would be written there'}")
            self._filed[path] = TO_FILES[name](), []

    def test(self, account: Account, progress: Progress) -> None:
        """Report on a test; to files first, so that they have whatever somebody has seen when Ctrl-C comes."""
        for report, lines in self._filed.values():
            lines += report.test(account)
        for report, write in self._printed:
            for line in report.test(account):
                progress.clear()
                write(line)

    def end(self, ending: Ending) -> None:
        """Write the files, whether or not anybody reads what is printed, and report on the end.

        Raises:
            UsageError: a file cannot be written.
        """
        contents = {path: [*lines, *report.end(ending)] for path, (report, lines) in self._filed.items()}
        try:
            write_all({path: "".join(f"{line.text}\n" for line in lines) for path, lines in contents.items()})
        finally:
            for report, write in self._printed:
                for line in report.end(ending):
                    write(line)


def _print(line: Line) -> None:
    say(line.text, err=line.err, finished=line.finished)
