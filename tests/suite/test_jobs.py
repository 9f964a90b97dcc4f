"""Work in several processes: order, deaths, ends. The work is `eval`, which every process has."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

import pytest

from runner.suite.jobs import in_order

KILL = "__import__('os').kill(__import__('os').getpid(), 9)"
EXIT = "__import__('os')._exit(0)"
WAIT = "__import__('signal').pause()"


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def made(warnings: list[str]) -> Callable[..., list[object]]:
    """`made(*texts, jobs=2)` evaluates texts in other processes; one that dies is `dead`."""

    def made(*texts: str, jobs: int = 2) -> list[object]:
        return list(in_order(eval, texts, jobs, lost=lambda text: f"dead: {text}", warn=warnings.append))

    return made


def test_order(made: Callable[..., list[object]]) -> None:
    """What is made comes in the order of the items, whichever process is done first."""
    assert made("sum(range(3_000_000))", *map(str, range(40)))[1:] == list(range(40))


def test_nothing(made: Callable[..., list[object]]) -> None:
    """Nothing is made of nothing."""
    assert made() == []


@pytest.mark.parametrize("death", [KILL, EXIT], ids=["kill", "exit"])
def test_death(made: Callable[..., list[object]], warnings: list[str], death: str) -> None:
    """Of an item whose process dies it is said so, and all others are made, before and after."""
    assert made("1", death, "2", *["3"] * 20) == [1, f"dead: {death}", 2, *[3] * 20]
    assert len(warnings) == 1
    assert "a process died" in warnings[0]


def test_several_deaths(made: Callable[..., list[object]]) -> None:
    """Each item that is deadly costs itself only."""
    assert made(KILL, "1", EXIT, *["2"] * 20, KILL) == [f"dead: {KILL}", 1, f"dead: {EXIT}", *[2] * 20, f"dead: {KILL}"]


def test_an_error_goes_on(made: Callable[..., list[object]]) -> None:
    """An exception is a bug of the work's, is raised here, and no process is left."""
    with pytest.raises(ZeroDivisionError):
        made("1", "1 / 0", WAIT)
    assert multiprocessing.active_children() == []


def test_whoever_has_seen_enough_waits_for_nothing() -> None:
    """What is under way when nobody wants the rest is ended, however long it would take."""
    working = in_order(eval, ["1", WAIT, WAIT], 2, lost=str, warn=pytest.fail)
    assert next(working) == 1
    working.close()
    assert multiprocessing.active_children() == []
