"""Which of the outcomes that a scenario lists a run's end is. Pure functions over plain data; one run or many is not known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.program import ExpectedOutcome
from runner.trace import Footer, plain

QUEUE_PARTS = ("size", "unfinished", "items")
_ORDER = ("forbidden", "required", "allowed")


def listed(
    outcomes: Sequence[ExpectedOutcome], footer: Footer, printed: Sequence[Any], raises: Mapping[str, str]
) -> ExpectedOutcome | None:
    """Return the entry that an end is: of several a forbidden one first, then a required one, then the first in the file."""
    entries = sorted(outcomes, key=lambda each: _ORDER.index(each.verdict))
    return next((each for each in entries if matches(each, footer, printed, raises)), None)


def matches(expected: ExpectedOutcome, footer: Footer, printed: Sequence[Any], raises: Mapping[str, str]) -> bool:
    """Say whether an end is as an entry says; what the entry leaves out may be anything.

    `printed` is every line in order, `raises` the exception's name for each thread that ended by one.
    """
    if footer.outcome != expected.outcome:
        return False
    if any(not same(plain(value), plain(footer.vars[name])) for name, value in expected.vars.items()):
        return False
    for name, queue in expected.queues.items():
        for part in QUEUE_PARTS:
            wanted = getattr(queue, part)
            if wanted is not None and not same(plain(wanted), plain(footer.queues[name][part])):
                return False
    if expected.raises is not None and dict(expected.raises) != dict(raises):
        return False
    return expected.printed is None or list(expected.printed) == list(printed)


def same(wanted: Any, actual: Any) -> bool:
    """Compare plain values as YAML tells them apart: 1 and 1.0 are one number, 1 and true are not the same."""
    match wanted, actual:
        case list(), list():
            return len(wanted) == len(actual) and all(map(same, wanted, actual))
        case dict(), dict():
            return wanted.keys() == actual.keys() and all(same(wanted[key], actual[key]) for key in wanted)
        case _:
            return isinstance(wanted, bool) == isinstance(actual, bool) and bool(wanted == actual)
