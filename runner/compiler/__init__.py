"""Scenario → Program: resolve names, compile expressions, flatten control flow. The last package that knows the file's form."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runner import spec
from runner.compiler.link import compile_scenario
from runner.compiler.summary import Summary, summarize
from runner.errors import Problem, ScenarioError
from runner.limits import DEFAULT, Limits
from runner.program import Program

__all__ = ["Summary", "case_names", "compile_cases", "compile_file", "compile_scenario", "included_files", "run_names", "summarize"]


def compile_file(
    path: str | os.PathLike[str], params: Mapping[str, Any] | None = None, case: str | None = None, limits: Limits = DEFAULT
) -> Program:
    """Load a scenario file and compile it, with parameters overridden.

    Raises:
        ScenarioError: the file is wrong; every problem with its place.
        UsageError: `params` names no parameter of the scenario, or there is no such case.
    """
    with _no_collecting():
        return compile_scenario(_load(path, params, limits), params, case, limits)


def compile_cases(
    path: str | os.PathLike[str],
    params: Mapping[str, Any] | None = None,
    case: str | None = None,
    limits: Limits = DEFAULT,
    text: bytes | None = None,
) -> list[Program]:
    """Load a scenario file and compile each of its cases and pinned schedules, or only the one of that name.

    `text` is what the file is taken to hold.

    Raises:
        ScenarioError: the file is wrong; every problem with its place, whichever case it comes up in.
        UsageError: `params` names no parameter of the scenario, or there is no such case.
    """
    with _no_collecting():
        loaded = _load(path, params, limits, text)
        programs: list[Program] = []
        problems: dict[Problem, None] = {}
        for each in [case] if case is not None else _runs(loaded.scenario):
            try:
                programs.append(compile_scenario(loaded, params, each, limits))
            except ScenarioError as error:
                problems.update(dict.fromkeys(error.problems))
        if problems:
            raise ScenarioError(loaded.source.text, problems)
    return programs


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Keep the garbage collector out, which would take a quarter of the time.

    Loading a large file makes many objects and next to no garbage, and the collector would look at all of them again and again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def case_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the names of a scenario file's cases.

    Raises:
        ScenarioError: the file is wrong.
    """
    return tuple(spec.load(path).scenario.cases or ())


def run_names(path: str | os.PathLike[str]) -> tuple[str | None, ...]:
    """Return the names of all runs of a scenario file: its cases, or None for a file without, then its pinned schedules.

    Raises:
        ScenarioError: the file is wrong.
    """
    return _runs(spec.load(path).scenario)


def _runs(scenario: spec.Scenario) -> tuple[str | None, ...]:
    return (*(scenario.cases or [None]), *(scenario.schedules or ()))


def included_files(path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Return the files that a scenario file includes, itself and by another one.

    Raises:
        ScenarioError: the file, or one of those, is wrong.
    """
    return getattr(spec.load(path).source, "files", ())


def _load(path: str | os.PathLike[str], params: Mapping[str, Any] | None, limits: Limits, text: bytes | None = None) -> spec.Loaded:
    try:
        return spec.load(path, limits) if text is None else spec.loads(text, os.fspath(path), limits, Path(path).parent)
    except spec.DamagedScenarioError as error:
        raise ScenarioError(error.source, [*error.problems, *_more_problems(error.rest, params, limits)]) from None


def _more_problems(rest: spec.Loaded | None, params: Mapping[str, Any] | None, limits: Limits) -> list[Problem]:
    """Find what else is wrong in a damaged file. A step that could not be read may have named values, so unknown names say nothing."""
    if rest is None:
        return []
    try:
        compile_scenario(rest, params, limits=limits)
    except ScenarioError as error:
        return [problem for problem in error.problems if problem.code != "unknown-name"]
    return []
