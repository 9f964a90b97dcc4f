"""Locks that a thread takes twice, releases without having them, or keeps."""

from __future__ import annotations

from collections.abc import Iterator

from runner.lint.rule import DEADLOCK, FAILED, Found, Rule
from runner.lint.state import CAUGHT, Hold, Walk, reached
from runner.lint.study import Actor, Study
from runner.program import ops
from runner.program.kinds import HAVE_A_LOCK


def _handed_over(study: Study) -> set[str | None]:
    """Return the locks that may be released by a thread that does not hold them; None among them stands for any."""
    return {
        None if event.on is None else study.locks[event.on]
        for _, event in study.events(ops.Release)
        if event.on is None or not event.holds(study.locks[event.on])
    }


def _taken_twice(study: Study) -> Iterator[Found]:
    handed_over = _handed_over(study)
    for actor, events in study.by_place(ops.Acquire):
        op, on = events[0].op, events[0].on
        if on is None or not isinstance(op, ops.Acquire) or not op.blocking or op.timeout is not None:
            continue
        lock = study.locks[on]
        if study.kind(lock) == "lock" and not handed_over & {lock, None} and all(event.holds(lock) for event in events):
            line = next(hold.place.line for hold in events[0].held if hold.name == lock)
            yield Found(
                op.place,
                f"{actor.name} already holds {lock!r} here, since line {line}: it waits for itself",
                "an rlock is one that its holder may acquire again",
            )


def _released_unheld(study: Study) -> Iterator[Found]:
    for actor, events in study.by_place(ops.Release):
        on = events[0].on
        if on is None or study.kind(on) not in HAVE_A_LOCK or any(CAUGHT in event.marks for event in events):
            continue
        lock = study.locks[on]
        if any(event.may_hold(lock) for event in events):
            continue
        if study.kind(lock) == "lock":  # any thread may release it, if one holds it
            others = [
                event
                for other, event in study.events(ops.Acquire)
                if event.on is None or (study.locks[event.on] == lock and (other is not actor or other.number > 1))
            ]
            if others:
                continue
        yield Found(
            events[0].op.place,
            f"{actor.name} releases {on!r} without holding it: that raises RuntimeError",
            "acquire it first, or use `with`, which does both",
        )


def _kept(study: Study) -> Iterator[Found]:
    handed_over = _handed_over(study)
    if None in handed_over:
        return
    for _, event in study.events(ops.Acquire):
        if event.on is not None and study.kind(study.locks[event.on]) == "lock" and event.holds(study.locks[event.on]):
            handed_over.add(study.locks[event.on])  # it is taken twice, which is worse, and another rule's
    for actor in study.actors:
        ends = [state for states in actor.walk.ends.values() for state in states]
        for hold in dict.fromkeys(hold for held, _ in ends for hold in held):
            if hold.name is None or study.kind(hold.name) not in HAVE_A_LOCK or hold.name in handed_over:
                continue
            if all(any(each.name == hold.name for each in held) for held, _ in ends):
                yield Found(
                    hold.place,
                    f"{actor.name} ends and still holds {hold.name!r}: nobody else can ever have it",
                    "release it, or hold it by `with`",
                )
            else:
                yield from _ways_out(actor, hold)


def _ways_out(actor: Actor, hold: Hold) -> Iterator[Found]:
    """Find the `return`s before which a body releases no lock that it does release on its other ways out."""

    def keeps(walk: Walk, way: int) -> list[bool]:
        return [hold in held for held, _ in walk.ends[way]]

    for walk in reached(actor.walk):
        if any(each.name == hold.name for each in walk.entry):
            continue
        keeping = [way for way in walk.ends if way < len(walk.code.ops) and all(keeps(walk, way))]
        if keeping and any(not any(keeps(walk, way)) for way in walk.ends):
            for way in keeping:
                yield Found(
                    walk.code.ops[way].place,
                    f"{actor.name} returns here and keeps {hold.name!r}, acquired at line {hold.place.line}",
                    "release it before, or hold it by `with`",
                )


RULES = (
    Rule(
        "self-deadlock",
        "A thread acquires a plain lock that it holds already, and so waits for itself.",
        "Release it first, or make it an `rlock`.",
        _taken_twice,
        DEADLOCK,
    ),
    Rule(
        "release-without-lock",
        "A thread releases a lock that it does not hold, which raises `RuntimeError`. (A plain lock may be released by another thread "
        "than the one that acquired it; that is not meant.)",
        "Acquire it first, or hold it by `with`.",
        _released_unheld,
        FAILED,
    ),
    Rule(
        "lock-kept",
        "A thread ends and still holds a lock, or leaves a function by a `return` before which it is not released although it is on the "
        "other ways out.",
        "Hold it by `with`, which releases it on every way out.",
        _kept,
        DEADLOCK,
    ),
)
