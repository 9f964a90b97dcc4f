"""Walks: one execution after the other, each as a scheduler of its own chooses; nothing is ever exhausted."""

from __future__ import annotations

from collections.abc import Callable

from runner.exploration.choices import Choices, preempts
from runner.exploration.execution import View
from runner.exploration.frontier import Names
from runner.program.schedule import Scheduler, SchedulingPoint


class Walks:
    """The strategy: `make(seed, steps)` makes the scheduler for the next execution, told how many choices the longest so far had.

    It is asked only where there is a choice, and sees only the threads that may really go.
    """

    watched = False
    script: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ("whatever chance did not come to",)

    def __init__(self, names: Names, spec: str, start: int, stop: int, make: Callable[[int, int], Scheduler]) -> None:
        self.spec = spec
        self.seed: int | None = None
        self._seeds = range(start, stop)
        self._next = 0
        self.preemptions = 0
        self._names = names
        self._make = make
        self._longest = 1
        self._made = 0
        self._few = SchedulingPoint()

    @property
    def rest(self) -> bool:
        """Whether there is another seed."""
        return self._next < len(self._seeds)

    def more(self) -> None:
        """Take the next seed."""
        self.seed = self._seeds[self._next]
        self._next += 1
        self._longest = max(self._longest, self._made)
        self._made = self.preemptions = 0
        self._scheduler = self._make(self.seed, self._longest)

    @property
    def share(self) -> float | None:
        """How many of the seeds are used."""
        return self._next / len(self._seeds)

    def returns(self) -> bool:
        """Say no."""
        return False

    def begin(self, view: View) -> None:
        """Begin an execution."""
        self._choices = Choices(self._names, view)

    def choose(self, point: SchedulingPoint) -> int:
        """Let the scheduler choose among those who may really go."""
        folded, candidates = self._choices.at(point)
        if folded or len(candidates) == 1:
            return candidates[0].rank
        self._made += 1
        few = self._few
        few.enabled = [candidate.task for candidate in candidates]
        few.running = point.running and candidates[0].rank == 0
        few.now = point.now
        chosen = candidates[self._scheduler.choose(few)]
        self.preemptions += preempts(point, chosen, candidates)
        return chosen.rank

    def over(self) -> None:
        """Do nothing."""
