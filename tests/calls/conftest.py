"""What tests of calls share: the code that they call can be found, and is new to each test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.compiler.imports import with_python
from runner.interpreter import Outcome
from runner.program import Program

CODE = Path(__file__).parent / "code"


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the code found, and imported anew: a module's globals last as long as the module."""
    monkeypatch.setattr(sys, "path", [str(CODE), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("shop", "found"):
            del sys.modules[name]


@pytest.fixture
def ready(compile_text: Callable[..., Program]) -> Callable[..., Program]:
    """`ready(text)` gives a Program that can be run: all of `shop` is allowed."""
    return lambda text, **params: with_python(compile_text(text, **params), ("shop",))


@pytest.fixture
def call(ready: Callable[..., Program], run_program: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """`call(text)` runs a scenario and gives its Outcome."""
    return lambda text, *arguments, **options: run_program(ready(text), *arguments, **options)
