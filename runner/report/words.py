"""Events and outcomes in words, for terminals. Text from files is never taken as markup: control characters are shown escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from os import PathLike, fspath
from typing import Any

from runner.interpreter import Outcome
from runner.limits import flag
from runner.program import Program
from runner.program.ops import Result
from runner.suite import Mismatch
from runner.trace import ABSENT, Event, plain, seconds_text

_ARROWS = {"get": " → ", "put": " ← ", "read": " → ", "write": " ← "}
PINNED_ELSEWHERE = "the schedule was pinned for another version of the program, and is followed as far as it fits"
VERDICTS = {
    "completed": "completed",
    "failed": "failed",
    "deadlock": "deadlock",
    "step_limit": "step limit reached",
    "event_limit": "event limit reached",
    "size_limit": "size limit reached",
    "memory_limit": "memory limit reached",
    "output_limit": "too much output",
    "hung": "hung",
    "crashed": "crashed",
    "interrupted": "interrupted",
}


_LIMITS = {"step_limit": "steps", "event_limit": "events", "memory_limit": "memory", "output_limit": "output"}


def safe(text: str) -> str:
    """Show control characters as escapes, so that a name can neither move the cursor nor colour the screen."""
    return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def counted(number: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number} {noun}{'s' * (number != 1)}"


def in_ascii(text: str) -> str:
    """Write a text in ASCII: arrows and dots as one would draw them, other characters as escapes."""
    if text.isascii():
        return text
    for arrow, plain_arrow in (("→", "->"), ("←", "<-"), ("…", "..")):
        text = text.replace(arrow, plain_arrow)
    return text.encode("ascii", "backslashreplace").decode()


def path_word(path: str | PathLike[str]) -> str:
    """Write a path as a word of a command: one that begins with a dash would be taken for an option."""
    text = fspath(path)
    return f"./{text}" if text.startswith("-") else text


def value_text(value: Any) -> str:
    """Write a value as YAML's flow style would, on one line."""
    return safe(json.dumps(plain(value), ensure_ascii=False))


def describe(event: Event) -> str:
    """Say what happened, without when and in which thread."""
    match event.op:
        case "sleep" if event.value is not ABSENT:
            return f"sleep {value_text(event.value)} s"
        case "print" if event.value is not ABSENT:
            return f"print {value_text(event.value)}"
        case "call" if isinstance(event.value, str):
            return f"call {safe(event.value)}" + ("" if event.result is ABSENT else f" → {value_text(event.result)}")
        case "blocked":
            held = f", held by {safe(event.by)}" if event.by else ""
            return f"blocked on {safe(event.on or '?')}{held}"
        case "raise" | "except":
            return f"{event.op} {safe(event.error or '')}"
        case "end":
            return f"end: {safe(event.error)}" if event.error else "end"
    text = safe(event.op if event.on is None else f"{event.op} {event.on}")
    if event.value is not ABSENT:
        text += f"{_ARROWS.get(event.op, ' ')}{value_text(event.value)}"
    if event.result is not ABSENT:
        text += f" → {value_text(event.result)}"
    if event.error is not None:
        text += f": {safe(event.error)}"
    return text


_DOES = {
    "release": "releases",
    "notify": "notifies",
    "notify_all": "notifies all that wait on",
    "set": "sets",
    "clear": "clears",
    "abort": "aborts",
    "reset": "resets",
    "task_done": "calls a task done of",
    "shutdown": "shuts down",
    "start": "starts",
    "begin": "begins with",
    "cancel": "cancels",
}
_ASKS = frozenset(["is_set", "locked", "qsize", "empty", "full", "is_alive", "n_waiting", "parties", "broken", "running", "cancelled"])


def sentence(event: Event) -> str:
    """Say what happened as a sentence of which the thread is the subject: `reads 3 from total`."""
    on, value = safe(event.on or "?"), value_text(event.value)
    given_up = event.result is False
    match event.op:
        case "sleep" if event.value is not ABSENT:
            return f"sleeps {value} s"
        case "print" if event.value is not ABSENT:
            return f"prints {value}"
        case "acquire":
            return f"does not get {on}" if given_up else f"takes {on}"
        case "wait" | "wait_for":
            return f"gives up waiting for {on}" if given_up else f"is done waiting for {on}"
        case "join":
            return f"gives up waiting for the end of {on}" if given_up else f"joins {on}"
        case "put":
            return f"puts {value} into {on}"
        case "get":
            return f"gets {value} from {on}"
        case "read":
            return f"reads {value} from {on}"
        case "write":
            return f"writes {value} to {on}"
        case "atomic":
            return "does at once what follows"
        case "submit":
            return f"submits {safe(str(event.value))} to {on}: {value_text(event.result)}"
        case "call" if isinstance(event.value, str):
            return f"calls {safe(event.value)}" + ("" if event.result is ABSENT else f": {value_text(event.result)}")
        case "result":
            return f"has the result of {on}" + ("" if event.result is ABSENT else f": {value_text(event.result)}")
        case "blocked":
            return f"must wait for {on}" + (f", held by {safe(event.by)}" if event.by else "")
        case "raise":
            return f"raises {safe(event.error or '?')}"
        case "except":
            return f"catches {safe(event.error or '?')}"
        case "end":
            return f"ends by {safe(event.error)}" if event.error else "ends"
        case op if op in _ASKS:
            return f"asks {on}.{op}: {value_text(event.result)}"
        case op if op in _DOES:
            times = "" if event.value is ABSENT or op == "begin" else f", {value} times"
            return f"{_DOES[op]} {on}{times}"
    return describe(event)


def line(event: Event, thread_width: int) -> str:
    """Write an event as a line: time, thread, what happened."""
    return f"{seconds_text(event.t):>8}  {safe(event.thread):<{thread_width}}  {describe(event)}"


def summary(program: Program, outcome: Outcome) -> Iterable[str]:
    """Say how a run ended: one line, and for anything but completion what is needed to understand it."""
    footer = outcome.trace.footer
    head = f"{ended(outcome)} after {seconds_text(footer.t)} s"
    if outcome.schedule is not None:
        head += " of virtual time"
    yield f"{head}: {counted(len(outcome.trace.events), 'event')}" + ("" if outcome.cut else f", {counted(outcome.steps, 'step')}")
    if outcome.verdict == "deadlock":
        yield from _deadlock(program, outcome)
    for failure in outcome.failures:
        place = f" at {program.source.where(failure.op.place)}" if failure.op is not None else ""
        text = safe(str(getattr(failure.error, "scenario_message", failure.error)))
        line = f", in {safe(failure.line)}" if failure.line is not None else ""
        yield f"  {safe(failure.thread)} raised {type(failure.error).__name__}{': ' if text else ''}{text}{place}{line}"
    if outcome.limit is not None:
        text, op = outcome.limit
        yield f"  {safe(text)} at {program.source.where(op.place)}"
    if outcome.verdict in _LIMITS:
        yield f"  {flag(_LIMITS[outcome.verdict])}"
    if outcome.cut is not None:
        yield from _cut(program, outcome)
    elif outcome.verdict == "hung":
        yield "  no step was made for the wall limit; the thread in charge stood at:"
        yield from (f"    {line}" for line in (outcome.stack or "(unknown)").splitlines())
    if footer.vars:
        yield "  variables: " + ", ".join(f"{safe(name)} = {value_text(value)}" for name, value in footer.vars.items())
    left = {name: state for name, state in footer.queues.items() if state["size"] or state.get("unfinished")}
    for name, state in left.items():
        unfinished = f", {state['unfinished']} unfinished" if "unfinished" in state else ""
        yield f"  queue {safe(name)}: {state['size']} left{unfinished}"
    for end, text in (("abandoned", "abandoned at the end"), ("never started", "never started")):
        threads = [safe(name) for name, how in footer.threads.items() if how == end]
        if threads:
            yield f"  {text}: {', '.join(threads)}"


def ended(outcome: Outcome) -> str:
    """Say in a few words how a run ended, and by what if something cut it off: `crashed: exit code 3`."""
    return VERDICTS[outcome.verdict] + ("" if outcome.cut is None or outcome.verdict == "interrupted" else f": {outcome.cut}")


def _cut(program: Program, outcome: Outcome) -> Iterable[str]:
    for thread, call in outcome.calling.items():
        yield f"  {safe(thread)} was in a call of {safe(call.function)} at {program.source.where(call.place)}"
    if outcome.stack is not None:
        yield "  where it stood:"
        yield from (f"  {line}" for line in outcome.stack.splitlines())
    events = outcome.trace.events
    yield f"  the last event: {safe(events[-1].thread)}: {describe(events[-1])}" if events else "  nothing was recorded"


def _deadlock(program: Program, outcome: Outcome) -> Iterable[str]:
    for blocked in outcome.blocked:
        place = f" at {program.source.where(blocked.op.place)}" if blocked.op is not None else ""
        text = f"  {safe(blocked.thread)} waits for {safe(blocked.on or '?')}{place}"
        if blocked.held_by is not None and blocked.held_by != blocked.on:
            holder = "itself" if blocked.held_by == blocked.thread else safe(blocked.held_by)
            text += f", which waits for {holder}" if isinstance(blocked.op, Result) else f", held by {holder}"
            if blocked.held_since is not None:
                text += f" since {program.source.where(blocked.held_since.place)}"
        yield text
    if outcome.cycle:
        yield "  cycle: " + " → ".join(map(safe, (*outcome.cycle, outcome.cycle[0])))


def mismatch_lines(program: Program, mismatches: Iterable[Mismatch]) -> Iterable[str]:
    """Say which expectations do not hold."""
    for mismatch in mismatches:
        yield f"  {program.source.where(mismatch.place)}: {safe(mismatch.message)}"
