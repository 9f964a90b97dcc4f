"""What strategies read of a function's executions: which calls would block, and what each touches."""

from __future__ import annotations

from typing import Any

from runner.exploration.frontier import EXIT, NOTHING, Frontier, Mask
from runner.interleaving.calls import Calls
from runner.program import ops
from runner.program.ops import Access, Op


class CallFrontier(Frontier):
    """Reads the state of the objects that calls are made on."""

    def __init__(self, calls: Calls) -> None:
        self._kinds = calls.kinds
        self._always_open = frozenset()
        self._execution: Any = calls
        self._kernel: Any = None


class CallNames:
    """Gives every name that calls touch a bit, and every call its mask; as `exploration.frontier.Names` does for a scenario."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._bits: dict[str, int] = {}
        self.known: dict[tuple[str, int, str | None], Mask] = {}
        """None are kept: what stands under a name may share something else in the next execution."""

    def mask(self, thread: str, op: Op | None, target: str | None) -> Mask:
        """Return what a call of a thread touches."""
        if op is None:
            return NOTHING
        found = self._touched(op, target)
        loose = self._calls.loose
        if loose:  # how far such a thread gets before all ends may be seen
            if thread in loose:
                return found[0] | self._bit(EXIT), found[1]
            if thread == "main" and isinstance(op, ops.End | ops.Exit):
                return found[0], found[1] | self._bit(EXIT)
        return found

    def _touched(self, op: Op, target: str | None) -> Mask:
        if isinstance(op, ops.Exit):
            return self._bit(target or ""), 0
        if target is None or op.access is Access.NONE:
            return NOTHING
        bits = 0
        for name in self._calls.shares.get(target, (target,)):
            bits |= self._bit(name)
        return (bits, 0) if op.access is Access.READ else (0, bits)

    def _bit(self, name: str) -> int:
        return self._bits.setdefault(name, 1 << len(self._bits))
