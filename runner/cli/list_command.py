"""`list`: what scenarios there are."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from runner.cli.options import collect, scenario_paths
from runner.cli.terminal import say
from runner.compiler.summary import KINDS, VERBS
from runner.errors import ScenarioError
from runner.golden import golden_of, write_all
from runner.report.gallery import gallery
from runner.report.words import counted, safe
from runner.suite import Summary, load_cases, summarize


@click.command("list")
@scenario_paths
@click.option("--as", "form", type=click.Choice(["text", "markdown"]), default="text", help="A line a scenario, or a page (default: text).")
@click.option("--to", metavar="PATH", help="Write to PATH, making its folder; links of a page lead from there.")
def command(paths: tuple[str, ...], form: str, to: str | None) -> int:
    """List scenarios and their cases: path, name, how many threads and resources, whether there is a golden.

    As a page in Markdown: what each scenario shows (its description's first sentence), which verbs and kinds of resource it uses,
    and the other way round.
    """
    scenarios = collect(paths).scenarios
    if form == "markdown":
        target = [] if to is None else ["--to", to]
        renewed_by = shlex.join(["python", "-m", "runner", "list", "--as", "markdown", *target, *paths])
        start = Path() if to is None else Path(to).parent
        page = gallery({path: _summary(path) for path in scenarios}, VERBS, KINDS, start=start, renewed_by=safe(renewed_by))
        lines = page.splitlines()
    else:
        lines = [safe(line) for line in _lines(scenarios)]
    if to is None:
        for line in lines:
            say(line)
    else:
        write_all({Path(to): "".join(f"{line}\n" for line in lines)})
        say(f"wrote {to}")
    return 0


def _lines(scenarios: tuple[Path, ...]) -> Iterator[str]:
    widest = max(len(str(path)) for path in scenarios)
    for path in scenarios:
        try:
            programs = load_cases(path, imports=False)
        except ScenarioError as error:
            yield f"{path!s:<{widest}}  invalid ({counted(len(error.problems), 'problem')})"
            continue
        for program in programs:
            golden = "golden" if golden_of(path, program.case).exists() else "no golden"
            counts = f"{counted(len(program.threads), 'thread')}, {counted(len(program.resources), 'resource')}"
            case = "" if program.case is None else f" [{program.case}]"
            counts = "a pinned schedule" if program.schedule is not None else counts
            yield f"{path!s:<{widest}}  {program.name}{case}: {counts}, {golden}"


def _summary(path: Path) -> Summary | ScenarioError:
    """Summarize a scenario that compiles, too."""
    try:
        load_cases(path, imports=False)
        return summarize(path)
    except ScenarioError as error:
        return error
