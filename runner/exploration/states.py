"""Every state that a program can come to, each seen once: breadth first, so that nothing is reached by more steps than it takes.

The classical search of explicit-state model checkers (Holzmann, *The SPIN Model Checker*, 2003). It ends where there are finitely many
states, also with loops that spin, whose executions have no end; and is of use where executions are many and states are few. States are
kept whole: nothing is left to a hash. A step that no other thread could notice is the only one that is taken (an ample set of one;
Clarke, Grumberg, Minea and Peled, 1999), unless it leads back to what was seen: then, so that nobody is ignored for ever, all are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runner.exploration.execution import View
from runner.exploration.frontier import NOTHING, Frontier, Names
from runner.model.fields import TooNarrow
from runner.model.system import CLOCK, System
from runner.program import Program
from runner.program.schedule import SchedulingPoint

LOOK_EVERY = 10_000
"""States after which is asked whether to stop."""


class Reading(Frontier):
    """What would block, and what nobody would notice."""

    def __init__(self, program: Program, names: Names) -> None:
        super().__init__(program)
        self._names = names

    def alone(self, task: Any) -> bool:
        """Say whether no other thread could ever notice what a thread does next."""
        return self._names.mask(task.name, task.op, task.target) == NOTHING


@dataclass(slots=True)
class Reached:
    """The states that were come to: each with the one before it, in the order in which they were first seen."""

    system: System
    before: dict[int, int]
    depth: int = 0
    """Steps to the last of them."""
    all: bool = False
    circles: bool = False
    """Whether a state can be come to from itself. Known if all were seen."""

    def way(self, state: int) -> list[str]:
        """Return the threads whose steps lead to a state, in order."""
        names = []
        while state != self.system.initial:
            last = self.before[state]
            thread = next(thread for thread, after in self.system.successors(last) if after == state)
            if thread != CLOCK:
                names.append(self.system.threads[thread])
            state = last
        return names[::-1]


class States:
    """Sees every state of a program that can be come to in at most so many steps, and `most` states in all."""

    def __init__(self, program: Program, names: Names, *, printed: bool, max_steps: int, most: int) -> None:
        self._program = program
        self._reading = Reading(program, names)
        self._printed = printed
        self._max_steps = max_steps
        self._most = most
        self._wide: dict[str, int] = {}

    def reach(self, end: Callable[[Reached, int], bool], look: Callable[[int], bool]) -> Reached:
        """See them. `end` is told of each from which nothing goes on, `look` now and then how many there are; they say whether to stop.

        Raises:
            TooNarrow: there are more values somewhere than was thought; the next call has room for them.
        """
        system = System(self._program, self._reading, printed=self._printed, max_steps=self._max_steps, wide=self._wide)
        try:
            return self._reach(system, end, look)
        except TooNarrow as narrow:
            self._wide = {**system.layout.widths, str(narrow): 2 * system.layout.widths[str(narrow)]}
            raise

    def _reach(self, system: System, end: Callable[[Reached, int], bool], look: Callable[[int], bool]) -> Reached:
        successors, alone = system.successors, system.alone
        before = {system.initial: system.initial}
        reached = Reached(system, before)
        new, back, next_look, whole = [system.initial], False, min(LOOK_EVERY, self._most), set()
        while new and reached.depth < self._max_steps:
            latest, new = new, []
            fresh: set[int] = set()
            for state in latest:
                only = alone(state)
                if only is not None and only[1] not in before:
                    steps = [only]
                else:
                    steps = successors(state)
                    if only is not None:
                        whole.add(state)
                    if not steps and end(reached, state):
                        return reached
                for _, after in steps:
                    if after not in before:
                        before[after] = state
                        new.append(after)
                        fresh.add(after)
                    elif after not in fresh:
                        back = True
                if len(before) >= next_look:
                    if look(len(before)) or len(before) >= self._most:
                        return reached
                    next_look = min(len(before) + LOOK_EVERY, self._most)
            reached.depth += 1
        reached.all = not new
        reached.circles = reached.all and back and _goes_round(system, whole)
        return reached


def _goes_round(system: System, whole: set[int]) -> bool:
    """Say whether some state can be come to from itself, by the steps that were taken."""

    def steps(state: int) -> Sequence[tuple[int, int]]:
        only = None if state in whole else system.alone(state)
        return system.successors(state) if only is None else (only,)

    done: set[int] = set()
    open_ = {system.initial}
    way = [(system.initial, iter(steps(system.initial)))]
    while way:
        state, rest = way[-1]
        for _, after in rest:
            if after in open_:
                return True
            if after not in done:
                open_.add(after)
                way.append((after, iter(steps(after))))
                break
        else:
            way.pop()
            open_.discard(state)
            done.add(state)
    return False


class Along:
    """Chooses the threads of a way, one after the other: how what is known of states becomes an execution with a schedule."""

    spec = "states"
    seed: int | None = None
    script: Sequence[int] = ()

    def __init__(self, way: Sequence[str]) -> None:
        self._rest = iter(way)
        self.preemptions = 0
        """How many times it took the turn from a thread that could have gone on."""

    def returns(self) -> bool:
        """It does not come back."""
        return False

    def begin(self, view: View) -> None:
        """Begin the execution."""
        self._blocks = view.frontier.blocks

    def choose(self, point: SchedulingPoint) -> int:
        """Choose the next thread of the way."""
        name = next(self._rest)
        rank = next(rank for rank, task in enumerate(point.enabled) if task.name == name)
        first: Any = point.enabled[0]
        self.preemptions += point.running and rank > 0 and not self._blocks(first)
        return rank

    def over(self) -> None:
        """Do nothing."""
