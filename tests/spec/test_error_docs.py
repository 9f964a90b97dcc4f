"""docs/errors.md lists every code that loading a file can give."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_code_is_documented() -> None:
    """Codes are the only words with hyphens in quotes in the loader and the models, but for two of one word."""
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "runner" / "spec").glob("*.py"))
    codes = {"tag", "syntax", *re.findall(r'"([a-z][a-z0-9]*(?:-[a-z]+)+)"', sources)}
    linker = "".join(path.read_text("utf-8") for path in (ROOT / "runner" / "compiler").glob("*.py"))
    codes |= set(re.findall(r'problem\(\s*"([a-z-]+)"', linker))
    codes |= {f"unknown-{what}" for what in ("resource", "thread", "function", "class")}
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs" / "errors.md").read_text("utf-8"), re.MULTILINE))
    assert codes - documented == set()
