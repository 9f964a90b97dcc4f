"""What tests of the plugin share: pytest sessions at a desk, in a project with scenarios."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from runner.suite import accept_all

HELLO = "main: [{print: hello}]"
SETTINGS = """
[tool.pytest.ini_options]
scenario_paths = ["scenarios"]
filterwarnings = ["error"]
addopts = ["--strict-markers"]
"""

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test as if at a desk, with no options from outside."""
    for name in ("CI", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")  # older versions of pytest cut a summary's lines at the terminal's width, whatever -vv says


@pytest.fixture
def write(pytester: pytest.Pytester) -> Write:
    """`write(name, text)` writes a scenario; `schema: 1` may be left out of the text."""

    def write(name: str, text: str = HELLO) -> Path:
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("schema: 1\n" + dedent(text), "utf-8")
        return path

    return write


@pytest.fixture
def settings(pytester: pytest.Pytester) -> str:
    """Settings that make the scenarios below `scenarios` tests, in the project's file already."""
    pytester.makefile(".toml", pyproject=SETTINGS)
    return SETTINGS


@pytest.fixture
def project(pytester: pytest.Pytester, write: Write, settings: str) -> pytest.Pytester:
    """Make a project with two scenarios that pass."""
    accept_all([write("scenarios/hello.yaml"), write("scenarios/deep/other.yml")])
    return pytester


@pytest.fixture
def files(pytester: pytest.Pytester) -> Callable[[], dict[str, bytes]]:
    """`files()` gives the content of every file below `scenarios`."""
    folder = pytester.path / "scenarios"
    return lambda: {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
