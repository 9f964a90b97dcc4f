"""What is said of real changes, whole: a scenario of the gallery, an edit, the text beside this file.

`RENEW=1 python -m pytest tests/report/test_difference_texts.py` writes the texts anew, to be read in a diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.compiler import compile_scenario
from runner.report.difference import trace_difference
from runner.spec import loads
from runner.suite import run

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TEXTS = Path(__file__).parent / "differences"
CASES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "a_longer_sleep": ("classics/lost_update", (("sleep: 1", "sleep: 2"),)),
    "no_sleep": ("classics/lost_update", (("      - sleep: 1\n", ""),)),
    "another_start_value": ("classics/lost_update", (("value: 100", "value: 50"),)),
    "one_more_replica": ("classics/lost_update", (("count: 2", "count: 3"),)),
    "replicas_renamed": ("classics/lost_update", (("cash_machine:", "atm:"),)),
    "variable_renamed_and_value_changed": ("classics/lost_update", (("balance", "account"), ("+ 50", "+ 60"))),
    "a_print_added": ("classics/lost_update", (("      - sleep: 1\n", "      - print: looking\n      - sleep: 1\n"),)),
    "a_thread_renamed": ("tutorial/shared_lock", (("second_function:", "other_function:"),)),
    "a_thread_added": (
        "classics/abba_deadlock",
        (("  bob_pays_alice:", "  onlooker: {do: [{print: what happens here?}]}\n  bob_pays_alice:"),),
    ),
    "the_deadlock_is_cured": ("classics/abba_deadlock", (("args: [bob, alice]", "args: [alice, bob]"),)),
    "a_lock_that_is_not_taken": (
        "tutorial/shared_lock",
        (
            (
                "      - acquire: lock\n      - print: lock acquired\n      - print: Executing the second",
                "      - print: Executing the second",
            ),
            ("second function\n      - sleep: 1\n      - release: lock\n", "second function\n      - sleep: 1\n"),
        ),
    ),
    "steps_swapped": (
        "tutorial/shared_lock",
        (
            (
                "      - print: lock acquired\n      - print: Executing the first function\n",
                "      - print: Executing the first function\n      - print: lock acquired\n",
            ),
        ),
    ),
    "a_sleep_that_changes_whose_turn_it_is": ("tutorial/shared_lock", (("wait: 600ms", "wait: 400ms"), ("wait: 500ms", "wait: 1.2s"))),
    "a_queue_with_an_end": ("tutorial/producer_consumer", (("q: {kind: queue}", "q: {kind: queue, maxsize: 1}"),)),
    "fewer_workers": ("tutorial/producer_consumer", (("num_worker_threads: 3", "num_worker_threads: 2"),)),
    "another_parameter": ("tutorial/producer_consumer", (("banana", "blueberry"),)),
    "a_wait_before_the_first_turn": ("tutorial/producer_consumer", (("- for:\n", "- sleep: 500ms\n  - for:\n"),)),
    "wrapped_in_a_lock": (
        "classics/lost_update",
        (
            ("resources:\n", "resources:\n  guard: lock\n"),
            (
                '      - read: {var: balance, as: seen}\n      - sleep: 1\n      - write: {var: balance, value: "${seen + 50}"}\n',
                "      - with:\n          lock: guard\n          do:\n            - read: {var: balance, as: seen}\n"
                "            - sleep: 1\n"
                '            - write: {var: balance, value: "${seen + 50}"}\n',
            ),
        ),
    ),
}


def text_of(name: str, width: int = 80, *, ascii_only: bool = False, color: bool = False) -> str:
    """Return what is said of a case."""
    path, edits = CASES[name]
    before = after = (SCENARIOS / f"{path}.yaml").read_text("utf-8")
    for old, new in edits:
        assert old in after, old
        after = after.replace(old, new)
    programs = [compile_scenario(loads(text, f"{Path(path).name}.yaml"), {}) for text in (before, after)]
    expected, actual = (run(program).trace for program in programs)
    return "\n".join([*trace_difference(expected, actual, programs[1], width, ascii_only=ascii_only, color=color), ""])


@pytest.mark.parametrize("name", CASES)
def test_text(name: str) -> None:
    """What is said of a real change is what somebody who has read it found good."""
    path, text = TEXTS / f"{name}.txt", text_of(name)
    if os.environ.get("RENEW"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize(("variant", "options"), [("wide", {"width": 120}), ("ascii", {"ascii_only": True}), ("colour", {"color": True})])
def test_variant(variant: str, options: dict[str, int]) -> None:
    """The same on a wide terminal, in ASCII, and in colour."""
    path = TEXTS / f"no_sleep.{variant}.txt"
    text = text_of("no_sleep", **options)  # type: ignore[arg-type]
    if os.environ.get("RENEW"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def test_there_is_a_case_for_each_text() -> None:
    """No text is left over."""
    assert {path.name.partition(".")[0] for path in TEXTS.iterdir()} == set(CASES)
