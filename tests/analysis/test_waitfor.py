"""Cycles of threads that wait for each other."""

from __future__ import annotations

import pytest

from runner.analysis import find_cycle

GRAPHS = {
    "nobody waits": ({}, ()),
    "waits for nobody in particular": ({"a": None, "b": None}, ()),
    "a chain that ends": ({"a": "b", "b": "c", "c": None}, ()),
    "waits for one that is not blocked": ({"a": "b"}, ()),
    "waits for itself": ({"a": "a"}, ("a",)),
    "two": ({"a": "b", "b": "a"}, ("a", "b")),
    "begins with the first in order": ({"c": "a", "a": "b", "b": "c"}, ("c", "a", "b")),
    "a tail that leads into a cycle": ({"main": "a", "a": "b", "b": "a"}, ("a", "b")),
    "two cycles: the first found": ({"a": "b", "b": "a", "c": "d", "d": "c"}, ("a", "b")),
}


@pytest.mark.parametrize(("waits_for", "cycle"), GRAPHS.values(), ids=GRAPHS)
def test_find_cycle(waits_for: dict[str, str | None], cycle: tuple[str, ...]) -> None:
    """The threads of the cycle, each waiting for the next."""
    assert find_cycle(waits_for) == cycle
