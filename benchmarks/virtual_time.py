"""How far ahead of the clock virtual time is: each tutorial scenario's virtual minutes in a second of wall time.

Nothing to hold it against but the wall clock itself; higher is better, and it says more of the scenario (a long sleep
costs what a short one does) than of the engine. Reported only.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measure import Row, timed
from runner.suite import load, run

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios" / "tutorial"


def measure(quick: bool) -> Iterator[Row]:
    """Measure each scenario of the tutorial."""
    for path in sorted(SCENARIOS.glob("*.yaml")):
        program = load(path)
        gc.collect()
        minutes = run(program).trace.footer.t / 60e9
        walls = [timed(partial(run, program)) for _ in range(20 if quick else 100)]
        rates = [minutes / wall for wall in walls]
        yield Row(f"virtual time, {path.stem}", "virtual minutes a second", median(rates), min(rates), max(rates), median(walls))
