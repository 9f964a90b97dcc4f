"""Which items of two sequences correspond. Works on numbers that stand for items, and knows nothing of what they are."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

MOST_EDITS = 600
"""Edits up to which the shortest script is looked for; the time for it grows with their square."""
PATIENCE = 200_000
"""Comparisons beyond a few for each item, after which it is given up too."""

Pairs = list[tuple[int, int]]


def aligned(left: Sequence[int], right: Sequence[int]) -> Pairs:
    """Return the positions of a longest common subsequence; of a long one, where few are common, of that one can be found fast."""
    pairs = shortest(left, right)
    return by_occurrence(left, right) if pairs is None else pairs


def shortest(left: Sequence[int], right: Sequence[int], most: int = MOST_EDITS) -> Pairs | None:
    """Return the positions of a longest common subsequence, or None where more than `most` edits part the two.

    Source: Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
    """
    start, shorter = 0, min(len(left), len(right))
    while start < shorter and left[start] == right[start]:
        start += 1
    tail = 0
    while tail < shorter - start and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    ends = len(left) - tail, len(right) - tail
    middle = _script(left[start : ends[0]], right[start : ends[1]], most)
    if middle is None:
        return None
    return [
        *((index, index) for index in range(start)),
        *((start + one, start + other) for one, other in middle),
        *zip(range(ends[0], len(left)), range(ends[1], len(right)), strict=True),
    ]


def _script(left: Sequence[int], right: Sequence[int], most: int) -> Pairs | None:
    length, width = len(left), len(right)
    if not length or not width:
        return []
    most = min(most, length + width)
    patience = 4 * (length + width) + PATIENCE
    middle = most + 1  # where diagonal 0 is in `reached`, which has how far each diagonal has come
    reached = [0] * (2 * middle + 1)
    history: list[list[int]] = []
    for edits in range(most + 1):
        history.append(reached[middle - edits - 1 : middle + edits + 2])
        for diagonal in range(-edits, edits + 1, 2):
            x = start = _enter(reached, middle, diagonal, edits)[0]
            y = x - diagonal
            while x < length and y < width and left[x] == right[y]:
                x += 1
                y += 1
            patience -= x - start + 1
            reached[middle + diagonal] = x
            if x >= length and y >= width:
                return list(_back(history, x, y))[::-1]
        if patience < 0:
            return None
    return None


def _enter(reached: Sequence[int], middle: int, diagonal: int, edits: int) -> tuple[int, bool]:
    """Return where a diagonal is entered, and whether from the one above: by an item of the right, not the left."""
    above, below = reached[middle + diagonal + 1], reached[middle + diagonal - 1]
    if diagonal == -edits or (diagonal != edits and below < above):
        return above, True
    return below + 1, False


def _back(history: list[list[int]], x: int, y: int) -> Iterator[tuple[int, int]]:
    for edits in range(len(history) - 1, -1, -1):
        start, from_above = _enter(history[edits], edits + 1, x - y, edits)
        while x > start:
            x, y = x - 1, y - 1
            yield x, y
        if from_above:
            y -= 1
        else:
            x -= 1


def by_occurrence(left: Sequence[int], right: Sequence[int]) -> Pairs:
    """Pair the first of an item with its first, the second with its second, and so on, as far as the order stays."""
    places: dict[int, list[int]] = defaultdict(list)
    for position, item in enumerate(right):
        places[item].append(position)
    taken: dict[int, int] = defaultdict(int)
    pairs = []
    for position, item in enumerate(left):
        if taken[item] < len(places[item]):
            pairs.append((position, places[item][taken[item]]))
            taken[item] += 1
    return [pairs[index] for index in longest_increasing([other for _, other in pairs])]


def longest_increasing(values: Sequence[int]) -> list[int]:
    """Return the positions of a longest increasing subsequence: what is not in it is the least that can have moved."""
    tops: list[int] = []
    positions: list[int] = []
    before: list[int] = []
    for position, value in enumerate(values):
        pile = bisect_left(tops, value)
        before.append(positions[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(value)
            positions.append(position)
        else:
            tops[pile], positions[pile] = value, position
    chosen = []
    position = positions[-1] if positions else -1
    while position >= 0:
        chosen.append(position)
        position = before[position]
    return chosen[::-1]
