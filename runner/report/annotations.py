"""A report as GitHub's workflow commands, which put each failure beside the line of YAML that it is about.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands says how they are written, and
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts how what they hold is escaped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.report.account import Account
from runner.report.reporter import OBSOLETE, Ending, Line

MOST = 2000
"""Characters of a message: more than anybody reads beside a line of code."""
_OF_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_OF_PROPERTY = {**_OF_MESSAGE, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True)
class GitHubReport:
    """Says an error for each test that fails, and a warning for each golden that belongs to no scenario; paths from `workspace` on."""

    workspace: Path

    def test(self, account: Account) -> Iterator[Line]:
        """Annotate a test that fails."""
        if not account.passed:
            yield self._command("error", account.file, account.line, account.column, account.name, account.message, *account.lines)

    def end(self, ending: Ending) -> Iterator[Line]:
        """Annotate goldens that belong to nothing."""
        for golden in ending.obsolete:
            yield self._command("warning", str(golden), 1, 1, "obsolete golden", f"{golden} {OBSOLETE}")

    def _command(self, severity: str, file: str, line: int, column: int, title: str, *message: str) -> Line:
        properties = {"file": self._shown(file), "line": line, "col": column, "title": title}
        written = ",".join(f"{name}={_escape(str(value), _OF_PROPERTY)}" for name, value in properties.items())
        text = "\n".join(message)
        text = text if len(text) <= MOST else f"{text[: MOST - 1]}…"
        return Line(f"::{severity} {written}::{_escape(text, _OF_MESSAGE)}", finished=True)

    def _shown(self, file: str) -> str:
        """Return a path as GitHub knows it: from the top of the checkout on, if it is in there."""
        parent, name = os.path.split(os.path.abspath(file))
        path, top = Path(os.path.realpath(parent), name), Path(os.path.realpath(self.workspace))  # either may have come by a link
        return path.relative_to(top).as_posix() if path.is_relative_to(top) else file


def _escape(text: str, escapes: dict[str, str]) -> str:
    """Escape what ends a message or property, and show other control characters as `safe` does: a log is a terminal too."""
    return "".join(escapes.get(c) or (c if c.isprintable() else c.encode("unicode_escape").decode()) for c in text)
