"""Golden files: where they are, how a trace compares with one, and how they are written without ever leaving half a file."""

from runner.golden.compare import Comparison, compare
from runner.golden.files import golden_of, in_ci, is_golden, may_have_cases, pending_of, remove_pending, write_all

__all__ = ["Comparison", "compare", "golden_of", "in_ci", "is_golden", "may_have_cases", "pending_of", "remove_pending", "write_all"]
