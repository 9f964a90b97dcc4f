"""What a scheduler sees and what it leaves behind: the scheduling point, and the schedule with its token.

A `Schedule` is data. It holds, for each scheduling point with a real choice, the *rank* of the thread chosen among the
enabled ones in the order that the fifo policy prefers (the running thread first, then the longest ready). A fifo run is
all zeros, so its token is short, and the calmer the schedule the shorter the token.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from runner.errors import ReplayError

if TYPE_CHECKING:
    from runner.program.ops import Op

VERSION = "1"
_SEED = re.compile("-?[0-9]{1,1000}")


class Points(StrEnum):
    """Where a run has scheduling points, and what ends a wait with a deadline."""

    STEPS = "steps"
    """Before each visible op; virtual deadlines order things. For runs whose traces are kept: the fewest and calmest choices."""
    ENDS = "ends"
    """Also before a thread's end and a pool worker's look for work, which others may see too. Whoever explores needs these."""
    ANY = "any"
    """These as well, and a sleep or a timeout may end at any moment after it began."""
    LINES = "line"
    """Of Python programs: at calls on locks, threads and the like, and before each line of their own modules."""
    ACCESSES = "access"
    """Of Python programs: at such calls, and before each read and write there of what threads share."""


class Candidate(Protocol):
    """A thread that could go next, as a scheduler sees it."""

    serial: int
    """1 for main, then the order of starting."""
    name: str
    op: Op | None
    """The op it is about to perform, or is in the middle of."""
    target: str | None
    """The resource or thread that the op acts on, where it acts on one."""


class SchedulingPoint:
    """A moment with a choice. One object is reused for a whole run: a scheduler must not keep it."""

    __slots__ = ("enabled", "late", "now", "running")

    enabled: Sequence[Candidate]
    """Two or more threads; the running one first when it is enabled, then the longest ready first."""
    running: bool
    """Whether the first of `enabled` is the running thread (choosing another is then a preemption)."""
    late: int
    """How many of them, the last ones, only the end of a sleep or a timeout would let go on; 0 where deadlines order things."""
    now: int
    """Virtual time in nanoseconds."""

    def __init__(self) -> None:
        self.late = 0


class Scheduler(Protocol):
    """A policy: it answers with a rank at every scheduling point, and holds whatever state it needs for one run."""

    spec: str
    """How the command line spells it: `fifo`, `random`."""

    @property
    def seed(self) -> int | None:
        """What chance is made of; None where it has no say."""

    def choose(self, point: SchedulingPoint) -> int:
        """Return the index into `point.enabled` of the thread that goes next."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """The choices of one run, enough to replay it exactly on a kernel with the same scheduling points.

    `policy` and `seed` say who made them (a replayed trace then reads the same as the original); `program` is the
    fingerprint of the program they were made for.
    """

    policy: str
    seed: int | None
    program: str
    ranks: tuple[int, ...]
    points: Points = Points.STEPS

    def token(self) -> str:
        """Write the schedule as a short text without spaces or shell-special characters."""
        policy = self.policy if self.points is Points.STEPS else f"{self.policy}+{self.points}"
        policy = policy if self.seed is None else f"{policy}@{self.seed}"
        return ".".join((VERSION, policy, self.program, _pack(self.ranks)))

    @classmethod
    def from_token(cls, token: str) -> Schedule:
        """Read a token back.

        Raises:
            ReplayError: it is malformed, or of a version that this one does not know.
        """
        parts = token.strip().split(".")
        if len(parts) != 4:
            raise ReplayError(f"{token!r} is no schedule token: one has 4 parts between dots")
        version, policy, program, packed = parts
        if version != VERSION:
            raise ReplayError(f"the token is of version {version!r}; this program understands {VERSION}")
        name, _, seed = policy.partition("@")
        if seed and not _SEED.fullmatch(seed):
            raise ReplayError(f"{token!r} is no schedule token: {seed!r} is no seed")
        name, _, points = name.partition("+")
        if points and points not in tuple(Points):
            raise ReplayError(f"{token!r} is no schedule token: this program does not know scheduling points called {points!r}")
        return cls(name, int(seed) if seed else None, program, _unpack(packed, token), Points(points or Points.STEPS))


def _pack(ranks: Iterable[int]) -> str:
    """Run-length encode into base64url; trailing zeros say nothing and are dropped."""
    listed = list(ranks)
    while listed and listed[-1] == 0:
        listed.pop()
    data = bytearray()
    start = 0
    while start < len(listed):
        end = start
        while end < len(listed) and listed[end] == listed[start]:
            end += 1
        for number in (listed[start], end - start):
            while number > 127:
                data.append(128 | number & 127)
                number >>= 7
            data.append(number)
        start = end
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


MOST_RANKS = 10_000_000
"""A token claiming more choices than this is a forgery that would fill memory."""


def _unpack(packed: str, token: str) -> tuple[int, ...]:
    broken = ReplayError(f"{token!r} is no schedule token: its last part is damaged")
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise broken from None
    numbers: list[int] = []
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number = shift = 0
        elif shift > 35:
            raise broken
    if shift or len(numbers) % 2 or sum(numbers[1::2]) > MOST_RANKS:
        raise broken
    return tuple(rank for rank, times in zip(numbers[::2], numbers[1::2], strict=True) for _ in range(times))
