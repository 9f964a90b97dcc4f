"""Make each execution twice, and see whether the second is the first: the assumption that all exploring rests on."""

from __future__ import annotations

from collections.abc import Sequence

from runner.errors import InternalError
from runner.exploration.execution import Strategy, View
from runner.program.schedule import SchedulingPoint

Seen = tuple[tuple[str, str | None, str | None], ...]
"""The enabled threads of a scheduling point, in their order, each with its op's verb and what that acts on."""


class Twice:
    """A strategy around another: every execution of that, and then the same choices once more.

    Its `again` says which of the two it is. Programs in which chance, or the real clock, has a say are found out by it.
    """

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self.spec = strategy.spec
        self.watched = strategy.watched
        self.again = True
        self._made: list[tuple[Seen, int]] = []
        self._step = 0

    script: Sequence[int] = ()
    """Nothing: it must see every choice."""

    def returns(self) -> bool:
        """Say no."""
        return False

    @property
    def seed(self) -> int | None:
        """The other's."""
        return self._strategy.seed

    @property
    def left_out(self) -> tuple[str, ...]:
        """The other's."""
        return self._strategy.left_out

    @property
    def preemptions(self) -> int:
        """The other's."""
        return self._strategy.preemptions

    @property
    def share(self) -> float | None:
        """The other's."""
        return self._strategy.share

    @property
    def rest(self) -> bool:
        """Whether there is an execution to make, or one to make again."""
        return not self.again or self._strategy.rest

    def more(self) -> None:
        """Go to the other's next execution, or back to the beginning of its last."""
        self.again = not self.again
        if not self.again:
            self._strategy.more()
            self._made.clear()

    def begin(self, view: View) -> None:
        """Begin an execution."""
        self._step = 0
        if not self.again:
            self._strategy.begin(view)

    def choose(self, point: SchedulingPoint) -> int:
        """Let the other choose, or choose as it did.

        Raises:
            InternalError: the same choices have led elsewhere.
        """
        seen = tuple((task.name, task.op.verb if task.op is not None else None, task.target) for task in point.enabled)
        step = self._step
        self._step = step + 1
        if not self.again:
            rank = self._strategy.choose(point)
            self._made.append((seen, rank))
            return rank
        if step == len(self._made) or self._made[step][0] != seen:
            raise InternalError(
                f"the same choices have led elsewhere at step {step + 1}: exploring needs a program that chance has no say in"
            )
        return self._made[step][1]

    def over(self) -> None:
        """Let the other know."""
        if not self.again:
            self._strategy.over()
