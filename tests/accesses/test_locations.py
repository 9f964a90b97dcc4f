"""Locations: their names, who shares them, and what becomes of those of objects that are gone."""

from __future__ import annotations

import gc
import weakref

from runner.accesses import Locations


class Box:
    """Something with attributes."""

    def __init__(self) -> None:
        self.items: list[int] = []


def test_names_by_order() -> None:
    """Objects of a class are numbered as they come."""
    locations, first, second = Locations(), Box(), Box()
    assert [locations.of(each, "n", 1).name for each in (first, second, first)] == ["Box.n", "Box#2.n", "Box.n"]


def test_named_by_where_it_was_read() -> None:
    """A container has the name of what it was read from."""
    locations, box = Locations(), Box()
    locations.of(box, "items", 1)
    locations.of(box, "n", 1)
    assert locations.of(box.items, None, 1).name == "Box.items[*]"
    assert locations.of(box.items, (0,), 1).general == "Box.items[*]"


def test_items_meet_the_whole() -> None:
    """An item meets all items, and no other item; an attribute meets itself."""
    locations, box = Locations(), Box()
    whole, first, second = (locations.of(box.items, key, 1) for key in (None, (0,), (1,)))
    n, m = locations.of(box, "n", 1), locations.of(box, "m", 1)
    assert [one.meets(other) for one, other in ((whole, first), (second, whole), (first, first), (n, n))] == [True] * 4
    assert [first.meets(second), n.meets(m), n.meets(whole)] == [False] * 3


def test_contended() -> None:
    """Something is contended once a second thread has touched it, and somebody has written it since."""
    sharing = Locations().of(Box(), "n", 1).sharing
    steps = [(1, "write"), (1, "read"), (2, "read"), (1, "read"), (1, "write"), (2, "read")]
    assert [sharing.touch(thread, kind) for thread, kind in steps] == [False, False, False, False, True, True]  # type: ignore[arg-type]


def test_nothing_is_kept() -> None:
    """Objects go when the program lets them go; containers not much later, and no two are taken for one."""
    locations, box = Locations(), Box()
    locations.of(box, "n", 1)
    gone = weakref.ref(box)
    del box
    assert gone() is None
    assert len({locations.of([number], None, 1).name for number in range(1000)}) == 1000
    gc.collect()
    assert len(locations._things) < 300
