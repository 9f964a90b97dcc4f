"""Pin a schedule in a scenario file: the entry under `schedules` and the golden of the run by it, both or neither."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from runner import spec
from runner.compiler import compile_scenario
from runner.compiler.imports import with_python
from runner.errors import ScenarioError, UsageError
from runner.golden import change_goldens, golden_of, in_ci, pending_of, recover
from runner.golden.files import content
from runner.golden.names import ENDINGS
from runner.limits import DEFAULT, Limits
from runner.program import Program
from runner.program.schedule import Schedule
from runner.spec.insert import with_schedule
from runner.spec.models import RUN_NAME
from runner.suite.accept import same_again
from runner.suite.judge import judge
from runner.suite.launch import RunOptions, run
from runner.trace import encode

_CALLED = {"failed": "exception", "completed": "schedule"}
"""What a schedule is called, by the outcome that it leads to, where that does not say it."""


def pin(
    path: Path,
    program: Program,
    schedule: Schedule,
    *,
    name: str | None = None,
    note: str | None = None,
    allow_ci: bool = False,
    limits: Limits = DEFAULT,
) -> str:
    """Pin a schedule of a file's program in the file, with the golden of the run by it, and return the name that it has there.

    `program` is that of the file, or of one of its cases, as it is loaded. Without a `name` it is one after how the run ends, such as
    `deadlock-1`. The file gets one entry more under `schedules`, and no other byte of it changes. It and the golden are written together
    or not at all. Where the very same schedule is pinned already, nothing changes: see `pinned_as`.

    Raises:
        ScenarioError: the file is wrong.
        UsageError: the schedule is of another program than the file's, the name is taken or cannot be one, the run does not come again,
            no line can be added to the file, a file cannot be written, or this is CI. Nothing is written then.
    """
    if in_ci() and not allow_ci:
        raise UsageError("no schedule is pinned in CI (the environment variable CI is set): goldens are not written there")
    if path.suffix not in ENDINGS:
        raise UsageError(f"cannot pin a schedule in {path}: a scenario's file ends with {' or '.join(ENDINGS)}")
    recover([path.parent])
    data = spec.read(path, limits)
    loaded = spec.loads(data, str(path), limits, path.parent)
    case = _case(loaded.scenario, program)
    now = with_python(compile_scenario(loaded, case=case, limits=limits), limits.calls)
    if schedule.program != now.fingerprint:
        raise UsageError(
            f"the schedule was made for another version of {path} than it is now, or with other parameters; "
            "parameters that a schedule is to be pinned with must be the file's, or those of a case"
        )
    known = _name_of(loaded.scenario, schedule, case)
    if known is not None:
        if name not in (None, known):
            raise UsageError(f"{path} has this very schedule pinned already, as {known!r}; nothing was changed")
        return known
    if name is None:
        verdict = run(now, RunOptions(replay=schedule.token())).verdict
        stem = _CALLED.get(verdict, verdict.replace("_", "-"))
        name = next(each for each in _numbered(stem) if _taken(path, loaded.scenario, each) is None)
    elif (taken := _taken(path, loaded.scenario, name)) is not None:
        raise UsageError(f"cannot pin a schedule as {name!r}: {taken}")
    entry = {"token": schedule.token(), "case": case, "note": note}
    text = with_schedule(data.decode(), name, {key: value for key, value in entry.items() if value is not None})
    golden = _run(path, text, name, limits)
    if content(path) != data:
        raise UsageError(f"{path} was changed by somebody else just now; nothing was written")
    change_goldens({path: text, golden_of(path, name): golden})
    return name


def pinned_as(path: Path, program: Program, schedule: Schedule, limits: Limits = DEFAULT) -> str | None:
    """Return the name by which a file has this very schedule pinned already, whichever strategy found it; None if it has not.

    Raises:
        ScenarioError: the file is wrong.
    """
    scenario = spec.load(path, limits).scenario
    return _name_of(scenario, schedule, _case(scenario, program))


def _case(scenario: spec.Scenario, program: Program) -> str | None:
    """Return the case that a program is of; a pinned one is of its pin's."""
    known = (scenario.schedules or {}).get(program.case or "")
    return program.case if known is None else known.case


def _name_of(scenario: spec.Scenario, schedule: Schedule, case: str | None) -> str | None:
    wanted = _who_goes_when(schedule)
    pins = (scenario.schedules or {}).items()
    return next((name for name, pin in pins if pin.case == case and _who_goes_when(Schedule.from_token(pin.token)) == wanted), None)


def _who_goes_when(schedule: Schedule) -> str:
    return replace(schedule, policy="", seed=None).token()


def _numbered(stem: str) -> Iterator[str]:
    return (f"{stem}-{number}" for number in count(1))


def _taken(path: Path, scenario: spec.Scenario, name: str) -> str | None:
    """Say why a name cannot be had: what has it, or a golden by it, already; None if it can."""
    if not RUN_NAME.fullmatch(name):
        return "it is part of a file's name, so use letters, digits, _ . and -"
    for what, names in (("case", scenario.cases), ("pinned schedule", scenario.schedules)):
        other = next((each for each in names or () if each.lower() == name.lower()), None)
        if other is not None:
            return f"{path} has a {what} {other!r}"
    golden = golden_of(path, name)
    files = [golden, pending_of(golden), *(path.with_name(f"{path.stem}[{name}]{ending}") for ending in ENDINGS)]
    found = next((file for file in files if file.exists()), None)
    return None if found is None else f"there is a file {found}"


def _run(path: Path, text: str, name: str, limits: Limits) -> str:
    """Return the golden of the new pin, and see to it that the new text is a scenario and the run the same twice."""
    try:
        loaded = spec.loads(text.encode(), str(path), limits, path.parent)
        program = with_python(compile_scenario(loaded, case=name, limits=limits), limits.calls)
    except ScenarioError as error:
        raise UsageError(f"cannot pin a schedule as {name!r}: {error.problems[0].message}; nothing was written") from None
    outcome = run(program)
    if outcome.verdict == "interrupted":
        raise KeyboardInterrupt
    for mismatch in judge(program, outcome):
        raise UsageError(f"{mismatch.message}; nothing was written")
    golden = encode(outcome.trace)
    if not same_again(golden, partial(run, program)):
        raise UsageError(f"{path} gave two different traces when run twice by the schedule; nothing was written")
    return golden
