"""What only Python programs ask for: whether one scenario is as it should be, what cases it has, traces read and written."""

from __future__ import annotations

import os
from pathlib import Path

from runner.compiler import case_names
from runner.errors import UsageError
from runner.golden import write_all
from runner.limits import DEFAULT, Limits
from runner.suite.check import Result, check_file, check_scenario
from runner.suite.launch import RunOptions
from runner.trace import Trace, decode, encode


def cases(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the names of a scenario file's cases; none for a file without.

    Raises:
        ScenarioError: the file is wrong.
    """
    return case_names(path)


def check(path: str | os.PathLike[str], *, case: str | None = None, options: RunOptions | None = None, limits: Limits = DEFAULT) -> Result:
    """Run a scenario as `test` does, hold it against its expectations and its golden, and write nothing.

    A file that is wrong gives a result too, which has not passed.

    Raises:
        UsageError: the file has cases and none is named, or there is no such case.
    """
    file = Path(path)
    if case is not None:
        return check_scenario(file, options, case=case, limits=limits, keep_pending=False)
    result = next(check_file(file, options, limits=limits, keep_pending=False))
    if result.case is not None:
        raise UsageError(f"{file} has cases: name one of {', '.join(cases(file))}")
    return result


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Read a trace file: a golden, or what `run --trace` wrote.

    Raises:
        TraceError: it is no trace, or one that this version cannot read; the message has its line.
        UsageError: the file cannot be read.
    """
    name = os.fspath(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
    return decode(data, name)


def write_trace(path: str | os.PathLike[str], trace: Trace) -> None:
    """Write a trace file in canonical form: equal traces are equal bytes. The file is old or new, never half.

    Raises:
        UsageError: the file cannot be written.
    """
    write_all({Path(path): encode(trace)})
