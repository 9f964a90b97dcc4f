"""Pending traces: what a test leaves beside a golden that it differs from, for somebody to look at.

They are a service, and no part of what a test says: one that cannot be written makes no test fail, and none go unheard.
"""

from __future__ import annotations

from pathlib import Path

from runner.errors import UsageError
from runner.golden.files import remove, write_all
from runner.golden.journal import shown, tell_once
from runner.golden.names import pending_of


def leave_pending(golden: Path, text: str) -> None:
    """Put a trace beside its golden. Where nothing can be written, as in a read-only checkout, say so once for each folder."""
    try:
        write_all({pending_of(golden): text})
    except UsageError as error:
        tell_once(("pending", golden.parent), f"no pending traces are left in {shown(golden.parent)}: {error}")


def remove_pending(golden: Path) -> None:
    """Remove what an earlier mismatch left, now that it is settled."""
    remove([pending_of(golden)])
