"""Scenario files as test items: which are collected, what they are called and marked with, what running one means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from runner.pytest_plugin.headings import Headings, MarkerNames, headings_of
from runner.pytest_plugin.paths import ENDINGS, limits_of, shown

CHOICES = ("false", "true", "bounded")
EXPLORED = "+explore"
"""What the name of a scenario's exploration ends with."""


class Collection:
    """The hook that collects; registered only where folders are configured."""

    def __init__(self, config: pytest.Config) -> None:
        self.folders: list[Path] = config.getini("scenario_paths")
        self._patterns: list[str] = config.getini("scenario_files")
        self.markers = MarkerNames(config)
        choice: str = config.getini("scenario_explore")
        if choice not in CHOICES:
            raise pytest.UsageError(f"scenario_explore is false, true or bounded, not {choice!r}")
        self.explore = choice != "false" or config.getoption("explore")
        self.allow_bounded = choice == "bounded"

    def has(self, path: Path) -> bool:
        """Say whether a file in one of the folders is a scenario, by its name."""
        return not path.name.startswith((".", "_")) and any(fnmatch(path.name, pattern) for pattern in self._patterns)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a scenario file."""
        if not self.has(file_path) or not any(file_path.is_relative_to(folder) for folder in self.folders):
            return None
        file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path, collection=self)
        return file


class ScenarioFile(pytest.File):
    """A scenario file."""

    def __init__(self, collection: Collection, **others: Any) -> None:
        super().__init__(**others)
        self._collection = collection

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each of its cases and pinned schedules, and one for each that is explored; one for a file that is wrong."""
        self._refuse_shared_golden()
        try:
            headings = headings_of(self.path)
        except OSError as error:
            raise self.CollectError(f"{shown(self.path)}: cannot be read: {error.strerror}") from None
        cases: dict[str, tuple[str | None, int]] = {f"{self.path.stem}[{case}]": (case, line) for case, line in headings.cases.items()}
        pins = {f"{self.path.stem}[{pin}]": (pin, line) for pin, line in headings.pins.items()}
        for name, (case, line) in ((cases or {self.path.stem: (None, 1)}) | pins).items():
            yield self._marked(ScenarioItem.from_parent(self, name=name, case=case, line=line), headings)
            if self._collection.explore and name not in pins:
                allow = self._collection.allow_bounded
                item = ExploreItem.from_parent(self, name=name + EXPLORED, case=case, line=line, allow_bounded=allow)
                item.add_marker("explore")
                yield self._marked(item, headings)

    def _marked(self, item: pytest.Item, headings: Headings) -> pytest.Item:
        item.add_marker("scenario")
        for tag in dict.fromkeys(headings.tags):
            item.extra_keyword_matches.add(tag)
            if marker := self._collection.markers.of(tag):
                item.add_marker(marker)
        return item

    def _refuse_shared_golden(self) -> None:
        """Raise an error where another scenario would have the same golden. Only names that may collide cost an import."""
        others = [self.path.with_suffix(ending) for ending in ENDINGS if ending != self.path.suffix]
        rivals = [other for other in others if self._collection.has(other) and other.exists()]
        if not rivals and "[" not in self.path.stem:
            return
        from runner.errors import UsageError
        from runner.suite import discover

        try:
            discover(sorted(map(shown, (self.path, *rivals))))
        except UsageError as error:
            raise self.CollectError(str(error)) from None


class ScenarioItem(pytest.Item):
    """One run of a scenario."""

    def __init__(self, case: str | None, line: int, **others: Any) -> None:
        super().__init__(**others)
        self.case = case
        self._where = (self.path, line)

    def runtest(self) -> None:
        """Run the scenario and compare it with its golden, or take its trace as the new one."""
        from runner.golden import golden_of, in_ci
        from runner.pytest_plugin.failure import raise_failure
        from runner.pytest_plugin.update import update_of
        from runner.suite import check_scenario, run

        update = update_of(self.config)
        result = check_scenario(
            shown(self.path), case=self.case, limits=limits_of(self.config), keep_pending=update is None and not in_ci()
        )
        if update is None or result.program is None or result.outcome is None:
            raise_failure(result)
            return
        program, outcome = result.program, result.outcome
        update.take(golden_of(self.path, self.case), result, outcome, lambda: run(program))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what differs; a traceback through the runner would tell nothing."""
        from runner.pytest_plugin.failure import ScenarioFailure, long_text

        failure = excinfo.value
        if not isinstance(failure, ScenarioFailure):
            return super().repr_failure(excinfo, style)
        self.user_properties[:] = [*(each for each in self.user_properties if each[0] != "place"), ("place", failure.where)]
        self._where = (Path(os.path.abspath(failure.file)), failure.place.line)
        self.__dict__.pop("location", None)  # kept from when the test began: the report is to have the place that failed
        return long_text(failure, brief=self.config.getoption("tbstyle", "auto") == "line")

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the scenario is: its first line, or its case's; once it has failed, the place that is to blame."""
        path, line = self._where
        return path, line - 1, f"scenario {self.name}"


class ExploreItem(ScenarioItem):
    """A search of all of a scenario's interleavings."""

    def __init__(self, allow_bounded: bool, **others: Any) -> None:
        super().__init__(**others)
        self._allow_bounded = allow_bounded

    def runtest(self) -> None:
        """Explore the scenario; what was left out because of a bound is a failure unless that is allowed."""
        from runner.errors import ScenarioError
        from runner.pytest_plugin.failure import raise_failure, raise_findings
        from runner.suite import Result, load
        from runner.suite.exploring import explore
        from runner.suite.judge import INVALID

        path, limits = shown(self.path), limits_of(self.config)
        try:
            program = load(path, case=self.case, limits=limits)
        except ScenarioError as error:
            raise_failure(Result(path, INVALID, self.case, invalid=error))
            return
        raise_findings(explore(program, limits=limits), allow_bounded=self._allow_bounded)
