"""Scenario → Program: resolve names, compile expressions, flatten control flow. The last package that knows the file's form."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runner import spec
from runner.compiler.link import compile_scenario
from runner.program import Program

__all__ = ["compile_file", "compile_scenario"]


def compile_file(path: str | os.PathLike[str], params: Mapping[str, Any] | None = None) -> Program:
    """Load a scenario file and compile it, with parameters overridden.

    Raises:
        ScenarioError: the file is wrong; every problem with its place.
        UsageError: `params` names no parameter of the scenario.
    """
    return compile_scenario(spec.load(path), params)
