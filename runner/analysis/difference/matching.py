"""Which event of one trace is which of the other, and which of these came to another place among the others.

First each thread's own events are aligned, then what is left between two that are aligned: what happens at the same step, on the same
thing. Where threads do the same over and over, that alone cannot tell which turn is gone; so the traces are aligned as a whole as well,
and that is taken where fewer changes explain the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from runner.analysis.difference.alignment import Pairs, aligned, longest_increasing, shortest
from runner.analysis.difference.keys import Numbers, Side

MOST_EDITS_OF_ALL = 300


@dataclass(frozen=True, slots=True)
class Matching:
    """Positions in both traces that are the same event, by the first; those that kept their order; those that only one trace has."""

    pairs: Pairs
    stable: Pairs
    moved: Pairs
    gone: list[int]
    new: list[int]
    cost: int


def matched(expected: Side, actual: Side) -> Matching:
    """Match the events of two traces."""
    by_thread = _matching(expected, actual, _thread_by_thread(expected, actual))
    if not by_thread.cost:
        return by_thread
    numbers = Numbers()
    ours, theirs = (
        [numbers.of((event.thread, number)) for event, number in zip(s.events, s.whole, strict=True)] for s in (expected, actual)
    )
    start, tail = _same_ends(expected, actual, range(len(ours)), range(len(theirs)))
    middle = shortest(ours[start : len(ours) - tail], theirs[start : len(theirs) - tail], MOST_EDITS_OF_ALL)
    if middle is None:
        return by_thread
    as_a_whole = _matching(expected, actual, _between(middle, range(len(ours)), range(len(theirs)), start, tail))
    return as_a_whole if as_a_whole.cost < by_thread.cost else by_thread


def _same_ends(expected: Side, actual: Side, ours: Sequence[int], theirs: Sequence[int]) -> tuple[int, int]:
    """Return how many events at the start, and how many at the end, are the same and at the same time."""
    shorter = min(len(ours), len(theirs))

    def same(one: int, other: int) -> bool:
        left, right = expected.events[one], actual.events[other]
        return expected.whole[one] == actual.whole[other] and left.t == right.t and left.thread == right.thread

    start = 0
    while start < shorter and same(ours[start], theirs[start]):
        start += 1
    tail = 0
    while tail < shorter - start and same(ours[-1 - tail], theirs[-1 - tail]):
        tail += 1
    return start, tail


def _between(middle: Pairs, ours: Sequence[int], theirs: Sequence[int], start: int, tail: int) -> Pairs:
    """Return the pairs of a middle part as those of the whole, with those of its ends."""
    return [
        *zip(ours[:start], theirs[:start], strict=True),
        *((ours[start + one], theirs[start + other]) for one, other in middle),
        *zip(ours[len(ours) - tail :], theirs[len(theirs) - tail :], strict=True),
    ]


def _thread_by_thread(expected: Side, actual: Side) -> Pairs:
    pairs = []
    for thread, ours in expected.threads.items():
        theirs = actual.threads.get(thread, [])
        start, tail = _same_ends(expected, actual, ours, theirs)
        middle = aligned(
            [expected.whole[index] for index in ours[start : len(ours) - tail]],
            [actual.whole[index] for index in theirs[start : len(theirs) - tail]],
        )
        pairs += _between(middle, ours, theirs, start, tail)
    return pairs


def _matching(expected: Side, actual: Side, found: Pairs) -> Matching:
    """Match what is left over, find what moved, and count what there is to tell."""
    partner = dict(found)
    taken = set(partner.values())
    altered = 0
    for ours, theirs in _gaps(expected, actual, partner):
        for key in (_content(expected, actual), _step(expected, actual), _verb(expected, actual)):
            altered += _pair(partner, taken, ours, theirs, key)
    altered += 3 * _elsewhere(expected, actual, partner, taken, (expected.whole, actual.whole), waits=True)
    altered += 3 * _elsewhere(expected, actual, partner, taken, (expected.content, actual.content), waits=False)
    pairs = sorted(partner.items())
    kept = longest_increasing([other for _, other in pairs])
    stable = [pairs[index] for index in kept]
    moved = [pairs[index] for index in sorted(set(range(len(pairs))) - set(kept))] if len(kept) < len(pairs) else []
    gone = [index for index in range(len(expected.events)) if index not in partner]
    new = [index for index in range(len(actual.events)) if index not in taken]
    return Matching(pairs, stable, moved, gone, new, len(gone) + len(new) + len(moved) + altered)


Key = Callable[[int, bool], Hashable]


def _content(expected: Side, actual: Side) -> Key:
    """What is done, at whatever step."""
    return lambda index, left: (expected if left else actual).content[index]


def _step(expected: Side, actual: Side) -> Key:
    """What is done on what by which step, with whatever value."""

    def key(index: int, left: bool) -> Hashable:
        event = (expected if left else actual).events[index]
        return event.op, event.on, event.at

    return key


def _verb(expected: Side, actual: Side) -> Key:
    """What is done by which step, on whatever."""

    def key(index: int, left: bool) -> Hashable:
        event = (expected if left else actual).events[index]
        return event.op, event.at

    return key


def _gaps(expected: Side, actual: Side, partner: dict[int, int]) -> Iterable[tuple[list[int], list[int]]]:
    """Return what is unmatched between two matched events of a thread, where both sides have something there."""
    gaps = []
    for thread, ours in expected.threads.items():
        theirs = actual.threads.get(thread, [])
        where = {index: place for place, index in enumerate(theirs)}
        left: list[int] = []
        last = 0
        for index in ours:
            other = partner.get(index)
            if other is None:
                left.append(index)
                continue
            place = where[other]
            if left and place > last:
                gaps.append((left, theirs[last:place]))
            left, last = [], place + 1
        if left and len(theirs) > last:
            gaps.append((left, theirs[last:]))
    return gaps


def _pair(partner: dict[int, int], taken: set[int], ours: list[int], theirs: list[int], key: Key) -> int:
    numbers = Numbers()
    left = [index for index in ours if index not in partner]
    right = [index for index in theirs if index not in taken]
    if not left or not right:
        return 0
    pairs = aligned([numbers.of(key(index, True)) for index in left], [numbers.of(key(index, False)) for index in right])
    for one, other in pairs:
        partner[left[one]] = right[other]
        taken.add(right[other])
    return len(pairs)


def _elsewhere(
    expected: Side, actual: Side, partner: dict[int, int], taken: set[int], numbers: tuple[Sequence[int], Sequence[int]], *, waits: bool
) -> int:
    """Match what a thread does earlier or later among its own events than it did. A wait at another step is another wait."""
    free: dict[tuple[str, int], list[int]] = {}
    for index in range(len(actual.events) - 1, -1, -1):
        if index not in taken and (waits or actual.events[index].op != "blocked"):
            free.setdefault((actual.events[index].thread, numbers[1][index]), []).append(index)
    found = 0
    for index, event in enumerate(expected.events) if free else ():
        if index not in partner and free.get((event.thread, numbers[0][index])):
            partner[index] = free[event.thread, numbers[0][index]].pop()
            taken.add(partner[index])
            found += 1
    return found
