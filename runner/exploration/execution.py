"""One execution while exploring: the program on a kernel of its own, each choice made by a `Chooser`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runner.exploration.frontier import Frontier
from runner.interpreter import Outcome, Session
from runner.interpreter.execution import Execution
from runner.model import Machine
from runner.program import Program
from runner.program.schedule import Points, Scheduler, SchedulingPoint
from runner.substrate import ControlledSubstrate, Pool


class Redundant(Exception):
    """Raised by a chooser to give an execution up: others cover all that it could still come to."""


class Chooser(Protocol):
    """Makes the choices of one execution."""

    spec: str

    def returns(self) -> bool:
        """Say whether it may come back, in a later execution, to the choice that it has just made."""

    @property
    def script(self) -> Sequence[int]:
        """Its first answers, as far as they are certain: it is asked only after them."""

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

    frontier: Frontier
    kernel: Any = None
    execution: Any = None

    @property
    def tasks(self) -> list[Any]:
        """Every thread that was started, in order of starting."""
        tasks: list[Any] = self.kernel.tasks
        return tasks

    @property
    def events(self) -> int:
        """How many events there are so far, where they are recorded."""
        return len(self.execution.recorder.events)

    def clock_may_jump(self) -> bool:
        """Say whether a sleep or a timeout is still to end."""
        return any(task.timer == serial for _, serial, task in self.kernel.timers)


class Runs:
    """Executes one program again and again: in the `model`, if told so, else on the standard library's own code."""

    def __init__(self, program: Program, points: Points, max_steps: int, pool: Pool, *, model: bool = False) -> None:
        self.program = program
        self._session = Session(program, points=points, max_steps=max_steps, pool=pool)
        self._machine = Machine(program, max_steps=max_steps) if model else None
        self._view = View(Frontier(program))

    def execute(self, chooser: Chooser, *, watched: bool = False, record: bool = False) -> Outcome | None:
        """Execute it once; None if the chooser gave it up. With `watched` the chooser is asked where there is no choice, too.

        Only with `record` has the outcome events.
        """

        def ready(substrate: ControlledSubstrate | Machine, execution: Execution) -> None:
            kernel = self._view.kernel = substrate.kernel
            self._view.execution = execution
            self._view.frontier.begin(execution, kernel)
            kernel.watched = watched
            kernel.script = chooser.script
            if isinstance(kernel, Machine):
                kernel.keep = chooser.returns
            kernel.on_end = chooser.over
            chooser.begin(self._view)

        try:
            return (self._machine or self._session).execute(chooser, record=record, ready=ready)
        except Redundant:
            return None

    def replay(self, scheduler: Scheduler) -> Outcome:
        """Execute it once as a scheduler says, with its events; never in the model."""

        def ready(substrate: ControlledSubstrate, execution: Execution) -> None:
            substrate.kernel.watched = False
            substrate.kernel.on_end = None

        return self._session.execute(scheduler, record=True, ready=ready)
