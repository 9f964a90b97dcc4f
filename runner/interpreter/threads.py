"""One running thread: it walks its code, op by op, and says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn

from runner.errors import NOWHERE, SizeLimitError
from runner.interpreter.flow import RETURNED, exception_text
from runner.interpreter.verbs import PERFORM
from runner.program import Code
from runner.program.ops import Call, CallPython, End, Env, Leave, Op, Reraise
from runner.substrate import Unwind, Verdict

if TYPE_CHECKING:
    from runner.interpreter.execution import Execution
    from runner.interpreter.job import Job
    from runner.program.ops import Submit

_END = End(NOWHERE)
_FROM_ELSEWHERE = (Reraise, Leave)
"""Ops that raise what was raised before."""


class ThreadRun:
    """A thread's view of the execution: what the functions in verbs.py and flow.py may use."""

    __slots__ = (
        "_checkpoint", "_execution", "_held", "_passing", "_recorder", "_resources", "alone", "before", "before_end", "intend", "modules",
        "name", "record", "tick", "ticket", "wall",
    )  # fmt: skip

    def __init__(self, name: str, execution: Execution) -> None:
        self.name = name
        self._execution = execution
        self._held: AbstractContextManager[Any] | None = None
        self.alone: AbstractContextManager[Any] | None = execution.alone
        """What to hold while a variable is touched, so that no atomic group is broken into and each access has its place. None where
        nobody else moves anyway."""
        substrate = execution.substrate
        self.modules = substrate.modules
        self.before, self.before_end = execution.scheduling_points_of(name)
        self._checkpoint = self.before
        self.intend = substrate.intend
        self.tick = substrate.tick
        self.wall = substrate.wall
        self.begin()

    def begin(self) -> None:
        """Be as new, in what is another execution by now."""
        self._passing: BaseException | None = None
        self._resources = self._execution.resources
        self._recorder = recorder = self._execution.recorder
        self.ticket = recorder.ticket
        self.record = recorder.of(self.name)
        """Called with the op that this thread has performed, what it acted on, `value`, `result` and `ticket`."""

    def live(self, code: Code, env: Env) -> None:
        """Run the thread from its first op to its end, however that comes."""
        execution = self._execution
        execution.substrate.enter(self.name)
        failure: Exception | None = None
        try:
            try:
                self.execute(code, env)
            except Exception as error:
                if execution.substrate.over:  # an abandoned thread's `with` may fail as it is unwound; that is no finding
                    return
                failure = error
            self.intend(_END, self.name)
            self.before_end()
            try:
                self._recorder.record(self.name, "end", "", error=None if failure is None else type(failure).__name__)
            finally:  # it has ended, even where there is no room for the event
                if failure is None:
                    execution.ended(self.name)
                else:
                    execution.failed(self.name, failure)
        except Unwind:
            pass
        finally:
            self.let_others()

    def work(self, code: Code, env: Env) -> Any:
        """Run what was submitted to a pool; a worker that the run's end stops in an atomic group must free it."""
        try:
            return self.execute(code, env)
        except Unwind:
            self.let_others()
            raise

    def execute(self, code: Code, env: Env) -> Any:
        """Perform a code's ops and return what it returns. An exception goes to the cleanup around the op that raised it, or upwards."""
        ops = code.ops
        end = len(ops)
        index = 0
        while index < end:
            op = ops[index]
            try:
                while True:
                    target = PERFORM[op.__class__](self, op, env)
                    index = index + 1 if target is None else target
                    if index >= end:
                        break
                    op = ops[index]
            except SizeLimitError as error:
                self._execution.reached(error, self.name, op)
            except Exception as error:
                self.note(error, op)
                cleanup = next((c for c in code.cleanups if c.start <= index < c.end), None)
                if cleanup is None or self._execution.substrate.over:
                    self.passes(error)
                    raise
                env[cleanup.slot] = error
                index = cleanup.target
        return env.get(RETURNED)

    def note(self, error: Exception, op: Op) -> None:
        """Record an exception where it is raised, not again where it passes: out of a function, or from a cleanup on."""
        passes = error is self._passing if isinstance(op, Call | CallPython) else isinstance(op, _FROM_ELSEWHERE)
        if passes or self._execution.substrate.over:
            return
        self._execution.raised(self.name, error, op)
        self._recorder.record(self.name, "raise", op.place.path, error=exception_text(error))

    def passes(self, error: BaseException) -> None:
        """Note that an exception leaves a function: it is not raised anew where that was called."""
        self._passing = error

    # -- what verbs use ----------------------------------------------------------------------------------------------------

    def record_observed(self, method: str, op: Op, on: str, result: Any) -> None:
        """Record that this thread has asked something, under the name of what it asked."""
        self._recorder.record(self.name, method, op.place.path, on, result=result)

    def resource(self, op: Any, env: Env) -> tuple[str, Any]:
        """Return the name and the object that an op's `on` stands for."""
        name = op.on(env)
        try:
            return name, self._resources[name]
        except (KeyError, TypeError):
            raise LookupError(f"there is no resource {name!r}") from None

    def resource_named(self, name: Any) -> Any:
        """Return a resource.

        Raises:
            LookupError: there is none of that name (a computed one; others are checked before the run).
        """
        try:
            return self._resources[name]
        except (KeyError, TypeError):
            raise LookupError(f"there is no resource {name!r}") from None

    def own_timeout(self, name: str) -> float | None:
        """Return the timeout that a resource is declared with: a barrier may have one for every wait."""
        timeout: float | None = self._execution.program.resources[name].options.get("timeout")
        return timeout

    def is_resource(self, name: str) -> bool:
        """Say whether a name is a resource's."""
        return isinstance(name, str) and name in self._resources

    def function(self, name: str) -> Code:
        """Return a function's code."""
        return self._execution.program.functions[name]

    def threads_named(self, name: str) -> tuple[str, ...]:
        """Return the thread of that name, or the replicas that it stands for.

        Raises:
            LookupError: there is none of that name (a computed one; others are checked before the run).
        """
        program = self._execution.program
        if isinstance(name, str) and name in program.threads:
            return (name,)
        try:
            return program.groups[name]
        except (KeyError, TypeError):
            raise LookupError(f"there is no thread {name!r}") from None

    def start(self, name: str, announce: Callable[[], None]) -> None:
        """Start a thread; see `Execution.start`."""
        self._execution.start(name, announce)

    def hold_others(self) -> None:
        """Keep other threads from coming between this one's ops."""
        self.before = self._only_count
        if self.alone is not None:
            self._held, self.alone = self.alone, None
            self._held.__enter__()

    def let_others(self) -> None:
        """Let other threads come again."""
        self.before = self._checkpoint
        if self._held is not None:
            self.alone, self._held = self._held, None
            self.alone.__exit__(None, None, None)

    def _only_count(self, op: Op, target: str | None) -> None:
        self.tick()

    def caught(self, op: Op, error: str) -> None:
        """Record that an exception is dealt with."""
        self._recorder.record(self.name, op.verb, op.place.path, error=error)

    def submit(self, op: Submit, pool: str, args: Env) -> tuple[Job, int | None]:
        """Submit a function to a pool; see `Pools.submit`."""
        return self._execution.pools.submit(op, pool, args)

    def shut_down(self, pool: str, *, wait: bool, cancel_futures: bool) -> None:
        """Shut a pool down; see `Pools.shut_down`."""
        self._execution.pools.shut_down(pool, wait=wait, cancel_futures=cancel_futures)

    def is_thread(self, name: Any) -> bool:
        """Say whether a name is a thread's or a timer's."""
        return isinstance(name, str) and name in self._execution.program.threads

    def thread(self, name: str) -> Any:
        """Return a thread's `threading.Thread`."""
        return self._execution.thread(name)

    def timer(self, name: Any) -> Any:
        """Return a timer.

        Raises:
            LookupError: there is none of that name.
            TypeError: it is a thread, and no timer.
        """
        if not self.is_thread(name):
            raise LookupError(f"there is no timer {name!r}")
        if self._execution.program.threads[name].interval is None:
            raise TypeError(f"{name!r} is a thread; `cancel` is for timers and futures")
        return self.thread(name)

    def python(self, function: str) -> Callable[..., Any]:
        """Return what a call calls."""
        return self._execution.program.python[function]

    def kind(self, name: str) -> str:
        """Return a resource's kind."""
        return self._execution.program.resources[name].kind

    def raised_in_call(self, error: Exception, op: Op) -> None:
        """Record what an op has raised in Python code, which may catch it; if it does not, the call raises nothing new."""
        self.note(error, op)
        self._passing = error

    def stop(self, verdict: Verdict) -> NoReturn:
        """End the run."""
        self._execution.substrate.stop(verdict)

    def go_on(self) -> None:
        """Unwind if the run is over: Python code may have caught that, as whatever else it calls raises."""
        if self._execution.substrate.over:
            raise Unwind

    def exception(self, name: str) -> type[Exception]:
        """Return an exception's class."""
        return self._execution.exception(name)

    def join(self, name: str, timeout: float | None) -> bool:
        """Wait for a thread to end; return whether it has."""
        thread = self._execution.thread(name)
        thread.join(timeout)
        return timeout is None or not thread.is_alive()
