"""What loading costs: a generated scenario of 10,000 lines, against `yaml.load` with libyaml's safe loader.

That loader builds the same plain data but keeps no positions. The first row is the like-for-like part, reading and building;
the next two add validation and compilation, which nothing there corresponds to, and are reported only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import yaml

from benchmarks.generate import scenario_text
from benchmarks.measure import Row, paired, timed
from runner import spec
from runner.compiler import compile_scenario
from runner.limits import DEFAULT
from runner.spec.source import Text
from runner.spec.yaml_events import build

LINES = 10_000


def measure(quick: bool) -> Iterator[Row]:
    """Measure reading and building, then with validation, then with compilation."""
    text = scenario_text(LINES)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    works: dict[str, Callable[[], object]] = {
        f"read and build {LINES:,} lines": lambda: build(Text("generated", text), DEFAULT),
        f"load {LINES:,} lines: that and validation": lambda: spec.loads(text),
        f"load and compile {LINES:,} lines": lambda: compile_scenario(spec.loads(text)),
    }
    for name, work in works.items():
        yield paired(
            name,
            "yaml.load",
            partial(timed, work),
            lambda: timed(lambda: yaml.load(text, Loader=loader)),
            3 if quick else 11,
        )
