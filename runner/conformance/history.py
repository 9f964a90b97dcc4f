"""What was observed of a free run: each thread's events in their order, and between which moments each of them took place.

Moments are those of `runner.interpreter.Span`. Knows nothing of how a history is explained.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

from runner.interpreter import Outcome, Span
from runner.trace import Event, encode_event, encode_footer
from runner.trace.events import Footer

OUTLAST = frozenset({"start", "done", "end"})
"""Ops whose event is recorded before others can notice; they are over when their thread begins with something else."""
WAITS = frozenset({"wait", "wait_for"})
"""Ops that do something at their beginning, too: they let go of a lock, or arrive at a barrier."""

Seen = tuple[Event, Span]


@dataclass(frozen=True, slots=True)
class Observed:
    """One event, in its `place` among all. What it says was done not before `began` and not after `until`.

    `what` is the event without times, numbers and who held what: two that are equal say the same. `opens` and `closes` are guesses at when
    its thread did the first thing that others could notice, and the last.
    """

    what: str
    event: Event
    place: int
    began: int
    until: float
    opens: float
    closes: float


@dataclass(frozen=True, slots=True)
class History:
    """A free run as far as it can be relied upon.

    `names` are all threads' that were seen, `abandoned` those that were in the middle of something when the run ended; `stuck` says that
    the run was given up because nothing moved, so that it should be a deadlock; `cut` that it was ended by a limit, in the middle of
    anything. `footer` is what the run came to, where that is certain. `order` is a digest of who did what in which order and what came of
    it; equal for runs that are the same but for times.
    """

    threads: dict[str, tuple[Observed, ...]]
    names: frozenset[str]
    abandoned: frozenset[str]
    stuck: bool
    cut: bool
    footer: Footer | None
    events: tuple[Event, ...]
    order: bytes

    @property
    def each_own(self) -> dict[str, list[str]]:
        """What the function of that name returns for a trace."""
        return {name: [step.what for step in steps] for name, steps in self.threads.items()}


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
    seen: Sequence[Seen] = list(zip(outcome.trace.events, outcome.spans, strict=True))
    if not stuck and not cut:
        last = max((event.n for event, _ in seen if event.thread not in abandoned), default=0)
        seen = [(event, span) for event, span in seen if event.n <= last]
    of_thread: dict[str, list[Seen]] = {}
    for event, span in seen:
        of_thread.setdefault(event.thread, []).append((event, span))
    opened, met = _waits(seen)
    opened |= _lasted(seen)
    threads = {name: tuple(_intervals(own, opened, met)) for name, own in of_thread.items()}
    certain = footer if not abandoned and not stuck and not cut else None
    events = tuple(event for event, _ in seen)
    order = hashlib.blake2b(digest_size=16)
    end = "" if certain is None else encode_footer(replace(certain, t=0))
    order.update(f"{stuck} {cut} {sorted(abandoned)} {end}\n".encode())
    in_turn = {name: iter(steps) for name, steps in threads.items()}
    for event in events:
        order.update(f"{event.thread}\0{next(in_turn[event.thread]).what}\n".encode())
    return History(threads, frozenset(footer.threads), abandoned, stuck, cut, certain, events, order.digest())


def _waits(seen: Sequence[Seen]) -> tuple[dict[int, float], set[int]]:
    """Say for each `wait`, by its place, when it began to wait, and which are at barriers.

    A barrier's results tell who came first, second and so on, each time that it was passed; what comes after is of no consequence.
    """
    found = {span.place: span.began + 0.5 for event, span in seen if event.op in WAITS}
    passed: Counter[tuple[str | None, int]] = Counter()
    meetings: dict[tuple[str | None, int], list[tuple[int, int]]] = {}
    for event, span in seen:
        if event.op in WAITS and type(event.result) is int:
            passed[event.on, event.result] += 1
            meetings.setdefault((event.on, passed[event.on, event.result]), []).append((event.result, span.place))
    for meeting in meetings.values():
        latest = 0.0
        for _, place in sorted(meeting):
            latest = found[place] = max(found[place], latest + 1e-6)
    return found, {place for meeting in meetings.values() for _, place in meeting}


def _lasted(seen: Sequence[Seen]) -> dict[int, float]:
    """Say of what was recorded as over and yet was asked about, and found not to be, that it was over only after the last who asked."""
    over: dict[tuple[str, str | None], int] = {}
    lasted: dict[int, float] = {}
    for event, span in seen:
        if event.op in ("end", "done"):
            over[("is_alive", event.thread) if event.op == "end" else ("done", event.on)] = span.place
        elif (place := over.get((event.op, event.on))) is not None and event.result is (event.op == "is_alive"):
            lasted[place] = span.place + 0.5
    return lasted


def _intervals(own: Sequence[Seen], opened: dict[int, float], met: set[int]) -> list[Observed]:
    """Work from a thread's last event back to its first."""
    found: list[Observed] = []
    after = next_began = inf
    for event, span in reversed(own):
        if span.began != next_began:  # several events may come of one op
            after = next_began
        next_began = span.began
        opens = opened.get(span.place, span.place)
        until = after if event.op in OUTLAST else span.recorded
        found.append(Observed(essence(event), event, span.place, span.began, until, opens, opens if span.place in met else span.place))
    found.reverse()
    return found
