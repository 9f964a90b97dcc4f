"""The report that people read: a line for what passes, and all that helps with what fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.report.account import Account
from runner.report.reporter import OBSOLETE, Ending, Line


@dataclass(frozen=True, slots=True)
class TextReport:
    """Says what came of each test; with `quiet` only of those that fail."""

    quiet: bool = False

    def test(self, account: Account) -> Iterator[Line]:
        """Show a test."""
        if account.passed:
            if not self.quiet:
                yield Line(f"ok    {account.name}" + (f": {account.note}" if account.note else ""))
            return
        yield Line(f"FAIL  {account.name}")
        of_file = account.kind == "invalid"  # the file's own errors go where other verbs show them
        yield from (Line(text, err=of_file, finished=bool(account.painted)) for text in account.painted or account.lines)
        if account.command:
            yield Line(f"  to see it run: {account.command}")

    def end(self, ending: Ending) -> Iterable[Line]:
        """Count."""
        if ending.broken_off:
            return
        for golden in ending.obsolete:
            yield Line(f"obsolete: {golden} {OBSOLETE}")
        counts = [f"{ending.passed} passed", f"{ending.failed} failed"]
        counts += [f"{len(ending.obsolete)} obsolete"] if ending.obsolete else []
        counts += [f"{ending.not_run} not run after the first failure"] if ending.not_run else []
        yield Line(", ".join(counts))
