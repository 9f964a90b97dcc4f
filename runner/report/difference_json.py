"""A difference as data for other programs; docs/diff.md has its form, which stays."""

from __future__ import annotations

import json
from typing import Any

from runner.analysis.difference import Change, Difference
from runner.errors import Place
from runner.program import Program
from runner.report.changes import sentence
from runner.report.difference import place_of
from runner.trace import Event, encode_event


def difference_json(found: Difference | None, old: str, new: str, program: Program | None = None) -> str:
    """Write a difference as one line of JSON. `old` and `new` name what was compared; None is for a golden that is missing."""
    divergence = None if found is None else found.divergence
    read = str if divergence is not None and divergence.part == "bytes" else _line
    return json.dumps(
        {
            "verdict": "missing" if found is None else "same" if divergence is None else "different",
            "old": old,
            "new": new,
            "divergence": None
            if divergence is None
            else {
                "part": divergence.part,
                "event": divergence.index + 1 if divergence.part == "event" else None,
                "expected": read(divergence.expected_line),
                "actual": read(divergence.actual_line),
            },
            "changes": [_change(change, found, program) for change in found.changes] if found is not None else [],
        },
        ensure_ascii=False,
    )


def _change(change: Change, found: Difference, program: Program | None) -> dict[str, Any]:
    event = change.event
    place = None if event is None else place_of(event, found, program, gone=not change.actual)
    return {
        "kind": change.kind,
        "text": sentence(change),
        "thread": change.thread,
        "events": len(change.actual or change.expected),
        "more": change.alike,
        "expected": _event(change.expected),
        "actual": _event(change.actual),
        "place": None if place is None or program is None else place_json(place, program),
    }


def place_json(place: Place, program: Program) -> dict[str, Any]:
    """Write a place in a file."""
    return {"path": place.path, "file": place.file or program.source.name, "line": place.line, "column": place.column}


def _event(events: tuple[Event, ...]) -> Any:
    return _line(encode_event(events[0])) if events else None


def _line(line: str) -> Any:
    return json.loads(line) if line else None
