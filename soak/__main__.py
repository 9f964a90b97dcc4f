"""Execute scenarios again and again, on every Python, and compare each execution with its first, byte for byte.

Exit codes: 0, not one byte differed; 1, one did; 2, usage; 3, a scenario is invalid; 70, a process failed; 130, interrupted.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from runner.errors import ScenarioError, UsageError
from runner.golden import write_all
from runner.report.words import counted
from runner.substrate.process import usable_cpus
from soak.conduct import Processes, WorkerError
from soak.plan import Plan, make_plan
from soak.progress import Progress
from soak.pythons import find_pythons
from soak.record import Tally, schedules

LEFT = Path(".soak")
"""Where both traces of a difference are left."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, say what came of it, and return the exit code."""
    listed = list(sys.argv[1:] if arguments is None else arguments)
    options = _options(listed)
    try:
        plan = make_plan(options.paths, find_pythons(), options.executions)
        if not plan.cases:
            raise UsageError("there are no scenarios")
        return _soak(plan, options.jobs, options.record, shlex.join(["python3", "dev.py", "soak", *listed]))
    except (UsageError, ScenarioError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 3
    except WorkerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 70
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 dev.py soak", description=__doc__)
    parser.add_argument(
        "paths", nargs="*", default=["scenarios"], metavar="PATH", help="scenarios, or folders of them (default: scenarios)"
    )
    parser.add_argument("--executions", type=_number, default=20_000, metavar="N", help="how many there are at least (default: 20000)")
    parser.add_argument("--jobs", type=_number, default=usable_cpus(), metavar="N", help="processes at a time (default: one a CPU)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write down what came of it, as JSON")
    return parser.parse_args(arguments)


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number of at least 1, not {text!r}")
    return int(text)


def _soak(plan: Plan, jobs: int, record: Path | None, command: str) -> int:
    tally, progress = Tally(plan), Progress(plan.executions)
    code = 0
    try:
        with closing(iter(Processes(plan, jobs))) as said:
            for message in said:
                if message is not None:
                    tally.add(message)
                progress.tell(tally.made.total())
                if tally.difference is not None:
                    break
    except KeyboardInterrupt:
        code = 130
    progress.tell(tally.made.total(), last=True)
    _summarize(tally, interrupted=code == 130)
    if tally.difference is not None:
        _show_difference(tally)
        code = 1
    elif tally.complete and tally.nowhere:
        code = 3
    if record is not None:
        write_all({record: tally.record(command)})
    return code


def _summarize(tally: Tally, *, interrupted: bool) -> None:
    plan = tally.plan
    on = ", ".join(f"{python.version} ({tally.made[python.version]:,})" for python in plan.pythons)
    cases = f"{counted(len(plan.cases), 'case')} in {counted(plan.files, 'scenario')}"
    print(f"{tally.made.total():,} executions of {cases}, {schedules(plan)}, on CPython {on}")
    for version, left_out in sorted(tally.left_out.items()):
        print(f"left out on {version}, where they do not compile: {', '.join(sorted(map(str, left_out)))}")
    if interrupted:
        print("interrupted: not one byte differed so far")
    elif tally.nowhere:
        print(f"these compile on none of the Pythons: {', '.join(map(str, tally.nowhere))}; `python3 dev.py validate PATH` says why")
    elif tally.difference is None:
        print(f"not one byte differs; the digest of all first executions is {tally.digest()}")


def _show_difference(tally: Tally) -> None:
    assert tally.difference is not None
    message, other = tally.difference
    first = Processes(tally.plan, 1).again(tally.first_python(other.case), other.case, other.seed)
    left = LEFT / "first.jsonl", LEFT / "other.jsonl"
    write_all({left[0]: first.trace, left[1]: other.trace})
    under = "fifo" if other.seed is None else f"seed {other.seed}"
    print(f"DIFFERS: {other.case} under {under} on CPython {message.python.version}, PYTHONHASHSEED={message.hash_seed}: {other.through}")
    print("\n".join(_first_line(first.trace, other.trace, first.token, other.token)))
    print(f"both traces are in {left[0]} and {left[1]}; `python -m runner show PATH` draws one")
    case = [] if other.case.case is None else ["--case", other.case.case]
    print(f"replay: {shlex.join(['python', '-m', 'runner', 'run', other.case.file, *case, '--replay', other.token])}")


def _first_line(first: str, other: str, *tokens: str) -> list[str]:
    """Say where an execution parts from the first one."""
    lines = first.split("\n"), other.split("\n")
    for number, (left, right) in enumerate(zip(*lines, strict=False), 1):
        if left != right:
            return [f"  the traces part at line {number}:", f"    first  {left}", f"    other  {right}"]
    if tokens[0] != tokens[1]:
        return ["  the traces are the same, the tokens differ:", f"    first  {tokens[0]}", f"    other  {tokens[1]}"]
    return ["  executed once more it is the same: the first execution was the odd one, or what differs is rare"]


if __name__ == "__main__":
    sys.exit(main())
