"""Golden files: where they are, how a trace compares with one, and how they are written without ever leaving half a file."""

from runner.golden.compare import Comparison, compare, conflict_in, refuse_newer
from runner.golden.files import in_ci, write_all
from runner.golden.journal import change_goldens
from runner.golden.names import HIDDEN, JOURNAL, golden_of, is_golden, is_pending, may_have_cases, pending_of
from runner.golden.pending import leave_pending, remove_pending
from runner.golden.recovery import recover

__all__ = [
    "HIDDEN",
    "JOURNAL",
    "Comparison",
    "change_goldens",
    "compare",
    "conflict_in",
    "golden_of",
    "in_ci",
    "is_golden",
    "is_pending",
    "leave_pending",
    "may_have_cases",
    "pending_of",
    "recover",
    "refuse_newer",
    "remove_pending",
    "write_all",
]  # fmt: skip
