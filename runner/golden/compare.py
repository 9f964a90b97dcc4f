"""Compare a run's trace with its golden, byte for byte; where they differ, say where they part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runner.trace import Trace, TraceError, decode, encode
from runner.trace.diff import Divergence, first_divergence


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
        expected = decode(data.decode(), str(golden))
    except (TraceError, UnicodeDecodeError) as error:
        return Comparison("unreadable", reason=str(error))
    divergence = first_divergence(expected, actual)
    if divergence is None:
        return Comparison("unreadable", reason=f"{golden}: says the same, but in other bytes (line ends, spacing); accept it again")
    return Comparison("different", expected, divergence)
