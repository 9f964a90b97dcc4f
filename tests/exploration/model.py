"""Ground truth for exploring: all interleavings of an abstract program, by plain recursion.

A program (abstract.py) is executed as a transition system: an op that would wait is not enabled, whatever is enabled may go next, and that
is all. So it knows nothing of how the real thing runs, schedules or searches, and is small enough to be believed. What it knows of
primitives is what Python's documentation says of them.

Two ops are dependent when they are of one thread, or on the same object and not both reads of a variable. Interleavings that differ only in
the order of independent neighbours are of one class, and a class is told by its Foata normal form: every event stands one level above the
highest of those before it that it depends on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.exploration.abstract import (
    Acquire,
    Await,
    Condition,
    Get,
    If,
    Lock,
    Notify,
    Object,
    Op,
    Program,
    Put,
    Queue,
    Read,
    Release,
    Semaphore,
    Set,
    Value,
    Var,
    Wait,
    While,
    Write,
    as_yaml,
    thread_name,
)
from tests.exploration.programs import programs

__all__ = ["Counts", "Final", "as_yaml", "count", "count_large", "interleavings", "programs"]

READS = Read | If | While

# -- the transition system -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as it stands: what is left to do, and what it saw last."""

    left: tuple[Op, ...]
    seen: int = 0
    waits: bool = False
    """For a notification."""
    woken: bool = False
    """It is notified, and still has to take the lock."""
    failed: bool = False


Shared = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class State:
    """Where all threads are and what every object holds."""

    threads: tuple[Thread, ...]
    shared: Shared


def start(program: Program) -> State:
    """Return the state before anything has happened."""

    def first(what: Object) -> object:
        match what:
            case Var(value) | Semaphore(value):
                return value
            case Queue() | Condition():
                return ()  # items; waiting threads
            case _:
                return False  # locked; set

    return State(tuple(Thread(ops) for ops in program.threads), tuple((name, first(what)) for name, what in program.objects.items()))


def enabled(program: Program, state: State, number: int) -> bool:
    """Say whether a thread can go on."""
    thread = state.threads[number]
    if not thread.left or thread.waits:
        return False
    op, shared = thread.left[0], dict(state.shared)
    what = program.objects[op.on]
    match op, what:
        case _, Condition(lock) if thread.woken:
            return not shared[lock]
        case Acquire(), Lock():
            return not shared[op.on]
        case Acquire() | Get() | Await(), _:
            return bool(shared[op.on])
        case Put(), Queue(size):
            return not size or len(shared[op.on]) < size
    return True


def touches(program: Program, state: State, number: int) -> tuple[tuple[str, bool], ...]:
    """Return what a thread's next op is on, and whether it is more than a read."""
    op = state.threads[number].left[0]
    what = program.objects[op.on]
    also = ((what.lock, True),) if isinstance(what, Condition) else ()
    return ((op.on, not isinstance(op, READS)), *also)


def step(program: Program, state: State, number: int) -> State:
    """Let a thread that can do its next op."""
    threads, shared = list(state.threads), dict(state.shared)
    me = state.threads[number]
    op, left, seen = me.left[0], me.left[1:], me.seen
    after = None
    what, held = program.objects[op.on], shared[op.on]

    def value(of: Value) -> int:
        return seen + of.number if of.relative else of.number

    match op, what:
        case Read(), _:
            after = Thread(left, held)
        case If(_, equals, body), _:
            after = Thread(body + left if held == equals else left, seen)
        case While(_, equals, body), _:
            after = Thread(body + me.left if held == equals else left, seen)
        case Write(_, new), _:
            shared[op.on] = value(new)
        case Acquire(), Semaphore():
            shared[op.on] = held - 1
        case Release(), Semaphore():
            shared[op.on] = held + 1
        case Acquire(), _:
            shared[op.on] = True
        case Release(), _:
            shared[op.on] = False
            after = None if held else Thread((), seen, failed=True)
        case Put(_, new), _:
            shared[op.on] = (*held, value(new))
        case Get(), _:
            shared[op.on] = held[1:]
            after = Thread(left, held[0])
        case Set(), _:
            shared[op.on] = True
        case Wait(), Condition(lock) if me.woken:
            shared[lock] = True
        case ((Wait() | Notify()), Condition(lock)) if not shared[lock]:
            after = Thread((), seen, failed=True)
        case Wait(), Condition(lock):
            shared[lock] = False
            shared[op.on] = (*held, number)
            after = Thread(me.left, seen, waits=True)
        case Notify(_, n), _:
            n = len(held) if n is None else n
            for other in held[:n]:
                threads[other] = Thread(threads[other].left, threads[other].seen, woken=True)
            shared[op.on] = held[n:]
    threads[number] = Thread(left, seen) if after is None else after
    return State(tuple(threads), tuple(shared.items()))


@dataclass(frozen=True, slots=True)
class Final:
    """How an execution ended: `completed`, `failed` or `deadlock`, with what variables and queues then hold and who raised."""

    outcome: str
    vars: tuple[tuple[str, int], ...]
    queues: tuple[tuple[str, tuple[int, ...]], ...]
    raises: tuple[str, ...] = ()


def final(program: Program, state: State) -> Final:
    """Describe a state in which nothing can go on."""
    failed = tuple(thread_name(number) for number, thread in enumerate(state.threads) if thread.failed)
    stuck = any(thread.left for thread in state.threads)
    kinds = program.objects
    return Final(
        "deadlock" if stuck else "failed" if failed else "completed",
        tuple((name, value) for name, value in state.shared if isinstance(kinds[name], Var)),
        tuple((name, value) for name, value in state.shared if isinstance(kinds[name], Queue)),
        failed,
    )


# -- counting --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """All interleavings of a program. `complete` and `classes` are those in which every thread ends, whether by an exception or not."""

    complete: int
    deadlocked: int
    classes: int
    deadlocked_classes: int
    outcomes: frozenset[Final]


Form = tuple[tuple[int, int], ...]
"""Of each event the level and the thread, sorted."""


@dataclass(frozen=True, slots=True)
class _Levels:
    """How high the last event of each thread stands, and the last write and the highest read of each object."""

    threads: dict[int, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    reads: dict[str, int] = field(default_factory=dict)

    def after(self, number: int, touched: tuple[tuple[str, bool], ...]) -> tuple[int, _Levels]:
        below = [self.threads.get(number, 0)]
        for name, writes in touched:
            below.append(self.writes.get(name, 0))
            if writes:
                below.append(self.reads.get(name, 0))
        level = 1 + max(below)
        after = _Levels({**self.threads, number: level}, dict(self.writes), dict(self.reads))
        for name, writes in touched:
            if writes:
                after.writes[name] = level
            else:
                after.reads[name] = max(level, self.reads.get(name, 0))
        return level, after


def interleavings(program: Program) -> Iterator[tuple[tuple[int, ...], Form, Final]]:
    """Make every interleaving: the threads in the order they move, its class, and how it ends."""

    def go(state: State, moves: tuple[int, ...], levels: _Levels, form: Form) -> Iterator[tuple[tuple[int, ...], Form, Final]]:
        able = [number for number in range(len(state.threads)) if enabled(program, state, number)]
        for number in able:
            level, after = levels.after(number, touches(program, state, number))
            yield from go(step(program, state, number), (*moves, number), after, (*form, (level, number)))
        if not able:
            yield moves, tuple(sorted(form)), final(program, state)

    yield from go(start(program), (), _Levels(), ())


def count(program: Program) -> Counts:
    """Count by making every interleaving. A program that waits in a circle without blocking has no end."""
    complete: list[Form] = []
    deadlocked: list[Form] = []
    outcomes = set()
    for _, form, end in interleavings(program):
        (deadlocked if end.outcome == "deadlock" else complete).append(form)
        outcomes.add(end)
    return Counts(len(complete), len(deadlocked), len(set(complete)), len(set(deadlocked)), frozenset(outcomes))


def count_large(program: Program) -> Counts:
    """Count without making them: ways through the graph of states, and those that sleep sets leave, which are one for each class."""

    def independent(state: State, one: int, other: int) -> bool:
        mine = dict(touches(program, state, one))
        return all(name not in mine or not (writes or mine[name]) for name, writes in touches(program, state, other))

    outcomes = set()

    @cache
    def ways(state: State) -> tuple[int, int]:
        able = [number for number in range(len(state.threads)) if enabled(program, state, number)]
        if not able:
            end = final(program, state)
            outcomes.add(end)
            return (0, 1) if end.outcome == "deadlock" else (1, 0)
        found = [ways(step(program, state, number)) for number in able]
        return sum(pair[0] for pair in found), sum(pair[1] for pair in found)

    @cache
    def classes(state: State, asleep: frozenset[int]) -> tuple[int, int]:
        able = [number for number in range(len(state.threads)) if enabled(program, state, number)]
        if not able:
            return (0, 1) if final(program, state).outcome == "deadlock" else (1, 0)
        complete = deadlocked = 0
        done = asleep
        for number in able:
            if number in asleep:
                continue
            below = classes(step(program, state, number), frozenset(it for it in done if independent(state, it, number)))
            complete, deadlocked = complete + below[0], deadlocked + below[1]
            done |= {number}
        return complete, deadlocked

    return Counts(*ways(start(program)), *classes(start(program), frozenset()), frozenset(outcomes))
