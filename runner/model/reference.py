"""The machine as a step function: put in a state, it performs one thread's step and says in which state it is then.

For that each thread has one `Task`, whatever the order of starting, so that what is kept of one state can be put beside what is kept of
another.
"""

from __future__ import annotations

from typing import Any

from runner.interpreter.execution import MAIN
from runner.interpreter.resources import Var
from runner.model.fields import Layout
from runner.model.keys import plain
from runner.model.machine import ENDED, Machine
from runner.model.primitives import Barrier, Condition, Event, Semaphore, Waiter, Waiters
from runner.model.queues import Queue, SimpleQueue
from runner.model.rules import STOP, YIELD
from runner.model.state import Task
from runner.program import Code, Program
from runner.program.ops import Env


class Reference(Machine):
    """A machine that goes to any state and takes one step. `printed` says whether what was printed is part of a state."""

    def __init__(self, program: Program, wide: dict[str, int], *, printed: bool, max_steps: int) -> None:
        super().__init__(program, max_steps=max_steps)
        self._printed = printed
        self._said: tuple[str, ...] = ()
        self._items = {name: _part(program, name, item) for name, item in self._resources.items()}
        self._waiters = [each for item in self._items.values() for each in _waiters_of(item)]
        self.layout = layout = Layout((MAIN, *program.threads), self._items, wide)
        self.verdict = self.on_end = self._broke_in = None
        self._every: dict[str, Task] = {}
        self._absent = [
            each.put(None, None) | joiners.put((), ()) for each, joiners in zip(layout.standing, layout.joiners, strict=True)
        ]  # of threads that have not started
        self._begin(printed)
        self.limit = self.max_steps
        self.step(self.current)
        self.initial = self.read()

    def _task(self, name: str, code: Code, env: Env) -> Task:
        task = self._every.get(name)
        if task is None:
            task = self._every[name] = Task(self.layout.threads.index(name) + 1, name, self.execution.run_of(name), code, env)
        else:
            task.begin(code, env)
        self.tasks.append(task)
        return task

    def task(self, name: str) -> Task | None:
        """Return a thread by its name; None where it has not started."""
        return next((task for task in self.tasks if task.name == name), None)

    def step(self, task: Task) -> None:
        """Let a thread go on until it stops before its next op, or has to wait."""
        if task.enabled:
            self.ready.remove(task)
        self._switch(task)
        what = self._perform(task)
        if what in (STOP, YIELD):
            task.timed_out = what == YIELD and task.timed_out  # what is behind it is over
            self.enable([task])
        elif what == ENDED:
            task.finished = task.end.done = True
            self.enable(task.end.waiters)
            self.over = task.serial == 1

    def tick_over(self) -> bool:
        """Let the clock jump to where the next sleep ends; False where nobody sleeps."""
        return self._advance()

    def adopt(self, state: int) -> None:
        """Be in a state."""
        layout, execution = self.layout, self.execution
        self.time = self.steps = 0
        self.over, self.verdict = bool(state & layout.over), None
        self.tasks, self.ready = [], []
        execution.started, execution.ends, execution.failures = [], {}, []
        execution.recorder.load(0)
        self._said = layout.output.value(state)
        for name, standing, joiners, ready in zip(layout.threads, layout.standing, layout.joiners, layout.ready, strict=True):
            saved = standing.value(state)
            if saved is None:
                continue
            task = self._every[name]
            task.saved = None
            task.load(saved)
            task.timer = 0
            task.end.waiters = [self._every[each] for each in joiners.value(state)]
            self.tasks.append(task)
            if name != MAIN:
                execution.started.append(name)
            if state & ready:
                task.enabled = True
                self.ready.append(task)
        for name, item in self._items.items():
            value = layout.parts[name].value(state)
            if isinstance(item, Var):
                item.value = value
            else:
                item.load(value)
        waiting = {waiter.owner: waiter for each in self._waiters for waiter in each.save()}
        for task in self.tasks:
            task.waiting = waiting.get(task, task.waiting)
        sleeping = enumerate(layout.clock.value(state), 1)
        self.timers = [(remaining, serial, self._every[name]) for serial, (remaining, name) in sleeping]
        for _, serial, task in self.timers:
            task.timer = serial
        self.timer_serial = len(self.timers)

    def read(self) -> int:
        """Return the state that it is in."""
        layout = self.layout
        state = layout.over if self.over else 0
        absent = list(self._absent)
        for task in self.tasks:
            index = task.serial - 1
            absent[index] = 0
            task.saved = None
            saved = task.save()
            op, target, waiting, _, *rest = saved
            waits = plain(waiting) if isinstance(waiting, Waiter) else waiting is not None
            state |= layout.standing[index].put((plain(op), target, waits, *map(plain, rest)), saved)
            joiners = tuple(sorted(each.name for each in task.end.waiters))
            state |= layout.joiners[index].put(joiners, joiners) | layout.ready[index] * task.enabled
        for bits in absent:
            state |= bits
        for name, item in self._items.items():
            value = item.value if isinstance(item, Var) else item.save()
            state |= layout.parts[name].put(_without_ops(plain(value)), value)
        sleeping = sorted((deadline - self.time, task.name) for deadline, serial, task in self.timers if task.timer == serial)
        state |= layout.clock.put(tuple(sleeping), tuple(sleeping))
        said = self._said
        if self._printed:
            said += tuple(event.value for event in self.execution.recorder.events if event.op == "print")
        return state | layout.output.put(said, said)


def _part(program: Program, name: str, item: Any) -> Any:
    """Return what of a resource has a field of its own: of a condition on a lock that is declared, only who waits."""
    return item.waiters if isinstance(item, Condition) and program.resources[name].options.get("lock") else item


def _waiters_of(item: Any) -> tuple[Waiters, ...]:
    match item:
        case Waiters():
            return (item,)
        case Condition() | Semaphore() | Event() | Barrier():
            return (item.waiters,)
        case Queue():
            return item.not_empty, item.not_full, item.all_tasks_done
        case SimpleQueue():
            return (item.not_empty,)
    return ()


def _without_ops(value: Any) -> Any:
    """Leave out by which op a lock was taken: it says nothing about what comes."""
    if isinstance(value, tuple):
        return () if value[:1] == ("object",) else tuple(map(_without_ops, value))
    return value
