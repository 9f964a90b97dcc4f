"""Abstract programs to explore: the known ones by name, and a strategy for small ones of any kind."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.explore.abstract import (
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
VALUES = st.builds(Value, st.integers(0, 2), st.booleans())
VARS = st.sampled_from("xy")
LOCKS = st.sampled_from("abs")

ACCESS = st.one_of(st.builds(Read, VARS), st.builds(Write, VARS, VALUES))
SINGLE = st.one_of(
    ACCESS,
    st.builds(Put, st.just("q"), VALUES),
    st.just(Get("q")),
    st.sampled_from([Set("e"), Await("e"), Notify("c"), Notify("c", None), Wait("c")]),
    st.builds(Acquire, LOCKS),
    st.builds(Release, LOCKS),
    st.builds(lambda on, equals, op: If(on, equals, (op,)), VARS, st.integers(0, 1), ACCESS),
)
BALANCED = st.one_of(
    st.builds(lambda lock, op: (Acquire(lock), op, Release(lock)), LOCKS, ACCESS),
    st.sampled_from([(Acquire("a"), Wait("c"), Release("a")), (Acquire("a"), Notify("c"), Release("a")), increments("x")]),
    st.sampled_from([holding("a", "b"), holding("b", "a"), holding("a", "s")]),
)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs of two threads with up to four ops, or three with up to three; locks are released or not, conditions held or not."""
    longest = draw(st.sampled_from([4, 3]))
    body = st.lists(st.one_of(SINGLE.map(lambda op: (op,)), BALANCED), min_size=1, max_size=longest).map(
        lambda parts: tuple(op for part in parts for op in part)[:longest]
    )
    threads = draw(st.lists(body, min_size=2, max_size=2 if longest == 4 else 3).map(tuple))
    used = {op.on for ops in threads for op in _all(ops)}
    used |= {what.lock for name, what in OBJECTS.items() if name in used and isinstance(what, Condition)}
    return Program({name: what for name, what in OBJECTS.items() if name in used}, threads)


def _all(ops: tuple[Op, ...]) -> list[Op]:
    return [each for op in ops for each in (op, *(_all(op.body) if isinstance(op, If | While) else ()))]
