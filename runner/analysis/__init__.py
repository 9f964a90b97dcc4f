"""What can be read off a run afterwards: who waits for whom. Pure functions over plain data."""

from runner.analysis.waitfor import find_cycle

__all__ = ["find_cycle"]
