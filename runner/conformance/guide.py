"""Lead a controlled execution along a history, and notice where it leaves it.

At each scheduling point the threads that may go next are ranked: the one whose next event comes first in the history is the first choice.
One whose next op began, as was seen, only after another thread's present op was over must wait for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from runner.conformance.history import History, Observed, essence
from runner.interpreter import Outcome
from runner.program import Program
from runner.program.ops import Access, Footprint, Op
from runner.program.schedule import SchedulingPoint
from runner.substrate import ControlledSubstrate
from runner.trace import Event, plain


class Misfit(Exception):
    """The execution has left the history: by what it did, `found`, where `seen` was; or as the text says."""

    def __init__(self, text: str, *, seen: Event | None = None, found: Event | None = None) -> None:
        super().__init__(text)
        self.seen = seen
        self.found = found


class Reached(Exception):
    """All of a history that was cut off is followed; what comes after was not observed."""


class Guide:
    """A scheduler and a listener for one execution. `picks` are the choices to make first, as places in the rankings."""

    spec = "follow"
    seed: int | None = None

    def __init__(self, program: Program, history: History, picks: Sequence[int] = ()) -> None:
        self._program = program
        self._history = history
        self._picks = picks
        self._left = {name: iter(steps) for name, steps in history.threads.items()}
        self._next: dict[str, Observed | None] = {name: next(steps) for name, steps in self._left.items()}
        self._standing: dict[str, Footprint | None] = {}  # before an op, or before their end; with what it touches
        self._asleep: dict[str, Footprint] = {}
        self._inside: set[str] = set()  # in the middle of an op; all others are on their way from one to the next
        self._urgent = ""  # was last preferred to whose turn it was: its next event is to be the next
        self._late: set[str] = set()  # were passed over for such: their next event is to come as late as it was seen to be over
        self._unseen: set[str] = set()  # have done an op that the history does not have: the run ended before it was recorded
        self.followed = 0
        """How many events are followed."""
        self.straight = True
        """Whether they came in the very order of the history's, which agrees with whatever was seen to come first."""
        self._place = 0
        self.taken: list[int] = []
        """Which place in the ranking was picked, wherever there was more than one,"""
        self.choices: list[int] = []
        """how many there were,"""
        self.after: list[int] = []
        """and after how many events."""

    def lead(self, substrate: ControlledSubstrate) -> None:
        """Have a substrate tell when a thread stands before an op.

        A pool's worker that was not seen is noticed when it comes, not by its absence at the end: its pool should have had an idle one.
        """
        checkpoint, before_end, enter, name = substrate.checkpoint, substrate.before_end, substrate.enter, substrate.running

        def checkpoint_told(op: Op, target: str | None) -> None:
            me = name()
            self._standing[me] = footprint = self._footprint(op, target)
            checkpoint(op, target)
            del self._standing[me]
            self._inside.add(me)
            self._wake(footprint)

        def before_end_told() -> None:
            me = name()
            self._standing[me] = None
            before_end()
            del self._standing[me]
            self._wake(None)

        def enter_told(name: str) -> None:
            enter(name)
            if name not in self._history.names and not self._history.cut and not self._history.stuck:
                substrate.abort(Misfit(f"{name} was not seen"))

        substrate.checkpoint, substrate.before_end = checkpoint_told, before_end_told
        substrate.enter = enter_told  # type: ignore[method-assign]

    # -- choosing --------------------------------------------------------------------------------------------------------------

    def choose(self, point: SchedulingPoint) -> int:
        """Pick from the ranking.

        Raises:
            Misfit: none of the threads that could go may, by what was seen to come first.
        """
        ranking = self._ranking(point)
        if not ranking:
            raise Misfit("whoever could go on began only after others were done, who cannot go on")
        pick = 0
        if len(ranking) > 1:
            at = len(self.taken)
            pick = self._picks[at] if at < len(self._picks) else 0
            self.taken.append(pick)
            self.choices.append(len(ranking))
            self.after.append(self.followed)
        chosen = point.enabled[ranking[pick]].name
        if pick:
            self._urgent = chosen
            self._late.update(point.enabled[rank].name for rank in ranking[:pick])
            self._late.discard(chosen)
        for rank in ranking[:pick]:
            self._put_to_sleep(point.enabled[rank].name, chosen)
        if chosen not in self._standing:
            self._wake(None)
        elif self._next.get(chosen) is None:
            self._unseen.add(chosen)
        return ranking[pick]

    def _ranking(self, point: SchedulingPoint) -> list[int]:
        over = min((step.until for step in self._next.values() if step is not None), default=inf)
        ranked = []
        late = len(point.enabled) - point.late
        for rank, task in enumerate(point.enabled):
            name = task.name
            step = self._next.get(name)
            standing = name in self._standing
            if name in self._asleep:
                continue
            if step is None:
                if not (standing and name in self._unseen):
                    ranked.append((inf, name in self._history.abandoned, rank))
            elif not standing or step.began <= over:
                inside = name in self._inside
                comes = step.place if inside and rank >= late else step.closes if inside else step.opens
                ranked.append((-inf if name == self._urgent else step.until if name in self._late else comes, False, rank))
        ranked.sort()
        return [rank for _, _, rank in ranked]

    # Sleep sets (Godefroid, 1996): a thread that is passed over for one whose op commutes with its own would come to the same right after
    # it, so it is not offered again before something has happened that it depends on.

    def _put_to_sleep(self, name: str, chosen: str) -> None:
        mine, others = self._standing.get(name), self._standing.get(chosen)
        if mine is not None and others is not None and not _conflict(mine, others):
            self._asleep[name] = mine

    def _wake(self, footprint: Footprint | None) -> None:
        """Wake those for whom it matters that an op with this footprint is performed; None is for what may matter to all: an end, say."""
        if self._asleep:
            kept = {} if footprint is None else {name: own for name, own in self._asleep.items() if not _conflict(own, footprint)}
            self._asleep = kept

    def _footprint(self, op: Op, target: str | None) -> Footprint:
        """Return what an op touches. A future counts as its pool: whose worker takes what depends on all that are there."""
        return tuple((name.partition("/")[0], access) for name, access in self._program.footprint(op, target))

    # -- following -------------------------------------------------------------------------------------------------------------

    def heard(self, event: Event) -> None:
        """Take note of an event.

        Raises:
            Misfit: it is not the one that its thread was seen to come to next.
            Reached: it is the last of a history that was cut off.
        """
        if event.op == "blocked":
            return
        self._inside.discard(event.thread)
        self._late.discard(event.thread)
        if event.thread == self._urgent:
            self._urgent = ""
        step = self._next.get(event.thread)
        what = essence(event)
        if step is None:
            if event.thread in self._history.abandoned and not self._history.stuck:
                return
            raise Misfit("a thread went on that was seen to stop", found=event)
        if what != step.what:
            raise Misfit("a thread did something else", seen=step.event, found=event)
        self._next[event.thread] = next(self._left[event.thread], None)
        self.followed += 1
        self.straight = self.straight and step.place > self._place
        self._place = step.place
        if self._history.cut and self.followed == len(self._history.events):
            raise Reached

    def end(self, outcome: Outcome) -> None:
        """Hold the end against the history's.

        Raises:
            Misfit: it is another.
        """
        history = self._history
        if self.followed < len(history.events):
            raise Misfit(f"it ended ({outcome.verdict}) before all that was seen had happened")
        if history.stuck and outcome.verdict != "deadlock":
            raise Misfit(f"it is no deadlock, but ended ({outcome.verdict})")
        if history.footer is None:
            return
        footer = outcome.trace.footer
        for what, seen, found in (
            ("outcome", history.footer.outcome, footer.outcome),
            ("variables", history.footer.vars, footer.vars),
            ("queues", history.footer.queues, footer.queues),
            ("threads", history.footer.threads, footer.threads),
        ):
            if plain(seen) != plain(found):
                raise Misfit(f"{what} at the end: {plain(found)} where {plain(seen)} was seen")


def _conflict(left: Footprint, right: Footprint) -> bool:
    """Say whether two ops touch the same thing, and one of them to change it."""
    return any(name == other and Access.WRITE in (how, how_else) for name, how in left for other, how_else in right)
