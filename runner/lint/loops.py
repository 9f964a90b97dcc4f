"""Which ops may be done again: those in loops, and those of functions that are called again."""

from __future__ import annotations

from collections.abc import Collection

from runner.program import Code, Program, ops

FAR = 400
"""Ops to look at until a loop is taken for granted."""


class Loops:
    """The loops of a program's bodies."""

    def __init__(self, program: Program) -> None:
        self._names = {id(code): name for name, code in program.functions.items()}
        self._callers: dict[str, list[tuple[Code, int]]] = {}
        for code in program.codes:
            for index, op in enumerate(code.ops):
                if isinstance(op, ops.Call | ops.Submit):
                    self._callers.setdefault(op.function, []).append((code, index))

    def callers(self, code: Code) -> list[tuple[Code, int]]:
        """Return where a function is called; nothing for what is no function."""
        return self._callers.get(self._names.get(id(code), ""), [])

    def repeats(self, code: Code, index: int) -> bool:
        """Say whether one thread may do an op more than once."""
        if index in reachable(code, index):
            return True
        callers = self.callers(code)
        return len(callers) > 1 or any(self.repeats(*caller) for caller in callers)

    def tests_again(self, code: Code, index: int) -> bool:
        """Say whether an op stands in a loop that has a condition and lets go of no lock, here or where the function is called."""
        around = reachable(code, index, (ops.Release,))
        if index in around and any(
            isinstance(code.ops[at], ops.JumpUnless) and index in reachable(code, at, (ops.Release,)) for at in sorted(around)[:FAR]
        ):
            return True
        return len(around) >= FAR or any(self.tests_again(*caller) for caller in self.callers(code))


def reachable(code: Code, start: int, without: tuple[type[ops.Op], ...] = ()) -> set[int]:
    """Return the ops that may come after one, as far as `FAR`; ways through some classes of ops do not count."""
    seen: set[int] = set()
    stack = list(_after(code, start))
    while stack and len(seen) < FAR:
        index = stack.pop()
        if index in seen or index >= len(code.ops) or isinstance(code.ops[index], without):
            continue
        seen.add(index)
        stack += _after(code, index)
    return seen


def _after(code: Code, index: int) -> Collection[int]:
    match code.ops[index]:
        case ops.Jump(target=target) | ops.Enter(target=target):
            return (target,)
        case ops.JumpUnless(target=target) | ops.Next(target=target) | ops.Catch(target=target):
            return (index + 1, target)
        case ops.Leave(slot=slot):
            return [op.then for op in code.ops if isinstance(op, ops.Enter) and op.slot == slot]
        case ops.Raise() | ops.Reraise():
            return ()
        case _:
            return (index + 1,)
