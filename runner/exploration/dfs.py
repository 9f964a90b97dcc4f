"""Depth first: every execution, or every one with few preemptions. The ground truth that the others are held against.

Bounding preemptions is Musuvathi and Qadeer's (PLDI 2007): most bugs need one or two, and there are polynomially many executions then.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner.exploration.choices import Choices, preempts
from runner.exploration.execution import View
from runner.exploration.frontier import Names
from runner.program.schedule import SchedulingPoint


class Dfs:
    """The strategy: the first choice everywhere, then the last one changed that can be. With a `bound`, so many preemptions at most.

    Only executions that begin with `ranks`, in which there are `spent` preemptions.
    """

    seed: int | None = None
    watched = False
    share: float | None = None

    def __init__(self, names: Names, bound: int | None = None, ranks: Sequence[int] = (), spent: int = 0) -> None:
        self.spec = "dfs" if bound is None else f"dfs:{bound}"
        self._names = names
        self._bound = bound
        self._ranks = list(ranks)
        self._open: list[tuple[int, list[tuple[int, int]]]] = []  # where in `ranks`, and what is still to go there, with its preemptions
        self._spent = spent
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
        rank, self._spent = alternatives.pop(0)
        self._ranks[at:] = [rank]
        if not alternatives:
            self._open.pop()

    @property
    def preemptions(self) -> int:
        """How many times the last execution took the turn from a thread that could have gone on."""
        return self._spent

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
        options = [(each.rank, self._spent + preempts(point, each, candidates)) for each in candidates]
        if self._bound is not None:
            within = [option for option in options if option[1] <= self._bound]
            if len(within) < len(options):
                self.left_out = (f"executions with more than {self._bound} preemption{'s' if self._bound != 1 else ''}",)
            options = within
        rank, self._spent = options[0]
        self._several = len(options) > 1
        if self._several:
            self._open.append((step, options[1:]))
        self._ranks.append(rank)
        return rank

    def left(self) -> list[tuple[tuple[int, ...], int]]:
        """Return what is still to be made: how those executions begin, and the preemptions in that."""
        return [((*self._ranks[:at], rank), spent) for at, alternatives in reversed(self._open) for rank, spent in alternatives]

    def over(self) -> None:
        """Do nothing."""
