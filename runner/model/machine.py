"""The machine: runs a program's threads by rules, and keeps the moments at which it asked a scheduler, to go on from there another time.

Scheduling is the controlled kernel's, rule for rule: who is ready in which order, when a scheduler is asked, how time jumps. What a run
came to is put together by the interpreter's `Execution`, to which this is the substrate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any, NoReturn, cast

from runner.errors import NOWHERE, InternalError, SizeLimitError
from runner.interpreter import Outcome
from runner.interpreter.execution import MAIN, Execution
from runner.interpreter.flow import RETURNED
from runner.interpreter.resources import Var
from runner.interpreter.verbs import bind
from runner.limits import DEFAULT
from runner.model import primitives, queues
from runner.model.rules import CALL, RULES, STOP, WAIT, YIELD, Rule
from runner.model.state import Task, Waitable
from runner.program import Code, Program
from runner.program.kinds import LOCKS
from runner.program.ops import End, Env, Op
from runner.program.schedule import Points, Scheduler, SchedulingPoint
from runner.substrate import Ending, Substrate, Verdict
from runner.substrate.controlled.greenlets import Interruptible
from runner.substrate.controlled.stdlib import load
from runner.substrate.controlled.tasks import blocked, holder
from runner.substrate.memory import LOOK_EVERY, Memory

_END = End(NOWHERE)
_RUNS, _ENDS, _LEAVES = range(3)
"""Stages of a thread: it runs its code; it is about to end; it has ended for its author."""
ENDED = -5
"""What a thread's move came to, besides the signals of `rules`: there is no more of it."""


class Stopped(BaseException):
    """Raised where the run is over; whoever runs it catches it."""


MAKERS: dict[str, Callable[[Machine, Any, dict[str, Any]], Any]] = {
    "lock": lambda m, o, made: primitives.Lock(m),
    "rlock": lambda m, o, made: primitives.RLock(m),
    "condition": lambda m, o, made: primitives.Condition(m, made[o["lock"]] if o.get("lock") else primitives.RLock(m)),
    "semaphore": lambda m, o, made: primitives.Semaphore(m, o["value"], bounded=False),
    "bounded_semaphore": lambda m, o, made: primitives.Semaphore(m, o["value"], bounded=True),
    "event": lambda m, o, made: primitives.Event(m),
    "barrier": lambda m, o, made: primitives.Barrier(m, o["parties"]),
    "queue": lambda m, o, made: queues.Queue(m, o["maxsize"]),
    "lifo_queue": lambda m, o, made: queues.LifoQueue(m, o["maxsize"]),
    "priority_queue": lambda m, o, made: queues.PriorityQueue(m, o["maxsize"]),
    "simple_queue": lambda m, o, made: queues.SimpleQueue(m),
    "var": lambda m, o, made: Var(o["value"]),
}


class Machine:
    """Executes one program again and again. To strategies it is the kernel, to the interpreter's `Execution` the substrate.

    What `script` begins with is not executed where the execution before went the same way: the machine goes on from a moment of that.
    """

    controlled = True
    points = Points.ENDS
    over = False
    listening = False
    crash: BaseException | None = None

    def __init__(self, program: Program, *, max_steps: int = DEFAULT.steps, max_events: int = DEFAULT.events) -> None:
        self.program = program
        self.modules = load()
        self.max_steps = max_steps
        self._point = SchedulingPoint()
        self._memory = Memory(DEFAULT.memory)
        self._interruptible = Interruptible()
        self._resources = self._make()
        self._vars = [(item, item.value) for item in self._resources.values() if isinstance(item, Var)]
        self._others = [item for item in self._resources.values() if not isinstance(item, Var)]
        self._moments: list[tuple[int, Any]] = []
        self._path: list[int] = []
        self._codes: dict[int, tuple[Sequence[Op], Sequence[Rule], int]] = {}
        self._by_name: dict[str, Task] = {}
        self._last = (False, False)
        self.time = self.steps = self.asked = self.timer_serial = 0
        self._running = False
        self.execution = Execution(program, cast("Substrate", self), None, max_events, record=False)

    def _make(self) -> dict[str, Any]:
        made: dict[str, Any] = dict.fromkeys(name for name in self.program.resources)
        for resource in sorted(self.program.resources.values(), key=lambda each: each.kind == "condition"):
            item = made[resource.name] = MAKERS[resource.kind](self, resource.options, made)
            if resource.kind in LOCKS or (resource.kind == "condition" and not resource.options.get("lock")):
                item.to_wait_for.label = resource.name
        return made

    @property
    def kernel(self) -> Machine:
        """Itself."""
        return self

    # -- one execution after the other ---------------------------------------------------------------------------------------

    def execute(self, scheduler: Scheduler, *, record: bool = False, ready: Callable[[Machine, Execution], None] | None = None) -> Outcome:
        """Execute the program once. `ready` is called when all is ready and nothing has moved; see `Session.execute`.

        Raises:
            RunnerError: whatever the scheduler raised.
        """
        self.choose = scheduler.choose
        self.script: Sequence[int] = ()
        self.watched = False
        self.keep: Callable[[], bool] = bool
        self.on_end: Callable[[], None] | None = None
        self.verdict: Verdict | None = None
        self._broke_in: BaseException | None = None
        if ready is not None:
            ready(self, self.execution)
        self._interruptible.begin(self._interrupted)
        try:
            self._loop(self._return_to(record))
        except Stopped:
            pass
        finally:
            self._interruptible.end()
        if self._broke_in is not None:
            raise self._broke_in
        if self.verdict is None:
            raise InternalError("an execution of the model ended without a verdict")
        ending = Ending(self.verdict, self.time, min(self.steps, self.max_steps), tuple(self.ranks), blocked(self.tasks))
        return self.execution.outcome(ending, scheduler.spec, scheduler.seed)

    def _return_to(self, record: bool) -> bool:
        """Go to the last moment that the script comes to, or to the beginning; say whether that is a moment, at which is asked."""
        how = (self.watched, record)
        if how != self._last:
            self._moments.clear()
            self._last = how
        moments, path, script = self._moments, self._path, self.script
        while moments and (len(script) < moments[-1][0] or script[: moments[-1][0]] != path[: moments[-1][0]]):
            moments.pop()
        self.limit = min(self.max_steps, LOOK_EVERY)
        if moments:
            self._load(*moments[-1])
            return True
        self._begin(record)
        return False

    def _begin(self, record: bool) -> None:
        self._memory.forget()
        self._path = []
        self.time = self.steps = self.asked = self.timer_serial = 0
        self.ranks: list[int] = []
        self.ready: list[Task] = []
        self.timers: list[tuple[int, int, Task]] = []
        self.tasks: list[Task] = []
        self.execution.begin(record=record)
        self.execution.resources = self._resources
        for var, value in self._vars:
            var.value = value
        for item in self._others:
            item.renew()
        self.current = self._task(MAIN, self.program.main, Env(thread=MAIN))

    def _save(self) -> Any:
        execution = self.execution
        return (
            (self.time, self.steps, self.timer_serial, len(self.ranks), self.current, self._running),
            (tuple(self.ready), tuple(self.timers), [(task.save(), tuple(task.end.waiters)) for task in self.tasks]),
            ([var.value for var, _ in self._vars], [item.save() for item in self._others]),
            (execution.recorder.save(), tuple(execution.failures), dict(execution.ends), len(execution.started)),
        )

    def _load(self, asked: int, saved: Any) -> None:
        counters, (ready, timers, tasks), (values, others), (recorded, failures, ends, started) = saved
        self.asked = asked
        self.time, self.steps, self.timer_serial, ranks, self.current, self._running = counters
        del self._path[asked:]
        del self.ranks[ranks:]
        self.ready, self.timers = list(ready), list(timers)
        del self.tasks[len(tasks) :]
        for task, (state, waiters) in zip(self.tasks, tasks, strict=True):
            task.load(state)
            task.end.waiters = list(waiters)
        for task in self.ready:
            task.enabled = True
        for (var, _), value in zip(self._vars, values, strict=True):
            var.value = value
        for item, state in zip(self._others, others, strict=True):
            item.load(state)
        execution = self.execution
        execution.recorder.load(recorded)
        execution.failures[:] = failures
        execution.ends = dict(ends)
        del execution.started[started:]

    def _interrupted(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            self.verdict = Verdict.INTERRUPTED
        else:
            self._broke_in = error
        self.limit = -1

    # -- scheduling: the kernel's ----------------------------------------------------------------------------------------------

    def _loop(self, asking: bool) -> None:
        while True:
            if not asking:
                me = self.current
                me.saved = None
                what = self._perform(me)
                if what == STOP:
                    self.tick()
                    if not self.ready and not self.watched:
                        continue
                    self._running = True
                elif self._cannot_go_on(what):
                    return
                elif len(self.ready) == 1 and not self.watched:
                    self._switch(self.ready.pop())
                    continue
                else:
                    self._running = False
            asking = False
            ready = self.ready
            if self._running:
                me = self.current
                rank = self._ask([me, *ready])
                if rank:
                    other = ready.pop(rank - 1)
                    ready.append(me)
                    me.enabled = True
                    self._switch(other)
            else:
                self._switch(ready.pop(self._ask(ready)))

    def _cannot_go_on(self, what: int) -> bool:
        """Do what is to be done when the current thread waits, yields or has ended; say whether the run is over."""
        me = self.current
        me.saved = None
        if what == YIELD:
            me.enabled = True
            self.ready.append(me)
        elif what == ENDED:
            me.finished = me.end.done = True
            self.enable(me.end.waiters)
            if me.serial == 1:
                self._conclude(Verdict.COMPLETED)
                return True
        if not self.ready and not self._advance():
            self._conclude(Verdict.DEADLOCK)
            return True
        return False

    def _switch(self, other: Task) -> None:
        other.enabled = False
        other.saved = None
        self.current = other
        waited_for = other.waiting
        if waited_for is not None:
            if waited_for.waiters is not None:
                waited_for.waiters.remove(other)
            other.waiting = None
            other.timer = 0

    def _ask(self, enabled: list[Task]) -> int:
        asked = self.asked
        if asked < len(self.script):
            rank = self.script[asked]
        else:
            point = self._point
            point.enabled = enabled
            point.now = self.time
            point.running = self._running
            self.asked = asked + 1
            rank = self.choose(point)
            if self.keep() and not (self._moments and self._moments[-1][0] == asked):
                self._moments.append((asked, self._save()))
        self.asked = asked + 1
        if not 0 <= rank < len(enabled):
            raise IndexError(f"the scheduler chose rank {rank} of {len(enabled)} enabled threads")
        self._path.append(rank)
        if len(enabled) > 1:
            self.ranks.append(rank)
        return rank

    def _advance(self) -> bool:
        """Jump to the earliest deadline; everybody whose deadline that is becomes enabled. False when there is none."""
        timers = self.timers
        while timers:
            deadline, serial, task = heappop(timers)
            if task.timer != serial:
                continue
            self.time = max(deadline, self.time)
            self._expire(task)
            while timers and timers[0][0] == deadline:
                _, serial, task = heappop(timers)
                if task.timer == serial:
                    self._expire(task)
            return True
        return False

    def _expire(self, task: Task) -> None:
        task.saved = None
        task.timer = 0
        task.timed_out = task.enabled = True
        self.ready.append(task)

    def enable(self, tasks: Sequence[Task]) -> None:
        """What these wait for has become free."""
        for task in tasks:
            if not task.enabled:
                task.enabled = True
                self.ready.append(task)

    def disable(self, tasks: Sequence[Task]) -> None:
        """What these wait for has been taken."""
        for task in tasks:
            if task.enabled and not task.timed_out:
                task.enabled = False
                self.ready.remove(task)

    # -- threads ---------------------------------------------------------------------------------------------------------------

    def _task(self, name: str, code: Code, env: Env) -> Task:
        task = self._by_name[name] = Task(len(self.tasks) + 1, name, self.execution.run_of(name), code, env)
        self.tasks.append(task)
        return task

    def task(self, name: str) -> Task | None:
        """Return a thread by its name; None where it has not started."""
        task = self._by_name.get(name)
        tasks = self.tasks
        return task if task is not None and task.serial <= len(tasks) and tasks[task.serial - 1] is task else None

    def start(self, name: str, announce: Callable[[], None]) -> None:
        """Start a thread and run it up to its first scheduling point; see `Kernel.spawn`.

        Raises:
            RuntimeError: it was started before.
        """
        execution = self.execution
        if name in execution.started:
            raise RuntimeError("threads can only be started once")
        execution.started.append(name)
        announce()
        declared = self.program.threads[name]
        parent = self.current
        child = self.current = self._task(name, declared.code, Env(declared.env))
        self._perform(child)
        self.tick()
        child.enabled = True
        self.ready.append(child)
        self.current = parent

    def _perform(self, task: Task) -> int:
        """Run a thread on until it stops before an op, waits, yields or has ended."""
        while task.frames:
            what = self._perform_frame(task)
            if what is not None:
                return what
        if task.stage == _RUNS:
            task.stage = _ENDS
            task.op, task.target = _END, task.name
            return STOP
        if task.stage == _ENDS:
            failure = task.failure
            try:
                self.execution.recorder.record(task.name, "end", "", error=None if failure is None else type(failure).__name__)
            finally:
                if failure is None:
                    self.execution.ended(task.name)
                else:
                    self.execution.failed(task.name, failure)
            task.stage = _LEAVES
        if task.serial == 1:  # it waits for every thread that is no daemon
            for name in self.execution.started:
                thread = self.task(name)
                if not self.program.threads[name].daemon and thread is not None and not thread.end.done:
                    task.op, task.target = self.execution.exit, name
                    self.park(task, thread.end)
                    return WAIT
        return ENDED

    def _perform_frame(self, task: Task) -> int | None:
        """Perform the ops of the innermost call; None where that has ended, or another has begun."""
        frame = task.frames[-1]
        code, index, env = frame
        ops, rules, end = self._rules_of(code)
        try:
            while index < end:
                target = rules[index](self, task, ops[index], env)
                if target is None:
                    index += 1
                elif target >= 0:
                    index = target
                else:
                    frame[1] = index
                    return None if target == CALL else target
        except SizeLimitError as error:
            self.execution.reached(error, task.name, ops[index])
        except Exception as error:
            task.phase = 0
            self._raised(task, error, ops[index], index)
            return None
        task.frames.pop()
        if task.frames:
            code, index, caller = task.frames[-1]
            bind(caller, code.ops[index].into, env.get(RETURNED))
            task.frames[-1][1] = index + 1
        return None

    def _rules_of(self, code: Code) -> tuple[Sequence[Op], Sequence[Rule], int]:
        found = self._codes.get(id(code))
        if found is None:
            found = self._codes[id(code)] = code.ops, [RULES[op.__class__] for op in code.ops], len(code.ops)
        return found

    def _raised(self, task: Task, error: Exception, op: Op, index: int) -> None:
        """Go on where an exception leads: to the cleanup around the op, or out of the function, or of the thread."""
        while True:
            frame = task.frames[-1]
            code = frame[0]
            task.run.note(error, op)
            cleanup = next((c for c in code.cleanups if c.start <= index < c.end), None)
            if cleanup is not None:
                frame[2][cleanup.slot] = error
                frame[1] = cleanup.target
                return
            task.run.passes(error)
            task.frames.pop()
            if not task.frames:
                task.failure = error
                return
            code, index, _ = task.frames[-1]
            op = code.ops[index]

    def park(self, task: Task, on: Waitable | None, nanoseconds: int | None = None) -> None:
        """Have a thread wait; it returns to its rule when it goes on."""
        task.timed_out = False
        task.waiting = on
        if nanoseconds is not None:
            self.timer_serial += 1
            task.timer = self.timer_serial
            heappush(self.timers, (self.time + nanoseconds, self.timer_serial, task))
        if on is not None:
            if on.waiters is not None:
                on.waiters.append(task)
            if task.op is not None:
                self.execution.on_block(task.name, task.op, on.label or task.target, holder(task, on))

    # -- what `Execution` and the rules ask of a substrate -----------------------------------------------------------------------

    def tick(self) -> None:
        """Count a step."""
        self.steps += 1
        if self.steps > self.limit:
            self._look()

    def _look(self) -> None:
        if self.verdict is not None or self._broke_in is not None:
            raise Stopped
        if self.steps > self.max_steps:
            self.stop(Verdict.STEP_LIMIT)
        if self._memory.grown():
            self.stop(Verdict.MEMORY_LIMIT)
        self.limit = min(self.max_steps, self.steps + LOOK_EVERY)

    def stop(self, verdict: Verdict) -> NoReturn:
        """End the run."""
        self._conclude(verdict)
        raise Stopped

    def _conclude(self, verdict: Verdict) -> None:
        if self.verdict is None:
            self.verdict = verdict
            if self.on_end is not None:
                self.on_end()

    def abort(self, error: BaseException) -> NoReturn:
        """End the run because of an error that is not the program's."""
        raise error

    def _by_rules_only(self, *_: Any) -> NoReturn:
        raise InternalError("in the model a thread performs its ops by rules")

    checkpoint = before_end = before_work = intend = enter = label = _by_rules_only

    def wall(self, seconds: float) -> float:
        """Return `seconds`."""
        return seconds

    def now(self) -> int:
        """Return virtual nanoseconds since the run began."""
        return self.time
