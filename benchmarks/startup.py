"""What starting up costs: the command line in a process of its own, against the same interpreter doing nothing.

`--version` and `--help` must import next to nothing; `run` of a file of 100 lines has pydantic, YAML and the engine to load.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.generate import scenario_text
from benchmarks.measure import Row, paired, timed

ROOT = Path(__file__).resolve().parent.parent
LINES = 100


def process_seconds(*arguments: str) -> float:
    """Return the wall seconds of a Python process with these arguments."""
    return timed(lambda: subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True))


def measure(quick: bool) -> Iterator[Row]:
    """Measure each command line."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder, "generated.yaml")
        scenario.write_text(scenario_text(LINES), encoding="utf-8")
        commands = {
            "runner --version": ["--version"],
            "runner --help": ["--help"],
            f"runner run, {LINES} lines": ["run", str(scenario)],
        }
        for name, arguments in commands.items():
            yield paired(
                name,
                "python -c pass",
                partial(process_seconds, "-m", "runner", *arguments),
                partial(process_seconds, "-c", "pass"),
                5 if quick else 21,
            )
