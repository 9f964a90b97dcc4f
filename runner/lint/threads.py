"""Threads that are started twice or never, and joins that cannot work."""

from __future__ import annotations

from collections.abc import Iterator

from runner.lint.rule import EITHER, FAILED, Found, Rule
from runner.lint.state import CAUGHT
from runner.lint.study import Study
from runner.program import ops


def _started_twice(study: Study) -> Iterator[Found]:
    for actor, events in study.by_place(ops.Start):
        if any(CAUGHT in event.marks for event in events):
            continue
        for name in study.walker.threads_named(events[0].on):
            again = all(("start", name) in event.marks for event in events)
            surely = actor.number > 1 and not actor.often and ("start", name) in (actor.walk.marks or ())
            if again or surely:
                how = "it has been started before" if again else f"{len(actor.names)} threads do this"
                yield Found(
                    events[0].op.place,
                    f"{name} is started twice: {how}, and the second start raises RuntimeError",
                    "a thread can be started once; declare another one, or use `count`",
                )
                break


def _never_started(study: Study) -> Iterator[Found]:
    seen: set[str] = set()
    for name in study.never_started:
        place = study.program.threads[name].place
        if place.path not in seen and not place.file:
            seen.add(place.path)
            kind = "timer" if study.kind(name) == "timer" else "thread"
            group = next((group for group, names in study.program.groups.items() if name in names), name)
            if group == name or set(study.program.groups[group]) <= set(study.never_started):
                yield Found(place, f"nobody ever starts the {kind} {group!r}", f"`start: {group}`, or remove it")


def _joined_unstarted(study: Study) -> Iterator[Found]:
    for _, events in study.by_place(ops.Join):
        unstarted = [name for name in study.walker.threads_named(events[0].on) if name in study.never_started]
        if unstarted and not any(CAUGHT in event.marks for event in events):
            yield Found(
                events[0].op.place,
                f"{unstarted[0]} is joined although nobody ever starts it: that raises RuntimeError",
                f"`start: {unstarted[0]}` first",
            )


def _joins_itself(study: Study) -> Iterator[Found]:
    for actor, events in study.by_place(ops.Join):
        joined = study.walker.threads_named(events[0].on)
        if joined and set(actor.names) <= set(joined) and not any(CAUGHT in event.marks for event in events):
            yield Found(
                events[0].op.place, f"{actor.name} joins itself: that raises RuntimeError", "another thread must wait for it, such as main"
            )


RULES = (
    Rule(
        "started-twice",
        "A thread is started that has been started before, which raises `RuntimeError`.",
        "Declare another thread, or use `count`.",
        _started_twice,
        FAILED,
    ),
    Rule(
        "never-started",
        "`main` is written out, and nobody starts a thread or timer.",
        "Start it, or remove it.",
        _never_started,
        every_case=True,
    ),
    Rule(
        "joined-unstarted",
        "A thread is joined that nobody ever starts, which raises `RuntimeError`.",
        "Start it first.",
        _joined_unstarted,
        FAILED,
    ),
    Rule(
        "joins-itself",
        "A thread joins itself, which raises `RuntimeError`.",
        "Let another thread, such as main, join it.",
        _joins_itself,
        EITHER,
    ),
)
