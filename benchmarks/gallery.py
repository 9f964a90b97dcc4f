"""What exploring says of every scenario of the gallery, as a page: `python -m benchmarks.gallery` writes docs/explore-gallery.md.

No figure on it depends on the machine, so a line that changes is a change of the search or of a scenario. A case that is too large for the
budget is explored again by its states, or with few preemptions, so that there is a bound to be named; one whose file names a strategy, as
its file says.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from runner.exploration import HAZARDS, Exploration, Finding, Verdict, as_written, explore
from runner.model import why_not
from runner.program import Program
from runner.suite import discover, load_cases

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explore-gallery.md"
SCENARIOS = ROOT / "scenarios"
BUDGET = 2_000
STEPS = 1_000
"""Of one execution: some programs turn in circles while others wait, and such an execution is long."""
STATES = 500_000
STRATEGIES = ("dpor", "states", "dfs:2", "dfs:1", "dfs:0")
"""The first of these that comes to an end within the budget is shown; where none does, the first of all."""


def cases(folder: Path = SCENARIOS) -> Iterator[tuple[Path, Program]]:
    """Return every case of every scenario."""
    for path in discover([folder]).scenarios:
        for program in load_cases(path):
            yield path, program


def title(path: Path, program: Program) -> str:
    """Return a case's name, as a link to its file."""
    name = program.name if program.case is None else f"{program.name}[{program.case}]"
    return f"[{name}](../{path.relative_to(ROOT).as_posix()})"


def explored(program: Program) -> Exploration:
    """Explore a case as its file says; else to some end, if there is one within the budget."""
    if program.explore is not None and program.explore.strategy is not None:
        return explore(program, as_written(program))
    first = None
    for strategy in STRATEGIES:
        options = as_written(program, strategy=strategy, max_steps=STEPS, max_executions=BUDGET, max_states=STATES)
        if strategy == "states" and why_not(program, options.points) is not None:
            continue
        exploration = explore(program, options)
        if exploration.verdict is not Verdict.EXPIRED:
            return exploration
        first = first or exploration
    assert first is not None
    return first


def line(path: Path, program: Program) -> str:
    """Return a case's line of the table."""
    result = explored(program)
    given_up = f" + {result.redundant}" if result.redundant else ""
    cells = (
        title(path, program),
        program.expect.outcome,
        f"**{result.verdict}**",
        result.options.strategy,
        f"{result.states:,} states" if result.states else f"{result.executions:,}{given_up}",
        str(len(result.rows)),
        findings(result.findings),
        "; ".join(result.left_out),
    )
    return f"| {' | '.join(cells)} |"


def findings(found: Iterable[Finding]) -> str:
    """Say what sorts of things were found, how many of each, and the preemptions that the calmest of a sort needs."""
    sorts = Counter((str(each.kind), each.kind in HAZARDS) for each in found)
    least = {kind: min(each.preemptions for each in found if each.kind == kind) for kind, _ in sorts}
    words = []
    for (kind, hazard), number in sorts.items():
        many = f" × {number}" if number > 1 else ""
        words.append(f"{kind}{many}" if hazard else f"{kind}{many} ({least[kind]} preemption{'' if least[kind] == 1 else 's'})")
    return ", ".join(words)


def page() -> Iterator[str]:
    """Return the page, line by line."""
    yield from ("# What exploring says of the gallery", "")
    yield from ("<!-- Made by `python -m benchmarks.gallery`: not to be edited by hand. -->", "")
    yield f"Every case of every scenario under every interleaving, with at most {BUDGET:,} executions of {STEPS:,} steps."
    yield f"What is too large for that is explored again by its states, if there are no more than {STATES:,}; and if that is too large as"
    yield "well, with at most two preemptions, one, or none. A case whose file names a"
    yield "strategy is explored as the file says, without options. *Ends* is the number of different final"
    yield "states; executions behind a `+` were given up because others cover them. Several scenarios show a"
    yield "bug, and expect it: there, what is found is what they are for. Deadlines order things, but where a file's `explore`"
    yield "section says `time: any`."
    for folder, members in groupby(cases(), lambda member: member[0].parent):
        yield from ("", f"## {folder.name}", "")
        yield "| scenario | expects | verdict | by | executions | ends | found | left out |"
        yield "| --- | --- | --- | --- | ---: | ---: | --- | --- |"
        for path, program in members:
            print(f"{path.stem} {program.case or ''}", file=sys.stderr, flush=True)
            yield line(path, program)


def main() -> None:
    """Write the page."""
    argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__).parse_args()
    PAGE.write_text("\n".join([*page(), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
