"""The wait-for graph of blocked threads (Coffman, Elphick and Shoshani, "System Deadlocks", 1971)."""

from __future__ import annotations

from collections.abc import Mapping


def find_cycle(waits_for: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the threads of a cycle, each waiting for the next and the last for the first; empty when there is none.

    `waits_for` maps each blocked thread to the thread it waits for, or to None when that is nobody in particular.
    A thread waits for one thing at a time, so following the edges from each thread finds every cycle; the one found first
    in the mapping's order is returned, beginning with the thread that comes first in it.
    """
    for start in waits_for:
        seen = [start]
        following = waits_for[start]
        while following is not None and following not in seen:
            seen.append(following)
            following = waits_for.get(following)
        if following == start:
            return tuple(seen)
    return ()
