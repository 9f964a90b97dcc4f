"""Where a schedule takes the turn from a thread that could have gone on: looked up by running it once more."""

from __future__ import annotations

from runner.interpreter import execute
from runner.limits import DEFAULT
from runner.program import Program
from runner.program.schedule import Schedule, SchedulingPoint
from runner.schedulers import ReplayScheduler
from runner.substrate import ControlledSubstrate
from runner.trace import Event


class _WatchingScheduler(ReplayScheduler):
    """Replays a schedule, and notes before which event a running thread that could go on does not."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.heard = 0
        self.noted: set[int] = set()

    def choose(self, point: SchedulingPoint) -> int:
        rank = super().choose(point)
        if rank and point.running:
            self.noted.add(self.heard + 1)
        return rank

    def hear(self, event: Event) -> None:
        self.heard = event.n


def preempted(program: Program, schedule: Schedule, max_steps: int = DEFAULT.steps) -> frozenset[int]:
    """Return the numbers of the events that are the first after a preemption, in the run by a schedule."""
    scheduler = _WatchingScheduler(schedule)
    substrate = ControlledSubstrate(scheduler, points=schedule.points, max_steps=max_steps)
    execute(program, substrate, policy=scheduler.spec, seed=scheduler.seed, listener=scheduler.hear)
    return frozenset(scheduler.noted)
