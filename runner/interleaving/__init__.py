"""Explore an ordinary function that starts threads, as scenarios are: over all orders in which its threads may take turns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from runner.accesses import AccessRace
from runner.errors import Place, UsageError
from runner.exploration import Exploration, ExploreOptions, Finding, Kind, Verdict
from runner.exploration.preemptions import preempted_in
from runner.exploration.search import explore
from runner.instrument import instrumented
from runner.interleaving.calls import Calls
from runner.interleaving.explorer import POINTS, FunctionExplorer, program_of
from runner.interleaving.watching import LEVELS
from runner.interpreter import Outcome
from runner.program.schedule import Schedule
from runner.report.interleaving import interleaving
from runner.schedulers import ReplayScheduler
from runner.script.observing import short
from runner.substrate.controlled.stdlib import load_another

BETWEEN_CALLS = "what threads do to data that no lock guards: preempt='access' looks there too"
BETWEEN_LINES = "turns within a line"


@dataclass(frozen=True, slots=True)
class Interleaving:
    """What interleaving a function came to; as text, the report."""

    found: Exploration
    preempt: str
    preempted: Mapping[str, frozenset[int]]
    """Token of a finding → the events before which its schedule takes the turn from a thread that could have gone on."""

    @property
    def verdict(self) -> Verdict:
        """What may be said after it."""
        return self.found.verdict

    @property
    def executions(self) -> int:
        """How many were made to their end."""
        return self.found.executions

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, and hazards."""
        return self.found.findings

    @property
    def failures(self) -> tuple[Finding, ...]:
        """What is wrong."""
        return self.found.failures

    def __str__(self) -> str:
        return "\n".join(interleaving(self.found, self.preempted))


def interleave(
    function: Callable[..., Any],
    *,
    modules: Iterable[str] = (),
    preempt: str = "sync",
    setup: Callable[[], Any] | None = None,
    strategy: str = "dpor",
    seed: int = 0,
    max_executions: int | None = 20_000,
    max_steps: int = 10_000,
    max_seconds: float | None = None,
    first: bool = False,
    stage: Stage | None = None,
) -> Interleaving:
    """Execute a function again and again, until every order of its threads that differs was made, or the budget is spent.

    While it lasts, the module that the function is in and the `modules` named, packages with all in them that is imported by now, see
    virtual `threading`, `queue`, `time` and `concurrent.futures`. Threads may change turns before each call on those; with `preempt`
    also before each access to what may be shared, or before each line, in these modules. `setup` is called before each execution, and
    what it returns is handed to the function. `stage` is where it is done, if there is one already; its modules count then.

    Raises:
        UsageError: an option makes no sense; or two executions that chose the same do not do the same.
    """
    options = ExploreOptions(strategy, seed, POINTS[_level(preempt)], max_executions, max_steps, max_seconds=max_seconds, first=first)
    with _explorer(function, tuple(modules), setup, options, preempt, stage) as explorer:
        found = explore(explorer.program, options, explorer=lambda program, options: explorer)
        runs, names = explorer.runs, explorer.names
        runs.check()
        schedules = [each.schedule for each in found.findings if each.schedule is not None]
        preempted = {each.token(): preempted_in(runs, names, each) for each in schedules}
        source = replace(found.program.source, included=tuple(runs.calls.sources()))
    left_out = {"sync": (BETWEEN_CALLS,), "line": (BETWEEN_LINES,), "access": ()}[preempt]
    found = replace(
        found,
        program=replace(found.program, source=source),
        findings=(*found.findings, *map(_race, runs.watching.races.values())),
        left_out=(*found.left_out, *left_out),
        verdict=Verdict.BOUNDED if left_out and found.verdict is Verdict.PROVED else found.verdict,
    )
    return Interleaving(found, preempt, preempted)


def _race(race: AccessRace) -> Finding:
    what, *details = race.lines(short)
    second = race.second.site
    place = Place(f"{short(second.file)}:{second.line}", second.line, second.column, 1, short(second.file))
    key = tuple(sorted(map(str, race.sites)))
    return Finding(Kind.DATA_RACE, key, what.removeprefix("data race on "), place, 0, None, None, expected=True, details=tuple(details))


def replay(
    function: Callable[..., Any],
    token: str,
    *,
    modules: Iterable[str] = (),
    setup: Callable[[], Any] | None = None,
    stage: Stage | None = None,
) -> Outcome:
    """Execute a function once as a token says. What it was explored with has to be given again; how it was preempted the token says.

    Raises:
        UsageError: the token is of another function, or of another version of it, or fits no execution of it.
    """
    schedule = Schedule.from_token(token)
    level = next((level for level, points in POINTS.items() if points is schedule.points), "sync")
    options = ExploreOptions("random" if level == "line" else "dpor", points=schedule.points, max_steps=100_000)
    with _explorer(function, tuple(modules), setup, options, level, stage) as explorer:
        if schedule.program != explorer.program.fingerprint:
            raise UsageError("the token was made for another function, or for another version of this one: explore it again")
        outcome: Outcome = explorer.runs.replay(ReplayScheduler(schedule))
        return outcome


def _level(preempt: str) -> str:
    if preempt not in LEVELS:
        raise UsageError(f"preempt={preempt!r}: there are {', '.join(LEVELS)}")
    return preempt


class Stage:
    """A context: while it lasts, the modules named see virtual `threading`, `queue`, `time` and `concurrent.futures`.

    Functions may be interleaved on it, so that what is made before they are called is made of the same.
    """

    def __init__(self, modules: Iterable[str]) -> None:
        self.modules = tuple(dict.fromkeys(modules))
        self.calls = _calls()
        self.worn = False
        """Whether an execution has left a thread that would not end."""
        self._stack = ExitStack()

    def __enter__(self) -> Stage:
        with ExitStack() as stack:
            stack.enter_context(instrumented(_loaded(self.modules), self.calls.modules))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *about: Any) -> None:
        self._stack.close()
        if not self.worn:
            _idle.append(self.calls)


@contextmanager
def _explorer(
    function: Callable[..., Any],
    modules: tuple[str, ...],
    setup: Callable[[], Any] | None,
    options: ExploreOptions,
    level: str,
    given: Stage | None,
) -> Iterator[FunctionExplorer]:
    with nullcontext(given) if given is not None else Stage((function.__module__, *modules)) as stage:
        explorer = FunctionExplorer(program_of(function, level), options, function, setup, stage.calls, level)
        try:
            with explorer.runs.watching.watch(stage.modules), explorer:
                yield explorer
        finally:
            stage.worn |= explorer.runs.left


_idle: list[Calls] = []
"""What is used again: making it takes longer than a small exploration."""


def _calls() -> Calls:
    calls = _idle.pop() if _idle else Calls(load_another())
    calls.renew()
    return calls


def _loaded(names: tuple[str, ...]) -> list[Any]:
    """Return the modules named, and those inside of packages that are there by now."""
    import importlib

    for name in names:
        importlib.import_module(name)
    packages = tuple(f"{name}." for name in names)
    return [module for name, module in list(sys.modules.items()) if module is not None and (name in names or name.startswith(packages))]


__all__ = ["Interleaving", "Stage", "interleave", "replay"]
