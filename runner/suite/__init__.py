"""Find scenarios, run them, judge what came of it."""

from runner.compiler import Summary, summarize
from runner.substrate import CarrierPool
from runner.suite.accept import Accepted, accept_all
from runner.suite.check import Result, check_file, check_scenario
from runner.suite.discover import Found, discover
from runner.suite.judge import Mismatch, exit_code, judge
from runner.suite.launch import RunOptions, load, load_cases, replay, run
from runner.suite.warn import Linted, Mended, lint_file, mend

__all__ = [
    "Accepted",
    "CarrierPool",
    "Found",
    "Linted",
    "Mended",
    "Mismatch",
    "Result",
    "RunOptions",
    "Summary",
    "accept_all",
    "check_file",
    "check_scenario",
    "discover",
    "exit_code",
    "judge",
    "lint_file",
    "load",
    "load_cases",
    "mend",
    "replay",
    "run",
    "summarize",
]  # fmt: skip
