"""What a soak executes, and when it is complete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soak.conduct import Message
from soak.plan import HASH_SEEDS, LARGEST, PASSES, Case, Plan, Python, make_plan
from soak.record import Tally

ROOT = Path(__file__).parents[2]
OLD, NEW = Python("old", "3.11.0"), Python("new", "3.13.0")
EACH = len(HASH_SEEDS) * len(PASSES)


@pytest.mark.parametrize("executions", [1, 12, 13, 100, 12_345])
def test_plan_has_as_many_executions_as_asked_for(race: str, executions: int) -> None:
    """There are no fewer than that, and not one schedule more than it takes."""
    plan = make_plan([race], [OLD, NEW], executions)
    assert executions <= plan.executions < executions + EACH * 2
    assert plan.executions == len(plan.seeds) * EACH * 2


@pytest.mark.parametrize("schedules", [1, 3, 8, 10, 17, 127, 128, 129, 460])
def test_blocks_are_all_schedules(schedules: int) -> None:
    """Each schedule is in one block, fifo first, and no block is too large."""
    seeds = (None, *range(schedules - 1))
    blocks = Plan((Case("race.yaml", None),), seeds, (OLD,)).blocks
    assert tuple(seed for block in blocks for seed in block) == seeds
    assert max(map(len, blocks)) <= LARGEST


def test_case_that_an_older_python_lacks_is_left_out_there() -> None:
    """It is executed on the others, and nothing is missing then; its first executions are the oldest of those."""
    cases = Case("race.yaml", None), Case("newer.yaml", None)
    tally = Tally(Plan(cases, (None,), (OLD, NEW)))
    left_out = [{"file": "newer.yaml", "case": None}]
    tally.add(Message(0, OLD, "0", {"made": EACH}))
    tally.add(Message(0, OLD, "0", {"Done": {"firsts": ["a", None], "left_out": left_out}}))
    assert not tally.complete
    tally.add(Message(0, NEW, "0", {"made": EACH * 2}))
    tally.add(Message(0, NEW, "0", {"Done": {"firsts": ["a", "b"], "left_out": []}}))
    assert tally.complete
    assert tally.nowhere == []
    assert [tally.first_python(case) for case in cases] == [OLD, NEW]


def test_digest_is_of_every_first_execution() -> None:
    """Another digest of any first execution, or the same of another, makes another digest of all."""
    cases = Case("race.yaml", "a"), Case("race.yaml", "b")
    plan = Plan(cases, (None, 0), (OLD,))
    digests = set()
    for firsts in (["a", "b", "c", "d"], ["a", "b", "c", "e"], ["b", "a", "c", "d"], ["a", "b", "d", "c"]):
        tally = Tally(plan)
        tally.add(Message(0, OLD, "0", {"Done": {"firsts": firsts, "left_out": []}}))
        digests.add(tally.digest())
    assert len(digests) == 4


def test_committed_record_is_of_a_whole_soak() -> None:
    """What the documentation refers to is a million executions on several Pythons, with nothing missing and nothing found."""
    record = json.loads((ROOT / "docs" / "soak.json").read_text("utf-8"))
    assert record["complete"]
    assert record["mismatches"] == 0
    assert record["executions"] == sum(record["pythons"].values()) >= 1_000_000
    assert len(record["pythons"]) >= 3
