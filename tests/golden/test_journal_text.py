"""What a journal may say: only of its own folder's goldens, and only as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner.golden.journal import Journal, NewerJournalError, parse


@pytest.mark.parametrize(
    "change",
    [
        {"changes": {"../b/three.golden.jsonl": [None, None, 0]}},
        {"changes": {"notes.txt": [None, None, 0]}},
        {"changes": {"notes.txt": ["0", "1", 0]}},
        {"changes": {"scenario.yaml": ["0", None, 0]}},
        {"changes": {"scenario.yaml": [None, "0", 0]}},
        {"changes": {"/etc/x.golden.jsonl": [None, None, 0]}},
        {"changes": {"x.golden.jsonl": [None, None, "../0"]}},
        {"changes": {"x.golden.jsonl": [1, None, 0]}},
        {"changes": {"x\0.golden.jsonl": [None, None, 0]}},
        {"changes": {"x\ud800.golden.jsonl": [None, None, 0]}},
        {"lead": "\ud800"},
        {"folders": ["\ud800"]},
        {"changes": []},
        {"write": "../../../x"},
        {"write": 7},
        {"folders": [7]},
        {"folders": 7},
        {"lead": None},
    ],
    ids=str,
)
def test_journal_that_names_anything_else_says_nothing(change: dict[str, Any]) -> None:
    """A journal may come with a checkout from anybody: one that goes beyond its folder's goldens is no journal."""
    record = {"journal": 1, "write": "0123456789ab", "changes": {"x.golden.jsonl": [None, None, 0]}}
    assert parse(json.dumps(record).encode() + b"\n").token
    assert parse(json.dumps({**record, **change}).encode() + b"\n") == Journal()


def test_journal_may_name_a_scenario_that_changes() -> None:
    """A pinned schedule changes a scenario and its goldens as one; nothing ever makes or removes a scenario."""
    record = {"journal": 1, "write": "0123456789ab", "changes": {"x.yaml": ["0", "1", 0], "x[a].golden.jsonl": [None, "2", 1]}}
    assert list(parse(json.dumps(record).encode() + b"\n").changes) == ["x.yaml", "x[a].golden.jsonl"]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{", b"[]\n", b"7\n", b'{"journal": 1}\n', b"\xff\n", b'{"journal": 1, "write": "0123456789ab", "changes": {}}']
)
def test_journal_that_was_cut_short_says_nothing(data: bytes) -> None:
    """What has no end of line was not written to its end."""
    assert parse(data) == Journal()


def test_newer_journal_is_told_apart() -> None:
    """A newer format is no damage."""
    with pytest.raises(NewerJournalError):
        parse(b'{"journal": 2}\n')
