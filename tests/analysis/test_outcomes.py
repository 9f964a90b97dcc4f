"""Which of the outcomes that a scenario lists an end is."""

from __future__ import annotations

from typing import Any

import pytest

from runner.analysis.outcomes import listed, matches, same
from runner.errors import Place
from runner.program import ExpectedOutcome, ExpectedQueue
from runner.trace import Footer

PLACE = Place("", 1, 1)
QUEUES = {"jobs": {"size": 2, "unfinished": 1, "items": ["x", [1, 2]]}}
END = Footer("completed", 7, {"total": 3, "names": ("a", "b"), "open": True}, QUEUES)


def entry(**parts: Any) -> ExpectedOutcome:
    """Return an entry of the list."""
    return ExpectedOutcome(place=PLACE, **parts)


@pytest.mark.parametrize(
    ("parts", "is_it"),
    [
        ({}, True),
        ({"outcome": "failed"}, False),
        ({"vars": {"total": 3}}, True),
        ({"vars": {"total": 3.0, "names": ["a", "b"]}}, True),
        ({"vars": {"total": 3, "names": ["b", "a"]}}, False),
        ({"vars": {"open": 1}}, False),
        ({"queues": {"jobs": ExpectedQueue()}}, True),
        ({"queues": {"jobs": ExpectedQueue(size=2, unfinished=1, items=["x", [1, 2]])}}, True),
        ({"queues": {"jobs": ExpectedQueue(size=2, unfinished=0)}}, False),
        ({"queues": {"jobs": ExpectedQueue(items=["x"])}}, False),
        ({"printed": ("one", "two")}, True),
        ({"printed": ("two", "one")}, False),
        ({"printed": ()}, False),
        ({"raises": {}}, True),
        ({"raises": {"worker": "ValueError"}}, False),
    ],
)
def test_what_an_end_is(parts: dict[str, Any], is_it: bool) -> None:
    """What is written must be so, and what is left out may be anything."""
    assert matches(entry(**parts), END, ["one", "two"], {}) is is_it


@pytest.mark.parametrize(("raises", "is_it"), [({"a": "KeyError"}, True), ({"a": "KeyError", "b": "KeyError"}, False), ({}, False)])
def test_exceptions_are_these_and_no_others(raises: dict[str, str], is_it: bool) -> None:
    """One more that ends a thread is another outcome."""
    assert matches(entry(outcome="failed", raises={"a": "KeyError"}), Footer("failed", 0), [], raises) is is_it


def test_the_strictest_entry_counts() -> None:
    """An end that several entries describe is forbidden, else required, else the first of those allowed."""
    first, second = entry(note="first"), entry(note="second")
    required, forbidden = entry(verdict="required"), entry(verdict="forbidden")
    assert listed([first, second], END, [], {}) is first
    assert listed([first, required], END, [], {}) is required
    assert listed([required, first, forbidden], END, [], {}) is forbidden
    assert listed([entry(outcome="deadlock")], END, [], {}) is None


@pytest.mark.parametrize(
    ("wanted", "actual", "are"),
    [(1, 1.0, True), (1, True, False), ([1, {"a": 0}], [1, {"a": 0}], True), ([1], [1, 2], False), ({"a": 1}, {"b": 1}, False)],
)
def test_same(wanted: Any, actual: Any, are: bool) -> None:
    """Numbers are one kind of thing, truth values another, at every level."""
    assert same(wanted, actual) is are
