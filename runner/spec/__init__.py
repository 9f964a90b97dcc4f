"""What authors write: the scenario language's models, and the loader that keeps the place of everything.

The only package that knows pydantic and YAML; nothing past the compiler imports it.
"""

from runner.spec.layout import format_text
from runner.spec.loader import DamagedScenarioError, Loaded, load, loads, read
from runner.spec.models import Scenario
from runner.spec.source import Source

__all__ = ["DamagedScenarioError", "Loaded", "Scenario", "Source", "format_text", "load", "loads", "read"]
