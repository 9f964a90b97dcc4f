"""One function executed again and again, each time under another scheduler: what `Session` is to a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from runner.analysis import find_cycle
from runner.errors import UsageError
from runner.exploration.execution import Chooser, Redundant, Runs, View
from runner.interleaving.calls import Calls
from runner.interleaving.frontier import CallFrontier
from runner.interleaving.watching import Watching
from runner.interpreter import Outcome
from runner.interpreter.execution import Failure
from runner.program import Program, ops
from runner.program.schedule import Points, Schedule, Scheduler
from runner.schedulers import ReplayScheduler
from runner.script.observing import Places
from runner.substrate import ControlledSubstrate, Ending, Pool, Unwind, Verdict
from runner.trace import BlockedThread, Footer, Header, Trace

KEPT = (
    "Something is kept from one execution to the next, or left to chance: make what is needed in the function itself, or in what is given "
    "as its `setup`"
)
FEW = 10
"""Executions after which the first is not made once more."""
Made = tuple[tuple[int, ...], list[Any]]
"""An execution's choices, and its calls."""


class Executions(Runs):
    """Executes `function`, with what `setup` returns if there is one, on modules that see those of `calls` in place of the real ones."""

    def __init__(
        self, program: Program, function: Callable[..., Any], setup: Callable[[], Any] | None, calls: Calls, *,
        points: Points, max_steps: int, pool: Pool, level: str,
    ) -> None:  # fmt: skip
        self.program = program
        self._function = function
        self._setup = setup
        self._modules = calls.modules
        self._pool = pool
        self._points = points
        self._max_steps = max_steps
        self.calls = calls
        self.watching = Watching(self.calls, level)
        self._view = View(CallFrontier(self.calls))
        self._substrate: ControlledSubstrate | None = None
        self._before: Made = ((), [])
        self._first: tuple[Outcome, Made] | None = None
        self._checked = False
        self._count = 0
        self._places = Places()
        self.left = False
        """Whether an execution has left a thread that would not end."""
        self.ending: BaseException | None = None
        """What is no failure and ends it all: a test that skips itself."""

    def execute(self, chooser: Chooser, *, watched: bool = False, record: bool = False) -> Outcome | None:
        """Execute it once; None if the chooser gave it up. See `Runs.execute`."""

        def ready(substrate: ControlledSubstrate) -> None:
            kernel = self._view.kernel = substrate.kernel
            kernel.watched = watched
            kernel.script = chooser.script
            kernel.on_end = chooser.over
            self._view.execution = self.calls
            self._view.frontier.begin(self.calls, kernel)
            chooser.begin(self._view)

        try:
            return self._execute(chooser, ready, record=record)
        except Redundant:
            return None

    def replay(self, scheduler: Scheduler) -> Outcome:
        """Execute it once as a scheduler says, with its events."""

        def ready(substrate: ControlledSubstrate) -> None:
            substrate.kernel.watched = False
            substrate.kernel.on_end = None

        return self._execute(scheduler, ready, record=True)

    def _execute(self, scheduler: Scheduler, ready: Callable[[ControlledSubstrate], None], *, record: bool) -> Outcome:
        if self._first is not None and not self._checked:
            self._checked = True
            self._again()  # at once: what grows from one to the next would keep it going for long
        calls, substrate = self.calls, self._substrate
        calls.begin(record=record)
        self.watching.begin()
        given = () if self._setup is None else (self._setup(),)
        if substrate is None or not substrate.again(scheduler):
            substrate = self._substrate = ControlledSubstrate(
                scheduler, points=self._points, max_steps=self._max_steps, pool=self._pool, modules=self._modules
            )
        kernel = substrate.kernel
        kernel.order = self.watching.clocks
        ready(substrate)

        def main() -> None:
            kernel.current.name = "main"
            calls.run(kernel)
            try:
                self._function(*given)
            except Unwind:
                raise
            except BaseException as error:
                if kernel.unwinding:
                    raise
                if type(error).__name__ in ("Skipped", "XFailed", "Exit"):  # pytest's
                    self.ending = error
                calls.failed(error)
            calls.finish()
            calls.end()

        try:
            ending = substrate.run(main, calls.blocked)
        finally:
            calls.kernel = None
            if kernel.left():
                self.left = True
                self._substrate = None
        if self.ending is not None:
            raise self.ending
        self._count += 1
        made = tuple(kernel.ranks), self.calls.log
        self._compare(self._before, made)
        self._before = made
        outcome = self._outcome(ending, scheduler)
        if self._first is None and outcome.verdict != "interrupted":
            self._first = outcome, made
        return outcome

    def check(self) -> None:
        """See whether the first execution is the same still, unless that was seen a few executions ago.

        Raises:
            UsageError: it is not: something is kept from one execution to the next, or left to chance.
        """
        if self._first is not None and (not self._checked or self._count > FEW):
            self._again()

    def _again(self) -> None:
        assert self._first is not None
        outcome, made = self._first
        assert outcome.schedule is not None
        again = self.replay(ReplayScheduler(outcome.schedule))
        self._compare(made, self._before)
        if (again.verdict, again.steps) != (outcome.verdict, outcome.steps):
            raise UsageError(f"the first execution {_ended(outcome)}, and when it was made again in the end it {_ended(again)}. {KEPT}")

    def _compare(self, before: Made, now: Made) -> None:
        """See whether an execution did the same as one before, as long as it chose the same."""
        ranks = now[0]
        differs = (at for at, (one, other) in enumerate(zip(before[0], ranks, strict=False)) if one != other)
        same = next(differs, min(len(before[0]), len(ranks)))
        for one, other in zip(before[1], now[1], strict=False):
            if one[0] > same or other[0] > same:
                break
            if one[1:] != other[1:]:
                raise UsageError(
                    f"two executions that chose the same did not do the same: {self._step(one)}; then {self._step(other)}. {KEPT}"
                )

    def _step(self, step: Any) -> str:
        """Say what a thread did."""
        _, thread, op, target = step
        what = f"{thread} did {op.verb}" + (f" of {self.calls.shown(target)}" if target else "")
        return what + (f" at {op.place.file}:{op.place.line}" if op.place.file else "")

    def _outcome(self, ending: Ending, scheduler: Any) -> Outcome:
        calls = self.calls
        failures = tuple(Failure(thread, error, self._raising(error)) for thread, error in calls.failures)  # type: ignore[arg-type]
        deadlock = ending.verdict is Verdict.DEADLOCK
        blocked = tuple(self._readable(each) for each in ending.blocked if not isinstance(each.op, ops.Exit)) if deadlock else ()
        verdict = "failed" if ending.verdict is Verdict.COMPLETED and failures else ending.verdict.value
        cycle = find_cycle({each.thread: each.held_by for each in blocked}) if blocked else ()
        ends = {name: f"raised {type(error).__name__}" for name, error in calls.failures}
        threads = {task.name: ends.get(task.name, "ended" if task.finished else "blocked") for task in self._view_tasks()}
        stuck = tuple(BlockedThread(b.thread, b.on, b.held_by, b.op.place.path if b.op else "") for b in blocked)
        footer = Footer(verdict, ending.now, threads=threads, blocked=stuck, cycle=tuple(cycle))
        trace = Trace(Header(self.program.name, scheduler.spec, scheduler.seed), tuple(calls.events or ()), footer)
        schedule = Schedule(scheduler.spec, scheduler.seed, self.program.fingerprint, ending.ranks, self._points)
        return Outcome(verdict, trace, schedule, ending.steps, failures, blocked, tuple(cycle), ending.stack)

    def _view_tasks(self) -> Sequence[Any]:
        return [] if self._substrate is None else self._substrate.kernel.tasks

    def _readable(self, each: Any) -> Any:
        return type(each)(each.thread, each.op, self.calls.shown(each.on), each.held_by, each.held_since)

    def _raising(self, error: BaseException) -> Any:
        """Return an op for the line that raised an exception."""
        at = error.__traceback__
        found = None
        while at is not None:
            if self._places.frame(at.tb_frame) is at.tb_frame:
                found = at
            at = at.tb_next
        return None if found is None else ops.End(self.calls.place(found.tb_frame.f_code.co_filename, found.tb_lineno))


def _ended(outcome: Outcome) -> str:
    error = outcome.failures[-1].error if outcome.failures else None
    how = outcome.verdict.replace("_", " ") if error is None else f"raised {type(error).__name__}"
    return f"{how if error is not None else 'ended: ' + how} after {outcome.steps} steps"
