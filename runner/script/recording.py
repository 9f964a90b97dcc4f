"""What a run of a program was: its events as a trace, and its threads' names."""

from __future__ import annotations

import sys
from typing import Any

from runner.script.observing import Call, Names, Places, place
from runner.substrate.contract import Unwind
from runner.substrate.controlled.kernel import Kernel
from runner.substrate.controlled.stdlib import OwnModules
from runner.trace import ABSENT, BlockedThread, Event, Footer, Header, Trace

CALLS, MORE, PACE = 1000, 100, 1_000_000
"""So many calls, while somebody sleeps, take no time; the next hundred, and each hundred after them, so many nanoseconds."""


class Recorder:
    """Takes the program's calls; each is a scheduling point first, and then an event, if anybody wants those."""

    def __init__(self, modules: OwnModules, kernel: Kernel, *, keep: bool) -> None:
        self._modules = modules
        self._kernel = kernel
        self._names = Names()
        self._places = Places()
        self._keep = keep
        self._moment, self._calls = 0, 0
        self.events: list[Event] = []
        self._threads: dict[str, int] = {}
        self.ends: dict[str, str] = {}
        self.failures = 0

    def note(self, verb: str, thing: Any, value: Any = ABSENT) -> None:
        """Let others go first, the running thread being about to call something; without a verb it only looks."""
        kernel = self._kernel
        if self._modules.running.kernel is not kernel or kernel.unwinding:
            return
        self._pass_time()
        if not verb:
            kernel.preempt()
            return
        frame = self._places.frame(sys._getframe(3 if thing is not None else 2))
        call = Call(verb, place(frame))
        target = None if thing is None else self._name(thing, frame)
        kernel.checkpoint(call, target)  # type: ignore[arg-type]
        if self._keep:
            self._record(call, target, value=value)

    def point(self, call: Call, target: str | None) -> None:
        """Let others go first, the running thread being about to execute a line, or to read or write something that it shares."""
        self._pass_time()
        self._kernel.checkpoint(call, target)  # type: ignore[arg-type]
        if self._keep and target is not None:
            self._record(call, target)

    def _pass_time(self) -> None:
        """Let the clock move for those who sleep, where others make call after call, as in a loop that waits for something by asking."""
        kernel = self._kernel
        if self._moment != kernel.now:
            self._calls = CALLS - MORE if kernel.now - self._moment == PACE else 0
            self._moment = kernel.now
        self._calls += 1
        if self._calls > CALLS and kernel.timers:
            kernel.park(None, PACE)

    def _name(self, thing: Any, frame: Any) -> str:
        if isinstance(thing, self._modules.threading.Thread):
            return str(thing.name)
        name = self._names.of(thing, frame)
        lock = getattr(thing, "_block", thing)
        if isinstance(lock, self._modules._thread.LockType) and lock.label is None:
            lock.label = name
        return name

    def _record(self, call: Call, target: str | None, by: str | None = None, value: Any = ABSENT) -> None:
        kernel = self._kernel
        self.events.append(Event(len(self.events) + 1, kernel.now, kernel.current.name, call.verb, target, value, by=by, at=call.at))

    def blocked(self, thread: str, op: Any, on: str | None, by: str | None) -> None:
        """Take that a thread has to wait."""
        if self._keep:
            self._record(Call("blocked", op.at), on, by)

    def begin(self, thread: Any) -> None:
        """Take that a thread has begun: by that it stands before its first line, and others may go first."""
        kernel = self._kernel
        task = kernel.current
        name = f"thread-{task.serial}" if thread is None else str(thread.name)
        times = self._threads[name] = self._threads.get(name, 0) + 1
        task.name = name if times == 1 else f"{name}#{times}"
        self.ends[task.name] = "running"
        task.exit_hooks.append(lambda: self._ended(task.name))
        if task.serial > 1:
            kernel.preempt()

    def _ended(self, name: str) -> None:
        if self.ends[name] == "running":
            self.ends[name] = "ended"

    def raised(self) -> None:
        """Take that an exception ends the running thread."""
        error = sys.exc_info()[0]
        if error is not None and not issubclass(error, SystemExit | Unwind):
            self.failures += 1
            self.ends[self._kernel.current.name] = f"raised {error.__name__}"

    def trace(self, name: str, policy: str, seed: int | None, outcome: str) -> Trace:
        """Return the whole trace."""
        blocked = (
            ()
            if outcome == "completed"
            else tuple(BlockedThread(each.thread, each.on, each.held_by, getattr(each.op, "at", "")) for each in self._kernel.blocked())
        )
        footer = Footer(outcome, self._kernel.now, threads=self.ends, blocked=blocked)
        return Trace(Header(name, policy, seed), tuple(self.events), footer)
