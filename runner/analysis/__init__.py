"""What can be read off runs afterwards: who waits for whom; what changed from one trace to another. Pure functions over plain data.

The latter is the package `runner.analysis.difference`, which is imported where there is something to compare.
"""

from runner.analysis.waitfor import find_cycle

__all__ = ["find_cycle"]
