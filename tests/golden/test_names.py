"""Where a golden is, and what is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.golden import golden_of, is_golden, pending_of


@pytest.mark.parametrize(
    ("scenario", "golden"),
    [
        ("lock.yaml", "lock.golden.jsonl"),
        ("lock.yml", "lock.golden.jsonl"),
        ("a/b/lock.yaml", "a/b/lock.golden.jsonl"),
        ("lock.v2.yaml", "lock.v2.golden.jsonl"),
        ("lock", "lock.golden.jsonl"),
    ],
)
def test_golden_is_beside_its_scenario(scenario: str, golden: str) -> None:
    """A golden has its scenario's name and stands in its folder."""
    assert golden_of(Path(scenario)) == Path(golden)


def test_pending_is_beside_its_golden() -> None:
    """What differs is put beside the golden under a name of its own."""
    assert pending_of(Path("a/lock.golden.jsonl")) == Path("a/lock.golden.jsonl.new")


@pytest.mark.parametrize(("name", "is_one"), [("a.golden.jsonl", True), ("a.jsonl", False), ("a.golden.jsonl.new", False)])
def test_golden_is_told_by_its_name(name: str, is_one: bool) -> None:
    """Only what ends in `.golden.jsonl` is a golden; a pending trace is none."""
    assert is_golden(Path(name)) is is_one
