"""Why an execution did not end: a livelock, a thread that was starved by an unfair schedule, or something that goes on and on.

In a livelock (Ashcroft, "Proving assertions about parallel programs", 1975) threads move and get nowhere: the same state comes again and
again, whoever could move does, and so nobody is left who could break it. Where somebody could have gone on all the while and was never
chosen, the schedule is unfair, and it is *starvation*: no machine withholds a thread for ever. Where no state comes again, the execution
is merely long, or counts without end.

A state is what the trace shows of it: variables, flags, how many items queues hold, and where each thread stands. What a thread keeps
under names of its own is not there, so a state that came again a few times says little, and `TIMES` is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from runner.analysis.names import Names, listed
from runner.program import Program
from runner.program.kinds import QUEUES
from runner.trace import Event

TIMES = 10
"""How often the state at the end must have been there before."""
SHOWN = 3
"""Threads that are told of."""

Choice = tuple[str, tuple[str, ...]]
"""The thread that went on at a scheduling point, and all that could have."""


class Why(StrEnum):
    """Why it did not end."""

    LIVELOCK = "livelock"
    STARVATION = "starvation"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class Endless:
    """An execution that was cut off. `movers` are the threads that moved to the last, `starved` those that could have, and were not chosen.

    `what` is a sentence about them.
    """

    why: Why
    movers: tuple[str, ...]
    starved: tuple[str, ...]
    what: str


def classify_endless(program: Program, events: Sequence[Event], choices: Sequence[Choice] = ()) -> Endless:
    """Say why a controlled run that was cut off at its step limit did not end.

    With `choices`, who could have gone on is known; without, it is read off the events: whoever has begun and neither ended nor waits.
    """
    names = Names(program)
    begun = _round(names, events)
    last: dict[str, Event] = {}
    for event in events:
        last[event.thread] = event
        if event.op == "start" and event.on is not None:
            last[event.on] = event  # until it does something itself
    recent = dict.fromkeys(event.thread for event in events[begun:] if event.op not in ("end", "blocked"))
    movers = tuple(recent) or tuple(chosen for chosen, _ in choices[-1:])
    going, turns, goes = _some(movers) or "a thread", *(("turns", "goes") if len(movers) == 1 else ("turn", "go"))
    if begun is None:
        return Endless(Why.ENDLESS, movers, (), f"{going} {goes} on without end, and no state comes again within the limit")
    where = _some([f"{name} at {names.line(last[name].at)}" for name in movers])
    again = f"{going} {turns} in a circle ({where}): the same state comes again and again"
    idle = [name for name, event in last.items() if name not in recent and event.op != "end"]
    starved = tuple(name for name in idle if _could_go_on(names, name, last[name], choices))
    if starved:
        return Endless(Why.STARVATION, movers, starved, f"{again}, while {_some([_starved(names, name, last[name]) for name in starved])}")
    waits = _some([f"{name} waits ({names.line(last[name].at)})" for name in idle])
    return Endless(
        Why.LIVELOCK, movers, (), f"{again}; {waits}, and nobody else could help" if waits else f"{again}; nobody else could help"
    )


def _some(words: Sequence[str]) -> str:
    return listed([*words[:SHOWN], *([f"{len(words) - SHOWN} more"] if len(words) > SHOWN else [])]) if words else ""


def _starved(names: Names, name: str, event: Event) -> str:
    if _has_deadline(names, name, event):
        return f"{name} waits for its time ({names.line(event.at)}), which does not come as long as others can go on"
    return f"{name}, which could go on (after {names.line(event.at)}), is never chosen"


def _has_deadline(names: Names, name: str, event: Event) -> bool:
    """Say whether only time keeps a thread from going on: it stands still where others spin, and not on a real machine."""
    if event.op == "start":
        return names.kinds.get(name) == "timer"
    timed = any(getattr(op, "timeout", None) is not None for op in names.ops_at(event.at))
    return event.op == "sleep" or (event.op == "blocked" and timed)


def _could_go_on(names: Names, name: str, event: Event, choices: Sequence[Choice]) -> bool:
    if _has_deadline(names, name, event):
        return True
    if not choices:
        return event.op != "blocked"
    since = 0  # choices since it was last chosen or not to be chosen
    for chosen, enabled in reversed(choices):
        if chosen == name or name not in enabled:
            break
        since += 1
    return since >= TIMES


def _round(names: Names, events: Sequence[Event]) -> int | None:
    """Return from which event on the state at the end came again `TIMES` times; None where it did not."""
    final: dict[str, Any] = {}
    for state in _states(names, events):
        final = state
    final = dict(final)
    same = [index for index, state in enumerate(_states(names, events)) if state == final]
    return same[-TIMES - 1] + 1 if len(same) > TIMES else None


def _states(names: Names, events: Sequence[Event]) -> Iterator[dict[str, Any]]:
    """Go through the states behind each event. It is one mapping all along."""
    state: dict[str, Any] = {}
    for event in events:
        name = event.on or ""
        kind = names.kinds.get(name)
        if kind == "var" and event.op == "write":
            state[f"{name}'s value"] = repr(event.value)
        elif kind == "event" and event.op in ("set", "clear"):
            state[f"{name}'s flag"] = event.op
        elif kind in QUEUES and event.op in ("put", "get"):
            state[f"{name}'s size"] = state.get(f"{name}'s size", 0) + (1 if event.op == "put" else -1)
        state[event.thread] = event.op, event.at
        yield state
