"""One execution while exploring: the program on a kernel of its own, each choice made by a `Chooser`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from runner.explore.frontier import Frontier
from runner.interpreter import Listener, Outcome, execute
from runner.interpreter.execution import Execution
from runner.program import Program
from runner.program.schedule import Points, Scheduler, SchedulingPoint
from runner.substrate import ControlledSubstrate, Pool


class Redundant(Exception):
    """Raised by a chooser to give an execution up: others cover all that it could still come to."""


class Chooser(Protocol):
    """Makes the choices of one execution."""

    spec: str

    @property
    def seed(self) -> int | None:
        """What chance is made of; None where it has no say."""

    def begin(self, view: View) -> None:
        """Take note that an execution begins."""

    def choose(self, point: SchedulingPoint) -> int:
        """Return the rank of the thread that goes next."""

    def over(self) -> None:
        """Take note that nothing moves any more; threads still stand where they stood."""


class Strategy(Chooser, Protocol):
    """A way to go through executions: which there are to make, and the choices of each."""

    watched: bool
    """Whether it is to see every step, also where there is no choice."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """What it leaves out by its nature, or has left out so far, in words."""

    @property
    def preemptions(self) -> int:
        """How many times the last execution took the turn from a thread that could have gone on."""

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1, as far as one can tell."""

    @property
    def rest(self) -> bool:
        """Whether there is another execution to make."""

    def more(self) -> None:
        """Go to the next execution."""


@dataclass(slots=True)
class View:
    """What a chooser may look at, besides scheduling points: all tasks, and which would block."""

    kernel: Any
    frontier: Frontier

    @property
    def tasks(self) -> list[Any]:
        """Every thread that was started, in order of starting."""
        tasks: list[Any] = self.kernel.tasks
        return tasks

    def clock_may_jump(self) -> bool:
        """Say whether a sleep or a timeout is still to end."""
        return any(task.timer == serial for _, serial, task in self.kernel.timers)


class Runs:
    """Executes one program again and again."""

    def __init__(self, program: Program, points: Points, max_steps: int, pool: Pool) -> None:
        self.program = program
        self._points = points
        self._max_steps = max_steps
        self._pool = pool

    def execute(self, chooser: Chooser, *, watched: bool = False, listener: Listener | None = None) -> Outcome | None:
        """Execute it once; None if the chooser gave it up. With `watched` the chooser is asked where there is no choice, too."""
        substrate = ControlledSubstrate(chooser, points=self._points, max_steps=self._max_steps, pool=self._pool)
        kernel = substrate._kernel
        execution = Execution(self.program, substrate, listener, 1_000_000)
        finished: Callable[[str], bool | None] = lambda name: next((t.finished for t in kernel.tasks if t.name == name), None)  # noqa: E731
        chooser.begin(View(kernel, Frontier(self.program, execution, finished)))
        kernel.watched = watched
        kernel.on_end = chooser.over
        try:
            ending = substrate.run(execution.main, execution.on_block)
        except Redundant:
            return None
        return execution.outcome(ending, chooser.spec, chooser.seed)

    def replay(self, scheduler: Scheduler) -> Outcome:
        """Execute it once as a scheduler says, with its events."""
        substrate = ControlledSubstrate(scheduler, points=self._points, max_steps=self._max_steps, pool=self._pool)
        return execute(self.program, substrate, policy=scheduler.spec, seed=scheduler.seed)
