"""A report as JSON Lines: one for each test, and a last one with the counts, for programs to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from runner.report.account import Account
from runner.report.reporter import Ending, Line


class JsonReport:
    """Writes a line a test."""

    def test(self, account: Account) -> Iterator[Line]:
        """Write a test."""
        told: dict[str, Any] = {"test": account.name, "scenario": str(account.scenario), "case": account.case, "code": account.code}
        told["seconds"] = round(account.seconds, 6)
        if not account.passed:
            told |= {"kind": account.kind, "message": account.message}
            told |= {"file": account.file, "line": account.line, "column": account.column, "text": list(account.lines)}
        yield _line({**told, "replay": account.replay})

    def end(self, ending: Ending) -> Iterator[Line]:
        """Write the counts."""
        counts = {"passed": ending.passed, "failed": ending.failed, "not_run": ending.not_run}
        yield _line({**counts, "obsolete": [str(golden) for golden in ending.obsolete], "complete": not ending.broken_off})


def _line(told: dict[str, Any]) -> Line:
    return Line(json.dumps(told))
