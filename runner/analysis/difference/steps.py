"""Steps that only moved in the file: a step put before others in a list moves these one further down, and so changes their paths.

Each list of steps is compared with what it was: what does the same, and in the same order, is the same step.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

from runner.analysis.difference.keys import value_key
from runner.trace import Event

MOST_STEPS = 400
"""Steps of one body beyond which nothing is compared: the time for it grows with their square."""
GONE = "\0"
"""Before the path of a step that is no longer there, so that it is not taken for the step that now has its path."""
_INDEX = re.compile(r"\[(\d+)\]")
Doing = tuple[tuple[str, str | None], Hashable]


def moved_steps(expected: Iterable[Event], actual: Iterable[Event]) -> dict[str, str]:
    """Return new paths of steps, by their old ones, where they are others."""
    left, right = _bodies(expected), _bodies(actual)
    moved: dict[str, str] = {}
    for root, ours in left.items():
        theirs = right.get(root, {})
        if ours != theirs and max(len(ours), len(theirs)) <= MOST_STEPS:
            found = _matched(list(ours.items()), list(theirs.items()))
            moved |= {old: new for old, new in found.items() if old != new}
            taken = set(found.values())
            moved |= {old: GONE + old for old in ours if old not in found and old in taken}
    return moved


def _bodies(events: Iterable[Event]) -> dict[str, dict[str, Doing]]:
    """Return the steps of each body, in the order of the file, with what each does the first time."""
    first: dict[str, Event] = {}
    for event in events:
        if event.at not in first or first[event.at].op == "blocked":
            first[event.at] = event
    bodies: dict[str, dict[str, Doing]] = {}
    for path in sorted((path for path in first if "[" in path), key=_order):
        event = first[path]
        bodies.setdefault(path.partition("[")[0], {})[path] = (event.op, event.on), value_key(event.value)
    return bodies


def _order(path: str) -> list[tuple[int, str]]:
    parts = _INDEX.split(path)
    return [(int(part), "") if odd % 2 else (0, part) for odd, part in enumerate(parts)]


def container(path: str) -> str:
    """Return which list of steps a path leads to, whatever its places in lists."""
    return _INDEX.sub("[]", path)


def _matched(ours: Sequence[tuple[str, Doing]], theirs: Sequence[tuple[str, Doing]]) -> dict[str, str]:
    """Return the best matching that keeps the order: what does the same counts most, then what is at the same path."""
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        start += 1
    found = {path: path for path, _ in ours[:start]}
    ours, theirs = ours[start:], theirs[start:]
    best = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in range(len(ours) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(theirs) - 1, -1, -1):
            worth = _worth(*ours[i], *theirs[j])
            row[j] = max(below[j], row[j + 1], below[j + 1] + worth if worth else 0)
    i = j = 0
    while i < len(ours) and j < len(theirs):
        worth = _worth(*ours[i], *theirs[j])
        if worth and best[i][j] == best[i + 1][j + 1] + worth:
            found[ours[i][0]] = theirs[j][0]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _worth(old: str, before: Doing, new: str, after: Doing) -> int:
    if before == after:
        return 6 + (old == new)
    if before[0] == after[0] and container(old) == container(new):
        return 2 + (old == new)
    return int(old == new)
