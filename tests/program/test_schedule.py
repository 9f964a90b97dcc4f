"""Schedule tokens: short text that holds a run's choices exactly, and is refused with one error when it is anything else."""

from __future__ import annotations

import base64
import shlex
import string
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import ReplayError
from runner.program.schedule import MOST_RANKS, Points, Schedule

SEEDS = st.none() | st.integers(-(2**70), 2**70)
FINGERPRINTS = st.text("0123456789abcdef", min_size=8, max_size=8)
RANKS = st.lists(st.integers(0, 300) | st.just(0), max_size=60).map(tuple)


def forged(*numbers: bytes) -> str:
    """A token whose last part is these bytes."""
    return "1.fifo.00000000." + base64.urlsafe_b64encode(b"".join(numbers)).rstrip(b"=").decode()


def without_trailing_zeros(ranks: tuple[int, ...]) -> tuple[int, ...]:
    """What a token keeps of a schedule's ranks."""
    last = max((index for index, rank in enumerate(ranks, 1) if rank), default=0)
    return ranks[:last]


@given(st.sampled_from(["fifo", "random", "pct:3"]), SEEDS, FINGERPRINTS, RANKS, st.sampled_from(Points))
def test_a_token_holds_the_schedule(policy: str, seed: int | None, program: str, ranks: tuple[int, ...], points: Points) -> None:
    """Reading a token back gives the schedule it was written from, less the trailing zeros."""
    assert Schedule.from_token(Schedule(policy, seed, program, ranks, points).token()) == Schedule(
        policy, seed, program, without_trailing_zeros(ranks), points
    )


@given(RANKS)
def test_a_token_is_one_plain_word(ranks: tuple[int, ...]) -> None:
    """A token needs no quoting in a shell, and survives the spaces around it."""
    token = Schedule("random", 7, "0a1b2c3d", ranks).token()
    assert shlex.quote(token) == token
    assert Schedule.from_token(f"  {token}\n").token() == token


def test_trailing_zeros_are_dropped() -> None:
    """Zeros at the end are what fifo does anyway, so they cost nothing."""
    short = Schedule("random", 1, "00000000", (0, 2, 1))
    assert Schedule("random", 1, "00000000", (0, 2, 1, 0, 0, 0)).token() == short.token()


def test_a_fifo_token_is_short() -> None:
    """A fifo run is all zeros, however long, and its token ends empty."""
    token = Schedule("fifo", None, "0a1b2c3d", (0,) * 50_000).token()
    assert token == "1.fifo.0a1b2c3d."
    assert Schedule.from_token(token) == Schedule("fifo", None, "0a1b2c3d", ())


def test_equal_ranks_are_run_length_encoded() -> None:
    """A long run of one rank takes a few characters."""
    assert len(Schedule("fifo", None, "00000000", (1,) * 100_000).token()) < 30


DAMAGED = {
    "empty": "",
    "one word": "hello",
    "too few parts": "1.fifo.00000000",
    "too many parts": "1.fifo.00000000.AQE.x",
    "unknown version": "2.fifo.00000000.AQE",
    "no version": ".fifo.00000000.AQE",
    "seed is no number": "1.random@x.00000000.AQE",
    "seed is only a sign": "1.random@-.00000000.AQE",
    "seed with two signs": "1.random@--5.00000000.AQE",
    "seed is a superscript": "1.random@\u00b2.00000000.AQE",
    "unknown scheduling points": "1.fifo+some.00000000.AQE",
    "not base64": "1.fifo.00000000.!!!!",
    "a letter beyond ASCII": "1.fifo.00000000.\u00e9\u00e9\u00e9\u00e9",
    "half a base64 quantum": "1.fifo.00000000.AQEBA",
    "a rank without its count": forged(b"\x01"),
    "a number cut short": forged(b"\x01\x81"),
    "an endless number": forged(b"\x01", b"\xff" * 50, b"\x01"),
    "a count beyond the bound": forged(b"\x01", b"\xff\xff\xff\xff\x7f"),
    "counts that add up beyond the bound": forged(b"\x01\xc0\x96\xb1\x02" * 3),
}


@pytest.mark.parametrize("token", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_token_is_refused(token: str) -> None:
    """Whatever is wrong with a token, it is a ReplayError that says so."""
    with pytest.raises(ReplayError, match="token"):
        Schedule.from_token(token)


@given(st.text(max_size=60) | st.builds("1.{}.{}.{}".format, *[st.text(string.printable, max_size=12)] * 3))
def test_no_text_makes_anything_but_a_replay_error(text: str) -> None:
    """Any text is a token or a ReplayError."""
    try:
        schedule = Schedule.from_token(text)
    except ReplayError:
        return
    assert Schedule.from_token(schedule.token()) == Schedule(
        schedule.policy, schedule.seed, schedule.program, without_trailing_zeros(schedule.ranks), schedule.points
    )


def test_a_forged_count_takes_no_memory() -> None:
    """A token of twenty characters that claims a thousand million choices is refused before any of them is made."""
    tracemalloc.start()
    with pytest.raises(ReplayError):
        Schedule.from_token(forged(b"\x01", b"\xff\xff\xff\xff\x03"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_RANKS / 10
