"""Barriers that too few threads ever come to."""

from __future__ import annotations

from collections.abc import Iterator

from runner.lint.loops import Loops
from runner.lint.rule import DEADLOCK, Found, Rule
from runner.lint.state import Event
from runner.lint.study import Actor, Study
from runner.program import ops


def _check(study: Study) -> Iterator[Found]:
    waits: dict[str, list[tuple[Actor, Event]]] = {}
    for actor, event in study.events(ops.Wait):
        if event.on is None:
            return
        if study.kind(event.on) == "barrier":
            waits.setdefault(event.on, []).append((actor, event))
    for name, events in waits.items():
        options = study.program.resources[name].options
        ends = options.get("timeout") is not None or any(getattr(event.op, "timeout", None) is not None for _, event in events)
        actors = list({id(actor): actor for actor, _ in events}.values())
        if ends or study.anybody(name, ops.Abort, ops.Reset) or any(actor.often for actor in actors):
            continue
        parties, number = options["parties"], sum(len(actor.names) for actor in actors)
        place = events[0][1].op.place
        if number < parties:
            who = "thread waits" if number == 1 else "threads wait"
            yield Found(
                place,
                f"{name!r} is a barrier for {parties}, and only {number} {who} on it: they never go on",
                "as many parties as threads that come together",
            )
        elif number % parties and _once_each(study, name, actors, events):
            yield Found(
                place,
                f"{name!r} is a barrier for {parties}, and {number} threads wait on it once: {number % parties} of them never go on",
                "as many threads as parties, or a multiple",
            )


def _once_each(study: Study, name: str, actors: list[Actor], events: list[tuple[Actor, Event]]) -> bool:
    """Say whether each of the threads surely waits once, and no more."""
    loops = Loops(study.program)
    for actor in actors:
        own = {id(event.op): event for whose, event in events if whose is actor}
        if len(own) != 1 or ("wait", name) not in (actor.walk.marks or ()):
            return False
        if any(loops.repeats(event.code, event.position) for event in own.values()):
            return False
    return True


RULES = (
    Rule(
        "barrier-never-fills",
        "Fewer threads ever wait on a barrier than it has parties, or each waits once and their number is no multiple of the parties: "
        "some wait for ever.",
        "Let `parties` be the number of threads that come together.",
        _check,
        DEADLOCK,
    ),
)
