"""What was observed of a free run: each thread's events in their order, and between which moments each of them took place.

Moments are counted in events: moment 3 is when three events had been recorded. Knows nothing of how a history is explained.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runner.interpreter import Outcome
from runner.trace import Event, encode_event, encode_footer
from runner.trace.events import Footer


@dataclass(frozen=True, slots=True)
class Observed:
    """One event, in its `place` among all. What it says was done not before `begun` and not after `until`.

    `what` is the event without times, numbers and who held what: two that are equal say the same. `opens` and `closes` are guesses at when
    its thread did the first thing that others could notice, and the last: a `wait` lets go of a lock, or arrives at a barrier, long
    before it returns.
    """

    what: str
    place: int
    begun: int
    until: float
    opens: float
    closes: float


@dataclass(frozen=True, slots=True)
class History:
    """A free run as far as it can be relied upon.

    `abandoned` are threads that were in the middle of something when the run ended; `stuck` says that the run was given up because
    nothing moved, so that it should be a deadlock; `cut` that it was ended by a limit, in the middle of anything. `footer` is what the
    run came to, where that is certain.
    """

    threads: dict[str, tuple[Observed, ...]]
    abandoned: frozenset[str]
    stuck: bool
    cut: bool
    footer: Footer | None
    events: tuple[Event, ...]

    @property
    def order(self) -> bytes:
        """A digest of who did what in which order and what came of it; equal for runs that are the same but for times."""
        digest = hashlib.blake2b(digest_size=16)
        end = "" if self.footer is None else encode_footer(replace(self.footer, t=0))
        digest.update(f"{self.stuck} {self.cut} {end}\n".encode())
        for event in self.events:
            digest.update(f"{event.thread}\0{essence(event)}\n".encode())
        return digest.digest()


def essence(event: Event) -> str:
    """Write an event without when it was, and its thread."""
    return encode_event(replace(event, n=0, t=0, by=None, thread=""))


def each_own(events: Iterable[Event]) -> dict[str, list[str]]:
    """Return each thread's own events, in their order, without when they were, and without who waited for whom."""
    own: dict[str, list[str]] = {}
    for event in events:
        if event.op != "blocked":
            own.setdefault(event.thread, []).append(essence(event))
    return own


def observed(outcome: Outcome) -> History:
    """Read a free run's outcome.

    Events of abandoned threads behind the last of the others are left out: nothing tells whether the run was over by then.
    """
    footer = outcome.trace.footer
    stuck = outcome.verdict == "hung"
    cut = outcome.verdict not in ("completed", "failed", "hung")
    abandoned = frozenset(name for name, end in footer.threads.items() if end == "abandoned")
    events: Sequence[tuple[Event, int]] = list(zip(outcome.trace.events, outcome.begun, strict=True))
    if not stuck and not cut:
        last = max((event.n for event, _ in events if event.thread not in abandoned), default=0)
        events = [(event, begun) for event, begun in events if event.n <= last]
    of_thread: dict[str, list[tuple[Event, int]]] = {}
    for event, begun in events:
        of_thread.setdefault(event.thread, []).append((event, begun))
    opened, met = _waits(events)
    threads = {name: tuple(_intervals(steps, opened, met)) for name, steps in of_thread.items()}
    certain = footer if not abandoned and not stuck and not cut else None
    return History(threads, abandoned, stuck, cut, certain, tuple(event for event, _ in events))


def _waits(events: Sequence[tuple[Event, int]]) -> tuple[dict[int, float], set[int]]:
    """Say for each `wait` when it began to wait, and which are at barriers.

    A barrier's results tell who came first, second and so on, each time that it was passed; what comes after is of no consequence.
    """
    found = {event.n: begun + 0.5 for event, begun in events if event.op in ("wait", "wait_for")}
    passed: Counter[tuple[str | None, int]] = Counter()
    meetings: dict[tuple[str | None, int], list[tuple[int, int]]] = {}
    for event, _ in events:
        if event.n in found and type(event.result) is int:
            passed[event.on, event.result] += 1
            meetings.setdefault((event.on, passed[event.on, event.result]), []).append((event.result, event.n))
    for meeting in meetings.values():
        latest = 0.0
        for _, n in sorted(meeting):
            latest = found[n] = max(found[n], latest + 1e-6)
    return found, {n for meeting in meetings.values() for _, n in meeting}


def _intervals(steps: Sequence[tuple[Event, int]], opened: dict[int, float], met: set[int]) -> list[Observed]:
    """Work from the last event back: an op is over when its thread begins with the next one."""
    found: list[Observed] = []
    until = next_begun = float("inf")
    for event, begun in reversed(steps):
        if begun != next_begun:  # several events may come of one op
            until = next_begun
        next_begun = begun
        opens = opened.get(event.n, event.n)
        found.append(Observed(essence(event), event.n, begun, until, opens, opens if event.n in met else event.n))
    found.reverse()
    return found
