"""What the interpreter may ask of a substrate, and what a substrate answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

if TYPE_CHECKING:
    from runner.program.ops import Op
    from runner.program.schedule import Points


class Unwind(BaseException):
    """Raised inside a thread that the run abandons, so that its `finally` and `with` blocks run. Never caught by scenarios."""


class Verdict(StrEnum):
    """How a run ended, as far as the substrate can tell."""

    COMPLETED = "completed"
    DEADLOCK = "deadlock"
    STEP_LIMIT = "step_limit"
    EVENT_LIMIT = "event_limit"
    SIZE_LIMIT = "size_limit"
    MEMORY_LIMIT = "memory_limit"
    HUNG = "hung"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A thread that could not go on when the run ended: what it waits for, and who holds that since which op."""

    thread: str
    op: Op | None
    on: str | None
    held_by: str | None = None
    held_since: Op | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How one run ended. `now` is the clock in nanoseconds, `ranks` the choices made, `stack` a hung thread's Python stack."""

    verdict: Verdict
    now: int
    steps: int
    ranks: tuple[int, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class Modules:
    """The modules that a program's threads are made of; typed loosely, for there are two sets. `futures` has pools and exceptions."""

    threading: Any
    _thread: Any
    queue: Any
    time: Any
    futures: Any


BlockHook = Callable[[str, "Op", str | None, str | None], None]
"""Called with (thread, op, what it waits for, holder's name) when a thread must wait."""


class Substrate(Protocol):
    """One run's worth of modules and scheduling."""

    listening: bool
    """Whether a thread is telling a listener of an event, which may take its time: that is no hanging."""
    controlled: bool
    """Whether one thread moves at a time, so that what is recorded right after an op is in the order it happened."""
    points: Points
    """Where it has scheduling points; of no meaning where it is not controlled."""

    @property
    def modules(self) -> Modules:
        """The modules that the program's threads are made of."""

    def checkpoint(self, op: Op, target: str | None) -> None:
        """Let others go first: called before each visible op, so that a scheduler sees what each thread is about to do."""

    def before_end(self) -> None:
        """Let others go first where that is a scheduling point: the thread is about to end, or to be done with what was submitted."""

    def before_work(self) -> None:
        """Let others go first where that is a scheduling point: a worker looks for something to do, or main's end shuts a pool down."""

    def intend(self, op: Op, target: str | None) -> None:
        """Say what the thread is in the middle of, without letting others go first."""

    def tick(self) -> None:
        """Count a step that is no visible op (a loop's turn), so that an endless loop meets the step limit."""

    def enter(self, name: str) -> None:
        """Name the running thread; its first call."""

    def label(self, lock: Any, name: str) -> None:
        """Give a lock object the name it is declared by, for messages and `blocked` events."""

    def now(self) -> int:
        """Return the time since the run began, in nanoseconds."""

    def wall(self, seconds: float) -> float:
        """Return what to ask the modules for in order to wait so many seconds of the program's time."""

    def daemonic(self, declared: bool) -> bool:
        """Return the `daemon` flag to give a thread that is declared so."""

    def stop(self, verdict: Verdict) -> NoReturn:
        """End the run from inside a thread, with a verdict: a limit is reached."""

    def abort(self, error: BaseException) -> NoReturn:
        """End the run from inside a thread because of an error outside the program; `run` raises it in its caller."""

    def run(self, main: Callable[[], None], on_block: BlockHook) -> Ending:
        """Run `main` and everything it starts to the end. May be called once."""

    @property
    def over(self) -> bool:
        """Whether the run has ended, and whatever still moves is being unwound."""
