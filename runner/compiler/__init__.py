"""Scenario → Program: resolve names, compile expressions, flatten control flow. The last package that knows the file's form."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runner import spec
from runner.compiler.link import compile_scenario
from runner.errors import Problem, ScenarioError
from runner.program import Program

__all__ = ["compile_file", "compile_scenario"]


def compile_file(path: str | os.PathLike[str], params: Mapping[str, Any] | None = None) -> Program:
    """Load a scenario file and compile it, with parameters overridden.

    Raises:
        ScenarioError: the file is wrong; every problem with its place.
        UsageError: `params` names no parameter of the scenario.
    """
    try:
        loaded = spec.load(path)
    except spec.DamagedScenarioError as error:
        raise ScenarioError(error.source, [*error.problems, *_more_problems(error.rest, params)]) from None
    return compile_scenario(loaded, params)


def _more_problems(rest: spec.Loaded | None, params: Mapping[str, Any] | None) -> list[Problem]:
    """Find what else is wrong in a damaged file. A step that could not be read may have named values, so unknown names say nothing."""
    if rest is None:
        return []
    try:
        compile_scenario(rest, params)
    except ScenarioError as error:
        return [problem for problem in error.problems if problem.code != "unknown-name"]
    return []
