"""Exploring: does it hold under every interleaving? Search over schedules, what was found, and the smallest schedule that shows it."""

from runner.exploration.result import HAZARDS, Exploration, ExploreOptions, Finding, Kind, Progress, Row, Verdict, as_written
from runner.exploration.search import explore

__all__ = ["HAZARDS", "Exploration", "ExploreOptions", "Finding", "Kind", "Progress", "Row", "Verdict", "as_written", "explore"]
