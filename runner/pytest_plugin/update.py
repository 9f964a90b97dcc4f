"""`--update-golden`: the traces of a session's scenarios become their goldens, all of them or none, when it has ended well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.golden import in_ci
from runner.interpreter import Outcome
from runner.pytest_plugin.failure import ScenarioFailure, raise_failure
from runner.pytest_plugin.paths import shown
from runner.report.log_commands import without_commands
from runner.suite import Result
from runner.suite.accept import carry_out, same_again
from runner.trace import encode

NAME = "threadscore-update"
_OUTPUT = "scenario_goldens"


class Update:
    """Takes traces while tests run, and writes at the end.

    The rules are those of `python -m runner accept`: a scenario that does not end as it expects is refused, one that differs from its
    golden is run twice and must give the same bytes, and where anything is refused nothing is written. Here that is said of the whole
    session: a test that fails, whichever it is, or an interruption keeps every golden as it was. With pytest-xdist the workers
    hand what they took to the controller, which alone writes.
    """

    def __init__(self, config: pytest.Config, *, in_ci_too: bool) -> None:
        if in_ci() and not in_ci_too:
            raise pytest.UsageError(
                "goldens are not written in CI (the environment variable CI is set); --update-golden-in-ci does it all the same"
            )
        self._config = config
        self._taken: dict[str, str | None] = {}  # golden → its new content; None where it stays
        self._contradicted: list[str] = []
        self._lines: list[str] = []

    def take(self, golden: Path, result: Result, outcome: Outcome, again: Callable[[], Outcome]) -> None:
        """Take what a scenario did as its golden.

        Raises:
            ScenarioFailure: it did not end as it expects, or does not give the same trace again.
        """
        __tracebackhide__ = True
        if result.comparison is None or result.mismatches:
            raise_failure(replace(result, comparison=None))
        if result.passed:
            self._note(str(golden), None)
            return
        text = encode(outcome.trace)
        if not same_again(text, again):
            reason = "two runs gave two different traces; it can have no golden"
            raise ScenarioFailure(*result.where, reason, f"  {result.name}: {reason}")
        self._note(str(golden), text)

    def _note(self, golden: str, text: str | None) -> None:
        if self._taken.setdefault(golden, text) != text:
            self._contradicted.append(golden)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take over what a worker of pytest-xdist took."""
        taken, contradicted = getattr(node, "workeroutput", {}).get(_OUTPUT, ({}, []))
        self._contradicted += contradicted
        for golden, text in taken.items():
            self._note(golden, text)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write, if every test passed."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_OUTPUT] = (self._taken, self._contradicted)
            return
        new = {Path(golden): text for golden, text in sorted(self._taken.items()) if text is not None}
        if exitstatus != pytest.ExitCode.OK or session.shouldstop or session.shouldfail:
            self._lines = ["nothing was written: not every test passed"]
            return
        if not self._taken:
            return
        if self._contradicted:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._lines = [f"{shown(Path(golden))}: two tests have different traces for it" for golden in sorted(set(self._contradicted))]
            self._lines.append("nothing was written")
            return
        try:
            changed = carry_out(new)
        except UsageError as error:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._lines = [str(error)]
            return
        self._lines = [f"wrote {shown(golden)}" for golden in changed]
        self._lines.append(f"{len(changed)} written, {len(self._taken) - len(changed)} unchanged")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was written."""
        if self._lines:
            terminalreporter.section("goldens")
            for line in self._lines:
                terminalreporter.line(without_commands(line))


def update_of(config: pytest.Config) -> Update | None:
    """Return the session's update of goldens, if it is one."""
    found: Update | None = config.pluginmanager.get_plugin(NAME)
    return found
