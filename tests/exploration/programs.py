"""Abstract programs to explore: the known ones by name, and a strategy for small ones of any kind."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.exploration.abstract import (
    Acquire,
    Await,
    Condition,
    Event,
    Get,
    If,
    Lock,
    Notify,
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
)

# -- by name ---------------------------------------------------------------------------------------------------------------


def increments(on: str, times: int = 1) -> tuple[Op, ...]:
    """Read a variable and write one more, so often."""
    return (Read(on), Write(on, Value(1, relative=True))) * times


def lost_update(threads: int, times: int) -> Program:
    """Threads that each increment one variable `times` times, with nothing to keep them apart."""
    return Program({"x": Var()}, (increments("x", times),) * threads)


def locked_update(threads: int, times: int = 1) -> Program:
    """The same under a lock."""
    return Program({"x": Var(), "l": Lock()}, ((Acquire("l"), *increments("x"), Release("l")) * times,) * threads)


def holding(*locks: str) -> tuple[Op, ...]:
    """Take locks one after the other, and release them, the last one first."""
    return (*map(Acquire, locks), *map(Release, reversed(locks)))


def abba() -> Program:
    """Two locks, taken in opposite orders."""
    return Program({"a": Lock(), "b": Lock()}, (holding("a", "b"), holding("b", "a")))


def dining(seats: int, *, ordered: bool = False) -> Program:
    """Philosophers who take the left fork first; or, ordered, the one of the smaller number."""
    pairs = [(seat, (seat + 1) % seats) for seat in range(seats)]
    named = [(f"f{one}", f"f{other}") for one, other in (map(sorted, pairs) if ordered else pairs)]
    return Program({f"f{seat}": Lock() for seat in range(seats)}, tuple(holding(*forks) for forks in named))


def bounded_buffer(producers: int, consumers: int, *, notify_all: bool) -> Program:
    """A buffer for one item with one condition for both sides, where `notify` may wake the wrong one."""
    wake = Notify("c", None if notify_all else 1)

    def side(when: int, then: int) -> tuple[Op, ...]:
        return (Acquire("l"), While("n", when, (Wait("c"),)), Write("n", Value(then)), wake, Release("l"))

    threads = (side(1, 1),) * producers + (side(0, 0),) * consumers
    return Program({"n": Var(), "l": Lock(), "c": Condition("l")}, threads)


def two_producers() -> Program:
    """Two threads that put an item each into a queue: which comes first is open."""
    return Program({"q": Queue()}, ((Put("q", Value(1)),), (Put("q", Value(2)),)))


NAMED = {
    "lost update, 2 threads": lost_update(2, 1),
    "lost update, 3 threads": lost_update(3, 1),
    "lost update, 2 threads twice": lost_update(2, 2),
    "lost update, 2 threads 3 times": lost_update(2, 3),
    "locked update, 2 threads": locked_update(2),
    "locked update, 3 threads": locked_update(3),
    "abba": abba(),
    "dining 3": dining(3),
    "dining 3, ordered": dining(3, ordered=True),
    "dining 4": dining(4),
    "dining 4, ordered": dining(4, ordered=True),
    "dining 5": dining(5),
    "dining 5, ordered": dining(5, ordered=True),
    "bounded buffer 1+1, notify": bounded_buffer(1, 1, notify_all=False),
    "bounded buffer 2+1, notify": bounded_buffer(2, 1, notify_all=False),
    "bounded buffer 2+2, notify": bounded_buffer(2, 2, notify_all=False),
    "bounded buffer 2+2, notify_all": bounded_buffer(2, 2, notify_all=True),
    "two producers": two_producers(),
}

# -- of any kind -----------------------------------------------------------------------------------------------------------

OBJECTS = {
    "x": Var(),
    "y": Var(),
    "a": Lock(),
    "b": Lock(),
    "s": Semaphore(1),
    "q": Queue(1),
    "e": Event(),
    "c": Condition("a"),
}
VALUES = tuple(Value(number, relative) for relative in (False, True) for number in range(3))


def pieces(name: str) -> list[tuple[Op, ...]]:
    """Return what a thread may do with an object: single ops, and blocks that release what they take."""
    match OBJECTS[name]:
        case Var():
            accesses: list[Op] = [Read(name), *(Write(name, value) for value in VALUES)]
            return [*((op,) for op in accesses), *((If(name, equals, (op,)),) for op in accesses for equals in (0, 1)), increments(name)]
        case Lock() | Semaphore():
            return [(Acquire(name),), (Release(name),), holding(name)]
        case Queue():
            return [(Get(name),), *((Put(name, value),) for value in VALUES)]
        case Event():
            return [(Set(name),), (Await(name),)]
        case Condition(lock):
            told: list[Op] = [Wait(name), Notify(name), Notify(name, 2), Notify(name, None)]
            return [*((op,) for op in told), *((Acquire(lock), op, Release(lock)) for op in told)]


def guarded(lock: str, op: tuple[Op, ...]) -> tuple[Op, ...]:
    """Take a lock around something."""
    return (Acquire(lock), *op, Release(lock))


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs of two or three threads on few objects; locks are released or not, conditions held or not."""
    names = draw(st.lists(st.sampled_from(sorted(OBJECTS)), min_size=1, max_size=3, unique=True))
    if "c" in names and "a" not in names:
        names.append("a")
    piece = st.sampled_from(names).flatmap(lambda name: st.sampled_from(pieces(name)))
    locks = [name for name in names if isinstance(OBJECTS[name], Lock | Semaphore)]
    if locks:
        piece |= st.builds(guarded, st.sampled_from(locks), piece)
    body = st.lists(piece, min_size=1, max_size=4).map(lambda parts: tuple(op for part in parts for op in part)[:4])
    threads = (draw(body), draw(body), *draw(st.lists(body, max_size=1)))
    return Program({name: what for name, what in OBJECTS.items() if name in names}, threads)
