"""Which tests there are to run: the scenarios at paths, or those of them that a filter leaves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from runner.compiler import run_names
from runner.errors import NothingCollectedError, ScenarioError, UsageError
from runner.golden import may_have_cases
from runner.suite.discover import discover, name_of

MOST_SHARDS = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """A scenario file, and which of its cases and pinned schedules to test; None for all that there are."""

    scenario: Path
    cases: tuple[str | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to test, sorted by path, and the obsolete goldens to report. `nothing` says why there is nothing to test, and all is well."""

    items: tuple[Item, ...]
    obsolete: tuple[Path, ...] = ()
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts that together are the whole.

    A path's part is read off its hash, so that a file that is added or removed moves no other one from part to part. In exchange
    the parts are of about the same size only where there are many files.
    """

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `I/N`.

        Raises:
            UsageError: it is none.
        """
        first, slash, last = text.partition("/")
        numbers = [int(word) for word in (first, last) if word.isascii() and word.isdigit() and len(word) <= 5]
        if not slash or len(numbers) != 2 or not 1 <= numbers[0] <= numbers[1] <= MOST_SHARDS:
            raise UsageError(f"a shard is I/N, such as 2/3, with I from 1 to N, and N at most {MOST_SHARDS:,}; {text!r} is not")
        return cls(*numbers)

    def has(self, path: Path, roots: Iterable[Path]) -> bool:
        """Say whether a path is in this part: by where it is below the one of `roots` that it is in, wherever that is itself."""
        root = next((root for root in roots if path.is_relative_to(root)), path.parent)
        below = path.relative_to(root) if path != root else Path(path.name)
        return int.from_bytes(sha256(os.fsencode(below.as_posix())).digest()[:8], "big") % self.count == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def plan(
    paths: Sequence[str | os.PathLike[str]], *, keyword: str | None = None, shard: Shard | None = None, changed_since: str | None = None
) -> Plan:
    """Find what to test at paths: with a keyword in its name, in a part of the whole, or changed since a git revision.

    Obsolete goldens are looked for where everything is tested: with a shard those in it, so that all shards together report all of
    them; with other filters none.

    Raises:
        UsageError: a path does not exist, two scenarios would have the same golden, or git cannot tell what has changed.
        NothingCollectedError: there are no scenarios, or none with the keyword in its name.
    """
    found = discover(paths)
    planned = Plan(tuple(map(Item, found.scenarios)), found.obsolete)
    if keyword is not None:
        planned = Plan(tuple(item for item in (_with_keyword(item.scenario, keyword) for item in planned.items) if item is not None))
    if not planned.items:
        raise NothingCollectedError("there are no scenarios there" if not found.scenarios else f"no test has {keyword!r} in its name")
    if changed_since is not None:
        from runner.suite.changed import Unchanged, is_touched  # nobody else has need of running programs

        unchanged = Unchanged(changed_since)
        items = tuple(item for item in planned.items if is_touched(item.scenario, unchanged))
        planned = Plan(items, nothing="" if items else f"nothing changed since {changed_since}")
    if shard is not None and planned.items:
        roots = [Path(path) for path in paths]
        items = tuple(item for item in planned.items if shard.has(item.scenario, roots))
        obsolete = tuple(path for path in planned.obsolete if shard.has(path, roots))
        planned = Plan(items, obsolete, "" if items else f"nothing is in shard {shard}")
    return planned


def _with_keyword(scenario: Path, keyword: str) -> Item | None:
    """Return what of a file has the keyword in its name: its path, followed by the name of a case or a pinned schedule in brackets."""
    if keyword in str(scenario):
        return Item(scenario)
    cases = tuple(case for case in _cases(scenario) if any(keyword in name_of(name, case) for name in (scenario, scenario.with_suffix(""))))
    return Item(scenario, cases) if cases else None


def _cases(scenario: Path) -> Sequence[str | None]:
    """Return the names of a file's runs; none for a file that is wrong, which only a run says more about."""
    try:
        return run_names(scenario) if may_have_cases(scenario) else ()
    except (ScenarioError, OSError):
        return ()


def count_tests(item: Item) -> int:
    """Count an item's tests."""
    return len(item.cases if item.cases is not None else _cases(item.scenario)) or 1
