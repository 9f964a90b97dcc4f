"""Load a scenario and run it once, as the options say."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runner.compiler import compile_cases, compile_file
from runner.compiler.imports import needs_python, with_all_python, with_python
from runner.errors import UsageError
from runner.interpreter import Listener, Outcome, execute
from runner.limits import DEFAULT, Limits
from runner.program import Program
from runner.program.schedule import Points, Schedule, Scheduler
from runner.schedulers import OverheardScheduler, ReplayScheduler, make_scheduler
from runner.substrate import ControlledSubstrate, FreeSubstrate, Pool, Substrate
from runner.substrate.controlled import DEFAULT_WALL_LIMIT

MOST = 1e6
"""Seconds of the wall limit, and times of the pace."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run. Without a policy: `random` when there is a seed, else `fifo`.

    `wall_limit` is wall seconds without progress until a run counts as hung; `pace` speeds up a free run's clock;
    `replay` is a schedule token. `max_memory` is in MiB. With `isolated` a program that calls Python code runs in a process of its own,
    which loads its file anew, with these limits: the program itself need not have been loaded with that code. `max_output` is how many
    bytes may be printed there.
    """

    policy: str | None = None
    seed: int | None = None
    free: bool = False
    pace: float = 1.0
    replay: str | None = None
    max_steps: int = DEFAULT.steps
    max_events: int = DEFAULT.events
    max_memory: int = DEFAULT.memory
    wall_limit: float = DEFAULT_WALL_LIMIT
    sync: bool = False
    isolated: Limits | None = None
    max_output: int = DEFAULT.output

    def __post_init__(self) -> None:
        """Refuse what no run can be given.

        Raises:
            UsageError: an option is out of bounds.
        """
        if not isinstance(self.seed, int | None):
            raise UsageError(f"the seed is a whole number, not {self.seed!r}")
        for name in ("max_steps", "max_events", "max_memory", "max_output"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise UsageError(f"{name} is a whole number of at least 1, not {value!r}")
        for name, value in (("wall_limit", self.wall_limit), ("pace", self.pace)):
            if not 0 < value <= MOST:
                raise UsageError(f"{name} is a number above 0 and at most {MOST:g}, not {value}")

    @property
    def schedules(self) -> bool:
        """Whether they say who goes when, or leave it to the operating system."""
        return self.free or self.policy is not None or self.seed is not None or self.replay is not None


def load(
    path: str | os.PathLike[str],
    params: Mapping[str, Any] | None = None,
    *,
    case: str | None = None,
    limits: Limits = DEFAULT,
    imports: bool = True,
) -> Program:
    """Load and compile a scenario file: with its default parameters, those of one of its cases, or one of its pinned schedules.

    The Python code that it calls is imported, where `limits.calls` allows it; without `imports` the program can be looked at, not run.

    Raises:
        ScenarioError: the file is wrong; every problem with its place.
        UsageError: `params` names no parameter of the scenario, or there is no such case.
    """
    program = compile_file(path, params, case, limits)
    return with_python(program, limits.calls) if imports else program


def load_cases(
    path: str | os.PathLike[str],
    params: Mapping[str, Any] | None = None,
    *,
    case: str | None = None,
    limits: Limits = DEFAULT,
    imports: bool = True,
) -> list[Program]:
    """Load and compile every case of a scenario file and every schedule that it pins, or the one of that name.

    A file without cases is one program, and one more for each schedule. For `imports` see `load`.

    Raises:
        ScenarioError: the file is wrong; every problem with its place.
        UsageError: `params` names no parameter of the scenario, or there is no such case.
    """
    programs = compile_cases(path, params, case, limits)
    return with_all_python(programs, limits.calls) if imports else programs


def run(
    program: Program,
    options: RunOptions | None = None,
    *,
    seed: int | None = None,
    listener: Listener | None = None,
    pool: Pool | None = None,
    chosen: Callable[[int], None] | None = None,
) -> Outcome:
    """Run a program once.

    `seed` is short for options with that seed; `listener` hears each event as it happens, `chosen` each rank as it is chosen;
    a `pool` keeps the threads for the next run:

        with runner.CarrierPool() as pool:
            outcomes = [runner.run(program, seed=seed, pool=pool) for seed in range(1000)]

    A program with a pinned schedule is run by that, unless the options say who goes when. One that was pinned for another version of
    the program is followed as far as it fits.

    Raises:
        UsageError: there is no such policy, or the token to replay does not fit.
        ScenarioError: it is isolated, and the Python code that it calls cannot be imported, or is not allowed.
    """
    options = options or RunOptions()
    if seed is not None:
        options = replace(options, seed=seed)
    if options.free and (options.policy or options.seed is not None or options.replay):
        raise UsageError("a free run is scheduled by the operating system: leave out the policy, the seed and the token")
    if options.isolated is not None and needs_python(program):
        from runner.suite.isolate import run_apart  # and with it the standard library's processes, which nobody else need wait for

        return run_apart(program, options, listener)
    if options.free:
        free = FreeSubstrate(max_steps=options.max_steps, max_memory=options.max_memory, wall_limit=options.wall_limit, pace=options.pace)
        return execute(program, free, policy="free", listener=listener, max_events=options.max_events)
    scheduler, points = scheduler_of(program, options)
    if chosen is not None:
        scheduler = OverheardScheduler(scheduler, chosen)
    substrate: Substrate = ControlledSubstrate(
        scheduler,
        points=points,
        max_steps=options.max_steps,
        max_memory=options.max_memory,
        wall_limit=options.wall_limit,
        sync=options.sync,
        pool=pool,
    )
    return execute(program, substrate, policy=scheduler.spec, seed=scheduler.seed, listener=listener, max_events=options.max_events)


def replay(program: Program, token: str, options: RunOptions | None = None, *, listener: Listener | None = None) -> Outcome:
    """Run a program again exactly as a schedule token says; a run with its own step limit or `sync` needs the same again.

    Raises:
        ReplayError: the token is malformed, or was made for another program.
    """
    return run(program, replace(options or RunOptions(), replay=token), listener=listener)


def fits(program: Program, token: str) -> bool:
    """Say whether a token was made for exactly this program with these parameters."""
    return Schedule.from_token(token).program == program.fingerprint


def scheduler_of(program: Program, options: RunOptions) -> tuple[Scheduler, Points]:
    """Return who says who goes when in a run that is not free, and where.

    Raises:
        UsageError: there is no such policy, or the token is none.
    """
    if program.schedule is not None and not options.schedules:
        return ReplayScheduler(program.schedule, strict=not program.pinned_elsewhere), program.schedule.points
    if options.replay is None:
        return make_scheduler(options.policy, options.seed), Points.STEPS
    if options.policy or options.seed is not None:
        raise UsageError("a token says who goes when: leave out the policy and the seed")
    schedule = Schedule.from_token(options.replay)
    if schedule.points in (Points.LINES, Points.ACCESSES):
        raise UsageError("the token is of a Python program, which `script` runs")
    return ReplayScheduler(schedule), schedule.points
