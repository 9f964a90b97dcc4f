"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from runner.errors import Place
from runner.lint.study import Study


class Found(NamedTuple):
    """One thing that a rule warns of: where, what, and what to do about it."""

    place: Place
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of warning. `code`, `meaning` and `mend` are what docs/lint.md says of it.

    A scenario that expects one of the outcomes of `leads_to` shows what the rule warns of, and is not warned. With `every_case`
    the warning is given only where it holds in each of a file's cases; others where it holds in any.
    """

    code: str
    meaning: str
    mend: str
    check: Callable[[Study], Iterable[Found]]
    leads_to: frozenset[str] = frozenset()
    every_case: bool = False


DEADLOCK = frozenset({"deadlock"})
FAILED = frozenset({"failed"})
EITHER = DEADLOCK | FAILED
