"""Run a program that calls Python code in a process of its own: a crash, a hang, endless output of that code are then ends of the run.

The process loads the file itself, and only there the code is imported. It tells of events and choices as they happen, so that what there
was is known whatever becomes of it. The process's side is `runner.suite.isolated`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from runner.errors import InternalError, Place, Problem, ReplayError, ScenarioError, UsageError
from runner.interpreter import Failure, Listener, Outcome
from runner.limits import Limits
from runner.program import Program
from runner.program.ops import CallPython, Exit, Op
from runner.program.schedule import Points, Schedule
from runner.substrate import Blocked
from runner.substrate.apart import End, attend
from runner.suite.launch import RunOptions, scheduler_of
from runner.trace import Event, Footer, Header, Trace, decode, decode_event

_START = (
    "import sys; path = sys.path[:]; sys.path.insert(0, sys.argv[1]); from runner.suite.isolated import main; sys.path[:] = path; main()"
)
_ROOT = Path(__file__).resolve().parents[2]
_FRAME = re.compile(r'  File "(.*)", line \d+')
_VERDICTS = {"exited": "crashed", "silent": "hung", "overflowed": "output_limit", "interrupted": "interrupted"}


@dataclass(frozen=True, slots=True)
class Task:
    """What the process is to do: load a file, whose text must be the one that we have read, and run it. `patience` is in seconds."""

    patience: float
    path: tuple[str, ...]
    file: str
    digest: str
    params: Mapping[str, Any]
    case: str | None
    limits: Limits
    options: RunOptions


def digest(program: Program) -> str:
    """Return what changes with a file's text, and that of files which it includes: places in one are then places in the other."""
    return sha256(repr(program.source).encode(errors="surrogatepass")).hexdigest()


def all_ops(program: Program) -> list[Op]:
    """Return a program's ops, in an order that is the same in each process."""
    return [op for code in program.codes for op in code.ops]


def run_apart(program: Program, options: RunOptions, listener: Listener | None = None) -> Outcome:
    """Run a program as `launch.run` does, in a process of its own.

    Raises:
        ScenarioError: the code that it calls cannot be imported, or is not allowed.
        UsageError: the token to replay does not fit; the file was changed meanwhile; this system cannot do it.
    """
    assert options.isolated is not None
    policy, seed, points = "free", None, Points.STEPS
    if not options.free:
        scheduler, points = scheduler_of(program, options)
        policy, seed = scheduler.spec, scheduler.seed
    none_yet = Schedule(policy, seed, program.fingerprint, (), points)
    task = Task(
        options.wall_limit,
        tuple(sys.path),
        program.source.name,
        digest(program),
        dict(program.params),
        program.case,
        options.isolated,
        replace(options, isolated=None),
    )
    heard = _Heard(program, none_yet, listener)
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    end = attend([sys.executable, *flags, "-c", _START, str(_ROOT)], task, heard.hear, most_output=options.max_output)
    if heard.outcome is not None and end.how not in ("overflowed", "interrupted"):
        return heard.outcome
    schedule = None if options.free else heard.schedule(heard.ranks)
    header = Header(program.name, policy, seed, program.params, program.case)
    verdict = _VERDICTS[end.how]
    trace = Trace(header, tuple(heard.events), Footer(verdict, heard.events[-1].t if heard.events else 0))
    return Outcome(verdict, trace, schedule, 0, stack=_stack(end.faults), cut=_why(end, options), calling=heard.calling)


def _why(end: End, options: RunOptions) -> str:
    match end.how:
        case "silent":
            return f"nothing moved for {options.wall_limit:g} s of real time"
        case "overflowed":
            return f"more than {options.max_output} bytes were printed"
        case "interrupted":
            return "Ctrl-C"
        case _ if end.code >= 0:
            return f"exit code {end.code}"
    try:
        return f"killed by {signal.Signals(-end.code).name}"
    except ValueError:
        return f"killed by signal {-end.code}"


def _stack(faults: str) -> str | None:
    """Return where the code stood, the innermost line last: of the first thread whose innermost lines are none of ours."""
    own = f"{_ROOT / 'runner'}{os.sep}"
    for thread in re.split(r"^(?:Current t|T)hread .*\n", faults, flags=re.MULTILINE)[1:]:
        lines: list[str] = []
        for line in thread.splitlines():
            frame = _FRAME.match(line)
            if frame is None or frame[1].startswith(own):
                break
            if not frame[1].startswith("<"):
                lines.append(line)
        if lines:
            return "\n".join(reversed(lines))
    return None


class _Heard:
    """What the process has told."""

    def __init__(self, program: Program, none_yet: Schedule, listener: Listener | None) -> None:
        self.events: list[Event] = []
        self.ranks: list[int] = []
        self.calling: dict[str, CallPython] = {}
        """The calls that are in progress; that of the thread which was the last to do anything stands last."""
        self.outcome: Outcome | None = None
        self._program = program
        self._none_yet = none_yet
        self._ops = all_ops(program)
        self._listener = listener

    def schedule(self, ranks: list[int]) -> Schedule:
        """Return the schedule of these choices."""
        return replace(self._none_yet, ranks=tuple(ranks))

    def hear(self, line: bytes) -> None:
        """Take a message: a letter that says what it is, and what it says."""
        kind, text = chr(line[0]), line[1:].decode("utf-8", "surrogatepass")
        if kind == "e":
            event = decode_event(text)
            self.events.append(event)
            if event.thread in self.calling:
                self.calling[event.thread] = self.calling.pop(event.thread)
            if self._listener is not None:
                self._listener(event)
        elif kind == "r":
            self.ranks.append(int(text))
        else:
            self._hear(kind, json.loads(text))

    def _hear(self, kind: str, said: Any) -> None:
        match kind:
            case "c":
                thread, number = said
                call = self._ops[number]
                assert isinstance(call, CallPython)
                self.calling[thread] = call
            case "d":
                self.calling.pop(said, None)
            case "o":
                self.outcome = self._outcome(**said)
            case "p":
                raise ScenarioError(
                    self._program.source,
                    [Problem(code, message, Place(*place), hint, severity) for code, message, place, hint, severity in said],
                )
            case "u":
                raise UsageError(said)
            case "t":
                raise ReplayError(said)
            case "b":
                raise InternalError(f"in the process of the run:\n{said}")

    def _outcome(
        self, *, verdict: str, trace: str, ranks: list[int] | None, steps: int, failures: list[Any], blocked: list[Any], cycle: list[str],
        stack: str | None, limit: list[Any] | None,
    ) -> Outcome:  # fmt: skip
        return Outcome(
            verdict,
            decode(trace),
            None if ranks is None else self.schedule(ranks),
            steps,
            tuple(Failure(thread, _error(name, text), self._op(op), line) for thread, name, text, op, line in failures),
            tuple(Blocked(thread, self._op(op), on, held_by, self._op(since)) for thread, op, on, held_by, since in blocked),
            tuple(cycle),
            stack,
            None if limit is None else (limit[0], self._op(limit[1]) or Exit(self._program.exit_place)),
        )

    def _op(self, said: int | list[Any] | None) -> Op | None:
        """Return the op that is meant: one of the program's, by its number, or of one that it has not, its place."""
        if isinstance(said, int):
            return self._ops[said]
        return None if said is None else Exit(Place(*said))


def _error(name: str, text: str) -> Exception:
    """Return an exception that is called like one whose class is only known where it was raised."""
    made: Exception = type(name, (Exception,), {})(text)
    return made
