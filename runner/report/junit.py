"""A report as JUnit XML, in the form that pytest writes and that Jenkins, GitLab and the actions for GitHub read.

A test is a `testcase`, named as pytest names it; `file` and `line` are the place in the YAML that a failure is about. What a file or a
trace holds gets into it as text only, without the control characters that XML cannot have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from runner.report.account import Account
from runner.report.reporter import OBSOLETE, Ending, Line

_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ERRORS = ("invalid", "died")
"""Kinds of failures of tests that could not even be run, which JUnit calls errors."""


class JUnitReport:
    """Collects the tests; the lines are the file, at the end."""

    def __init__(self) -> None:
        self._suites = Element("testsuites", name="threadscore")
        self._suite = SubElement(self._suites, "testsuite", name="threadscore", timestamp=datetime.now().isoformat(timespec="seconds"))
        self._seconds = 0.0
        self._counts = dict.fromkeys(("tests", "errors", "failures"), 0)

    def test(self, account: Account) -> Iterable[Line]:
        """Take down a test."""
        self._seconds += account.seconds
        case = self._case(account.scenario, account.case, account.seconds, account.file, account.line)
        facts = {"policy": "fifo", "replay": account.replay, "command": account.command}
        properties = SubElement(case, "properties")
        for name, value in facts.items():
            if value:
                SubElement(properties, "property", name=name, value=legal(value))
        if not account.passed:
            place = f"{account.file}:{account.line}:{account.column}"
            self._failure(case, account.kind, account.message, "\n".join((place, *account.lines)), error=account.kind in _ERRORS)
        return ()

    def end(self, ending: Ending) -> Iterable[Line]:
        """Write the file."""
        for golden in ending.obsolete:
            message = f"{golden} {OBSOLETE}"
            self._failure(self._case(golden, None, 0.0, str(golden), 1), "obsolete", message, message)
        for element in (self._suites, self._suite):
            element.attrib.update({name: str(count) for name, count in self._counts.items()}, skipped="0", time=f"{self._seconds:.3f}")
        if ending.broken_off or ending.not_run:
            properties = Element("properties")
            reason = "interrupted" if ending.broken_off else f"{ending.not_run} not run after the first failure"
            SubElement(properties, "property", name="incomplete", value=reason)
            self._suite.insert(0, properties)
        indent(self._suites)
        return [Line('<?xml version="1.0" encoding="utf-8"?>'), Line(tostring(self._suites, "unicode"))]

    def _case(self, path: Path, case: str | None, seconds: float, file: str, line: int) -> Element:
        self._counts["tests"] += 1
        return SubElement(
            self._suite,
            "testcase",
            classname=legal(class_name(path)),
            name=legal(path.stem if case is None else f"{path.stem}[{case}]"),
            time=f"{seconds:.3f}",
            file=legal(Path(file or path).as_posix()),
            line=str(line),
        )

    def _failure(self, case: Element, kind: str, message: str, text: str, *, error: bool = False) -> None:
        self._counts["errors" if error else "failures"] += 1
        SubElement(case, "error" if error else "failure", type=kind, message=legal(message)).text = legal(text)


def class_name(path: Path) -> str:
    """Return the name of the group of tests that a scenario file is: its path, with dots."""
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return ".".join(part for part in shown.with_suffix("").parts if part not in (shown.anchor, ".."))


def legal(text: str) -> str:
    """Show the characters that XML 1.0 cannot hold as escapes, and a carriage return too, which it would change."""
    return _ILLEGAL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
