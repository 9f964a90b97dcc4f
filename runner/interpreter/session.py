"""One program executed again and again, on substrates that are made ready again: what exploring does. Knows nothing of why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from runner.errors import InternalError
from runner.interpreter.execution import Execution, Outcome
from runner.limits import DEFAULT
from runner.program import Program
from runner.program.schedule import Points, Scheduler
from runner.substrate import ControlledSubstrate, Pool


class Session:
    """Executes one program under one scheduler after the other, with the same options each time, and as if each time were the first.

    What does not change from one execution to the next is made once. Without `record` an outcome's trace has no events, which takes a
    tenth off a short execution; header and footer are there. Without a `pool` each execution has threads of its own.
    """

    def __init__(
        self,
        program: Program,
        *,
        points: Points = Points.ENDS,
        max_steps: int = DEFAULT.steps,
        max_events: int = DEFAULT.events,
        max_memory: int = DEFAULT.memory,
        pool: Pool | None = None,
        record: bool = False,
    ) -> None:
        self.program = program
        self._make = partial(ControlledSubstrate, points=points, max_steps=max_steps, max_memory=max_memory, pool=pool)
        self._max_events = max_events
        self._record = record
        self._substrate: ControlledSubstrate | None = None
        self._execution: Execution | None = None

    @property
    def execution(self) -> Execution:
        """The execution in progress, or else the last one. Its resources are of use as long as that is so: it may be used again."""
        if self._execution is None:
            raise InternalError("a session has no execution before its first one")
        return self._execution

    def execute(
        self, scheduler: Scheduler, *, record: bool | None = None, ready: Callable[[ControlledSubstrate, Execution], None] | None = None
    ) -> Outcome:
        """Execute the program once. `ready` is called when all is ready and nothing has moved.

        Raises:
            RunnerError: whatever the scheduler raised, or a bug of ours.
        """
        record = self._record if record is None else record
        substrate, execution = self._substrate, self._execution
        if substrate is None or execution is None or not substrate.again(scheduler):
            substrate = self._substrate = self._make(scheduler)
            bare = substrate.modules.bare_thread
            execution = self._execution = Execution(self.program, substrate, None, self._max_events, record=record, bare_thread=bare)
        else:
            execution.begin(record=record)
        if ready is not None:
            ready(substrate, execution)
        ending = substrate.run(execution.main, execution.on_block)
        return execution.outcome(ending, scheduler.spec, scheduler.seed)
