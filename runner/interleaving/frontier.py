"""What strategies read of a function's executions: which calls would block, and what each touches."""

from __future__ import annotations

from typing import Any

from runner.exploration.frontier import NOTHING, Frontier, Mask
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
        if op is None or target is None or op.access is Access.NONE or isinstance(op, ops.Exit):
            return NOTHING if not isinstance(op, ops.Exit) else self._of((target or "",), Access.READ)
        return self._of(self._calls.shares.get(target, (target,)), op.access)

    def _of(self, names: tuple[str, ...], access: Access) -> Mask:
        bits = 0
        for name in names:
            bits |= self._bits.setdefault(name, 1 << len(self._bits))
        return (bits, 0) if access is Access.READ else (0, bits)
