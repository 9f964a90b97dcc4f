"""What every strategy chooses from: the threads that may go next, once what is no choice has been done."""

from __future__ import annotations

from typing import Any, NamedTuple

from runner.exploration.execution import View
from runner.exploration.frontier import NOTHING, WAY, Mask, Names
from runner.program.schedule import SchedulingPoint

PATIENCE = 50
"""Folded steps in a row after which a thread's next is a choice like others: an endless loop of sleeps must not shut others out."""

NEVER = 1 << 60
"""A rank that no thread has."""


class Candidate(NamedTuple):
    """A thread that may go next: its rank at the scheduling point, and what its next op reads and writes."""

    rank: int
    task: Any
    mask: Mask


class Choices:
    """Tells at each scheduling point what there is to choose from. Made anew for each execution."""

    def __init__(self, names: Names, view: View) -> None:
        self._names = names
        self._view = view
        self._blocks = view.frontier.blocks
        self._folded = 0

    def at(self, point: SchedulingPoint) -> tuple[bool, list[Candidate]]:
        """Return the candidates, in the kernel's order, and whether the first is to go without a choice."""
        names, blocks = self._names, self._blocks
        known = names.known
        late = len(point.enabled) - point.late if point.late else NEVER
        found: list[Candidate] = []
        blocked: list[Candidate] | None = None
        new = tuple.__new__  # a named tuple's own takes twice as long
        task: Any
        for rank, task in enumerate(point.enabled):
            op = task.op
            mask = known.get((task.name, id(op), task.target)) or names.mask(task.name, op, task.target)
            if op.__class__ in WAY and rank < late and blocks(task):
                if blocked is None:
                    blocked = []
                blocked.append(new(Candidate, (rank, task, mask)))
            elif mask == NOTHING and self._folded < PATIENCE:
                self._folded += 1
                return True, [new(Candidate, (rank, task, mask))]
            else:
                found.append(new(Candidate, (rank, task, mask)))
        self._folded = 0
        if found or blocked is None:
            return False, found
        # Nobody can do anything but wait, so they begin to. In which order matters only to those who are woken in turn, and only if there
        # will be anything to wake them.
        in_line = [each for each in blocked if each.task.waiting is None and self._view.frontier.in_line(each.task)]
        if len(in_line) < 2 or len(in_line) < len(blocked) or not self._view.clock_may_jump():
            first = next((each for each in blocked if each not in in_line), blocked[0])
            return True, [first._replace(mask=NOTHING)]
        return False, in_line


def preempts(point: SchedulingPoint, chosen: Candidate, candidates: list[Candidate]) -> bool:
    """Say whether a choice takes the turn from a thread that could have gone on."""
    return point.running and chosen.rank > 0 and candidates[0].rank == 0
