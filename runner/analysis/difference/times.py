"""What differs in the times of two traces: how long threads wait, and which events are merely later or earlier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from runner.analysis.difference.changes import Change
from runner.analysis.difference.keys import Side
from runner.analysis.difference.matching import Matching
from runner.trace import Event, Trace

MOST_SHIFTS = 3
"""Different shifts that are told each by itself; more are told together."""


def waits(expected: Sequence[Event], actual: Sequence[Event], both: tuple[Side, Side], matching: Matching) -> Iterator[Change]:
    """Yield the waits, from `blocked` to what the thread does next, that are longer or shorter."""
    partner = dict(matching.pairs)
    following = [_following(side) for side in both]
    for one, other in matching.pairs:
        if actual[other].op != "blocked" or expected[one].op != "blocked":
            continue
        after = following[0].get(one), following[1].get(other)
        if after[0] is None or after[1] is None or partner.get(after[0]) != after[1]:
            continue
        old, new = expected[after[0]].t - expected[one].t, actual[after[1]].t - actual[other].t
        if old != new:
            yield Change("waits", actual[other].thread, (expected[one],), (actual[other],), actual[other].on, old, new)


def _following(side: Side) -> dict[int, int]:
    return {one: other for own in side.threads.values() for one, other in pairwise(own)}


def shifts(expected: Sequence[Event], actual: Sequence[Event], matching: Matching, own: Set[int]) -> Iterator[Change]:
    """Yield the events that are later, or earlier, by as much as others: one change for all of them.

    `own` are the numbers (`n`) of those that changed places within their thread, and so of course come at another time.
    """
    shifted: dict[int, list[tuple[int, int]]] = {}
    for one, other in matching.pairs:
        offset = actual[other].t - expected[one].t
        if offset and actual[other].n not in own:
            shifted.setdefault(offset, []).append((one, other))
    if len(shifted) > MOST_SHIFTS:
        every = sorted((pair for pairs in shifted.values() for pair in pairs), key=lambda pair: pair[1])
        yield _shift(expected, actual, every, min(shifted), max(shifted), None)
        return
    for offset, pairs in shifted.items():
        pairs.sort(key=lambda pair: pair[1])
        first = pairs[0][1]
        everything = len(pairs) > 1 and len(pairs) == sum(other >= first for _, other in matching.pairs)
        yield _shift(expected, actual, pairs, offset, offset, "all" if everything else None)


def _shift(
    expected: Sequence[Event], actual: Sequence[Event], pairs: Sequence[tuple[int, int]], least: int, most: int, subject: str | None
) -> Change:
    events = tuple(expected[one] for one, _ in pairs), tuple(actual[other] for _, other in pairs)
    return Change("shift", events[1][0].thread, *events, subject, least, most)


def end_time(expected: Trace, actual: Trace, matching: Matching) -> Iterator[Change]:
    """Yield the time at which the run ended, if it is another than what is told of the events lets expect."""
    old, new = expected.footer.t, actual.footer.t
    if old == new:
        return
    offsets = {actual.events[other].t - expected.events[one].t for one, other in matching.pairs[-1:]}
    if new - old not in offsets:
        yield Change("end-time", old=old, new=new)
