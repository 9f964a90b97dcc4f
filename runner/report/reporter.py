"""What a report on many tests is: something that hears of each as it ends, in order, and of the end, and has lines to say to that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runner.report.account import Account

OBSOLETE = "belongs to no scenario; delete it, or bring its scenario back"


@dataclass(frozen=True, slots=True)
class Line:
    """A line to write: on stderr if `err`. One that is `finished` is in order as it is; names in others may hold anything."""

    text: str
    err: bool = False
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How it all ended: how many tests passed, failed, and were left out after the first failure; goldens that belong to no scenario."""

    passed: int = 0
    failed: int = 0
    not_run: int = 0
    obsolete: tuple[Path, ...] = ()
    broken_off: bool = False
    """Ended before its time, by Ctrl-C or an error: tests that were not heard of may pass or fail."""


class Reporter(Protocol):
    """A report."""

    def test(self, account: Account) -> Iterable[Line]:
        """Hear of a test."""

    def end(self, ending: Ending) -> Iterable[Line]:
        """Hear of the end, which comes once, also where it is an early one."""
