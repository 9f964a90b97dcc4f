"""What a model's execution consists of: threads with explicit frames, and a way to put everything back as it was.

Objects keep their identity from one execution to the next; what changes is in slots that `save` and `load` go through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from runner.interpreter.threads import ThreadRun
from runner.program import Code
from runner.program.ops import Env, Op

if TYPE_CHECKING:
    from runner.model.machine import Machine

Frame = list[Any]
"""A function call in progress: its `Code`, the index of the op it is at, and its names."""


class Waitable(Protocol):
    """Whatever a thread can wait for; see `runner.substrate.controlled.tasks.Waitable`."""

    @property
    def waiters(self) -> list[Task] | None:
        """Who waits, in order of arrival; None where nobody but its owner ever does."""

    @property
    def owner(self) -> Task | None:
        """Who holds it."""

    label: str | None
    owner_op: Op | None


class Completion:
    """A thread's end, for those who join it."""

    __slots__ = ("_task", "done", "label", "owner_op", "waiters")

    def __init__(self, task: Task) -> None:
        self._task = task
        self.done = False
        self.waiters: list[Task] = []
        self.label: str | None = None
        self.owner_op: Op | None = None

    @property
    def owner(self) -> Task | None:
        """The thread, until it has ended."""
        return None if self.done else self._task


class Task:
    """One thread. The first names are those of the kernel's tasks, which schedulers and strategies read."""

    __slots__ = (
        "atomic", "enabled", "end", "failure", "finished", "frames", "name", "note", "op", "phase", "run", "saved", "serial", "stage",
        "target", "timed_out", "timer", "waiting",
    )  # fmt: skip

    def __init__(self, serial: int, name: str, run: ThreadRun, code: Code, env: Env) -> None:
        self.serial = serial
        self.name = name
        self.run = run
        self.end = Completion(self)
        self.enabled = False
        self.saved: tuple[Any, ...] | None = None
        """What `save` returned last; None once it has moved since."""
        self.begin(code, env)

    def begin(self, code: Code, env: Env) -> None:
        """Be as new."""
        self.end.done = False
        self.end.waiters = []
        self.op: Op | None = None
        self.target: str | None = None
        self.waiting: Any = None
        self.timer = 0
        self.timed_out = False
        self.finished = False
        self.frames: list[Frame] = [[code, 0, env]]
        self.phase = 0
        """How far it is with the op it is at."""
        self.note: Any = None
        """What it has worked out for that op. Never changed, only replaced."""
        self.atomic = False
        self.stage = 0
        """0 while it runs its code, then the steps of its end."""
        self.failure: Exception | None = None

    def save(self) -> tuple[Any, ...]:
        """Return all that only its own moves change: who is enabled, and who waits for its end, the machine keeps."""
        if self.saved is None:
            self.saved = (
                self.op, self.target, self.waiting, self.timer, self.timed_out, self.finished,
                tuple([(code, index, Env(env)) for code, index, env in self.frames]), self.phase, self.note, self.atomic, self.stage,
                self.failure, self.end.done,
            )  # fmt: skip
        return self.saved

    def load(self, saved: tuple[Any, ...]) -> None:
        """Be as when that was saved."""
        self.enabled = False
        if saved is self.saved:
            return
        (
            self.op, self.target, self.waiting, self.timer, self.timed_out, self.finished,
            frames, self.phase, self.note, self.atomic, self.stage,
            self.failure, self.end.done,
        ) = saved  # fmt: skip
        self.frames = [[code, index, Env(env)] for code, index, env in frames]
        self.saved = saved


class Thread:
    """A thread by its name, started or not: what a program asks."""

    __slots__ = ("_machine", "name")

    def __init__(self, machine: Machine, name: str) -> None:
        self._machine = machine
        self.name = name

    def is_alive(self) -> bool:
        """Say whether it was started and has not ended."""
        task = self._machine.task(self.name)
        return task is not None and not task.end.done
