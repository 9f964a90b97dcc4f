"""Every target in one place: by a measurement's name, the most that its ratio may be. What is not listed is only reported.

Those of the engine follow from the same yardstick: a raw hand-off between two pinned threads takes about 3 µs on the
machine where the engine was designed; there a point that switches nothing may take 2 µs, and 3,000 executions a second
leave 333 µs, or 111 hand-offs, for each. The budgets of starting up are what it costs now and some room, as guards
against an import too many. The plugin may cost a suite without scenarios 15 ms, where pytest alone takes 250.
"""

from __future__ import annotations

EXPLORED = (
    "counter, 2 threads",
    "counter, 3 threads",
    "counter, 3 threads, twice",
    "locked counter, 2 threads",
    "abba",
    "dining 3",
    "dining 3, ordered",
    "buffer, notify",
    "buffer, notify_all",
    "queue, order of two producers",
)
"""What is explored side by side: twenty executions for one of frontrun's, and no later at a verdict."""

INTERLEAVED = (
    "theirs: counter",
    "theirs: counter, 3 threads, twice",
    "theirs: locked counter",
    "theirs: two balances",
    "theirs: transfers",
    "theirs: locked transfers",
    "theirs: dining philosophers",
    *(
        f"{name}, {kind}"
        for name in (
            "bank, deposits",
            "bank, transfers",
            "cache, get",
            "cache, counts",
            "pool, three users",
            "pool, one connection",
            "rotating writer",
            "event bus",
            "rate limiter",
        )
        for kind in ("bug", "repaired")
    ),
)
"""Python code that is explored side by side: ten executions at `sync` for one of frontrun's, and at `access` no later at a verdict."""

TARGETS: dict[str, float] = {
    "switch, 2 threads": 2.5,
    "switch, 8 threads": 2.5,
    "point without a switch, others enabled": 0.67,
    "point without a switch, alone": 0.67,
    "execution, 2 threads × 2 increments": 111,
    "free run": 1.3,
    "runner --version": 5,
    "runner --help": 8,
    "runner run, 100 lines": 50,
    "pytest without scenarios, 1 test": 1.06,
    "pytest without scenarios, 1,000 tests": 1.04,
    "read and build 10,000 lines": 2.5,
    "validate 10,000 lines": 2.5,
    **{f"{name}: an execution": 0.05 for name in EXPLORED},
    **{f"{name}: to the verdict": 1 for name in EXPLORED},
    **{f"{name}: an execution at sync": 0.1 for name in INTERLEAVED},
    **{f"{name}: to the verdict at {grain}": 1 for name in INTERLEAVED for grain in ("sync", "access")},
}
