"""Goldens that belong to no scenario: looked for once, where all scenarios ran, by the process that reports."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from runner.pytest_plugin.collect import Collection, ScenarioItem
from runner.pytest_plugin.paths import ENDINGS, shown

CHOICES = ("fail", "warn", "ignore")
CHOOSES = ("keyword", "markexpr", "deselect", "lf", "stepwise", "collectonly", "setuponly", "setupplan")
"""Options with which a run is none of everything."""
RAN = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
_PARTIAL = "scenarios_partial"


class Obsolete:
    """Looks for obsolete goldens at a session's end, in the folders that it was asked to run as a whole.

    What is obsolete is decided by the files that there are, never by what was collected: a scenario that a conftest leaves out keeps its
    golden. That all scenarios of a folder ran is a condition only for speaking of it, so that a run of a few tests is not troubled.
    With pytest-xdist each worker tells the controller whether it left scenarios out.
    """

    def __init__(self, config: pytest.Config, collection: Collection) -> None:
        self._config = config
        self._collection = collection
        self._choice: str = config.getini("scenario_obsolete")
        if self._choice not in CHOICES:
            raise pytest.UsageError(f"scenario_obsolete is fail, warn or ignore, not {self._choice!r}")
        self._ran = False
        self._partial = any(config.getoption(name, default=None) for name in CHOOSES)
        self._found: tuple[Path, ...] = ()
        self._folders: Sequence[Path] = ()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Note that tests are run: `--fixtures` and the like open a session too."""
        self._ran = True

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        """Note that scenarios are left out."""
        self._partial = self._partial or any(isinstance(item, ScenarioItem) for item in items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that something could not be collected."""
        self._partial = self._partial or report.failed

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:
        """Hear from a worker of pytest-xdist that has ended."""
        self._partial = self._partial or bool(error) or bool(getattr(node, "workeroutput", {}).get(_PARTIAL))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Look for obsolete goldens, and let the session fail if there are any."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_PARTIAL] = self._partial
            return
        stopped = session.shouldstop or session.shouldfail
        if self._choice == "ignore" or self._partial or stopped or not self._ran or exitstatus not in RAN:
            return
        self._folders = self._whole_folders()
        self._found = self._look() if self._folders else ()
        if self._found and self._choice == "fail":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the obsolete goldens, and the command that deletes them."""
        if not self._found:
            return
        from shlex import quote

        from runner.report.log_commands import without_commands

        fails = self._choice == "fail"
        terminalreporter.section("obsolete goldens", red=fails, yellow=not fails)
        for golden in self._found:
            terminalreporter.line(without_commands(f"{golden} belongs to no scenario"))
        folders = " ".join(quote(str(folder)) for folder in self._folders)
        reports = [pytest.TestReport(str(golden), (str(golden), None, ""), {}, "failed", None, "call") for golden in self._found]
        terminalreporter.stats["obsolete"] = reports  # so that the last line does not speak of passes only
        terminalreporter.line(without_commands(f"bring the scenario back, or delete: python -m runner prune {folders}"))

    def _whole_folders(self) -> list[Path]:
        """Return the folders of scenarios that pytest was asked to run as a whole."""
        here = self._config.invocation_params.dir
        folders: dict[Path, None] = {}
        for argument in self._config.args:
            asked = Path(os.path.abspath(here / argument))
            if asked.is_dir():
                for folder in self._collection.folders:
                    if asked.is_relative_to(folder):
                        folders[asked] = None
                    elif folder.is_relative_to(asked) and folder.is_dir():
                        folders[folder] = None
        return [shown(folder) for folder in folders]

    def _look(self) -> tuple[Path, ...]:
        from runner.errors import UsageError
        from runner.suite import discover

        try:
            found = discover(self._folders).obsolete
            others = {
                path for golden in found for path in golden.parent.iterdir() if path.suffix not in ENDINGS and self._collection.has(path)
            }
            return discover([*self._folders, *sorted(others)]).obsolete if others else found
        except UsageError:  # two scenarios with one golden, of which one was not collected
            return ()
