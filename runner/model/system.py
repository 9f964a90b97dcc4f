"""A program as a transition system: states that are integers, and each thread's steps between them, worked out once and then looked up.

What a thread does next depends on where it is and on the few fields that its op touches. So the first time the machine performs it, and
what it changed is kept under just these fields, as two masks; from then on a step is a look-up, an `and` and an `or`.

Order and time are as exploring has them: an op that would only block is taken when it can succeed (see `exploration.frontier`), in which
order enabled threads are offered is left out, and the clock jumps when nobody can go on.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Protocol

from runner.errors import InternalError
from runner.model.fields import Field
from runner.model.keys import plain
from runner.model.machine import Stopped
from runner.model.reference import Reference
from runner.model.state import Task
from runner.program import PRINTED, Program, ops
from runner.program.kinds import QUEUES
from runner.program.ops import Op

CLOCK = -1
"""What steps in place of a thread where the clock jumps."""

Move = tuple[int, int]
"""What a step does to a state: what that is `and`ed with, then what it is `or`ed with."""
BLOCKED: Move = (0, 0)
Step = tuple[int, int]
"""Who steps, by the index in `threads`, and the state that it leads to."""


class Standing:
    """Where a thread can be."""

    __slots__ = ("alone", "mask", "moves")

    def __init__(self, mask: int, *, alone: bool) -> None:
        self.mask = mask
        """The fields that its next step reads or changes."""
        self.alone = alone
        """Whether no other thread could ever notice that step."""
        self.moves: dict[int, Move] = {}
        """The steps known, by what is in these fields."""


class Reading(Protocol):
    """Reads off a moment what threads stand before."""

    def begin(self, execution: Any, kernel: Any) -> None:
        """Read this execution's state from now on."""

    def blocks(self, task: Any) -> int:
        """Say whether all that a thread could do now is to wait."""

    def in_line(self, task: Any) -> bool:
        """Say whether it matters who begins to wait first."""

    def alone(self, task: Any) -> bool:
        """Say whether no other thread could ever notice what a thread does next."""


class System:
    """A program's states and the steps between them. `printed` says whether what was printed is part of a state.

    `wide` has the bits of fields that need more than others, by name; while it is used `fields.TooNarrow` may say that one more does.
    """

    def __init__(self, program: Program, reading: Reading, *, printed: bool, max_steps: int, wide: dict[str, int]) -> None:
        self._program = program
        self._machine = machine = Reference(program, wide, printed=printed, max_steps=max_steps)
        self._reading = reading
        self.layout = layout = machine.layout
        self.threads = layout.threads
        self.initial = machine.initial
        self._last = layout.over | layout.limited
        told = (field.mask for name, field in layout.parts.items() if program.resources[name].kind in {"var", *QUEUES})
        self._told = layout.flags & self._last | layout.output.mask | sum(told)
        self._rows = [
            (thread, ready, field.shift, field.low, {})
            for thread, (ready, field) in enumerate(zip(layout.ready, layout.standing, strict=True))
        ]  # type: list[tuple[int, int, int, int, dict[int, Standing]]]
        self._stuck: dict[int, list[Step]] = {}
        reading.begin(machine.execution, machine)

    def successors(self, state: int) -> list[Step]:
        """Return every step that can be taken."""
        if state & self._last:
            return []
        found = []
        for thread, ready, shift, low, standings in self._rows:
            if state & ready:
                standing = standings.get(state >> shift & low)
                move = None if standing is None else standing.moves.get(state & standing.mask)
                if move is None:
                    move = self._work_out(thread, state)
                if move is not BLOCKED:
                    found.append((thread, state & move[0] | move[1]))
        return found or self._nobody_can(state)

    def alone(self, state: int) -> Step | None:
        """Return a step that nobody could notice, so that no order of it and others matters; None where none is known."""
        if state & self._last:
            return None
        for thread, ready, shift, low, standings in self._rows:
            if state & ready:
                standing = standings.get(state >> shift & low)
                if standing is not None and standing.alone:
                    move = standing.moves.get(state & standing.mask) or self._work_out(thread, state)
                    if move is not BLOCKED:
                        return thread, state & move[0] | move[1]
        return None

    def end_of(self, state: int) -> Hashable:
        """Return what is the same for two last states that nobody tells apart: how they ended, variables, queues, exceptions, output.

        Where threads are blocked it is the whole state.
        """
        if not state & self.layout.over:
            return state
        failures = []
        for standing in self.layout.standing:
            saved = standing.value(state)
            finished, failure = (False, None) if saved is None else (saved[5], saved[11])
            failures.append(plain(failure) if finished else None)
        return state & self._told, tuple(failures)

    # -- working steps out -----------------------------------------------------------------------------------------------------

    def _work_out(self, thread: int, state: int) -> Move:
        """Have the machine perform a thread's step, and keep it for all states with the same in the fields that it touches."""
        machine = self._machine
        machine.adopt(state)
        task = machine.task(self.threads[thread])
        assert task is not None
        field, standings = self.layout.standing[thread], self._rows[thread][4]
        number = state >> field.shift & field.low
        standing = standings.get(number)
        if standing is None:
            mask = field.mask | self._touched(task)
            standing = standings[number] = Standing(mask, alone=self._reading.alone(task))
        move = BLOCKED if self._reading.blocks(task) else self._move(state, task, standing.mask)
        standing.moves[state & standing.mask] = move
        return move

    def _move(self, state: int, task: Task, mask: int) -> Move:
        layout, op = self.layout, task.op
        try:
            self._machine.step(task)
        except Stopped:
            return layout.everything, layout.limited
        after = self._machine.read()
        changed = layout.difference(state, after)
        if changed & ~(mask | layout.flags):
            raise InternalError(f"a step of {task.name} at {op} changes what it is not known to touch")
        return layout.everything & ~changed, after & changed

    def _nobody_can(self, state: int) -> list[Step]:
        """Return what follows where everybody could only wait: they begin to, and then the clock jumps."""
        known = self._stuck.get(state)
        if known is None:
            known = self._stuck[state] = list(self._attempts(state))
        return known

    def _attempts(self, state: int) -> Iterator[Step]:
        machine = self._machine
        machine.adopt(state)
        standing = list(machine.ready)
        if not standing:
            if machine.tick_over():
                yield CLOCK, machine.read()
            return
        in_line = [task for task in standing if task.waiting is None and self._reading.in_line(task)]
        if len(in_line) < 2 or len(in_line) < len(standing) or not machine.timers:
            in_line = [next((task for task in standing if task not in in_line), standing[0])]
        for task in in_line:
            machine.adopt(state)
            machine.step(task)
            yield task.serial - 1, machine.read()

    # -- what steps touch ------------------------------------------------------------------------------------------------------

    def _touched(self, task: Task) -> int:
        """Return the fields that a thread's next step may read or change, besides its own and whether threads are ready."""
        layout = self.layout
        if task.op is None or isinstance(task.op, ops.Exit | ops.End):
            threads = self.threads if task.serial == 1 else (task.name,)  # main then waits for the others
            return sum(self._thread(name) for name in threads)
        mask = self._touched_by(task.op, task.target)
        code, at, _ = task.frames[-1]
        if isinstance(code.ops[at], ops.WaitFor):  # it may be at one of those that it looks at
            mask |= self._touched_by(code.ops[at], task.note[0])
        if isinstance(task.op, ops.Atomic):
            mask |= layout.output.mask
        return mask

    def _touched_by(self, op: Op, target: str | None) -> int:
        layout = self.layout
        if isinstance(op, ops.Sleep):
            return layout.clock.mask
        mask = 0
        for name, _ in self._program.footprint(op, target):
            if name in layout.parts:
                mask |= layout.parts[name].mask
            elif name == PRINTED:
                mask |= layout.output.mask
            else:
                mask |= self._thread(name)
        return mask

    def _thread(self, name: str) -> int:
        index = self.threads.index(name)
        fields: tuple[Field, ...] = (self.layout.standing[index], self.layout.joiners[index])
        return sum(field.mask for field in fields)
