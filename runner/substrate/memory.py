"""How much memory the process has, as far as the system tells."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

MIB = 1 << 20
LOOK_EVERY = 256
"""Steps between two looks at the process's memory; one step cannot add more than a value within the limits."""


class Memory:
    """A limit, in MiB, on how much the process may grow from now on. Where the system does not tell, nothing ever has grown."""

    def __init__(self, limit: int) -> None:
        self._most: int | None = None
        self._limit = limit * MIB

    def forget(self) -> None:
        """Begin anew."""
        self._most = None

    def grown(self) -> bool:
        """Say whether the process has grown beyond the limit since this was first asked."""
        now = resident()
        if now is None:
            return False
        if self._most is None:
            self._most = now + self._limit
        return now > self._most


def resident() -> int | None:
    """Return the bytes of memory in use: on Linux at this moment, elsewhere the most there ever were; None where nobody tells."""
    with suppress(OSError), open("/proc/self/statm", "rb", buffering=0) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
