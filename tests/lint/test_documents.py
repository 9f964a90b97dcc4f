"""docs/lint.md says of each rule what the rule says of itself."""

from __future__ import annotations

import re
from pathlib import Path

from runner.lint import RULES

ROOT = Path(__file__).parents[2]


def test_every_rule_is_documented() -> None:
    """There is one row a rule: its code, what it means, how to mend it."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?) \| (.*?) \|$", (ROOT / "docs" / "lint.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted((rule.code, rule.meaning, rule.mend) for rule in RULES.values())
