"""The process that a program runs in: put the substrate under it, run it, say how it ended.

All that is needed is imported before the program is: what is imported later would be found among the program's own modules.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib
import importlib.util
import json
import os
import shlex
import sys
import traceback
from pathlib import Path
from typing import Any

from runner.analysis.waitfor import find_cycle
from runner.errors import RunnerError, UsageError
from runner.program.schedule import Points, Schedule
from runner.schedulers import ReplayScheduler, make_scheduler
from runner.schedulers.fair import FairScheduler
from runner.script import dates, selecting
from runner.script.isolation import import_on, isolate, own_files
from runner.script.launch import Script
from runner.script.modules import make_modules
from runner.script.observing import OURS, line_of
from runner.script.preempting import Preempting
from runner.script.program import execute, report
from runner.script.recording import Recorder
from runner.substrate.contract import Verdict
from runner.substrate.controlled.stdlib import load
from runner.substrate.controlled.whole import WholeProgram
from runner.substrate.process import frames
from runner.trace import encode

_errors = os.dup(2)  # test runners put a file in the place of 2
USAGE, WENT_WRONG, BUG, INTERRUPTED = 2, 4, 70, 130
_LEVELS = {Points.STEPS: "sync", Points.LINES: "line", Points.ACCESSES: "access"}
"""How the command line calls where scheduling points are."""
_WORDS = {Verdict.STEP_LIMIT: "step limit reached"}


class Run:
    """The one run of this process."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.program = fingerprint(script)
        level = script.preempt or "sync"
        if script.replay is None:
            scheduler: Any = FairScheduler(make_scheduler(script.policy, script.seed))
        else:
            schedule = Schedule.from_token(script.replay)
            if schedule.points in (Points.ENDS, Points.ANY):
                raise UsageError("the token is of a scenario, which `run` runs")
            _same_points(script.preempt, schedule.points)
            level = _LEVELS[schedule.points]
            if schedule.program != self.program:
                say("warning: the token was made for another version of this program, or other arguments")
            scheduler = ReplayScheduler(schedule)
        self.scheduler = scheduler
        self.modules = load()
        self.whole = WholeProgram(self.modules, scheduler, max_steps=script.max_steps, wall_limit=script.wall_limit)
        self.recorder = Recorder(self.modules, self.whole.kernel, keep=script.trace is not None)
        self.preempting = Preempting(script, level, self.recorder, self.whole.kernel)
        self.points = next(points for points, name in _LEVELS.items() if name == level)
        self.code = 0

    def main(self) -> None:
        """Run the program from its first line to its last exit handler, as its main thread."""
        threading = self.modules.threading
        self.recorder.begin(threading.main_thread())
        self.code = execute(self.script.program, self.script.arguments, is_module=self.script.is_module, compile=self.preempting.compile)
        try:
            _wait_for_threads(threading)
        except BaseException as error:
            self.code = report(error) or self.code
        atexit._run_exitfuncs()
        flush()

    def completed(self) -> int:
        """Say that the program has ended, and return its exit code."""
        failures = self.recorder.failures
        how = ["completed"]
        if self.code:
            how.append(f"exit code {self.code}")
        if failures:
            how.append(f"{failures} thread{'s' * (failures > 1)} ended by an exception")
        races = [*self.preempting.told()]
        self._say(", ".join(how), *races, replay=len(how) > 1 or bool(races))
        return self.code

    def stopped(self, ended: Verdict | BaseException) -> None:
        """Say why the program cannot end, and end the process."""
        code = BUG
        self.modules.running.kernel = None  # what Python imports from here on finds locks that are nobody's turn
        try:
            flush()
            code = self._explain(ended)
        finally:
            os._exit(code)

    def _explain(self, ended: Verdict | BaseException) -> int:
        if isinstance(ended, RunnerError):
            say(f"error: {ended}")
            return USAGE
        if isinstance(ended, BaseException):
            traceback.print_exception(ended, file=sys.__stderr__)
            return BUG
        lines = [*self._blocked()]
        if ended is Verdict.HUNG:
            lines += self._stack()
        elif ended is Verdict.STEP_LIMIT:
            call: Any = self.whole.kernel.current.op
            lines.insert(0, f"  {self.whole.kernel.current.name} goes on" + (f", last at {call.at}" if call is not None else ""))
        self._say(_WORDS.get(ended, str(ended)), *lines, *self.preempting.told(), outcome=str(ended), replay=True)
        return INTERRUPTED if ended is Verdict.INTERRUPTED else WENT_WRONG

    def _blocked(self) -> list[str]:
        kernel = self.whole.kernel
        lines = []
        waits: dict[str, str | None] = {}
        for each in kernel.blocked():
            call: Any = each.op
            where = "" if call is None else f" at {call.at}"
            what = f"is in {call.verb}" + (f" of {each.on}" if each.on else "") if call is not None else "waits"
            since: Any = each.held_since
            held = "" if each.held_by is None else f", held by {each.held_by}"
            held += f" since {since.at}" if held and since is not None else ""
            text = line_of(call.at) if call is not None else ""
            lines += [f"  {each.thread} {what}{where}{held}", *([f"    {text}"] if text else [])]
            waits[each.thread] = each.held_by
        cycle = find_cycle(waits)
        return [*lines, *([f"  cycle: {' → '.join([*cycle, cycle[0]])}"] if cycle else [])]

    def _stack(self) -> list[str]:
        task = self.whole.kernel.current
        frame = frames().get(task.native)
        shown = (
            []
            if frame is None
            else traceback.StackSummary.from_list(each for each in traceback.extract_stack(frame) if each.filename not in OURS).format()
        )
        return [f"  {task.name} has made no step for {self.script.wall_limit:g} s of real time:", *"".join(shown).splitlines()]

    def _say(self, verdict: str, *lines: str, replay: bool, outcome: str = "completed") -> None:
        kernel, script = self.whole.kernel, self.script
        if script.trace is not None:
            self._write(script.trace, outcome)
        if script.quiet and not replay:
            return
        name = f"-m {script.program}" if script.is_module else script.program
        threads = "1 thread" if len(kernel.tasks) == 1 else f"{len(kernel.tasks)} threads"
        say(f"{name}: {verdict} after {kernel.now / 1e9:.9g} s of virtual time: {threads}, {kernel.steps} steps", *lines)
        if replay:
            token = Schedule(self.scheduler.spec, self.scheduler.seed, self.program, tuple(kernel.ranks), self.points).token()
            given = ["-m", script.program] if script.is_module else [script.program]
            options = [*(["--modules", ",".join(script.modules)] if script.modules else []), *(["--races"] if script.races else [])]
            say("replay: " + shlex.join(["python", "-m", "runner", "script", "--replay", token, *options, *given, *script.arguments]))

    def _write(self, path: str, outcome: str) -> None:
        name = self.script.program if self.script.is_module else Path(self.script.program).name
        text = encode(self.recorder.trace(name, self.scheduler.spec, self.scheduler.seed, outcome))
        beside = f"{path}.{os.getpid()}.tmp"
        try:
            with open(beside, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(beside, path)
        except OSError as error:
            say(f"error: cannot write the trace: {error}")


def main(known: frozenset[str]) -> None:
    """Run the program that the command line names, and exit as it does; `known` are the modules from before ours."""
    root, given = sys.argv[1:3]
    options: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(given).items()}
    script = Script(**options)
    try:
        run = Run(script)
    except RunnerError as error:
        say(f"error: {error}")
        sys.exit(USAGE)
    found = make_modules(run.modules, run.recorder)
    OURS.update(own_files(os.path.join(root, "runner")))
    import_on(found)
    isolate(known, found)
    selecting.patch(importlib.import_module("selectors"), run.modules, run.recorder.note)
    dates.patch(importlib.import_module("datetime"), found["time"])
    importlib.import_module("random").seed(0)  # the program's: what chance gives it must not differ from run to run
    run.preempting.begin()
    run.whole.run(run.main, run.recorder.blocked, run.stopped)
    sys.exit(run.completed())


def _wait_for_threads(threading: Any) -> None:
    """Do as the interpreter does when main has ended: pools are shut down, then threads waited for that are no daemons."""
    main = threading.main_thread()
    threading._SHUTTING_DOWN = True
    for function in reversed(threading._threading_atexits):
        function()
    if hasattr(main, "_tstate_lock"):
        main._tstate_lock.complete()
        main._stop()
    else:
        getattr(main, "_os_thread_handle", None) or main._handle.complete()
    while waited := [each for each in threading.enumerate() if not each.daemon and each is not main]:
        for each in sorted(waited, key=lambda thread: thread.ident or 0):
            each.join()


def _same_points(wanted: str | None, points: Points) -> None:
    if wanted is not None and wanted != _LEVELS[points]:
        raise UsageError(f"the token was made with --preempt {_LEVELS[points]}: leave --preempt out, or say the same")


def fingerprint(script: Script) -> str:
    """Return eight digits that change with the program's text and its arguments."""
    digest = hashlib.sha256(repr((script.program if script.is_module else "", script.arguments)).encode())
    if script.modules:
        digest.update(repr(script.modules).encode())  # they say where the scheduling points are
    path: Path | None = Path(script.program)
    if script.is_module:
        try:
            spec = importlib.util.find_spec(script.program)
        except (ImportError, ValueError):
            spec = None
        path = Path(spec.origin) if spec is not None and spec.origin is not None else None
    if path is not None and path.is_file():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def say(*lines: str) -> None:
    """Write lines to the standard error that the process began with, whatever the program has made of it."""
    text = "".join(f"{line}\n" for line in lines)
    os.write(_errors, text.encode(errors="backslashreplace"))


def flush() -> None:
    """Write out what the program has printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass
