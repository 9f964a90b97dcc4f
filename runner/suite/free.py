"""Run a scenario on real threads, again and again, and hold each run against what its program may do."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from runner.conformance import BUDGETS, Finding, History, each_own, explain, observed
from runner.interpreter import Outcome
from runner.program import Program
from runner.substrate import CarrierPool
from runner.suite.judge import judge
from runner.suite.launch import RunOptions, run
from runner.trace import Trace

DEFAULT_PACE = 100.0
"""How many times faster than the wall's the clock of such runs goes. What sleeps seem to order, they do not order on real threads."""
PATIENCE = (0.15, 1.2)
"""Wall seconds without a step after which a run is asked about: is it a deadlock? If it need not be, it is made again with more."""
RESTLESS = 1e-6
"""Wall seconds after which the interpreter lets another thread have its turn."""
SOME = (20, 100)
"""How many executions are tried for a run that may merely have been slow."""


@dataclass(frozen=True, slots=True)
class Freely:
    """To run a scenario freely as well: how many times, how fast, and whether an end other than the expected one is a failure."""

    runs: int
    pace: float = DEFAULT_PACE
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Stray:
    """A free run that was not found to be the program's: which one it was, how it ended, and what the search came to."""

    number: int
    verdict: str
    history: History
    finding: Finding


@dataclass(slots=True)
class FreeRuns:
    """What a number of free runs came to."""

    wanted: int
    runs: int = 0
    as_golden: int = 0
    """In how many each thread did just what it does in the deterministic run."""
    orders: dict[bytes, str | None] = field(default_factory=dict)
    """Each order of events that was seen, and what `expect` has against the end that it led to."""
    unexpected: Counter[str] = field(default_factory=Counter)
    """What `expect` has against ends, and in how many runs; the program allows all of them."""
    stray: Stray | None = None


def check_free(program: Program, reference: Trace, freely: Freely, options: RunOptions | None = None) -> FreeRuns:
    """Run a program freely a number of times, or up to the first run that is not the program's.

    `reference` is the trace of its deterministic run; of the options those that bound a run count.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    report = FreeRuns(freely.runs)
    options = replace(options or RunOptions(), policy=None, seed=None, replay=None, free=True, pace=freely.pace)
    own = each_own(reference.events)
    known: set[bytes] = set()
    with CarrierPool() as pool, _restless():
        for number in range(1, freely.runs + 1):
            outcome, history, finding = _one(program, options, known, pool)
            report.runs = number
            if finding is not None:
                if not finding.allowed:
                    report.stray = Stray(number, outcome.verdict, history, finding)
                    return report
                mismatches = judge(program, finding.outcome or outcome)
                report.orders[history.order] = mismatches[0].message if mismatches else None
                if finding.straight:
                    known.add(history.order)
            report.as_golden += history.each_own == own
            unexpected = report.orders[history.order]
            if unexpected is not None:
                report.unexpected[unexpected] += 1
    return report


@contextmanager
def _restless() -> Iterator[None]:
    """Have the interpreter change threads as often as it can: left alone, short threads are over before another gets a turn."""
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(RESTLESS)
        yield
    finally:
        sys.setswitchinterval(before)


def _one(program: Program, options: RunOptions, known: set[bytes], pool: CarrierPool) -> tuple[Outcome, History, Finding | None]:
    """Make one free run, and look for an execution that explains it unless one is known that explains all with its order."""
    patience = [seconds for seconds in PATIENCE if seconds < options.wall_limit]
    for wall_limit in (*patience, options.wall_limit):
        outcome = run(program, replace(options, wall_limit=wall_limit))
        if outcome.verdict == "interrupted":
            raise KeyboardInterrupt
        history = observed(outcome)
        if history.order in known:
            return outcome, history, None
        slow = history.stuck and wall_limit < options.wall_limit
        steps = 50 * outcome.steps + 10_000
        finding = explain(program, history, steps=steps, budgets=SOME if slow else BUDGETS, pool=pool)
        if finding.allowed or not slow:
            break
    return outcome, history, finding
