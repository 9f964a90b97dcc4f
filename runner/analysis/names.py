"""What the names and the paths in a trace's events stand for in the program: kinds, conditions' locks, steps, lines.

Made once for a program and used for any number of its executions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.errors import Place
from runner.program import Program, ops
from runner.program.kinds import LOCKS
from runner.program.ops import Op

WAITS = (ops.Wait, ops.WaitFor)


class Names:
    """A program's names.

    `kinds` has each resource's kind, `lock_of` the lock that is taken where a lock, an rlock or a condition is acquired, and `steps` the
    ops of each step by its path.
    """

    __slots__ = ("kinds", "lock_of", "options", "steps")

    def __init__(self, program: Program) -> None:
        self.kinds = {name: resource.kind for name, resource in program.resources.items()}
        self.options = {name: resource.options for name, resource in program.resources.items()}
        self.lock_of = {name: name for name, kind in self.kinds.items() if kind in LOCKS}
        self.lock_of |= {name: self.options[name].get("lock") or name for name, kind in self.kinds.items() if kind == "condition"}
        self.steps: dict[str, list[Op]] = {}
        for code in program.codes:
            for op in code.ops:
                self.steps.setdefault(op.place.path, []).append(op)

    def is_step(self, at: str, *types: type[Op]) -> bool:
        """Say whether the step at a path has an op of one of these types."""
        return any(isinstance(op, types) for op in self.ops_at(at))

    def ops_at(self, at: str) -> Iterator[Op]:
        """Yield the ops of the step at a path; of a call, those too that the Python code was seen to do."""
        for op in self.steps.get(at, ()):
            yield op
            if isinstance(op, ops.CallPython):
                yield from tuple(op.within.values())

    def waits_for_ever(self, at: str) -> bool:
        """Say whether the step at a path acquires, and waits as long as it takes."""
        return any(isinstance(op, ops.Acquire) and op.blocking and op.timeout is None for op in self.ops_at(at))

    def place(self, at: str) -> Place | None:
        """Return where the step at a path stands in the file."""
        found = self.steps.get(at)
        return found[0].place if found else None

    def line(self, at: str) -> str:
        """Write where a step stands, for a sentence: `line 9`, with the file's name if that is an included one's."""
        place = self.place(at)
        if place is None:
            return "at its end"
        return f"line {place.line} of {place.file}" if place.file else f"line {place.line}"


def listed(words: Sequence[str]) -> str:
    """List what is all meant: `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
