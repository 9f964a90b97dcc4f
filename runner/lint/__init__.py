"""Warnings about scenarios that are valid, and yet likely to be wrong; one file for each few rules that belong together.

Looks at compiled programs only, and runs nothing. What is not certain is not said: a rule that cannot tell is quiet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.errors import Problem, SourceText
from runner.lint import barriers, conditions, lock_order, locks, never, queues, sleeping, text, threads, unused
from runner.lint.rule import Found, Rule
from runner.lint.study import Study
from runner.program import Program

__all__ = ["RULES", "Found", "Rule", "lint"]

_MODULES = (lock_order, locks, conditions, never, queues, barriers, threads, sleeping, text, unused)
RULES: dict[str, Rule] = {rule.code: rule for module in _MODULES for rule in module.RULES}
"""Code → rule. A module of rules is one name in the line above."""

_IGNORE = re.compile(r"#\s*lint:\s*ignore\[([a-z0-9, -]+)\]")


def lint(programs: Sequence[Program]) -> list[Problem]:
    """Return the warnings for the cases of one file, in the file's order, but for those that a comment in the file silences."""
    found: dict[tuple[str, str, int, int], dict[int, Found]] = {}
    for number, program in enumerate(programs):
        study = Study(program)
        for rule in RULES.values():
            if program.expect.ends & rule.leads_to:
                continue
            for each in rule.check(study):
                place = each.place
                found.setdefault((rule.code, place.file, place.line, place.column), {}).setdefault(number, each)
    warnings = []
    for (code, *_), cases in found.items():
        if RULES[code].every_case and len(cases) < len(programs):
            continue
        number, each = next(iter(cases.items()))
        case = f" (case {programs[number].case})" if len(cases) < len(programs) else ""
        if not _ignored(programs[0].source, code, each):
            warnings.append(Problem(code, each.message + case, each.place, each.hint, "warning"))
    return sorted(warnings, key=lambda p: (p.place.file, p.place.line, p.place.column, p.code))


def _ignored(source: SourceText, code: str, found: Found) -> bool:
    """Say whether the line, or a comment of its own above it, silences a code."""
    lines, line = source.of(found.place).lines, found.place.line
    if not 0 < line <= len(lines):
        return False
    comments = [lines[line - 1]]
    if line > 1 and lines[line - 2].lstrip().startswith("#"):
        comments.append(lines[line - 2])
    silenced = (word.strip() for text in comments for match in _IGNORE.finditer(text) for word in match[1].split(","))
    return code in silenced
