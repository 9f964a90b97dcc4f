"""One running thread: it walks its code, op by op, and says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.interpreter.verbs import PERFORM
from runner.program import Code
from runner.program.ops import Env, Op, Reraise
from runner.substrate import Unwind
from runner.trace import ABSENT

if TYPE_CHECKING:
    from runner.interpreter.execution import Execution


class ThreadRun:
    """A thread's view of the execution: what the functions in verbs.py may use."""

    __slots__ = ("_error", "_execution", "_recorder", "before", "intend", "modules", "name", "tick", "ticket", "wall")

    def __init__(self, name: str, execution: Execution) -> None:
        self.name = name
        self._execution = execution
        self._recorder = execution.recorder
        self._error: BaseException | None = None
        self.modules = execution.substrate.modules
        self.before = execution.substrate.checkpoint
        self.intend = execution.substrate.intend
        self.tick = execution.substrate.tick
        self.wall = execution.substrate.wall
        self.ticket = execution.recorder.ticket

    def live(self, code: Code, env: Env) -> None:
        """Run the thread from its first op to its end, however that comes."""
        execution = self._execution
        execution.substrate.enter(self.name)
        try:
            self.execute(code, env)
        except Unwind:
            return
        except Exception as error:
            if execution.substrate.over:  # an abandoned thread's `with` may fail as it is unwound; that is no finding
                return
            execution.failed(self.name, error)
            self._recorder.record(self.name, "end", "", error=type(error).__name__)
            return
        execution.ended(self.name)
        self._recorder.record(self.name, "end", "")

    def execute(self, code: Code, env: Env) -> None:
        """Perform a code's ops. An exception runs the cleanups around the op that raised it, then goes on upwards."""
        ops = code.ops
        end = len(ops)
        index = 0
        raised: list[Exception] = []
        while index < end:
            op = ops[index]
            try:
                while True:
                    if op.__class__ is Reraise:
                        raise raised.pop()
                    target = PERFORM[op.__class__](self, op, env)
                    index = index + 1 if target is None else target
                    if index >= end:
                        return
                    op = ops[index]
            except Exception as error:
                self._note(error, op)
                cleanup = next((c for c in code.cleanups if c.start <= index < c.end), None)
                if cleanup is None or self._execution.substrate.over:
                    raise
                raised.append(error)
                index = cleanup.target

    def _note(self, error: Exception, op: Op) -> None:
        """Record an exception where it is first seen, not again at each level that it passes."""
        if error is self._error or self._execution.substrate.over:
            return
        self._error = error
        text = type(error).__name__
        if isinstance(error, AssertionError):  # its message is the scenario's own; others' may differ between versions
            text = f"{text}: {error}"
        self._execution.failing_ops[self.name] = op
        self._recorder.record(self.name, "raise", op.place.path, error=text)

    # -- what verbs use ----------------------------------------------------------------------------------------------------

    def record(self, op: Op, on: str | None = None, value: Any = ABSENT, result: Any = ABSENT, ticket: int | None = None) -> None:
        """Record that this thread has performed an op."""
        self._recorder.record(self.name, op.verb, op.place.path, on, value, result, ticket=ticket)

    def resource(self, op: Any, env: Env) -> tuple[str, Any]:
        """Return the name and the object that an op's `on` stands for."""
        name = op.on(env)
        return name, self.resource_named(name)

    def resource_named(self, name: Any) -> Any:
        """Return a resource.

        Raises:
            LookupError: there is none of that name (a computed one; others are checked before the run).
        """
        try:
            return self._execution.resources[name]
        except (KeyError, TypeError):
            raise LookupError(f"there is no resource {name!r}") from None

    def own_timeout(self, name: str) -> float | None:
        """Return the timeout that a resource is declared with: a barrier may have one for every wait."""
        timeout: float | None = self._execution.program.resources[name].options.get("timeout")
        return timeout

    def is_resource(self, name: str) -> bool:
        """Say whether a name is a resource's."""
        return isinstance(name, str) and name in self._execution.resources

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

    def join(self, name: str, timeout: float | None) -> bool:
        """Wait for a thread to end; return whether it has."""
        thread = self._execution.thread(name)
        thread.join(timeout)
        return not thread.is_alive()
