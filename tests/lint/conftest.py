"""What the linter's tests share: what it says of a scenario given as text."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from runner.compiler import compile_scenario
from runner.errors import Problem
from runner.lint import lint
from runner.spec import loads


@pytest.fixture
def warnings() -> Callable[[str], list[Problem]]:
    """`warnings(text)` lints a scenario; `schema: 1` may be left out of the text, so its first line is line 2."""

    def warnings(text: str) -> list[Problem]:
        loaded = loads("schema: 1\n" + dedent(text).lstrip("\n"), "x.yaml")
        return lint([compile_scenario(loaded, {}, case) for case in loaded.scenario.cases or [None]])

    return warnings
