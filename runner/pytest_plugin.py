"""The pytest plugin: each scenario in the configured folders is a test item, compared with its golden.

    [tool.pytest.ini_options]
    scenario_paths = ["scenarios"]       # none by default: the plugin then does nothing
    scenario_files = ["*.yaml", "*.yml"]

Nothing else of the package is imported until there is a scenario to collect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from runner.suite import Result


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings that say where scenarios are."""
    parser.addini("scenario_paths", "Folders whose scenarios are tests.", type="paths", default=[])
    parser.addini("scenario_files", "Patterns for scenario files in those folders.", type="args", default=["*.yaml", "*.yml"])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a scenario file."""
    config = parent.config
    if file_path.name.startswith((".", "_")) or not any(fnmatch(file_path.name, pattern) for pattern in config.getini("scenario_files")):
        return None
    folders: Iterable[Path] = config.getini("scenario_paths")
    if not any(file_path.is_relative_to(folder) for folder in folders):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


class ScenarioFile(pytest.File):
    """A scenario file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each of its cases; one for a file without cases, or one that is wrong."""
        for case in _cases(self.path):
            yield ScenarioItem.from_parent(self, name=self.path.stem if case is None else f"{self.path.stem}[{case}]", case=case)


def _cases(path: Path) -> Iterable[str | None]:
    """Return the names of a file's cases; None for that of a file without."""
    from runner.golden import may_have_cases

    if not may_have_cases(path):
        return (None,)
    from runner.compiler import case_names
    from runner.errors import ScenarioError

    try:
        return case_names(path) or (None,)
    except ScenarioError:
        return (None,)


class ScenarioFailure(Exception):
    """A scenario did not do what it should; `str` of it is the whole report."""


class ScenarioItem(pytest.Item):
    """One run of a scenario."""

    def __init__(self, case: str | None = None, **others: Any) -> None:
        super().__init__(**others)
        self.case = case

    def runtest(self) -> None:
        """Run the scenario and compare it with its golden."""
        from runner.golden import in_ci
        from runner.suite import check_scenario

        result = check_scenario(self._shown_path(), case=self.case, keep_pending=not in_ci())
        if result.code == 130:
            raise KeyboardInterrupt
        if not result.passed:
            raise ScenarioFailure("\n".join(_report(result)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what differs; a traceback through the runner would tell nothing."""
        if isinstance(excinfo.value, ScenarioFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the scenario is."""
        return self.path, 0, f"scenario {self.name}"

    def _shown_path(self) -> Path:
        """Return the path as messages should show it: relative to where pytest was started, if it is below."""
        here = Path.cwd()
        return self.path.relative_to(here) if self.path.is_relative_to(here) else self.path


def _report(result: Result) -> Iterator[str]:
    from runner.report.difference import difference
    from runner.report.problems import render
    from runner.report.words import mismatch_lines, summary

    if result.invalid is not None:
        yield render(result.invalid)
        return
    if result.program is not None and result.outcome is not None:
        if result.mismatches:
            yield from summary(result.program, result.outcome)
            yield from mismatch_lines(result.program, result.mismatches)
        yield from difference(result, 100)
