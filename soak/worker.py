"""One process of a soak: execute all cases under a block of schedules, and compare each execution with its first.

A task comes as JSON on standard input, and what came of it goes to standard output, a message a line. No execution is kept: a digest
stands for each. The first difference ends the process.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from runner.errors import ScenarioError, UsageError
from runner.program import Program
from runner.suite import CarrierPool, RunOptions, load, run
from runner.trace import encode
from soak.plan import PASSES, Case

WALL_LIMIT = 600.0
"""Seconds until a run counts as hung: on a busy machine none must."""
EVERY = 250
"""Executions between two messages of how many there are."""


@dataclass(frozen=True, slots=True)
class Task:
    """Cases, the seeds of their schedules, and the digests of first executions: seed by seed, case by case, None where there is none."""

    cases: Sequence[Case]
    seeds: Sequence[int | None]
    firsts: Sequence[str | None]

    def written(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Task:
        """Read what `written` wrote."""
        content = json.loads(text)
        return cls([Case(**case) for case in content["cases"]], content["seeds"], content["firsts"])


@dataclass(frozen=True, slots=True)
class Difference:
    """An execution that was not as its first: which, in which pass, and all that it left."""

    case: Case
    seed: int | None
    through: str
    trace: str
    token: str

    @classmethod
    def read(cls, content: dict[str, Any]) -> Difference:
        """Read what a process wrote."""
        return cls(**{**content, "case": Case(**content["case"])})


@dataclass(frozen=True, slots=True)
class Done:
    """The digests of first executions with those that were missing, and the cases that this Python's library lacks something for."""

    firsts: list[str | None]
    left_out: list[Case]


def digest(trace: str, token: str) -> str:
    """Return what stands for an execution: 16 bytes in hexadecimal."""
    return blake2b(f"{trace}{token}".encode(), digest_size=16).hexdigest()


def work(task: Task) -> Iterator[int | Difference | Done]:
    """Execute everything in each of the passes: yield how many executions were made since, then what came of it."""
    programs = [_compiled(case) for case in task.cases]
    firsts = list(task.firsts)
    tokens = [""] * len(firsts)
    made = 0
    with CarrierPool() as pool:
        for way, order in zip(PASSES, _orders(len(task.seeds), len(programs)), strict=True):
            for key in order:
                program, seed = programs[key % len(programs)], task.seeds[key // len(programs)]
                if program is None:
                    continue
                options = RunOptions(wall_limit=WALL_LIMIT, **({"replay": tokens[key]} if way.replays else {"seed": seed}))
                trace, tokens[key] = _execute(program, options, pool if way.keeps_threads else None)
                made += 1
                found = digest(trace, tokens[key])
                if firsts[key] is None:
                    firsts[key] = found
                elif firsts[key] != found:
                    yield made
                    yield Difference(task.cases[key % len(programs)], seed, way.words, trace, tokens[key])
                    return
                if made == EVERY:
                    yield made
                    made = 0
    yield made
    yield Done(firsts, [case for case, program in zip(task.cases, programs, strict=True) if program is None])


def _orders(schedules: int, cases: int) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Return the order of executions in each pass. Their number is schedule × cases + case."""
    every = range(schedules * cases)
    return every, every[::-1], [schedule * cases + case for case in range(cases) for schedule in range(schedules)]


def _compiled(case: Case) -> Program | None:
    """Compile a case; None where this Python's standard library lacks what it uses, which is an error of the file there."""
    try:
        return load(case.file, case=case.case)
    except ScenarioError:
        return None


def _execute(program: Program, options: RunOptions, pool: CarrierPool | None) -> tuple[str, str]:
    """Return an execution's trace and token; where a token does not fit, what was said of it: a difference too."""
    try:
        outcome = run(program, options, pool=pool)
    except UsageError as error:
        return f"{error}\n", options.replay or ""
    assert outcome.schedule is not None
    return encode(outcome.trace), outcome.schedule.token()


def main() -> None:
    """Do the task on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this process, who then ends it
    for message in work(Task.read(sys.stdin.read())):
        content: dict[str, Any] = {"made": message} if isinstance(message, int) else {type(message).__name__: asdict(message)}
        print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main()
