"""Run a compiled program against a substrate's `threading` API. One interpreter for all substrates; knows no scheduler."""

from runner.interpreter.execution import Failure, Outcome, execute
from runner.interpreter.recorder import Listener, Span

__all__ = ["Failure", "Listener", "Outcome", "Span", "execute"]
