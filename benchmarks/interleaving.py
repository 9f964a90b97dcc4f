"""Exploring ordinary Python code: this project against frontrun 0.7 on the same programs, its own examples and this project's.

The programs are in `interleaving_cases.py`. frontrun is installed and run as in `explore.py`, with several settings; for each figure the
best of them counts. Ours runs at `sync`, where threads take turns at calls on locks, queues and threads, and at `access`, where they do
so at reads and writes of attributes, items and variables too, as frontrun's do.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import runner
from benchmarks.explore import BUDGET, HERE, HOME, LARGEST, compared, installed
from benchmarks.interleaving_cases import CASES, execution
from benchmarks.measure import Row, timed
from runner.exploration import Verdict

SETTINGS = ("default", "virtual", "virtual, unbounded", "virtual, all", "random")


@dataclass(frozen=True, slots=True)
class Side:
    """What one side came to with one setting: whether it is right, how many executions it made, in how many seconds each time again.

    `executions` is None where it does not say. `steps` and `switches` measure the schedule that it shows, where it has one.
    """

    setting: str
    says: str
    right: bool
    executions: int | None
    seconds: tuple[float, ...]
    steps: int | None = None
    switches: int | None = None

    def rate(self) -> float:
        """Return executions a second."""
        return (self.executions or 0) / median(self.seconds)


def theirs(name: str, setting: str, repeats: int) -> Side:
    """Let frontrun explore a case, in a process of its own."""
    words = [HOME / "bin" / "frontrun", HOME / "bin" / "python", HERE / "frontrun_cases.py", name, setting, repeats, BUDGET]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, env=environment)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"turn"')]
    if not rows:
        raise RuntimeError(f"frontrun said nothing of {name}: {done.stderr}")
    last = rows[-1]
    says = {True: "passes", False: "found", None: "undecided"}[last["holds"]]
    right = last["holds"] is not None and last["holds"] is not CASES[name].wrong
    seconds = tuple(row["seconds"] for row in rows[1:] or rows)
    return Side(setting, says, right, last["executions"], seconds, last.get("steps"), last.get("switches"))


def ours(name: str, grain: str, repeats: int, *, first: bool) -> Side:
    """Explore a case here, up to the first failure or to the end."""
    case, program = CASES[name], execution(name)
    found: list[runner.Interleaving] = []
    modules = [case.module] if case.module else []

    def explore() -> None:
        found.append(runner.interleave(program, modules=modules, preempt=grain, first=first, max_executions=LARGEST))

    seconds = [timed(explore) for _ in range(repeats)]
    last = found[-1]
    right = (last.verdict is Verdict.FOUND) is case.wrong
    steps, switches = size(last.failures[0]) if last.failures else (None, None)
    return Side(grain, str(last.verdict), right, last.found.made, tuple(seconds[1:]), steps, switches)


def size(finding: runner.Finding) -> tuple[int, int]:
    """Return how many steps the threads make by a finding's schedule, main aside, and how often turns change between them."""
    assert finding.outcome is not None
    threads = [event.thread for event in finding.outcome.trace.events if event.thread != "main"]
    return len(threads), sum(a != b for a, b in pairwise(threads))


def each(side: Side) -> list[float]:
    """Return the seconds of an execution."""
    return [seconds / (side.executions or 1) for seconds in side.seconds]


def said(side: Side) -> str:
    """Write what a side says."""
    after = "" if side.executions is None else f" after {side.executions}"
    return f"{side.says}{'' if side.right else ', wrongly,'}{after}"


def schedules(one: Side, sides: list[Side]) -> str:
    """Write how often turns change in the schedule that is shown, and in how many steps; of frontrun's the shortest."""
    found = [side for side in sides if side.steps]
    if not one.steps or not found:
        return ""
    other = min(found, key=lambda side: side.steps or 0)
    return f"; {one.switches} switches in {one.steps} steps, theirs {other.switches} in {other.steps} ({other.setting})"


def measure(quick: bool) -> Iterator[Row]:
    """Explore each program on either side."""
    if not installed():
        return
    repeats = 3 if quick else 6
    for name, case in CASES.items():
        settings = [each for each in SETTINGS if case.wrong or each != "random"]  # by chance nothing can be proved
        sides = [theirs(name, setting, repeats) for setting in settings]
        most = max(side.executions or 0 for side in sides if side.setting != "random")
        fastest = min((side for side in sides if side.executions and side.executions >= most / 2), key=lambda side: median(each(side)))
        best = min(sides, key=lambda side: (not side.right, median(side.seconds)))
        others = [f"{side.says} ({side.setting})" for side in sides if not side.right]
        for grain in ("sync", "access"):
            if grain == "sync" and not case.sync:
                continue
            whole = ours(name, grain, repeats, first=False)
            note = f"{1 / median(each(whole)):,.0f}/s to {1 / median(each(fastest)):,.0f}/s ({fastest.setting})"
            yield compared(f"{name}: an execution at {grain}", "frontrun's", each(whole), each(fastest), note)
            one = ours(name, grain, repeats, first=True)
            note = f"{said(one)}; theirs {said(best)} ({best.setting}){schedules(one, sides)}"
            note += f"; wrong: {', '.join(others)}" if others else ""
            yield compared(f"{name}: to the verdict at {grain}", "frontrun's", list(one.seconds), list(best.seconds), note)
