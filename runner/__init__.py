"""A declarative concurrency lab: scenarios in YAML, run on real `threading` objects, deterministically and in virtual time.

    import runner
    program = runner.load("scenario.yaml")
    outcome = runner.run(program, seed=7)
    again = runner.replay(program, outcome.schedule.token())
    assert runner.equal(again.trace, outcome.trace)

What is listed here is for use from Python, and docs/python.md has all of it. Names are imported when first used, so that `import runner`
and `python -m runner --version` cost next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.errors import ReplayError, RunnerError, ScenarioError, UsageError
    from runner.exploration import Exploration, ExploreOptions, Finding
    from runner.interleaving import Interleaving, interleave
    from runner.interpreter import Outcome
    from runner.limits import Limits
    from runner.program import Program
    from runner.report.traces import difference
    from runner.suite import CarrierPool, GreenletPool, Result, RunOptions, load, replay, run
    from runner.suite.exploring import explore
    from runner.suite.judge import Mismatch, judge
    from runner.suite.python import cases, check, read_trace, write_trace
    from runner.trace import Event, Trace, TraceError, equal

__version__ = "0.1.0"
__all__ = [
    "CarrierPool", "Event", "Exploration", "ExploreOptions", "Finding", "GreenletPool", "Interleaving", "Limits", "Mismatch",
    "Outcome", "Program", "ReplayError", "Result", "RunOptions", "RunnerError", "ScenarioError", "Trace", "TraceError", "UsageError",
    "__version__", "cases", "check", "difference", "equal", "explore", "interleave", "judge", "load", "read_trace", "replay", "run",
    "write_trace",
]  # fmt: skip

_HOMES = {
    "runner.errors": ("ReplayError", "RunnerError", "ScenarioError", "UsageError"),
    "runner.exploration": ("Exploration", "ExploreOptions", "Finding"),
    "runner.interleaving": ("Interleaving", "interleave"),
    "runner.interpreter": ("Outcome",),
    "runner.limits": ("Limits",),
    "runner.program": ("Program",),
    "runner.report.traces": ("difference",),
    "runner.suite": ("CarrierPool", "GreenletPool", "Mismatch", "Result", "RunOptions", "judge", "load", "replay", "run"),
    "runner.suite.exploring": ("explore",),
    "runner.suite.python": ("cases", "check", "read_trace", "write_trace"),
    "runner.trace": ("Event", "Trace", "TraceError", "equal"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # type checkers know each name, and that there are no others

    def __getattr__(name: str) -> Any:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
