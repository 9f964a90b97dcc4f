"""Find scenarios, run them, judge what came of it."""

from runner.compiler import Summary, summarize
from runner.substrate import CarrierPool, GreenletPool
from runner.suite.accept import Accepted, accept_all
from runner.suite.check import Result, check_file, check_scenario
from runner.suite.discover import Found, discover, name_of
from runner.suite.free import DEFAULT_PACE, Freely, FreeRuns, Stray, check_free
from runner.suite.judge import Mismatch, exit_code, judge
from runner.suite.launch import RunOptions, load, load_cases, replay, run
from runner.suite.plan import Item, Plan, Shard, count_tests, plan
from runner.suite.warn import Linted, Mended, lint_file, mend

__all__ = [
    "DEFAULT_PACE",
    "Accepted",
    "CarrierPool",
    "Found",
    "FreeRuns",
    "Freely",
    "GreenletPool",
    "Item",
    "Linted",
    "Mended",
    "Mismatch",
    "Plan",
    "Result",
    "RunOptions",
    "Shard",
    "Stray",
    "Summary",
    "accept_all",
    "check_file",
    "check_free",
    "check_scenario",
    "count_tests",
    "discover",
    "exit_code",
    "judge",
    "lint_file",
    "load",
    "load_cases",
    "mend",
    "name_of",
    "plan",
    "replay",
    "run",
    "summarize",
]  # fmt: skip
