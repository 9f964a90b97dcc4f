"""One value as YAML reads it, outside of a file: for `--set NAME=VALUE`."""

from __future__ import annotations

from typing import Any

from runner.errors import UsageError
from runner.limits import DEFAULT
from runner.spec.complaints import Unreadable
from runner.spec.source import Text
from runner.spec.yaml_events import build


def plain_value(text: str) -> Any:
    """Read a value; nothing at all is null.

    Raises:
        UsageError: it is no YAML.
    """
    if not text.strip():
        return None
    try:
        document = build(Text("value", text), DEFAULT)
        complaints = document.complaints
    except Unreadable as error:
        complaints = error.complaints
    if complaints:
        raise UsageError(f"{text!r} is no value: {complaints[0].message}")
    return document.root
