"""What the kernel deals in: a *task* is a thread as the program sees it, a *carrier* what it runs on.

Data, and what is asked of the two sides: of the primitives, that tasks can wait for them, and of carriers, that they hand control on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from runner.substrate.contract import Blocked

if TYPE_CHECKING:
    from runner.program.ops import Op


class Waitable(Protocol):
    """Whatever a task can wait for. `waiters` are in order of arrival."""

    waiters: list[Task]
    label: str | None
    owner: Task | None
    owner_op: Op | None


class Task:
    """One thread of the program."""

    __slots__ = (
        "carrier", "enabled", "exit_hooks", "finished", "lost", "name", "native", "op", "serial", "starter", "target", "timed_out", "timer",
        "waiting",
    )  # fmt: skip

    def __init__(self, serial: int, starter: Task | None) -> None:
        self.serial = serial
        self.name = f"thread {serial}"
        self.op: Op | None = None
        self.target: str | None = None
        self.starter = starter  # until the first checkpoint; see Kernel.spawn
        self.enabled = False  # waiting in `ready`
        self.waiting: Waitable | None = None
        self.timer = 0  # serial of the live entry in `timers`, 0 for none
        self.timed_out = False
        self.finished = False
        self.lost = False  # it would not unwind in time: the host goes on without it
        self.exit_hooks: list[Callable[[], None]] = []
        self.carrier: Any = None  # what `carriers` knows it by
        self.native = 0


def holder(task: Any, on: Any) -> str | None:
    """Name who holds what a task waits for. A condition's waiter lock is held by its own waiter, which says nothing."""
    owner = on.owner
    return None if owner is None or (owner is task and on.label is None) else owner.name


def blocked(tasks: Sequence[Any]) -> tuple[Blocked, ...]:
    """Describe every task that waits, in order of starting."""
    return tuple(
        Blocked(task.name, task.op, task.waiting.label or task.target, holder(task, task.waiting), task.waiting.owner_op)
        for task in tasks
        if task.waiting is not None and not task.finished
    )


class Carriers(Protocol):
    """What the tasks of one run are carried by. The *host* is whoever called `run`: it has control before the first and after the last."""

    host_has_control: bool

    def begin(self, interrupted: Callable[[BaseException], None]) -> None:
        """Get ready; `interrupted` is for what breaks in without being raised in the host: Ctrl-C, where the host cannot hear it."""

    def end(self) -> None:
        """Undo `begin`, whatever of it was done, and end the carriers that nobody keeps."""

    def carries(self, task: Task) -> bool:
        """Say whether the caller runs on the task's carrier: a thread that hung in an earlier run may come free in this one."""

    def spawn(self, task: Task, body: Callable[[], None], parent: Task | None) -> None:
        """Make a carrier, hand it control, and come back when `parent` (None: the host) is handed control again."""

    def switch(self, me: Task, other: Task) -> None:
        """Hand control from `me` to `other`; come back when `me` is handed control again."""

    def leave(self, me: Task, other: Task | None) -> None:
        """Hand control from `me`, which has ended, to `other` (None: the host)."""

    def to_host(self, me: Task) -> None:
        """Hand control to the host; come back when `me` is handed control again."""

    def resume_from_host(self, task: Task) -> None:
        """Give control to a task that waits; it need not have come back yet when this returns."""

    def wait_in_host(self, timeout: float) -> bool:
        """Wait until control comes back to the host, `timeout` wall seconds at the most; return whether it has."""


class Order(Protocol):
    """Who wants to know what orders the tasks of a run: it is told of each thing by which one hands on what it has done."""

    def gives(self, me: Task, thing: Any) -> None:
        """Take that a task has let go of a lock, is about to start another, or has come to its end."""

    def takes(self, me: Task, thing: Any) -> None:
        """Take that a task has a lock now, has been started, or has seen another's end."""


class Pool(Protocol):
    """What keeps carriers between runs, and so says of which kind they are."""

    def carriers(self, *, pin: bool) -> Carriers:
        """Return the carriers of one run; `pin` keeps threads on one CPU."""
