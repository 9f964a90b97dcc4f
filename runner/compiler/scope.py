"""What an expression is compiled with, the names it may use, and what comes of it: how to compute it, and what is read first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.compiler.bounds import Bounds, Budget
from runner.errors import ExpressionError
from runner.limits import DEFAULT
from runner.program.ops import Compute, Env

DEFAULT_BOUNDS = Bounds(DEFAULT)


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use: those of the thread or function, the scenario's parameters, shared variables."""

    params: Mapping[str, Any]
    names: frozenset[str] = frozenset()
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Resources by name, and threads: shared variables are read by their name, of others something can be asked."""
    fields: frozenset[str] | None = None
    """The fields of `self`; None where there is no `self`."""
    budget: Budget = field(default_factory=lambda: Budget(DEFAULT_BOUNDS))
    """What constants may still cost; one for a whole file."""
    max_characters: int = DEFAULT.expression
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What a declared name with `count` stands for: `NAME[INDEX]` is one of it."""

    @property
    def bounds(self) -> Bounds:
        """The bounds on what is computed."""
        return self.budget.bounds

    @property
    def variables(self) -> list[str]:
        """The names of the shared variables."""
        return [name for name, kind in self.kinds.items() if kind == "var"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an expression reads, by an op of its own, before it is evaluated: `NAME`, or `NAME.ATTRIBUTE`, of a thing of some kind.

    `NAME[INDEX]` has the index's text; `replica` then gives the name of that replica.
    """

    name: str
    kind: str
    attribute: str | None = None
    index: str | None = None
    replica: Compute | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Where the value read is found."""
        which = self.name if self.index is None else f"{self.name}[{self.index}]"
        return f"${which}" if self.attribute is None else f"${which}.{self.attribute}"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled value: `reads` are what it needs of what threads share; it is `constant` when it needs no name of a thread's."""

    compute: Compute
    reads: tuple[Reading, ...] = ()
    constant: bool = False
    names: frozenset[str] = frozenset()
    """Every name in it, constant or not."""

    @property
    def value(self) -> Any:
        """The value of a constant."""
        return self.compute(Env())


def constant(value: Any, names: frozenset[str] = frozenset()) -> Compiled:
    """Wrap a value; `names` are those that it was computed from."""
    return Compiled(lambda env: value, constant=True, names=names)


def replica_of(name: str, group: tuple[str, ...], index: Compiled) -> Compute:
    """Return how to compute the name of the replica with an index.

    Raises:
        ExpressionError: the index is a constant, and there is no such replica.
    """

    def replica(env: Env) -> str:
        number = index.compute(env)
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(group):
            raise LookupError(f"there is no {name}[{number!r}]: there are {len(group)}, from 0")
        return group[number]

    if index.constant:
        try:
            replica(Env())
        except LookupError as error:
            raise ExpressionError(str(error)) from None
    return replica
