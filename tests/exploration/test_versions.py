"""Exploring does the same everywhere: hash seeds and CPythons do not show in what is executed, in which order, nor in what comes of it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.properties.test_versions import HASH_SEEDS, ROOT, VERSIONS, others

FILES = [
    "scenarios/bugs/future_waiting_on_its_own_pool.yaml",
    "scenarios/bugs/notify_one_wakes_the_wrong_one.yaml",
    "scenarios/bugs/semaphore_leak.yaml",
    "scenarios/classics/mutex.yaml",
    "scenarios/patterns/cancel_queued_jobs.yaml",
    "scenarios/patterns/debounce.yaml",
    "scenarios/patterns/fan_out_and_gather.yaml",
]


def said_by(python: str, hash_seed: str) -> list[dict[str, Any]]:
    """Explore in an interpreter of its own; everything that is said but how long it took."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [python, "-m", "runner", "explore", "--max-executions", "150", "--json", "-", *FILES]
    answer = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=240, check=False)
    assert answer.returncode in (0, 1, 4, 6), answer.stderr
    return [{**json.loads(line), "seconds": None} for line in answer.stdout.splitlines()]


@functools.cache
def reference() -> list[dict[str, Any]]:
    """What this interpreter says."""
    return said_by(sys.executable, HASH_SEEDS[0])


def test_hash_seeds_do_not_show() -> None:
    """The order of sets and hashes decides nothing."""
    assert len(reference()) > len(FILES)
    assert said_by(sys.executable, HASH_SEEDS[1]) == reference()


@pytest.mark.parametrize("version", [f"{major}.{minor}" for major, minor in VERSIONS if (major, minor) != sys.version_info[:2]])
def test_versions_do_not_show(version: str) -> None:
    """Another CPython, with greenlets or without, makes the same executions and finds the same, tokens included."""
    if version not in others():
        pytest.skip(f"no CPython {version} with what the package needs found; name one in THREADSCORE_PYTHONS")
    assert said_by(others()[version], HASH_SEEDS[1]) == reference()
