"""Explore programs as their files and whoever asks want it, and say which exit code that deserves. Searching is `runner.exploration`'s."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from runner.errors import UsageError
from runner.exploration import HAZARDS, Exploration, ExploreOptions, Kind, Progress, Verdict, as_written
from runner.limits import DEFAULT, Limits
from runner.program import Program
from runner.program.exploring import is_walk
from runner.suite.judge import DIFFERS, INTERRUPTED, PASSED, WENT_WRONG
from runner.suite.launch import load

OPEN = 6
"""The exit code where nothing is wrong in what was explored, and that is not all there is."""
GRANTED = ExploreOptions().max_executions
_DIFFERS = HAZARDS | {Kind.EXPECTATION, Kind.OUTCOME}


def explore(
    program: Program,
    options: ExploreOptions | None = None,
    *,
    strict: bool = False,
    progress: Callable[[Progress], None] | None = None,
    state: str | os.PathLike[str] | None = None,
    limits: Limits = DEFAULT,
) -> Exploration:
    """Search a program's interleavings; without options as its file's `explore` section says.

    With `strict` hazards are failures. `progress` is told now and then how far it is. Ctrl-C makes it return what it has. What was explored
    is kept in the file `state`, from which the next call goes on. Other processes, with several `jobs`, load the program's file themselves;
    `limits` are those that it was loaded with.

    Raises:
        UsageError: there is no such strategy, an option is out of bounds, or the state is another exploration's.
    """
    from runner.exploration import explore as search  # whoever only judges what came of it has no need of the search

    options = options or options_of(program)
    make = partial(load, program.source.name, dict(program.params), case=program.case, limits=limits) if options.jobs > 1 else None
    found = search(program, options, progress=progress, make=make, state=None if state is None else Path(state))
    if state is None and _may_have_few_states(found):
        by_states = search(program, replace(options, strategy="states"), progress=progress)
        if by_states.verdict is not Verdict.EXPIRED or by_states.interrupted:
            found = replace(by_states, instead=f"{options.strategy} had come to no end after {_made(found)}")
    return hazards_count(found) if strict else found


def _may_have_few_states(found: Exploration) -> bool:
    """Say whether it is worth while to go on by states: all that is granted if nobody says how much was used up, and by reduction."""
    options = found.options
    granted = (options.strategy, options.max_executions, options.max_seconds) == ("dpor", GRANTED, None)
    return granted and found.verdict is Verdict.EXPIRED and not found.interrupted and found.engine == "model" and not options.twice


def _made(found: Exploration) -> str:
    """Write how many executions were made, those included that others covered."""
    return f"{found.executions + found.redundant:,} executions"


def options_of(program: Program, **chosen: Any) -> ExploreOptions:
    """Return how to explore a program: as its file says, but for what is chosen.

    Raises:
        UsageError: a seed is given to a strategy that leaves nothing to chance.
    """
    options = as_written(program, **chosen)
    if "seed" in chosen and not is_walk(options.strategy):
        raise UsageError(f"the strategy {options.strategy} leaves nothing to chance: a seed goes with random, pct:DEPTH or pos")
    return options


def hazards_count(exploration: Exploration) -> Exploration:
    """Return the same with every hazard as a failure."""
    findings = tuple(replace(each, expected=False) if each.kind in HAZARDS else each for each in exploration.findings)
    wrong = any(not finding.expected for finding in findings)
    return replace(exploration, findings=findings, verdict=Verdict.FOUND if wrong else exploration.verdict)


def explore_code(exploration: Exploration, *, allow_bounded: bool = False) -> int:
    """Return the exit code that an exploration deserves; see docs/cli.md."""
    if exploration.interrupted:
        return INTERRUPTED
    if exploration.failures:
        return max(DIFFERS if finding.kind in _DIFFERS else WENT_WRONG for finding in exploration.failures)
    settled = exploration.verdict in (Verdict.PROVED, Verdict.FOUND) and not exploration.left_out
    return PASSED if settled or allow_bounded else OPEN
