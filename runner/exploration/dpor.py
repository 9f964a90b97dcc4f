"""Dynamic partial-order reduction: of all executions that differ only in the order of what commutes, one.

Each execution is looked at for *races*: pairs of dependent steps of different threads that nothing else orders. The reverse of a race is
another execution, so the choice before its first step gets one more branch. The branches are *source sets* (Abdulla, Aronis, Jonsson and
Sagonas, POPL 2014; JACM 2017): no branch is added where one that is there begins an equivalent execution. *Sleep sets* (Godefroid, 1996)
keep threads from going where earlier branches have been. A branch carries the whole sequence that reverses its race, as a wakeup sequence
of the same authors does, which keeps most executions from running into sleep.

Steps are the kernel's: from one scheduling point to the next. Sets of steps, and the happens-before relation, are bits of integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from runner.exploration.choices import Candidate, Choices, preempts
from runner.exploration.execution import Redundant, View
from runner.exploration.frontier import NOTHING, OTHER, WAY, Mask, Names, depend, only_tries
from runner.exploration.part import Fork, Part, Reversal
from runner.program import ops
from runner.program.schedule import SchedulingPoint

FAIRNESS = 100
"""Steps in a row after which the running thread lets another go first, where it is free to choose."""


class Node:
    """A choice that was made: what else could go there, what has been, and what is still to go."""

    __slots__ = ("asleep", "at", "gone", "ready", "saved", "waiting")

    def __init__(self, at: int, asleep: dict[int, Mask], ready: dict[int, Mask], saved: Any) -> None:
        self.at = at
        self.asleep = asleep
        self.ready = ready
        self.gone: dict[int, Mask] = {}
        """Threads whose branch was explored, or is; with what they did."""
        self.waiting: list[tuple[int, ...]] = []
        """Branches to explore: the threads that go first."""
        self.saved = saved


class Step(NamedTuple):
    """What is kept of a step: its thread, who else could have gone (as bits), and how what it acts on would have made others wait."""

    thread: int
    ready: int
    closed: int
    folded: bool
    preempted: bool
    node: Node | None


new = tuple.__new__
"""A named tuple's own takes twice as long."""


class Dpor:
    """The strategy. What it makes of a part depends on nothing but the program and the part."""

    spec = "dpor"
    seed: int | None = None
    watched = True
    left_out: tuple[str, ...] = ()

    def __init__(self, names: Names, part: Part) -> None:
        self._names = names
        self._part = part
        self._own = len(part.ranks) + 1 if part.branch else 0
        """Steps before this one, and the choices there, are not of this part."""
        self.reversals: dict[Reversal, None] = {}
        """What is wanted of those, in the order in which it was found."""
        self._threads: dict[str, int] = {}
        self._started = False
        # The execution at hand, a list entry for each step.
        self._ranks: list[int] = []
        self._past: list[int] = []
        self._steps: list[Step] = []
        self._nodes: list[Node] = []
        # What is known of it by now.
        self._last: dict[int, int] = {}  # thread → the past of its last step, with itself
        self._since: dict[int, int] = {}  # thread → the step since which it has stood before its next op
        self._accesses: dict[int, int] = {}  # bit of a name → the steps that touched it
        self._writes: dict[int, int] = {}
        self._asleep: dict[int, Mask] = {}
        self._floor = 0
        self._now = 0
        self._born = 0
        self._alone = 0
        self._guide: Sequence[int] = ()
        self._at_node_now: Node | None = None
        self._again: Node | None = None

    # -- one execution after the other ---------------------------------------------------------------------------------------

    @property
    def script(self) -> Sequence[int]:
        """The choices up to where the branch begins."""
        return self._ranks

    @property
    def rest(self) -> bool:
        """Whether there is another execution to make."""
        return not self._started or any(node.waiting for node in self._nodes)

    def more(self) -> None:
        """Go to the deepest branch that has not been explored."""
        if not self._started:
            self._started = True
            return
        while not self._nodes[-1].waiting:
            self._nodes.pop()
        self._return_to(self._nodes[-1], self._nodes[-1].waiting.pop(0))

    def _return_to(self, node: Node, branch: tuple[int, ...]) -> None:
        at = node.at
        for each in (self._ranks, self._past, self._steps):
            del each[at:]
        last, since, accesses, writes, self._floor, self._now, self._born, self._alone = node.saved
        self._last, self._since, self._accesses, self._writes = dict(last), dict(since), dict(accesses), dict(writes)
        self._asleep = {**node.asleep, **node.gone}
        node.gone[branch[0]] = node.ready[branch[0]]
        self._guide = branch
        self._again = node

    def returns(self) -> bool:
        """Say whether there were several ways to go on."""
        return self._steps[-1].node is not None

    def begin(self, view: View) -> None:
        """Begin an execution: as the last one up to the branch."""
        self._view = view
        self._choices = Choices(self._names, view)
        self._over = False

    def choose(self, point: SchedulingPoint) -> int:
        """Choose as before up to the branch, then the branch, then whoever is not asleep."""
        step: int = self._view.kernel.asked - 1
        if step < len(self._ranks):
            return self._ranks[step]
        self._catch_up(point)
        folded, candidates = self._choices.at(point)
        if folded or (len(candidates) == 1 and step >= self._own and not self._asleep and not self._guide):  # most are so
            only = candidates[0]
            thread = self._thread(only.task.name)
            return self._go(only, thread, 1 << thread, None, folded=folded, preempted=False)
        ready = {self._thread(candidate.task.name): candidate for candidate in candidates}
        if step < self._own:
            thread = self._outside(step, ready)
        else:
            thread = self._inside(step, ready, point)
        node = self._at_node_now
        preempted = preempts(point, ready[thread], candidates)
        bits = 0
        for each in ready:
            bits |= 1 << each
        return self._go(ready[thread], thread, bits, node, folded=False, preempted=preempted)

    def _outside(self, step: int, ready: dict[int, Candidate]) -> int:
        """Return the thread that the part's beginning says."""
        self._at_node_now = None
        part = self._part
        if step < len(part.ranks):
            return next(thread for thread, candidate in ready.items() if candidate.rank == part.ranks[step])
        self._asleep = {self._thread(name): ready[self._thread(name)].mask for name in part.asleep}
        self._guide = tuple(self._thread(name) for name in part.branch[1:])
        return self._thread(part.branch[0])

    def _inside(self, step: int, ready: dict[int, Candidate], point: SchedulingPoint) -> int:
        node, self._again = self._again, None
        if node is None and len(ready) > 1:
            masks = {thread: candidate.mask for thread, candidate in ready.items()}
            known = (dict(self._last), dict(self._since), dict(self._accesses), dict(self._writes))
            saved = (*known, self._floor, self._now, self._born, self._alone)
            node = Node(step, dict(self._asleep), masks, saved)
            self._nodes.append(node)
        thread = self._next_of(ready, point)
        if node is not None:
            node.gone[thread] = ready[thread].mask
        self._at_node_now = node
        return thread

    def _next_of(self, ready: dict[int, Candidate], point: SchedulingPoint) -> int:
        """Return the thread that the branch says, or the first that is not asleep; one that has gone on for long comes last."""
        asleep = self._asleep
        if self._guide:
            thread, self._guide = self._guide[0], self._guide[1:]
            if thread in ready and thread not in asleep:
                return thread
            self._guide = ()
        awake = [thread for thread in ready if thread not in asleep]
        if not awake:
            if self._nodes and self._nodes[-1].at == len(self._ranks):  # where nobody goes there is no choice
                self._nodes.pop()
            self._pending_races()
            raise Redundant
        if point.running and self._alone > FAIRNESS and len(awake) > 1:
            self._alone = 0
            return awake[1]
        return awake[0]

    def over(self) -> None:
        """Look for races of what was never done: a thread may wait for ever before an op, or be cut off before it."""
        if not self._over and not self._view.kernel.crash:
            self._over = True
            self._pending_races()

    # -- steps ---------------------------------------------------------------------------------------------------------------

    def _thread(self, name: str) -> int:
        return self._threads.setdefault(name, len(self._threads))

    def _catch_up(self, point: SchedulingPoint) -> None:
        """Take note of what the last step has brought: new threads, and another time, before which all else was."""
        tasks = self._view.kernel.tasks
        while self._born < len(tasks):
            thread = self._thread(tasks[self._born].name)
            self._last[thread] = self._past[-1] if self._past else 0
            self._since[thread] = len(self._ranks)
            self._born += 1
        if point.now != self._now:
            self._pending_races()  # what did not happen before will not be there any more
            self._now = point.now
            self._floor = (1 << len(self._ranks)) - 1

    def _go(self, candidate: Candidate, thread: int, ready: int, node: Node | None, *, folded: bool, preempted: bool) -> int:
        """Make a step: find its races, and what is in its past."""
        rank, task, mask = candidate
        step = len(self._ranks)
        base = self._last.get(thread, 0) | self._floor
        op, target = task.op, task.target
        past = base | 1 << step
        if op.__class__ is ops.Join or op.__class__ is ops.Exit:
            past |= self._ended(target)
        if mask != NOTHING:
            against = self._against(mask) & ~base
            if against:
                if step >= self._own - 1:
                    self._races(thread, op, task, against, base)
                while against:
                    past |= self._past[against.bit_length() - 1]
                    against &= ~past
            self._touch(mask, 1 << step)
            asleep = self._asleep
            if asleep:
                self._asleep = {other: own for other, own in asleep.items() if other != thread and not depend(own, mask)}
        elif thread in self._asleep:
            self._asleep = {other: own for other, own in self._asleep.items() if other != thread}
        self._alone = self._alone + 1 if rank == 0 else 0
        closed = self._view.frontier.closed(target) if target is not None and mask != NOTHING else 0
        self._ranks.append(rank)
        self._past.append(past)
        self._steps.append(new(Step, (thread, ready, closed, folded, preempted, node)))
        self._last[thread] = past
        if not (folded and op.__class__ in WAY and self._view.frontier.blocks(task)):  # an attempt leaves it standing where it was
            self._since[thread] = step + 1
        return rank

    def _ended(self, name: str) -> int:
        """Return the past of a thread that has ended, or of nobody."""
        thread = self._threads.get(name)
        if thread is None or not self._view.frontier.finished(name):
            return 0
        return self._last.get(thread, 0)

    def _against(self, mask: Mask) -> int:
        """Return the steps that depend on an op."""
        found = 0
        reads, writes = mask
        while writes:
            bit = writes & -writes
            found |= self._accesses.get(bit, 0)
            writes ^= bit
        while reads:
            bit = reads & -reads
            found |= self._writes.get(bit, 0)
            reads ^= bit
        return found

    def _touch(self, mask: Mask, step: int) -> None:
        reads, writes = mask
        both = reads | writes
        while both:
            bit = both & -both
            self._accesses[bit] = self._accesses.get(bit, 0) | step
            both ^= bit
        while writes:
            bit = writes & -writes
            self._writes[bit] = self._writes.get(bit, 0) | step
            writes ^= bit

    # -- races ---------------------------------------------------------------------------------------------------------------

    def _pending_races(self) -> None:
        for task in self._view.tasks:
            if task.finished or task.op is None:
                continue
            mask = self._names.mask(task.name, task.op, task.target)
            thread = self._thread(task.name)
            base = self._last.get(thread, 0) | self._floor
            against = self._against(mask) & ~base
            if against:
                self._races(thread, task.op, task, against, base)

    def _races(self, thread: int, op: Any, task: Any, against: int, base: int) -> None:
        """Go through the steps that race with a thread's next op, the latest first; what is before one that can be reversed, it orders."""
        way = WAY.get(op.__class__, 0)
        since = self._since.get(thread, 0)
        if way and task.waiting is None and only_tries(op):
            way = 0
        everything = against
        while against:
            step = against.bit_length() - 1
            if step >= since:
                can, sure = bool(self._steps[step].ready >> thread & 1), True
            elif way == OTHER:
                can, sure = True, False
            else:
                can, sure = not self._steps[step].closed & way, True
            can = can and self._reverse(step, thread, everything, base)
            against &= ~(self._past[step] if can and sure else 1 << step)

    def _reverse(self, step: int, thread: int, against: int, base: int) -> bool:
        """See to it that what is reversed by a thread's going before a step gets explored; False if it cannot go."""
        _, ready, _, step_folded, _, node = self._steps[step]
        if node is None and (step >= self._own or step_folded or not ready & ready - 1):
            return False
        past, steps = self._past, self._steps
        members = 0
        branch: list[int] = []
        first: list[int] = []
        for other in range(step + 1, len(past)):
            made = steps[other]
            if past[other] >> step & 1 or made.folded:
                continue
            if not past[other] & members:
                first.append(made.thread)
            members |= 1 << other
            branch.append(made.thread)
        if not members & (base | against):
            first.append(thread)
        branch.append(thread)
        if not ready >> branch[0] & 1:
            return False
        if node is None:
            reversal = Reversal(tuple(self._ranks[:step]), tuple(map(self._name, first)), tuple(map(self._name, branch)))
            self.reversals[reversal] = None
        elif not any(other in node.asleep or other in node.gone for other in first) and not any(way[0] in first for way in node.waiting):
            node.waiting.append(tuple(branch))
        return True

    # -- what is left --------------------------------------------------------------------------------------------------------

    @property
    def preemptions(self) -> int:
        """How many times the last execution took the turn from a thread that could have gone on."""
        return sum(step.preempted for step in self._steps)

    @property
    def share(self) -> float:
        """How much of the part is done, if all branches were of one size."""
        done, weight = 0.0, 1.0
        for node in self._nodes:
            branches = len(node.gone) + len(node.waiting)
            done += weight * (len(node.gone) - 1) / branches
            weight /= branches
        return done

    def forks(self) -> list[Fork]:
        """Return the choices on the way to the last execution, whose branches are still to explore or may still become more."""
        if not self.rest:
            return []
        return [
            Fork(
                tuple(self._ranks[: node.at]),
                tuple(map(self._name, node.asleep)),
                tuple(map(self._name, node.gone)),
                tuple(tuple(map(self._name, branch)) for branch in node.waiting),
            )
            for node in self._nodes
        ]

    def _name(self, thread: int) -> str:
        return next(name for name, number in self._threads.items() if number == thread)
