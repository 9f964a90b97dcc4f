"""What the tests of goldens share: a trace of a real run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.interpreter import Outcome
from runner.trace import Trace

SCENARIO = """\
name: two-workers
resources:
  guard: lock
  total: {kind: var, value: 0}
threads:
  worker:
    count: 2
    do:
      - sleep: 1
      - with: {lock: guard, do: [{sleep: 0.5}, {set: {total: "${total + 1}"}}, {print: "${thread}"}]}
"""


@pytest.fixture(scope="session")
def trace(run_text: Callable[..., Outcome]) -> Trace:
    """Give the trace of a short run."""
    return run_text(SCENARIO).trace
