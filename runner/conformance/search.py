"""Search for an execution that explains a history: best first, the rankings' first choices being the best, with few detours from them."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

from runner.conformance.guide import Guide, Misfit, Reached
from runner.conformance.history import History
from runner.interpreter import Outcome, execute
from runner.program import Program
from runner.program.schedule import Points
from runner.substrate import ControlledSubstrate, Pool

BUDGETS = (200, 2000)
"""How many executions are tried with scheduling points before ops only, and then with those inside the standard library too."""

DETOUR = 4
"""How many events an execution must follow further for a detour from the rankings to have been worth it."""
BACK = 4
"""How many events before an execution left the history a detour must begin to count as one event less."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a history is the program's: an execution was found that has it.

    `executions` were tried, and `complete` says that there are no others; `followed` is how many events the best of them shared, and
    `misfit` how it left the history. `straight` says that its events come in the very order of the history's, so that it explains every
    other run with the same order, too.
    """

    allowed: bool
    complete: bool
    executions: int
    followed: int
    misfit: Misfit | None = None
    outcome: Outcome | None = None
    """What the execution that has it came to; None for a history that was cut off."""
    straight: bool = False


def explain(program: Program, history: History, *, steps: int, budgets: tuple[int, int] = BUDGETS, pool: Pool | None = None) -> Finding:
    """Look for an execution of a program that has a history. `steps` is how many steps an execution may take."""
    coarse = _search(program, history, budgets[0], steps, pool, sync=False)
    if coarse.allowed:
        return coarse
    fine = _search(program, history, budgets[1], steps * 20, pool, sync=True)
    best = max(coarse, fine, key=lambda finding: finding.followed)
    return Finding(
        fine.allowed, fine.complete, coarse.executions + fine.executions, best.followed, best.misfit, fine.outcome, fine.straight
    )


def _search(program: Program, history: History, budget: int, steps: int, pool: Pool | None, *, sync: bool) -> Finding:
    """Try executions, each as an earlier one up to some choice and different there: first what got far and differs where it failed.

    Every execution is the child of one other, so none is tried twice, and when there are no more all have been.
    """
    open_ends: list[tuple[int, int, int, list[int]]] = [(0, 0, 0, [])]
    executions, followed = 0, -1
    misfit: Misfit | None = None
    while open_ends and executions < budget:
        *_, picks = heappop(open_ends)
        guide = Guide(program, history, picks)
        executions += 1
        try:
            outcome = _follow(program, guide, steps, pool, sync=sync)
        except Misfit as left:
            if guide.followed > followed:
                followed, misfit = guide.followed, left.with_traceback(None)
        else:
            return Finding(True, False, executions, guide.followed, outcome=outcome, straight=guide.straight)
        detours = sum(pick > 0 for pick in picks) + 1
        for at in range(len(picks), len(guide.taken)):
            cost = (detours * DETOUR - guide.followed) * BACK + guide.followed - guide.after[at]
            for other in range(1, guide.choices[at]):
                heappush(open_ends, (cost, -at, len(open_ends), [*guide.taken[:at], other]))
    return Finding(False, not open_ends, executions, followed, misfit)


def _follow(program: Program, guide: Guide, steps: int, pool: Pool | None, *, sync: bool) -> Outcome | None:
    substrate = ControlledSubstrate(guide, points=Points.ANY, sync=sync, max_steps=steps, pool=pool)
    guide.lead(substrate)
    try:
        outcome = execute(program, substrate, policy=guide.spec, listener=guide.heard)
    except Reached:
        return None
    if outcome.verdict == "interrupted":
        raise KeyboardInterrupt
    guide.end(outcome)
    return outcome
