"""Which thread holds which lock as the events of an execution pass. A condition's `wait` gives its lock up, and has it again afterwards.

A `wait` is recorded when it returns, so what it does at its beginning is read off its first `blocked`; that it has the lock again, off
whatever its thread does next: in a `wait_for` those are the reads of its condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from runner.analysis.names import WAITS, Names
from runner.program import ops
from runner.trace import Event


@dataclass(slots=True)
class Hold:
    """A lock that is held: since which step, and how many times its rlock was taken."""

    at: str
    depth: int = 1


class Change(NamedTuple):
    """What an event means for the locks: one that its thread has from then on, one that it gives up, and who gave up another's."""

    taken: str | None = None
    given: str | None = None
    foreign: bool = False


NONE = Change()


class Holding:
    """The locks of one execution. Call `after` with its events in order."""

    __slots__ = ("_away", "_names", "_owners", "held")

    def __init__(self, names: Names) -> None:
        self._names = names
        self._owners: dict[str, str] = {}
        self._away: dict[str, tuple[str, Hold]] = {}
        """Thread → the lock that it gave up in a condition's wait, and how it held that."""
        self.held: dict[str, dict[str, Hold]] = {}
        """Thread → lock → since when; in the order in which they were taken."""

    def waits(self, thread: str) -> bool:
        """Say whether a thread is in a condition's wait and has not the lock again."""
        return thread in self._away

    def after(self, event: Event) -> Change:
        """Take an event into account, and say what it changed."""
        thread, op = event.thread, event.op
        if op == "blocked":
            if self._begins_to_wait(event):
                lock = self._names.lock_of[event.on]  # type: ignore[index]  # as it is a condition
                hold, foreign = self._give_up(thread, lock, wholly=True)
                self._away[thread] = lock, hold
                return Change(given=lock, foreign=foreign)
            return NONE
        taken = self._take_again(thread) if thread in self._away else None
        if op == "acquire" and event.result is not False and (lock := self._names.lock_of.get(event.on or "", "")):
            own = self.held.setdefault(thread, {})
            if lock in own:
                own[lock].depth += 1
            else:
                own[lock] = Hold(event.at)
                self._owners[lock] = thread
                taken = lock
        elif op == "release" and (lock := self._names.lock_of.get(event.on or "", "")):
            _, foreign = self._give_up(thread, lock, wholly=False)
            return Change(taken, lock, foreign)
        return NONE if taken is None else Change(taken)

    def _begins_to_wait(self, event: Event) -> bool:
        names = self._names
        if event.thread in self._away or names.kinds.get(event.on or "") != "condition" or not names.is_step(event.at, *WAITS):
            return False
        in_call = names.is_step(event.at, ops.CallPython)  # which may acquire it as well: who holds it would not have to wait for that
        return not in_call or names.lock_of[event.on or ""] in self.held.get(event.thread, {})

    def _take_again(self, thread: str) -> str:
        lock, hold = self._away.pop(thread)
        self.held.setdefault(thread, {})[lock] = hold
        self._owners[lock] = thread
        return lock

    def _give_up(self, thread: str, lock: str, *, wholly: bool) -> tuple[Hold, bool]:
        """Let a lock go, which may be another thread's: anybody may release a plain one. Say whether it was."""
        owner = self._owners.get(lock, thread)
        own = self.held.get(owner, {})
        hold = own.get(lock) or Hold("")
        if not wholly and hold.depth > 1:
            hold.depth -= 1
        else:
            own.pop(lock, None)
            self._owners.pop(lock, None)
        return hold, owner != thread
