"""One run of one program on one substrate: its threads and resources, its trace, its outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from runner.analysis import find_cycle
from runner.errors import SizeLimitError, UsageError
from runner.interpreter.called import python_line
from runner.interpreter.exchange import shown
from runner.interpreter.pools import Pools
from runner.interpreter.recorder import Counter, Listener, Recorder, Span
from runner.interpreter.rescue import let_go
from runner.interpreter.resources import Resources
from runner.interpreter.threads import ThreadRun
from runner.limits import DEFAULT, flag
from runner.program import Program, ThreadProgram
from runner.program.exceptions import OF_MODULES, builtin, is_own
from runner.program.ops import CallPython, Env, Exit, Op, Result, Serve
from runner.program.schedule import Schedule
from runner.substrate import Blocked, Ending, FreeSubstrate, Substrate, Unwind, Verdict
from runner.trace import BlockedThread, Event, Footer, Header, Trace

MAIN = "main"
RAISED = "scenario_raised"
"""Where an exception has the op that raised it, for each thread that did: a future raises the same one wherever its result is asked for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that ended a thread, and the op that raised it."""

    thread: str
    error: Exception
    op: Op | None
    found_at: str | None = None
    """What `line` is, where the exception was raised in another process and only tells of it."""

    @property
    def line(self) -> str | None:
        """The line of Python code that raised it, as `FILE:LINE in FUNCTION`; None where no such code was called."""
        if self.found_at is not None:
            return self.found_at
        in_call = self.op is not None and (self.op.called or isinstance(self.op, CallPython))
        return python_line(self.error) if in_call else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    `verdict` is `completed`, `failed` (a thread ended by an exception), `deadlock`, `hung`, `interrupted`, or
    the limit that it reached: `step_limit`, `event_limit`, `size_limit` or `memory_limit`. In a process of its own it may have `crashed`
    as well, or have reached `output_limit`.
    `schedule` replays the run; on the free substrate there is none. `cycle` names the threads of a deadlock that wait for each
    other in turn, `limit` says which value grew beyond a limit, and at which op. `spans` are a free run's: when each event took
    place. `cut` says what ended the run's process before the run was over, such as `exit code 3`: what is known is then what
    was recorded before, and nothing of how variables, queues and threads were left. `calling` has the calls that it was in, by thread.
    """

    verdict: str
    trace: Trace
    schedule: Schedule | None
    steps: int
    failures: tuple[Failure, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    cycle: tuple[str, ...] = ()
    stack: str | None = None
    limit: tuple[str, Op] | None = None
    spans: tuple[Span, ...] = ()
    cut: str | None = None
    calling: Mapping[str, CallPython] = field(default_factory=dict)


_ASKS_WHO_RUNS = frozenset({"local", "pool", "timer"})
"""Kinds of resources whose own code asks for the current `Thread`; Python code that is called may ask as well."""

_OWN = (Exit, Serve)
"""What a thread does of itself, and no step tells it to."""


class Execution:
    """State of a run that its threads share, and of one after it once `begin` is called again."""

    def __init__(
        self,
        program: Program,
        substrate: Substrate,
        listener: Listener | None,
        max_events: int,
        *,
        record: bool = True,
        bare_thread: Callable[[Callable[[ThreadProgram], None], ThreadProgram], Any] | None = None,
    ) -> None:
        if any(call.function not in program.python for call in program.calls):
            raise UsageError("the program was loaded without the Python code that it calls: it can be looked at, and not run")
        self.program = program
        self.substrate = substrate
        self.alone: Any = self._atomic_lock()
        self._heard = None if listener is None else self._heard_by(listener)
        self._max_events = max_events
        self._declared = Resources(program.resources)
        self.exit = Exit(program.exit_place)
        self._classes = {name: self._make_class(name) for name in program.classes}
        self._timer_class: type | None = None
        asks = program.calls or _ASKS_WHO_RUNS & {resource.kind for resource in program.resources.values()}
        self._bare_thread = None if asks else bare_thread
        self._header = Header(program.name, "", None, program.params, program.case)
        self._runs: dict[str, ThreadRun] = {}
        self.begin(record=record)

    def begin(self, *, record: bool) -> None:
        """Be as new. Without `record` events are only counted."""
        self.recorder = (Recorder if record else Counter)(self.substrate, max_events=self._max_events, listener=self._heard)
        self.pools = Pools(self)
        self.limit: tuple[str, Op] | None = None
        self.resources: dict[str, Any] = {}
        self.failures: list[Failure] = []
        self.ends: dict[str, str] = {}
        self._threads: dict[str, Any] = {}
        self.started: list[str] = []

    def _heard_by(self, listener: Listener) -> Listener:
        """Let the substrate know while the listener has the word."""

        def heard(event: Event) -> None:
            self.substrate.listening = True
            try:
                listener(event)
            finally:
                self.substrate.listening = False

        return heard

    # -- what threads do -------------------------------------------------------------------------------------------------

    def main(self) -> None:
        """Be the main thread: its steps, then, as at any Python program's end, a wait for every non-daemon thread."""
        self.resources = self._declared.make(self.substrate.modules, self.substrate.label, self.pools.make)
        self.run_of(MAIN).live(self.program.main, Env(thread=MAIN))
        for pool in self.pools.names():  # before the threads, and none takes any more from now on: as `concurrent.futures` does it
            self.substrate.before_work()
            self.pools.shut_down(pool, wait=False)
        for pool in self.pools.names():
            self.substrate.intend(self.exit, pool)
            self.pools.shut_down(pool, wait=True)
        for name in self.started:  # grows while we wait: threads may start threads
            declared = self.program.threads[name]
            if not declared.daemon and not declared.raw and self._threads[name].is_alive():  # it may be about to start
                self.substrate.intend(self.exit, name)
                self._threads[name].join()

    def start(self, name: str, announce: Callable[[], None]) -> None:
        """Start a thread as it is declared.

        `announce` is called once it is certain to start, before it moves: it may have ended by the time that starting returns.

        Raises:
            RuntimeError: it was started before.
        """
        declared = self.program.threads[name]
        thread = None if declared.raw else self.thread(name)
        if name in self.started:  # `Thread.start` would see it too, but not in every version when two threads are at it together
            raise RuntimeError("threads can only be started once")
        self.started.append(name)
        announce()
        if thread is None:
            self.substrate.modules._thread.start_new_thread(self._body, (declared,))
        else:
            thread.start()

    def thread(self, name: str) -> Any:
        """Return a thread's `threading.Thread`, made when first asked for."""
        thread = self._threads.get(name)
        if thread is None:
            declared = self.program.threads[name]
            if self._bare_thread is not None:
                thread = self._threads[name] = self._bare_thread(self._body, declared)
                return thread
            daemon = self.substrate.daemonic(declared.daemon)
            if declared.interval is not None:
                self._timer_class = self._timer_class or self._make_timer()
                thread = self._timer_class(declared, daemon)
            elif declared.subclass is not None:
                thread = self._classes[declared.subclass](declared, daemon)
            else:
                thread = self.substrate.modules.threading.Thread(target=self._body, args=(declared,), name=name, daemon=daemon)
            thread = self._threads.setdefault(name, thread)  # on real threads another may have been quicker
        return thread

    def threads(self) -> tuple[Any, ...]:
        """Return every `threading.Thread` that was made."""
        return (*self._threads.values(), *self.pools.workers())

    def _body(self, declared: ThreadProgram) -> None:
        self.run_of(declared.name).live(declared.code, Env(declared.env))

    def run_of(self, name: str) -> ThreadRun:
        """Return what a thread runs with, which may be from an earlier execution."""
        run = self._runs.get(name)
        if run is None:
            run = self._runs[name] = ThreadRun(name, self)
        else:
            run.begin()
        return run

    def _make_class(self, name: str) -> type:
        """Make a scenario's class: a subclass of the substrate's Thread whose fields are set in `__init__`."""
        thread_class = self.substrate.modules.threading.Thread
        body = self._body

        def __init__(self: Any, declared: ThreadProgram, daemon: bool) -> None:
            thread_class.__init__(self, name=declared.name, daemon=daemon)
            self.declared = declared

        return type(name, (thread_class,), {"__init__": __init__, "run": lambda self: body(self.declared)})

    def _make_timer(self) -> type:
        """Make the class of timers: `threading.Timer`, which says what it waits for and how it ended."""
        timer_class = self.substrate.modules.threading.Timer
        execution = self

        def __init__(self: Any, declared: ThreadProgram, daemon: bool) -> None:
            timer_class.__init__(self, declared.interval, execution._body, (declared,))
            self.name, self.daemon = declared.name, daemon
            self.declared = declared

        def run(self: Any) -> None:
            substrate, name = execution.substrate, self.declared.name
            substrate.enter(name)
            substrate.intend(Serve(self.declared.place, lambda env: name), name)
            self.interval = substrate.wall(self.declared.interval)
            timer_class.run(self)
            if name not in execution.ends:  # it was cancelled
                with suppress(Unwind):
                    execution.recorder.record(name, "end", "")
                execution.ended(name)

        return type("Timer", (timer_class,), {"__init__": __init__, "run": run})

    def _atomic_lock(self) -> Any:
        """Return what a thread holds while it touches a variable: on real threads a lock, else None.

        So no group is broken into, and what was read and written is recorded in the order in which it was.
        """
        return None if self.substrate.controlled else self.substrate.modules.threading.Lock()

    def exception(self, name: str) -> type[Exception]:
        """Return the class of an exception that scenarios may name."""
        if is_own(name):
            own: Any = self.program.python[name]
            return own  # type: ignore[no-any-return]
        found = builtin(name)
        if found is None:
            found = getattr(getattr(self.substrate.modules, OF_MODULES[name]), name)
        assert found is not None
        return found

    def reached(self, error: SizeLimitError, thread: str, op: Op) -> NoReturn:
        """End the run because a value has reached a limit."""
        if not self.substrate.over:
            self.limit = (f"{thread}: {error} ({flag(error.limit)})", op)
        self.substrate.stop(Verdict.SIZE_LIMIT)

    def scheduling_points_of(self, name: str) -> tuple[Callable[[Op, str | None], None], Callable[[], None]]:
        """Return what a thread calls before each visible op, and before its end. On real threads both are noted: see `Recorder.begins`."""
        substrate, begins = self.substrate, self.recorder.begins
        if substrate.controlled:
            return substrate.checkpoint, substrate.before_end

        calls = False

        def before(op: Op, target: str | None) -> None:
            nonlocal calls
            begins(name, code=op.called, goes_on=calls and op.called)
            calls = isinstance(op, CallPython)
            substrate.checkpoint(op, target)

        return before, lambda: begins(name)

    def ended(self, name: str) -> None:
        """Note that a thread has run to its end."""
        self.ends[name] = "ended"

    def raised(self, name: str, error: Exception, op: Op) -> None:
        """Note which op of a thread has raised an exception."""
        vars(error).setdefault(RAISED, {})[name] = op

    def failed(self, name: str, error: Exception) -> None:
        """Note that an exception has ended a thread."""
        self.failures.append(Failure(name, error, vars(error).get(RAISED, {}).get(name)))
        self.ends[name] = f"raised {type(error).__name__}"

    def on_block(self, thread: str, op: Op, on: str | None, by: str | None) -> None:
        """Record that a thread must wait."""
        if not isinstance(op, _OWN):  # the main thread has ended for its author; what it still waits for is shown if nothing ends
            self.recorder.record(thread, "blocked", op.place.path, on, by=None if by == on else by)

    # -- what it came to ---------------------------------------------------------------------------------------------------

    def outcome(self, ending: Ending, policy: str, seed: int | None) -> Outcome:
        """Put the outcome together.

        On real threads an abandoned one may be at its end just now. It records that, has failed, has ended; this looks the other way round.
        """
        blocked = tuple(self._stuck(ending.blocked)) if ending.verdict is Verdict.DEADLOCK else ()
        ends = self._ends(blocked)
        failures = tuple(self.failures)
        verdict = "failed" if ending.verdict is Verdict.COMPLETED and failures else ending.verdict.value
        cycle = find_cycle({b.thread: b.held_by for b in blocked}) if blocked else ()
        program = self.program
        footer = Footer(
            verdict,
            ending.now,
            self._declared.final_vars(self.resources),
            self._declared.final_queues(self.resources),
            ends,
            tuple(
                BlockedThread(b.thread, b.on, None if b.held_by == b.on else b.held_by, b.op.place.path if b.op else "") for b in blocked
            ),
            cycle,
        )
        if (self._header.policy, self._header.seed) != (policy, seed):
            self._header = replace(self._header, policy=policy, seed=seed)
        events = self.recorder.finished()
        if program.python:
            footer = replace(footer, vars=shown(footer.vars), queues=shown(footer.queues))
            for event in events:
                event.value, event.result = shown(event.value), shown(event.result)
        trace = Trace(self._header, events, footer)
        spans = self.recorder.spans
        controlled = self.substrate.controlled
        schedule = Schedule(policy, seed, program.fingerprint, ending.ranks, self.substrate.points) if controlled else None
        return Outcome(verdict, trace, schedule, ending.steps, failures, blocked, cycle, ending.stack, self.limit, spans)

    def _stuck(self, blocked: Iterable[Blocked]) -> Iterable[Blocked]:
        """Leave out pool workers that have nothing to do; say whom those wait for who wait for a result."""
        for each in blocked:
            if isinstance(each.op, Result) and each.on is not None:
                yield replace(each, held_by=self.pools.busy_worker(each.on), held_since=None)
            elif not isinstance(each.op, Serve):
                yield each

    def _ends(self, blocked: tuple[Blocked, ...]) -> dict[str, str]:
        """Say for each thread how it ended: main first, then as declared."""
        stuck = {b.thread for b in blocked}
        ends = {}
        for name in (MAIN, *self.program.threads, *self.pools.ends):
            if name in self.pools.ends:
                ends[name] = "blocked" if name in stuck else self.pools.ends[name]
            elif name in self.ends:
                ends[name] = self.ends[name]
            elif name in stuck:
                ends[name] = "blocked"
            else:
                ends[name] = "abandoned" if name == MAIN or name in self.started else "never started"
        return ends


def execute(
    program: Program,
    substrate: Substrate,
    *,
    policy: str,
    seed: int | None = None,
    listener: Listener | None = None,
    max_events: int = DEFAULT.events,
) -> Outcome:
    """Run a program once; `policy` and `seed` name the scheduler in the trace's header, `listener` hears each event as it happens.

    Raises:
        RunnerError: the scheduler could not go on (a token that does not fit), or a bug of ours.
    """
    execution = Execution(program, substrate, listener, max_events)
    try:
        ending = substrate.run(execution.main, execution.on_block)
        return execution.outcome(ending, policy, seed)
    finally:
        if isinstance(substrate, FreeSubstrate):
            let_go(execution, substrate)
