"""The smallest schedule that shows something: the fewest preemptions, then the fewest steps; and the run by it, with its trace.

Depth first with no preemptions at all, then with one, and so on, as far as the budget goes (iterative context bounding, Musuvathi and
Qadeer, PLDI 2007): the first bound under which it shows is the fewest there can be.
"""

from __future__ import annotations

from dataclasses import replace

from runner.analysis import classify_deadlock
from runner.exploration.dfs import Dfs
from runner.exploration.execution import Runs
from runner.exploration.frontier import Names
from runner.exploration.judge import Judge, Symptom
from runner.exploration.parts import Seen
from runner.exploration.result import HAZARDS, ExploreOptions, Finding, Kind
from runner.interpreter import Outcome
from runner.program import Program
from runner.program.schedule import Schedule
from runner.schedulers import ReplayScheduler
from runner.substrate.controlled import quickest_pool

BUDGET, STEPS = 2000, 200
"""Executions in which a schedule with fewer preemptions is looked for, and one with as many and fewer steps."""


def smallest(program: Program, options: ExploreOptions, symptom: Symptom, seen: Seen) -> tuple[Seen, bool]:
    """Return the calmest execution that shows a symptom, and whether it is certain that none has fewer preemptions."""
    judge = Judge(program)
    names = Names(program, printed=judge.printed)
    best, left = Seen(seen.executions, seen.preemptions, seen.steps, seen.schedule), BUDGET
    with quickest_pool(threads=bool(program.calls)) as pool:
        runs = Runs(program, options.points, options.max_steps, pool)
        for bound in range(best.preemptions + 1):
            search = Dfs(names, bound)
            left = min(left, STEPS) if bound == best.preemptions else left
            while search.rest and left:
                search.more()
                left -= 1
                outcome = runs.execute(search, record=judge.printed)
                if outcome is None or outcome.verdict == "interrupted":
                    return best, False
                if any((each.kind, each.key) == (symptom.kind, symptom.key) for each in judge.symptoms(outcome)):
                    assert outcome.schedule is not None
                    if (search.preemptions, outcome.steps) < (best.preemptions, best.steps):
                        best.preemptions, best.steps, best.schedule = search.preemptions, outcome.steps, outcome.schedule
            if best.preemptions <= bound:  # with fewer, all were made
                return best, True
            if not left:
                break
    return best, False


def finish(program: Program, options: ExploreOptions, symptom: Symptom, seen: Seen) -> Finding:
    """Make what was seen a finding: with its smallest schedule, and the run by that."""
    best, certain = (seen, False) if symptom.kind in HAZARDS else smallest(program, options, symptom, seen)
    schedule = outcome = None
    if best.schedule is not None:
        schedule = Schedule(options.strategy, best.schedule.seed, program.fingerprint, best.schedule.ranks, options.points)
        outcome = rerun(program, schedule, options)
        if symptom.kind is Kind.DEADLOCK:
            stuck = classify_deadlock(program, outcome.trace)
            symptom = replace(symptom, kind=Kind(stuck.sort.value), what=stuck.what, place=stuck.place)
    return Finding(
        symptom.kind, symptom.key, symptom.what, symptom.place, seen.executions, schedule, outcome,
        preemptions=best.preemptions, smallest=certain, expected=symptom.expected, details=symptom.details,
    )  # fmt: skip


def rerun(program: Program, schedule: Schedule, options: ExploreOptions) -> Outcome:
    """Run a program by a schedule, its events recorded."""
    with quickest_pool(threads=bool(program.calls)) as pool:
        runs = Runs(program, schedule.points, options.max_steps, pool)
        return runs.replay(ReplayScheduler(schedule))
