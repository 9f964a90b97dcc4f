"""What the pytest plugin costs a suite that has no scenarios: pytest with it, against the same pytest without.

A suite of one test that does nothing shows what starting up costs, one of a thousand that nothing is paid for each test.
Processor time is measured, not wall time: the two sides differ by less than what else a machine does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from benchmarks.measure import Row, paired

ROOT = Path(__file__).resolve().parent.parent
TESTS = (1, 1000)


def pytest_seconds(folder: Path, *words: str) -> float:
    """Return the processor seconds of a pytest process in a folder; it has no plugins but pytest's own and those among the words."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(quick: bool) -> Iterator[Row]:
    """Measure each suite."""
    for tests in TESTS:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
            Path(folder, "test_nothing.py").write_text("".join(f"def test_{n}(): pass\n" for n in range(tests)), encoding="utf-8")
            yield paired(
                f"pytest without scenarios, {tests:,} test{'s' * (tests > 1)}",
                "pytest alone",
                partial(pytest_seconds, Path(folder), "-p", "runner.pytest_plugin"),
                partial(pytest_seconds, Path(folder)),
                5 if quick else 21,
            )
