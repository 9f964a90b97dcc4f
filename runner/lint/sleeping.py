"""Sleeps that stand where threads should wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

from runner.errors import Place
from runner.lint.loops import Loops
from runner.lint.rule import Found, Rule
from runner.lint.state import CLEAN, SLEPT, Event
from runner.lint.study import Actor, Study
from runner.program import ops


def _check(study: Study) -> Iterator[Found]:
    loops: Loops | None = None
    for reader, event in study.events(ops.Read):
        slept = _slept(event)
        if event.on is None or slept is None or CLEAN not in event.marks or event.held:
            continue
        if any(_minds(other, event.on) for other in reader.events):
            continue  # it looks again and again, or takes part in the writing: it only takes its time
        loops = loops or Loops(study.program)
        if loops.repeats(event.code, event.position):
            continue
        writer = _writer(study, reader, event)
        if writer is not None:
            yield Found(
                slept,
                f"{reader.name} sleeps, then reads {event.on!r} (line {event.op.place.line}), which {writer.name} writes: "
                "nothing but time orders the two",
                f"wait for what it depends on: join {writer.name}, or an event, a queue…",
            )
            return


def _slept(event: Event) -> Place | None:
    """Return where the thread slept last, or None if it need not have slept."""
    places = [mark[1] for mark in event.marks if isinstance(mark, tuple) and mark[0] == SLEPT]
    return max(places, key=lambda place: (place.line, place.column)) if places else None


def _minds(event: Event, name: str) -> bool:
    """Say whether a thread's op shows that it does not rely on the sleep: a write, or a read without sleep before."""
    return event.on in (name, None) and (isinstance(event.op, ops.Write) or (isinstance(event.op, ops.Read) and _slept(event) is None))


def _writer(study: Study, reader: Actor, read: Event) -> Actor | None:
    """Find who else writes the variable while the reader may sleep."""
    if not all(CLEAN in marks for marks in reader.begun):
        return None
    for writer, write in study.events(ops.Write):
        if writer is reader or write.on != read.on or study.kind(writer.name) == "timer":  # a timer's time is what it is for
            continue
        if writer.name == "main":
            if not all(("start", name) in write.marks for name in reader.names):
                continue
        elif reader.name == "main" and not all(("start", name) in read.marks for name in writer.names):
            continue
        if not study.in_turn(reader, read, writer, write):
            return writer
    return None


RULES = (
    Rule(
        "sleep-as-synchronisation",
        "A thread sleeps and then reads what another writes, and nothing else orders the two: no join, event, lock or queue. The sleep is "
        "a guess at how long the other takes.",
        "Wait for what the read depends on: join the thread, or let it set an event.",
        _check,
    ),
)
