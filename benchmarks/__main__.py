"""Run the benchmarks and print a table: what was measured, within which range, and whether it meets its target."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.targets import TARGETS

BENCHMARKS = ("switch", "preemption", "executions", "explore", "interleaving", "free_run", "startup", "plugin", "loading", "virtual_time")
"""Module names, in the order they run; each has `measure(quick)`, which yields rows."""

COLUMNS = "{:<57} {:>7} {:>15} {:>7} {:<4}  {:<25} {:>8} {:>9}  {}"


def verdict(row: Row) -> str:
    """Say whether a row meets its target; nothing where it has none."""
    target = TARGETS.get(row.name)
    if target is None:
        return ""
    return "ok" if row.ratio <= target else "over"


def number(value: float) -> str:
    """Write three significant digits, and thousands as they are."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def duration(seconds: float | None) -> str:
    """Write seconds in the unit that suits them."""
    if seconds is None:
        return ""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def line(row: Row) -> str:
    """Write a row of the table."""
    target = TARGETS.get(row.name)
    span = f"{number(row.low)}–{number(row.high)}"
    unit = f"× {row.unit}" if row.reference is not None else row.unit
    limit = "" if target is None else f"≤ {target:g}"
    return COLUMNS.format(
        row.name, number(row.ratio), span, limit, verdict(row), unit, duration(row.seconds), duration(row.reference), row.note
    ).rstrip()


def write_json(path: Path, rows: Iterable[Row]) -> None:
    """Write the rows with their targets, for machines to read."""
    listed = [{**asdict(row), "target": TARGETS.get(row.name), "verdict": verdict(row) or None} for row in rows]
    document = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine(), "rows": listed}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for; return 1 when `--check` is given and a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=f"{', '.join(BENCHMARKS)}; may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer pairs: sooner done, and less certain")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures to PATH too")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(arguments)

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    rows: list[Row] = []
    for name in options.only or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows.extend(importlib.import_module(f"benchmarks.{name}").measure(options.quick))
    print(COLUMNS.format("", "median", "min–max", "target", "", "", "ours", "reference", "").rstrip())
    for row in rows:
        print(line(row))
    if options.json is not None:
        write_json(options.json, rows)
    missed = [row.name for row in rows if verdict(row) == "over"]
    if missed:
        print(f"over target: {'; '.join(missed)}")
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
