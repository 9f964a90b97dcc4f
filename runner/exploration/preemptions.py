"""Where a schedule takes the turn from a thread that could have gone on: looked up by running it once more."""

from __future__ import annotations

from runner.exploration.choices import Choices, preempts
from runner.exploration.execution import Runs, View
from runner.exploration.frontier import Names
from runner.exploration.judge import Judge
from runner.program import Program
from runner.program.schedule import Schedule, SchedulingPoint
from runner.schedulers import ReplayScheduler
from runner.substrate.controlled import quickest_pool


class _Noting(ReplayScheduler):
    """Replays a schedule, and notes before which event the turn is taken; what counts as that is the search's to say."""

    def __init__(self, schedule: Schedule, names: Names) -> None:
        super().__init__(schedule)
        self._names = names
        self.noted: set[int] = set()

    script: tuple[int, ...] = ()

    def returns(self) -> bool:
        """Say no."""
        return False

    def begin(self, view: View) -> None:
        self._view = view
        self._choices = Choices(self._names, view)

    def choose(self, point: SchedulingPoint) -> int:
        rank = super().choose(point)
        folded, candidates = self._choices.at(point)
        chosen = next((each for each in candidates if each.rank == rank), None)
        if chosen is not None and not folded and preempts(point, chosen, candidates):
            self.noted.add(self._view.events + 1)
        return rank

    def over(self) -> None:
        """Do nothing."""


def preempted(program: Program, schedule: Schedule, max_steps: int) -> frozenset[int]:
    """Return the numbers of the events that are the first after a preemption, in the run by a schedule."""
    names = Names(program, printed=Judge(program).printed)
    with quickest_pool(threads=bool(program.calls)) as pool:
        return preempted_in(Runs(program, schedule.points, max_steps, pool), names, schedule)


def preempted_in(runs: Runs, names: Names, schedule: Schedule) -> frozenset[int]:
    """Return the same, of what some runs execute."""
    noting = _Noting(schedule, names)
    runs.execute(noting, record=True)
    return frozenset(noting.noted)
