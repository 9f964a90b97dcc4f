"""Find scenarios, run them, judge what came of it."""

from runner.compiler import Summary, summarize
from runner.substrate import CarrierPool
from runner.suite.check import Result, accept_all, check_file, check_scenario
from runner.suite.discover import Found, discover
from runner.suite.judge import Mismatch, exit_code, judge
from runner.suite.launch import RunOptions, load, load_cases, replay, run

__all__ = [
    "CarrierPool",
    "Found",
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
    "load",
    "load_cases",
    "replay",
    "run",
    "summarize",
]  # fmt: skip
