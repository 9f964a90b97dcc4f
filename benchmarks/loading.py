"""What loading costs: a generated scenario of 10,000 lines, against `yaml.load` with libyaml's safe loader; and many small files.

That loader builds the same plain data but keeps no positions. The first row is the like-for-like part, reading and building; the
others add what nothing there corresponds to: `validate` of that file from the disk is reading, building, validating and compiling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml

from benchmarks.generate import scenario_text
from benchmarks.measure import Row, paired, timed
from runner import spec
from runner.limits import DEFAULT
from runner.spec.source import Text
from runner.spec.yaml_events import build
from runner.suite import discover, lint_file, load_cases

LINES = 10_000
SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
FILES = 1000


def measure(quick: bool) -> Iterator[Row]:
    """Measure what is done with one large file, then with many small ones."""
    text = scenario_text(LINES)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with TemporaryDirectory() as folder:
        path = Path(folder, "large.yaml")
        path.write_text(text, "utf-8")
        works: dict[str, Callable[[], object]] = {
            f"read and build {LINES:,} lines": lambda: build(Text("generated", text), DEFAULT),
            f"load {LINES:,} lines: that and models": lambda: spec.loads(text),
            f"validate {LINES:,} lines": lambda: load_cases(path),
            f"lint {LINES:,} lines": lambda: lint_file(path),
        }
        for name, work in works.items():
            yield paired(
                name,
                "yaml.load",
                partial(timed, work),
                lambda: timed(lambda: yaml.load(path.read_bytes(), Loader=loader)),
                3 if quick else 11,
            )
    yield from _small_files(quick)


def _small_files(quick: bool) -> Iterator[Row]:
    """Measure the gallery's files, each of some forty lines, again and again until there are a thousand."""
    gallery = discover([SCENARIOS]).scenarios
    files = [gallery[number % len(gallery)] for number in range(FILES)]
    for name, work in (("validate", load_cases), ("lint", lint_file)):
        walls = [timed(lambda work=work: [work(file) for file in files]) for _ in range(1 if quick else 5)]  # type: ignore[misc]
        rates = [FILES / wall for wall in walls]
        yield Row(f"{name} {FILES:,} small files", "files a second", median(rates), min(rates), max(rates), median(walls))
