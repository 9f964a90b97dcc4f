"""Compare a run's trace with its golden, byte for byte; where they differ, say where they part. Say what a golden is that is no trace."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.errors import UsageError
from runner.trace import Trace, TraceError, decode, encode
from runner.trace.divergence import Divergence, first_divergence
from runner.trace.events import FORMAT

CARRIAGE_RETURNS = (
    "(lines that end in CR LF, as git makes them with core.autocrlf); put `*.golden.jsonl text eol=lf` into .gitattributes, "
    "then accept it again"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it: `same`, `missing` (there is no golden), `unreadable` (with the reason), or `different`."""

    state: str
    expected: Trace | None = None
    divergence: Divergence | None = None
    reason: str | None = None


def compare(golden: Path, actual: Trace) -> Comparison:
    """Compare a trace with the golden at a path."""
    try:
        data = golden.read_bytes()
    except FileNotFoundError:
        return Comparison("missing")
    except OSError as error:
        return Comparison("unreadable", reason=f"{golden}: {error.strerror}")
    if data == encode(actual).encode():
        return Comparison("same")
    try:
        expected = decode(data, str(golden))
    except TraceError as error:
        return Comparison("unreadable", reason=str(error))
    divergence = first_divergence(expected, actual)
    if divergence is None:
        why = CARRIAGE_RETURNS if b"\r\n" in data else "(line ends, spacing); accept it again"
        return Comparison("unreadable", reason=f"{golden}: says the same, but in other bytes {why}")
    return Comparison("different", expected, divergence)


def refuse_newer(golden: Path) -> None:
    """Refuse to replace a golden that a newer version wrote: it must not be turned into an older one unnoticed.

    Raises:
        UsageError: it is one, or one side of a merge conflict in it is.
    """
    for number, line in enumerate(_lines(golden), 1):
        if line.startswith(b'{"trace"'):
            with suppress(ValueError, RecursionError):
                found = json.loads(line).get("trace")
                if isinstance(found, int) and found > FORMAT:
                    raise UsageError(
                        f"{golden}:{number}: the golden is of trace format {found}, and this version writes {FORMAT}: accept it with "
                        "the version that wrote it, or remove it first"
                    )


def conflict_in(golden: Path) -> int | None:
    """Return the line of the first marker of a merge conflict in a golden, or None."""
    return next((number for number, line in enumerate(_lines(golden), 1) if line.startswith(b"<<<<<<<")), None)


def _lines(golden: Path) -> list[bytes]:
    try:
        return golden.read_bytes().split(b"\n")
    except OSError:
        return []
