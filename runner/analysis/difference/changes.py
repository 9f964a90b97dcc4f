"""What may differ between two traces, as data. Says nothing of how it is found, or told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from runner.analysis.difference.steps import GONE
from runner.trace import ABSENT, Event, Trace
from runner.trace.divergence import Divergence

Kind = Literal[
    "outcome", "cycle", "waiting", "variable", "queue", "ending",
    "header", "thread-new", "thread-gone", "resource-new", "resource-gone",
    "moved", "changed", "blocked", "not-blocked", "new", "gone", "waits",
    "thread-renamed", "resource-renamed", "step", "shift", "end-time", "numbers", "listing", "bytes",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The most important first; from `moved` to `gone`, what happens first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    outcome         how the run ended: `old`, `new`
    cycle, waiting  the threads of a deadlock's circle; what a thread (`thread`) waits for at the end
    variable, queue the final state of `subject`
    ending          how `thread` ended
    header          the header's field `subject`; a parameter as `params.NAME`
    thread-new, …   a thread that only one trace has, with its events, and those of others that act on it
    resource-new, … a resource that only one trace uses, with these events
    moved           events that now come before or after (`subject`) the event `beside`
    changed         one event, of which the field `subject` differs
    blocked, …      a thread must now wait, or need not any longer
    waits           what a thread waits for (`subject`), for so many nanoseconds
    new, gone       events in a row that only one trace has
    thread-renamed  the names `old` are now `new`; resource-renamed likewise
    step            events of the step at the path `old` are now those of the one at `new`; `subject` is `moved` if it is the same step
    shift           events are later by `new` nanoseconds (by `old` to `new`); `subject` is `all` if it is all from the first one on
    end-time        when the run ended, in nanoseconds, where no shift explains it
    numbers         events whose `n` is not as their place has it
    bytes           the line `subject` says the same in other bytes: `old`, `new`
    listing         the names in the footer's field `subject` are the same in another order

    `expected` and `actual` are the events concerned; `alike` counts further changes that are like this one.
    """

    kind: Kind
    thread: str | None = None
    expected: tuple[Event, ...] = ()
    actual: tuple[Event, ...] = ()
    subject: str | None = None
    old: Any = ABSENT
    new: Any = ABSENT
    beside: Event | None = None
    alike: int = 0

    @property
    def event(self) -> Event | None:
        """The event that it is about first of all, as it is now if it still is."""
        return next(iter(self.actual or self.expected), None)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a view of both traces: `mark` is ` ` for an event of both, `~` if at another time, `-` or `+` for one of either.

    A row that stands for several has their number in `several`, and is shown in place of all of them.
    """

    mark: str
    expected: Event | None
    actual: Event | None
    several: int = 0

    @property
    def event(self) -> Event:
        """The event, as it is now where both traces have it."""
        event = self.actual or self.expected
        assert event is not None
        return event


@dataclass(frozen=True, slots=True)
class Difference:
    """How two traces differ: where their bytes part, what changed (the most important first), and the traces side by side.

    `rows` begin a few events before the first one that differs; they are empty where no event does.
    """

    expected: Trace
    actual: Trace
    divergence: Divergence | None
    changes: tuple[Change, ...] = ()
    rows: tuple[Row, ...] = ()
    moved_steps: dict[str, str] = field(default_factory=dict)
    """Paths of steps in the expected trace → their paths in the actual one, where these differ."""

    @property
    def same(self) -> bool:
        """Whether the traces are the same bytes."""
        return self.divergence is None

    def step_now(self, path: str) -> str | None:
        """Return where a step of the expected trace is in the actual one's file; None if it is gone."""
        now = self.moved_steps.get(path, path)
        return None if now.startswith(GONE) else now
