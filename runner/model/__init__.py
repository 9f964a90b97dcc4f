"""The model: a program's threads as data instead of stacks, so that an execution can be left in the middle and taken up there again.

It does what the interpreter does on the standard library's own code, scheduling point by scheduling point and event by event, and is held
against that by tests. What it has no rules for (timeouts, pools, timers, users' Python) it refuses, and that is executed for real.
"""

from runner.model.machine import Machine
from runner.model.supported import why_not

__all__ = ["Machine", "why_not"]
