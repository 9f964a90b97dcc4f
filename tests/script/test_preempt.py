"""Programs whose threads change turns at lines and at accesses, and what is said of their races."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.script.test_programs import run, script

DEPOSIT = """
    import threading

    class Account:
        def __init__(self):
            self.balance = 0
            self.lock = threading.Lock()

        def add(self, n):
            ADD

    account = Account()
    threads = [threading.Thread(target=account.add, args=(n,), name=name) for name, n in (("ann", 10), ("bob", 1))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    print(account.balance)
    """
ONE, TWO, GUARDED = "self.balance += n", "seen = self.balance; self.balance = seen + n", "with self.lock: self.balance += n"
SEED = "3"


LOST = {
    "at accesses, within a line": (ONE, "access", SEED, "10"),
    "at lines, between two": (TWO, "line", "8", "1"),
    "nowhere else": (ONE, "sync", SEED, "11"),
    "not with a lock": (GUARDED, "access", SEED, "11"),
}


@pytest.mark.parametrize(("add", "level", "seed", "balance"), LOST.values(), ids=LOST)
def test_lost_update(tmp_path: Path, add: str, level: str, seed: str, balance: str) -> None:
    """What is lost under a seed depends on where threads may change turns; only what races is told of."""
    ended = script(tmp_path, DEPOSIT.replace("ADD", add), "--preempt", level, "--seed", seed)
    assert (ended.out, "data race" in ended.err) == (f"{balance}\n", add == ONE and level == "access")


def test_race_and_replay(tmp_path: Path) -> None:
    """A race is told of with both places; the token says where threads change turns, and shows the same again."""
    first = script(tmp_path, DEPOSIT.replace("ADD", ONE), "--preempt", "access", "--seed", SEED)
    assert "+access@3." in first.token
    assert first.err.splitlines()[1:-1] == [
        "data race on Account.balance: ann reads it at program.py:10, bob writes it at program.py:10: nothing orders them",
        "  ann in Account.add at program.py:10:14",
        "    self.balance += n",
        "  bob in Account.add at program.py:10:14",
        "    self.balance += n",
        "  neither holds a lock: one that both hold would order them",
    ]
    assert run(tmp_path, "--replay", first.token, "program.py") == first
    other = run(tmp_path, "--preempt", "line", "--replay", first.token, "program.py")
    assert (other.code, other.err) == (2, "error: the token was made with --preempt access: leave --preempt out, or say the same\n")


def test_lock_on_one_side(tmp_path: Path) -> None:
    """Of a lock that only one of two holds, it is said who lacks it; races are told of without points too."""
    add = "self.guarded(n) if n > 1 else self.bare(n)\n\n        def bare(self, n):\n            self.balance += n\n"
    add += "\n        def guarded(self, n):\n            with self.lock: self.balance += n"
    ended = script(tmp_path, DEPOSIT.replace("ADD", add), "--races")
    assert "  ann holds Account.lock, bob holds no lock: if bob held Account.lock as well, that would order them" in ended.err
    assert "--replay 1.fifo." in ended.err


def test_modules(tmp_path: Path) -> None:
    """Only the modules that are named have points; by default all that are the program's own."""
    (tmp_path / "counting.py").write_text("n = 0\ndef more():\n    global n\n    n += 1\n")
    text = (
        "import threading, counting\nthreads = [threading.Thread(target=counting.more) for _ in range(2)]\nfor t in threads: t.start()\n"
        "for t in threads: t.join()\nprint(counting.n)"
    )
    own = script(tmp_path, text, "--preempt", "access", "--seed", SEED)
    named = run(tmp_path, "--preempt", "access", "--seed", SEED, "--modules", "counting", "program.py")
    other = run(tmp_path, "--preempt", "access", "--seed", SEED, "--modules", "another", "program.py")
    assert ["data race on counting.n" in each.err for each in (own, named, other)] == [True, True, False]


def test_mistakes(tmp_path: Path) -> None:
    """Modules without points, and a scenario's token, are mistakes."""
    (tmp_path / "program.py").write_text("pass\n")
    modules = run(tmp_path, "--modules", "program", "program.py")
    token = run(tmp_path, "--replay", "1.dpor+ends.af9384ee.AAEBAQACAQI", "program.py")
    assert (modules.code, "it goes with --preempt line or access" in modules.err) == (2, True)
    assert (token.code, token.err) == (2, "error: the token is of a scenario, which `run` runs\n")
