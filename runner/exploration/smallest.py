"""The smallest schedule that shows something: the fewest preemptions, then the fewest steps; and the run by it, with its trace.

Depth first with no preemptions at all, then with one, and so on, as far as the budget goes (iterative context bounding, Musuvathi and
Qadeer, PLDI 2007): the first bound under which it shows is the fewest there can be.
"""

from __future__ import annotations

from dataclasses import replace

from runner.analysis import classify_deadlock
from runner.errors import InternalError, ReplayError
from runner.exploration.dfs import Dfs
from runner.exploration.judge import Symptom
from runner.exploration.parts import Explorer, Seen
from runner.exploration.result import HAZARDS, Finding, Kind
from runner.interpreter import Outcome
from runner.program.schedule import Schedule
from runner.schedulers import ReplayScheduler

BUDGET, STEPS = 2000, 200
"""Executions in which a schedule with fewer preemptions is looked for, and one with as many and fewer steps."""


def smallest(explorer: Explorer, symptom: Symptom, seen: Seen) -> tuple[Seen, bool, int]:
    """Return the calmest execution that shows a symptom, whether it is certain that none has fewer preemptions, and how many were made."""
    judge, runs = explorer.judge, explorer.runs
    steps = 0 if explorer.options.first else STEPS  # who wants the first one is in a hurry
    best, made = Seen(seen.executions, seen.preemptions, seen.steps, seen.schedule), 0
    for bound in range(best.preemptions + 1):
        search = Dfs(explorer.names, bound)
        most = min(BUDGET, made + steps) if bound == best.preemptions else BUDGET
        while search.rest and made < most:
            search.more()
            made += 1
            outcome = runs.execute(search, record=judge.printed)
            if outcome is None or outcome.verdict == "interrupted":
                return best, False, made
            if any((each.kind, each.key) == (symptom.kind, symptom.key) for each in judge.assess(outcome)[1]):
                assert outcome.schedule is not None
                if (search.preemptions, outcome.steps) < (best.preemptions, best.steps):
                    best.preemptions, best.steps, best.schedule = search.preemptions, outcome.steps, outcome.schedule
        if best.preemptions <= bound:  # with fewer, all were made
            return best, True, made
        if made == BUDGET:
            break
    return best, False, made


def _replayed(explorer: Explorer, schedule: Schedule, steps: int) -> Outcome:
    """Execute a schedule on the standard library's own code, where what was found may not have been."""
    if explorer.engine == "run":
        return explorer.runs.replay(ReplayScheduler(schedule))
    try:
        outcome = explorer.runs.replay(ReplayScheduler(schedule))
        made = () if outcome.schedule is None else outcome.schedule.ranks
        if outcome.steps == steps and made[: len(schedule.ranks)] == schedule.ranks and not any(made[len(schedule.ranks) :]):
            return outcome  # a schedule may have been a token, which ends with its last choice that is not the first
    except ReplayError:
        pass
    raise InternalError(f"the model and the standard library's code disagree about {schedule.token()}")


def finish(explorer: Explorer, symptom: Symptom, seen: Seen) -> Finding:
    """Make what was seen a finding: with its smallest schedule, and the run by that."""
    program, options = explorer.program, explorer.options
    best, certain, tried = (seen, False, 0) if symptom.kind in HAZARDS else smallest(explorer, symptom, seen)
    schedule = outcome = None
    if best.schedule is not None:
        schedule = Schedule(options.strategy, best.schedule.seed, program.fingerprint, best.schedule.ranks, options.points)
        outcome = _replayed(explorer, schedule, best.steps)
        if symptom.kind is Kind.DEADLOCK and program.codes != (program.main,):
            stuck = classify_deadlock(program, outcome.trace)
            symptom = replace(symptom, kind=Kind(stuck.sort.value), what=stuck.what, place=stuck.place)
    return Finding(
        symptom.kind, symptom.key, symptom.what, symptom.place, seen.executions, schedule, outcome,
        preemptions=best.preemptions, smallest=certain, tried=tried, expected=symptom.expected, details=symptom.details,
    )  # fmt: skip
