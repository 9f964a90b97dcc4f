"""What can be read off runs afterwards: who waits for whom, what orders what, and what is wrong with that. Pure functions over plain data.

What changed from one trace to another is the package `runner.analysis.difference`, which is imported where there is something to compare.
So is what only those need who explore: every run imports this package, for the circle of its deadlock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.analysis.waitfor import find_cycle

if TYPE_CHECKING:
    from runner.analysis.happens_before import Order, order_of
    from runner.analysis.livelock import Endless, Why, classify_endless
    from runner.analysis.lock_order import Inversion, LockOrder
    from runner.analysis.races import DataRaces, Race, data_races
    from runner.analysis.wakeups import Sort, Stuck, classify_deadlock

__all__ = [
    "DataRaces", "Endless", "Inversion", "LockOrder", "Order", "Race", "Sort", "Stuck", "Why",
    "classify_deadlock", "classify_endless", "data_races", "find_cycle", "order_of",
]  # fmt: skip

_HOMES = {
    "happens_before": ("Order", "order_of"),
    "livelock": ("Endless", "Why", "classify_endless"),
    "lock_order": ("Inversion", "LockOrder"),
    "races": ("DataRaces", "Race", "data_races"),
    "wakeups": ("Sort", "Stuck", "classify_deadlock"),
}

if not TYPE_CHECKING:  # type checkers know each name, and that there are no others

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        for home, names in _HOMES.items():
            if name in names:
                value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
