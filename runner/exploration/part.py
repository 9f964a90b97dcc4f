"""What the tree of executions is handed out in, and what comes back of it: plain data, which processes can hand each other."""

from __future__ import annotations

from dataclasses import dataclass

PART = 500
"""Executions of a part, after which what is left of it is handed out anew."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """A part of what a walk may come to: executions with these seeds."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the tree of executions: those that begin with these `ranks`, at every step, and go on with the threads of `branch`.

    Threads that are `asleep` there have been, or will be, elsewhere. The first part, the whole tree, has nothing of these.
    """

    ranks: tuple[int, ...] = ()
    asleep: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    spent: int = 0
    """Depth first: how much of the bound `ranks` cost, preemptions or delays."""
    preemptions: int = 0
    """Depth first: how many preemptions there are in `ranks`."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A choice in the tree, and what is known to be wanted of it: which threads have gone first, and the branches still to explore."""

    ranks: tuple[int, ...]
    asleep: tuple[str, ...]
    gone: tuple[str, ...]
    waiting: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a race in a part wants of a choice before that part: one of the threads in `first` is to go first there, as in `branch`."""

    ranks: tuple[int, ...]
    first: tuple[str, ...]
    branch: tuple[str, ...]
