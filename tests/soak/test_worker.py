"""A soak's process notices every difference, in whichever pass, and compares with first executions of other processes too."""

from __future__ import annotations

import pytest

from runner.program.schedule import Schedule
from runner.trace import Trace, encode
from soak import worker
from soak.plan import PASSES, Case
from soak.worker import Difference, Done, Task

SEEDS = (None, 0)
EXECUTIONS = len(PASSES) * len(SEEDS)


def soaked(race: str, firsts: list[str | None] | None = None) -> tuple[int, Difference | Done]:
    """Execute a scenario in all passes: return how many executions there were, and what came of it."""
    *made, last = worker.work(Task([Case(race, None)], SEEDS, firsts or [None] * len(SEEDS)))
    assert isinstance(last, Difference | Done)
    return sum(number for number in made if isinstance(number, int)), last


@pytest.mark.parametrize(("number", "seed", "through"), [(3, 0, 1), (4, None, 1), (5, None, 2), (6, 0, 2)])
def test_one_byte_is_noticed(race: str, monkeypatch: pytest.MonkeyPatch, number: int, seed: int | None, through: int) -> None:
    """One byte of one execution differs: that execution is named, and it is the last."""
    made = 0

    def encoded(trace: Trace) -> str:
        nonlocal made
        made += 1
        return encode(trace).replace("worker-1", "worker-7", made == number)

    monkeypatch.setattr(worker, "encode", encoded)
    executed, difference = soaked(race)
    assert isinstance(difference, Difference)
    assert (executed, difference.seed, difference.through) == (number, seed, PASSES[through].words)
    assert "worker-7" in difference.trace


def test_other_token_is_noticed(race: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same trace with another token is a difference."""
    token, made = Schedule.token, 0

    def written(schedule: Schedule) -> str:
        nonlocal made
        made += 1
        return token(schedule) + "AA" * (made == 4)

    monkeypatch.setattr(Schedule, "token", written)
    executed, difference = soaked(race)
    assert (executed, type(difference)) == (4, Difference)


def test_token_that_does_not_fit_is_noticed(race: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that cannot be replayed is a difference, and what was said of it stands in place of the trace."""
    monkeypatch.setattr(Schedule, "token", lambda schedule: "1.random@0.nothing.AQ")
    executed, difference = soaked(race)
    assert isinstance(difference, Difference)
    assert (executed, difference.through) == (5, PASSES[2].words)
    assert difference.trace == "'1.random@0.nothing.AQ' is no schedule token: its last part is damaged\n"


def test_first_executions_of_another_process_count(race: str) -> None:
    """The digests that a process ends with hold for the next one, which notices when one of them is another."""
    executed, done = soaked(race)
    assert isinstance(done, Done)
    assert executed == EXECUTIONS
    assert soaked(race, done.firsts) == (EXECUTIONS, done)
    _, difference = soaked(race, [done.firsts[0], done.firsts[0]])
    assert isinstance(difference, Difference)
    assert difference.seed == 0
