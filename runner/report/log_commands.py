"""Text for logs that a CI service reads for commands to itself: what a scenario says must not become one."""

from __future__ import annotations

import os
import re

LOG_READERS = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
"""What is set where one reads our output: GitHub's Actions, Azure Pipelines, TeamCity."""
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\w*\[)", re.MULTILINE)
"""`::error …` behind nothing but space; `##[error]`, `##vso[…]`, `##teamcity[…]` anywhere in a line."""


def without_commands(text: str) -> str:
    """Write what a CI service would obey as escapes, where one reads."""
    if not any(os.environ.get(name) for name in LOG_READERS):
        return text
    return _COMMAND.sub(lambda match: f"{match[1]}\\x3a" if match[1] is not None else "\\x23", text)
