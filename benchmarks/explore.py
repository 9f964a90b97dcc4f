"""What exploring costs: against frontrun 0.7 on the same programs, against bare greenlets, and with two processes against one.

frontrun gets an environment of its own, below `.venvs/`, made when it is not there; where that fails, its rows are left out. It is run as
its documentation says, by its command line and in its default mode, dynamic partial-order reduction, with several settings; the best of
them counts for each figure. `frontrun_cases.py` has its programs, `scenarios/` ours.

*An execution* is the time of one, over all that exploring to the end makes; ours also makes those in search of the smallest schedule.
*To the verdict* is the time until either says what it says: the first failure, or that there is none. Each side is repeated in one process
that has warmed up, for importing is no part of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import greenlet

from benchmarks.measure import Row, paired, timed
from runner import spec
from runner.compiler import compile_scenario
from runner.exploration import Exploration, ExploreOptions, Verdict, explore
from runner.program import Program
from runner.suite import run

HERE = Path(__file__).resolve().parent
PINNED = "frontrun==0.7.0"
HOME = HERE.parent / ".venvs" / "frontrun-0.7.0"
BUDGET = 60
"""Seconds that frontrun is granted for a case with a setting."""
LARGEST = 1_000
"""Executions that either side makes of the largest case; the others have fewer."""
SETTINGS = ("default", "unbounded", "virtual", "virtual, unbounded", "all")


@dataclass(frozen=True, slots=True)
class Case:
    """A program that both explore: our scenario with its parameters, and whether something is wrong with it."""

    scenario: str
    params: dict[str, int | bool]
    wrong: bool

    def program(self) -> Program:
        """Compile the scenario."""
        return compile_scenario(spec.load(HERE / "scenarios" / f"{self.scenario}.yaml"), self.params)


CASES = {
    "counter, 2 threads": Case("counter", {}, wrong=True),
    "counter, 3 threads": Case("counter", {"threads": 3}, wrong=True),
    "counter, 3 threads, twice": Case("counter", {"threads": 3, "times": 2}, wrong=True),
    "locked counter, 2 threads": Case("counter", {"locked": True}, wrong=False),
    "abba": Case("forks", {}, wrong=True),
    "dining 3": Case("forks", {"seats": 3}, wrong=True),
    "dining 3, ordered": Case("forks", {"seats": 3, "ordered": True}, wrong=False),
    "buffer, notify": Case("buffer", {}, wrong=True),
    "buffer, notify_all": Case("buffer", {"all": True}, wrong=False),
    "queue, order of two producers": Case("line", {}, wrong=True),
}


@dataclass(frozen=True, slots=True)
class Side:
    """What one side came to: what it says, after how many executions, in how many seconds, each time again."""

    says: str
    right: bool
    executions: int
    seconds: tuple[float, ...]

    def each(self) -> list[float]:
        """Return the seconds of an execution."""
        return [seconds / self.executions for seconds in self.seconds]


# -- frontrun --------------------------------------------------------------------------------------------------------------


def installed() -> bool:
    """See to it that frontrun is there."""
    if not (HOME / "bin" / "frontrun").exists():
        venv.create(HOME, with_pip=True, clear=True)
        done = subprocess.run([HOME / "bin" / "python", "-m", "pip", "install", "--quiet", PINNED], check=False)
        if done.returncode:
            print("frontrun cannot be installed: its rows are left out", file=sys.stderr)
            return False
    return True


def theirs(name: str, setting: str, repeats: int) -> Side:
    """Let frontrun explore a case, in a process of its own."""
    words = [HOME / "bin" / "frontrun", HOME / "bin" / "python", HERE / "frontrun_cases.py", name, setting, repeats, BUDGET]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"turn"')]
    if not lines:
        raise RuntimeError(f"frontrun said nothing of {name}: {done.stderr}")
    last = lines[-1]
    says = {True: "passes", False: "found", None: "undecided"}[last["holds"]]
    right = last["holds"] is not None and last["holds"] is not CASES[name].wrong
    return Side(says, right, last["executions"], tuple(line["seconds"] for line in lines[1:] or lines))


# -- ours ------------------------------------------------------------------------------------------------------------------


def ours(case: Case, options: ExploreOptions, repeats: int) -> Side:
    """Explore a case."""
    program = case.program()
    found: list[Exploration] = []
    seconds = [timed(lambda: found.append(explore(program, options))) for _ in range(repeats)]
    last = found[-1]
    right = last.verdict is (Verdict.FOUND if case.wrong else Verdict.PROVED)
    return Side(str(last.verdict), right, last.made, tuple(seconds[1:]))


def compared(name: str, unit: str, mine: list[float], other: list[float], note: str) -> Row:
    """Make a row of two series that were not measured in pairs: the range is the widest that they allow."""
    a, b = median(mine), median(other)
    return Row(name, unit, a / b, min(mine) / max(other), max(mine) / min(other), a, b, note)


def side_by_side(repeats: int) -> Iterator[Row]:
    """Explore every case on either side."""
    for name, case in CASES.items():
        sides = {setting: theirs(name, setting, repeats) for setting in SETTINGS}
        most = max(side.executions for side in sides.values())
        fastest = min((item for item in sides.items() if item[1].executions >= most / 2), key=lambda item: median(item[1].each()))
        whole = ours(case, ExploreOptions(max_executions=LARGEST), repeats)
        note = f"{1 / median(whole.each()):,.0f}/s to {1 / median(fastest[1].each()):,.0f}/s ({fastest[0]})"
        yield compared(f"{name}: an execution", "frontrun's", whole.each(), fastest[1].each(), note)
        first = ours(case, ExploreOptions(first=True), repeats)
        setting, best = min(sides.items(), key=lambda item: (not item[1].right, median(item[1].seconds)))
        others = sorted({f"{side.says} ({key})" for key, side in sides.items() if not side.right})
        note = f"{_said(first)}; theirs {_said(best)} ({setting})" + (f"; wrong: {', '.join(others)}" if others else "")
        yield compared(f"{name}: to the verdict", "frontrun's", list(first.seconds), list(best.seconds), note)


def _said(side: Side) -> str:
    return f"{side.says}{'' if side.right else ', wrongly,'} after {side.executions}"


# -- against ourselves -----------------------------------------------------------------------------------------------------


def bare_round(switches: int) -> float:
    """Return the seconds of an execution by bare greenlets: two are made, and take turns so often."""

    def turns() -> None:
        for _ in range(switches // 2):
            hub.switch()

    hub = greenlet.getcurrent()

    def rounds() -> None:
        for _ in range(1000):
            pair = [greenlet.greenlet(turns), greenlet.greenlet(turns)]
            while not all(each.dead for each in pair):
                for each in pair:
                    each.switch()

    return timed(rounds) / 1000


def explored_execution(program: Program, strategy: str, limit: int) -> float:
    """Return the seconds of an execution, over so many that a strategy makes."""
    options = ExploreOptions(strategy=strategy, max_executions=limit)
    made = explore(program, options)
    return made.seconds / (made.executions + made.redundant)


def measure(quick: bool) -> Iterator[Row]:
    """Measure all three."""
    pairs = 3 if quick else 7
    increments = Case("counter", {"times": 3}, wrong=True).program()
    steps = run(increments).steps
    for strategy in ("dpor", "dfs", "random"):
        name = f"explored execution, {strategy}, 2 threads × 3 increments"
        yield paired(name, "bare greenlets", partial(explored_execution, increments, strategy, 300), partial(bare_round, steps), pairs)
    large = Case("counter", {"threads": 3, "times": 2}, wrong=True)
    program = large.program()

    def jobs(number: int) -> float:
        return timed(lambda: explore(program, ExploreOptions(max_executions=4_000, jobs=number), make=large.program))

    yield paired("4,000 executions, -j 2", "-j 1", partial(jobs, 2), partial(jobs, 1), 1 if quick else 3)
    if installed():
        yield from side_by_side(4 if quick else 8)
