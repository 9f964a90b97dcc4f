"""The reports on many tests, by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from runner.report.annotations import GitHubReport
from runner.report.json_lines import JsonReport
from runner.report.junit import JUnitReport
from runner.report.reporter import Reporter

TO_FILES: Mapping[str, Callable[[], Reporter]] = {"junit": JUnitReport, "json": JsonReport}
"""Name → a report that is written to a file, whole, at the end."""
ANNOTATIONS: Mapping[str, Callable[[], Reporter]] = {
    "github": lambda: GitHubReport(Path(os.environ.get("GITHUB_WORKSPACE") or ".")),
}
"""Name → a report that a CI service reads in what we print."""
