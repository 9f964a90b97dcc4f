"""Is what real threads did something that the program may do? A free run's history is held against controlled executions.

A free run cannot be compared with a golden byte for byte. What can be asked is whether its events, each thread's in their own order, are
those of *some* execution of the program, and whether that execution respects what was seen to come before what. This is the question of
linearizability (Herlihy and Wing, 1990), the program on the controlled substrate being the specification; it is answered by search, as
Wing and Gong (1993) do it.
"""

from runner.conformance.history import History, each_own, observed
from runner.conformance.search import BUDGETS, Finding, explain

__all__ = ["BUDGETS", "Finding", "History", "each_own", "explain", "observed"]
