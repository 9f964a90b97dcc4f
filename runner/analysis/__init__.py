"""What can be read off runs afterwards: who waits for whom, what orders what, and what is wrong with that. Pure functions over plain data.

What changed from one trace to another is the package `runner.analysis.difference`, which is imported where there is something to compare.
"""

from runner.analysis.happens_before import Order, happens_before
from runner.analysis.livelock import Endless, Why, classify_endless
from runner.analysis.lock_order import Inversion, LockOrder
from runner.analysis.races import DataRaces, Race, data_races
from runner.analysis.waitfor import find_cycle
from runner.analysis.wakeups import Sort, Stuck, classify_deadlock

__all__ = [
    "DataRaces", "Endless", "Inversion", "LockOrder", "Order", "Race", "Sort", "Stuck", "Why",
    "classify_deadlock", "classify_endless", "data_races", "find_cycle", "happens_before",
]  # fmt: skip
