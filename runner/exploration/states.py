"""Depth first over states: where an execution comes to a state that was there before, it is given up, for what follows was seen.

The classical search of explicit-state model checkers (Holzmann, *The SPIN Model Checker*, 2003). It ends where there are finitely many
states, also with loops that spin, whose executions have no end; and is of use where executions are many and states are few. States are
kept whole: nothing is left to a hash.
"""

from __future__ import annotations

from runner.exploration.dfs import Dfs
from runner.exploration.execution import Redundant, View
from runner.exploration.frontier import Names
from runner.model.keys import Key

IN_CIRCLES = "whether threads that come back to a state they were in go on like that for ever"


class States(Dfs):
    """The strategy; it needs the model. `printed` says whether what was printed is part of a state."""

    def __init__(self, names: Names, *, printed: bool) -> None:
        super().__init__(names)
        self.spec = "states"
        self._printed = printed
        self._seen: set[Key] = set()
        self._way: list[tuple[int, Key]] = []
        """The states of the execution at hand, each with its step."""

    def begin(self, view: View) -> None:
        """Begin an execution: as the last one up to the choice that changes."""
        super().begin(view)
        while self._way and self._way[-1][0] >= len(self._ranks):
            self._way.pop()

    def _arrive(self, step: int) -> None:
        key = self._view.kernel.key(printed=self._printed)
        if key in self._seen:
            if any(other == key for _, other in self._way):
                self.left_out = (IN_CIRCLES,)
            raise Redundant
        self._seen.add(key)
        self._way.append((step, key))
