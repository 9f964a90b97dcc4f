"""Threads that change turns within lines, on both carriers: what is lost, what races, what a lock mends."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.accesses import AccessRace, Clocks, Key, Kind, Level, Locations, Races, Site, Watch
from runner.instrument import instrumented
from runner.schedulers import make_scheduler
from runner.substrate.contract import Verdict
from runner.substrate.controlled import CarrierPool, ControlledSubstrate, GreenletPool, Pool

ACCOUNT = """\
import threading

class Account:
    def __init__(self):
        self.balance = 0
        self.lock = threading.Lock()
        self.log = []

    def add(self):
        self.balance += 1

    def add_in_two(self):
        seen = self.balance
        self.balance = seen + 1

    def add_guarded(self):
        with self.lock:
            self.balance += 1

    def append(self):
        self.log.append(1)

    def append_once(self):
        if not self.log:
            self.log.append(1)

def run(name):
    account = Account()
    threads = [threading.Thread(target=getattr(account, name)) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return account.balance
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A module with threads in it."""
    file = tmp_path_factory.mktemp("bank") / "account_of_threads.py"
    file.write_text(ACCOUNT)
    module = types.ModuleType(file.stem)
    module.__file__ = str(file)
    sys.modules[file.stem] = module
    exec(compile(ACCOUNT, str(file), "exec"), vars(module))
    yield module
    del sys.modules[file.stem]


@pytest.fixture(scope="module", params=[CarrierPool, GreenletPool])
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """Both kinds of carriers."""
    with request.param() as made:
        yield made


def run(bank: Any, pool: Pool, method: str, level: Level | None, seeds: int = 12) -> tuple[set[int], list[list[AccessRace]], list[str]]:
    """Run the method in two threads under some seeds; return the balances, each run's races, and the names of what was contended."""
    balances: set[int] = set()
    races: list[list[AccessRace]] = []
    contended: list[str] = []
    substrate = ControlledSubstrate(make_scheduler("random", 0), pool=pool)
    kernel = substrate.kernel
    state: list[Any] = []

    def before(kind: Kind, thing: Any, key: Key, site: Site) -> None:
        if kind == "line":
            kernel.preempt()
            return
        locations, found = state[-1]
        location = locations.of(thing, key, kernel.current.serial)
        if location.sharing.touch(kernel.current.serial, kind):
            contended.append(location.name)
            if level == "access":
                kernel.preempt()
        found.touch(kernel.current, kind, location, site)

    with instrumented([bank], substrate.modules), Watch([bank.__name__], level or "access", before, kernel.running) as watch:
        assert watch.unwatched == []
        for seed in range(seeds):
            substrate.again(make_scheduler("random", seed))
            kernel.order = clocks = Clocks()
            state.append((Locations(), Races(clocks)))
            ending = substrate.run(lambda: balances.add(bank.run(method)), lambda *blocked: None)
            assert ending.verdict is Verdict.COMPLETED
            races.append(state[-1][1].found)
    return balances, races, contended


def test_lost_within_a_line(bank: Any, pool: Pool) -> None:
    """At accesses, one of two additions in one line is lost under some seed."""
    assert run(bank, pool, "add", "access")[0] == {1, 2}


def test_lost_between_lines(bank: Any, pool: Pool) -> None:
    """At lines, one of two additions in two lines is lost under some seed, and none of those in one line."""
    assert run(bank, pool, "add_in_two", "line")[0] == {1, 2}
    assert run(bank, pool, "add", "line")[0] == {2}


def test_never_lost_at_calls(bank: Any, pool: Pool) -> None:
    """Where threads change turns only at calls on locks and the like, none is lost; the race is there all the same."""
    balances, races, _ = run(bank, pool, "add", None)
    assert balances == {2}
    assert all(len(each) == 1 for each in races)


def test_race(bank: Any, pool: Pool) -> None:
    """A race is told of once, with both places, both lines, who called and what is missing."""
    _, races, _ = run(bank, pool, "add", None, seeds=1)
    (race,) = races[0]
    assert list(race.lines(lambda file: Path(file).name)) == [
        "data race on Account.balance: thread 2 writes it at account_of_threads.py:10, thread 3 reads it at account_of_threads.py:10: "
        "nothing orders them",
        "  thread 2 in Account.add at account_of_threads.py:10:14",
        "    self.balance += 1",
        "  thread 3 in Account.add at account_of_threads.py:10:14",
        "    self.balance += 1",
        "  neither holds a lock: one that both hold would order them",
    ]


def test_lock(bank: Any, pool: Pool) -> None:
    """With a lock around it nothing is lost, and nothing races, under any seed."""
    balances, races, contended = run(bank, pool, "add_guarded", "access")
    assert balances == {2}
    assert not any(races)
    assert set(contended) == {"Account.balance"}


def test_methods_of_lists(bank: Any, pool: Pool) -> None:
    """That two threads append is no race; that one looks first is."""
    assert not any(run(bank, pool, "append", "access")[1])
    assert {race.location for each in run(bank, pool, "append_once", "access")[1] for race in each} == {"Account.log[*]"}


def test_same_again(bank: Any, pool: Pool) -> None:
    """The same seeds touch the same things by the same names."""
    assert run(bank, pool, "append_once", "access")[2] == run(bank, pool, "append_once", "access")[2]
