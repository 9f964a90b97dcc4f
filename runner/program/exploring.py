"""How a scenario wants its interleavings explored: the words for it, and what its file says. Knows nothing of how that is done."""

from __future__ import annotations

from dataclasses import dataclass

from runner.program.schedule import Points

STRATEGIES = ("dpor", "dfs", "delay", "states", "random", "pct", "pos")
"""What may stand before a strategy's number."""
WALKS = ("random", "pct", "pos")
"""Those that make as many executions as are granted, by a seed."""
NUMBERED = ("dfs", "delay", "pct")
"""Those that take a number."""
DEFAULT_DELAYS = 2
"""What `delay` means without a number."""
TIMES = {"ordered": Points.ENDS, "any": Points.ANY}
"""Whether virtual deadlines order things, or any sleep or timeout may end at any moment after it began."""


@dataclass(frozen=True, slots=True)
class ExploreSettings:
    """What a file's `explore` section says; None where it leaves that to whoever explores."""

    strategy: str | None = None
    seed: int | None = None
    time: str | None = None
    """A word of `TIMES`."""
    max_executions: int | None = None
    max_states: int | None = None
    max_steps: int | None = None


def is_walk(strategy: str) -> bool:
    """Say whether chance has a say in a strategy."""
    return strategy.partition(":")[0] in WALKS


def wrong_strategy(spec: str) -> str | None:
    """Say what is wrong with a strategy as it is written; None where there is one of that name, with a number that it takes."""
    name, _, number = spec.partition(":")
    if name not in STRATEGIES:
        return f"there is no strategy {spec!r}; there are dpor, dfs, dfs:PREEMPTIONS, delay:DELAYS, states, random, pct:DEPTH and pos"
    if ":" in spec and (name not in NUMBERED or not (number.isascii() and number.isdigit()) or len(number) > 4 or int(number) > 1000):
        return f"{spec!r}: only dfs, delay and pct take a number, as in dfs:2, delay:2 and pct:3, up to 1000"
    if name == "pct" and number and int(number) < 1:
        return f"{spec!r}: the depth is at least 1"
    return None
