"""Run a compiled program against a substrate's `threading` API. One interpreter for all substrates; knows no scheduler."""

from runner.interpreter.execution import Failure, Outcome, execute
from runner.interpreter.recorder import Listener, Span
from runner.interpreter.session import Session

__all__ = ["Failure", "Listener", "Outcome", "Session", "Span", "execute"]
