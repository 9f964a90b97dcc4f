"""Paths of scenarios, and what they may call there. Imports nothing of the package before a test does: collecting must be quick."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from runner.limits import Limits

ENDINGS = (".yaml", ".yml")


def shown(path: Path) -> Path:
    """Return a path as messages should show it: relative to where pytest was started, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def limits_of(config: pytest.Config) -> Limits:
    """Return the limits of a session's scenarios: what its configuration lets them call.

    Raises:
        UsageError: it lists something that is no module's name.
    """
    from runner.suite.allow import with_calls

    return with_calls([*config.getini("scenario_allow_call"), *config.getoption("allow_call")], config.rootpath)
