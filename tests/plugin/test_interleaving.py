"""Tests that are marked `interleave`: explored instead of run, told with their smallest schedule, replayed and kept."""

from __future__ import annotations

import json
import re

import pytest

BANK = """
import threading

class Account:
    def __init__(self, balance):
        self.lock = threading.Lock()
        self.balance = balance

    def withdraw(self, amount):
        with self.lock:
            enough = self.balance >= amount
        if enough:
            with self.lock:
                self.balance -= amount
"""
TESTS = """
import threading
import pytest
from tills import Account

@pytest.mark.interleave(modules="tills")
def test_two_withdrawals():
    account = Account(100)
    threads = [threading.Thread(target=account.withdraw, args=(n,)) for n in (70, 60)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert account.balance >= 0

@pytest.fixture
def lock():
    return threading.Lock()

@pytest.mark.interleave
@pytest.mark.parametrize("times", [1, 2])
def test_with_fixtures(lock, times):
    done = []

    def work():
        for _ in range(times):
            with lock:
                done.append(1)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(done) == 2 * times

@pytest.mark.interleave
def test_that_skips_itself():
    pytest.skip("not today")

def test_of_another_sort():
    assert type(threading.Lock()) is type(threading.RLock()) or threading.Thread.__module__ == "threading"
"""
pytest_plugins = ["pytester"]
TOKEN = re.compile(r"--interleave-replay (\S+)")


@pytest.fixture
def bank(pytester: pytest.Pytester) -> pytest.Pytester:
    """Make a project with a bank whose withdrawals can be too many."""
    pytester.makepyfile(tills=BANK, test_bank=TESTS)
    pytester.makefile(".toml", pyproject='[tool.pytest.ini_options]\naddopts = ["--strict-markers"]\n')
    return pytester


def test_a_failure_has_its_smallest_schedule(bank: pytest.Pytester) -> None:
    """The others pass; the failure shows each step with its line, and what to do with it."""
    result = bank.runpytest_subprocess()
    result.assert_outcomes(failed=1, passed=3, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "test_two_withdrawals: found: exception in 4 of 6 executions",
            "*the schedule with 1 preemption (none with fewer shows it):",
            "  ! Thread-2 (withdraw)  takes Account.lock *tills.py:9 *with self.lock:",
            "  replay: pytest test_bank.py::test_two_withdrawals --interleave-replay 1.dpor+ends.*",
            "  keep:   pytest test_bank.py::test_two_withdrawals --interleave-save",
        ]
    )
    result.stdout.no_fnmatch_line("*interleaving.py*")


def test_a_schedule_is_replayed(bank: pytest.Pytester) -> None:
    """By its token the test runs once, and fails as an ordinary test does."""
    token = TOKEN.search(bank.runpytest_inprocess("-k", "two_withdrawals").stdout.str())
    assert token is not None
    result = bank.runpytest_inprocess("-k", "two_withdrawals", "--interleave-replay", token[1])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">*assert account.balance >= 0", "E*assert -30 >= 0"])


def test_a_schedule_is_kept(bank: pytest.Pytester) -> None:
    """It is written beside the test and run first; once the code is right it passes, and what fits no more is a warning."""
    kept = bank.path / "test_bank.schedules.json"
    bank.runpytest_inprocess("-k", "two_withdrawals", "--interleave-save").assert_outcomes(failed=1)
    [token] = json.loads(kept.read_text())["test_two_withdrawals"]
    again = bank.runpytest_inprocess("-k", "two_withdrawals")
    again.stdout.fnmatch_lines([f"the schedule {token} that is pinned in test_bank.schedules.json fails: failed"])
    bank.makepyfile(test_bank=TESTS.replace("(70, 60)", "(70, 20)"))
    changed = bank.runpytest_subprocess("-k", "two_withdrawals")
    changed.assert_outcomes(passed=1, warnings=1)
    kept.write_text("[]")
    bank.runpytest_inprocess("-k", "two_withdrawals").stdout.fnmatch_lines(["*no file of pinned schedules*"])


def test_with_processes(bank: pytest.Pytester) -> None:
    """Xdist's workers do the same; a file that they would share they do not write."""
    bank.runpytest_subprocess("-n", "2").assert_outcomes(failed=1, passed=3, skipped=1)
    refused = bank.runpytest_subprocess("-n", "2", "--interleave-save")
    assert "leave -n out" in refused.stderr.str() + refused.stdout.str()


def test_a_wrong_option_is_told(bank: pytest.Pytester) -> None:
    """A mark that says what there is not fails its test, with what there is."""
    bank.makepyfile(test_wrong="import pytest\n\n@pytest.mark.interleave(strateg='dfs')\ndef test_it(): pass")
    result = bank.runpytest_inprocess("test_wrong.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the mark interleave knows modules, preempt,*and not strateg"])
