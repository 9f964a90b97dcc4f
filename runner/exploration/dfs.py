"""Depth first: every execution, or every one with few preemptions or few delays. The ground truth that the others are held against.

Bounding preemptions is Musuvathi and Qadeer's (PLDI 2007): most bugs need one or two, and there are polynomially many executions then.
Bounding delays is Emmi, Qadeer and Rakamarić's (POPL 2011): a choice costs as many as it passes over, also where the running thread
cannot go on, so there are fewer still.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner.exploration.choices import Candidate, Choices, preempts
from runner.exploration.execution import View
from runner.exploration.frontier import Names
from runner.exploration.part import Part
from runner.program.schedule import SchedulingPoint

Option = tuple[int, int, int]
"""A rank that may be chosen, and what is spent and how many preemptions there are with it."""


class Dfs:
    """The strategy: the first choice everywhere, then the last one changed that can be. With a `bound`, so many preemptions at most.

    With `delays` so many delays at most: the candidate at index i of the kernel's order, in which the running thread is first and then who
    is ready longest, costs i of them. Only executions of `part`, in whose ranks some are spent already.
    """

    seed: int | None = None
    watched = False
    share: float | None = None

    def __init__(self, names: Names, bound: int | None = None, part: Part | None = None, *, delays: bool = False) -> None:
        part = part or Part()
        name, self._unit = ("delay", "delay") if delays else ("dfs", "preemption")
        self.spec = name if bound is None else f"{name}:{bound}"
        self._names = names
        self._bound = bound
        self._delays = delays
        self._ranks = list(part.ranks)
        self._open: list[tuple[int, list[Option]]] = []  # where in `ranks`, and what is still to go there
        self._spent, self._preemptions = part.spent, part.preemptions
        self._started = False
        self.left_out: tuple[str, ...] = ()

    @property
    def script(self) -> Sequence[int]:
        """The choices up to the one that changes, and that."""
        return self._ranks

    @property
    def rest(self) -> bool:
        """Whether there is another execution to make."""
        return not self._started or bool(self._open)

    def more(self) -> None:
        """Go to the last choice that has an alternative left."""
        if not self._started:
            self._started = True
            return
        at, alternatives = self._open[-1]
        rank, self._spent, self._preemptions = alternatives.pop(0)
        self._ranks[at:] = [rank]
        if not alternatives:
            self._open.pop()

    @property
    def preemptions(self) -> int:
        """How many times the last execution took the turn from a thread that could have gone on."""
        return self._preemptions

    def returns(self) -> bool:
        """Say whether there were several ways to go on."""
        return self._several

    def begin(self, view: View) -> None:
        """Begin an execution: as the last one up to the choice that changes."""
        self._choices = Choices(self._names, view)
        self._view = view

    def choose(self, point: SchedulingPoint) -> int:
        """Choose as before, then the first."""
        step: int = self._view.kernel.asked - 1
        if step < len(self._ranks):
            return self._ranks[step]
        folded, candidates = self._choices.at(point)
        if folded or len(candidates) == 1:
            self._several = False
            self._ranks.append(candidates[0].rank)
            return candidates[0].rank
        options = self._options(point, candidates)
        if self._bound is not None:
            within = [option for option in options if option[1] <= self._bound]
            if len(within) < len(options):
                self.left_out = (f"executions with more than {self._bound} {self._unit}{'s' if self._bound != 1 else ''}",)
            options = within
        rank, self._spent, self._preemptions = options[0]
        self._several = len(options) > 1
        if self._several:
            self._open.append((step, options[1:]))
        self._ranks.append(rank)
        return rank

    def _options(self, point: SchedulingPoint, candidates: list[Candidate]) -> list[Option]:
        options = []
        for passed_over, each in enumerate(candidates):
            preempted = preempts(point, each, candidates)
            cost = passed_over if self._delays else preempted
            options.append((each.rank, self._spent + cost, self._preemptions + preempted))
        return options

    def left(self) -> list[Part]:
        """Return what is still to be made."""
        return [
            Part((*self._ranks[:at], rank), spent=spent, preemptions=preemptions)
            for at, alternatives in reversed(self._open)
            for rank, spent, preemptions in alternatives
        ]

    def over(self) -> None:
        """Do nothing."""
