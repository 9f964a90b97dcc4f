"""What changed between two traces, in words: a sentence a change. Knows nothing of files and terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from runner.analysis.difference import Change
from runner.report.words import VERDICTS, counted, describe, safe, value_text
from runner.trace import ABSENT, BlockedThread, Event, seconds_text

LONGEST_VALUE = 60
"""Characters shown of a value; of two long ones, from shortly before where they part."""
MOST_NAMED = 3


def sentence(change: Change) -> str:
    """Say what changed, in one line without control characters."""
    text = _sentence(change)
    if change.kind == "step" or not change.alike:
        return text
    return f"{text} … and {change.alike} more like it"


def _sentence(change: Change) -> str:
    thread, subject = safe(change.thread or ""), safe(change.subject or "")
    events = change.actual or change.expected
    match change.kind:
        case "outcome":
            return f"the run {_ended(change.new)}, it {_ended(change.old)} before"
        case "cycle":
            return _cycle(change.old, change.new)
        case "waiting":
            return f"at the end {thread} waits for {_waiting(change.new)}" + _instead(change.old, _waiting)
        case "variable":
            return _state(f"variable {subject}", f"{subject} ends as", change)
        case "queue":
            return _state(f"queue {subject}", f"{subject} ends with", change, _queue(change.old, change.new))
        case "ending":
            old, new = ("nothing" if end is ABSENT else safe(str(end)) for end in (change.old, change.new))
            return f"{subject} ends as `{new}` instead of `{old}`"
        case "header":
            return _header(subject, change.old, change.new)
        case "thread-new" | "thread-gone" | "resource-new" | "resource-gone":
            return _only(change, subject, events)
        case "moved":
            return _moved(change, thread)
        case "changed":
            return _changed(change, thread)
        case "blocked":
            return f"{thread} is now {describe(events[0])}"
        case "not-blocked":
            return f"{thread} is no longer {describe(events[0])}"
        case "waits":
            by = change.new - change.old
            times = f"{_seconds(change.new)} instead of {_seconds(change.old)}"
            return f"{thread} waits {_seconds(abs(by))} {'longer' if by > 0 else 'less'} for {subject}: {times}"
        case "new":
            return f"{_several(thread, events)} {'is' if len(events) == 1 else 'are'} new"
        case "gone":
            return f"{_several(thread, events)} {'is' if len(events) == 1 else 'are'} gone"
        case "thread-renamed" | "resource-renamed":
            return _renamed(change)
        case "step":
            return _step(change)
        case "shift":
            return _shift(change)
        case "end-time":
            return f"the run ends at {_seconds(change.new)} instead of {_seconds(change.old)}"
        case "numbers":
            more = "" if len(events) == 1 else f", and {len(events) - 1} more events like it"
            return f"{_of(events[0])} has the number (`n`) {change.new} instead of {change.old}{more}"
        case "bytes":
            old, new = _values(change.old, change.new)
            return f"line {subject} says the same in other bytes: {new} instead of {old}"
        case "listing":
            return f"the footer or header lists {subject} in another order: {_names(change.new)} instead of {_names(change.old)}"


def _of(event: Event) -> str:
    return f"{safe(event.thread)}'s `{_short(describe(event))}`"


def _short(text: str, start: int = 0) -> str:
    start = max(start - LONGEST_VALUE // 3, 0) if len(text) > LONGEST_VALUE else 0
    cut = text[start : start + LONGEST_VALUE]
    return f"{'…' * (start > 0)}{cut}{'…' * (start + LONGEST_VALUE < len(text))}"


def _values(old: Any, new: Any) -> tuple[str, str]:
    texts = [("nothing" if value is ABSENT else value_text(value)) for value in (old, new)]
    same = next((index for index, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    return _short(texts[0], same), _short(texts[1], same)


def _seconds(nanoseconds: int) -> str:
    return f"{'-' * (nanoseconds < 0)}{seconds_text(abs(nanoseconds))} s"


def _instead(old: Any, words: Callable[[Any], str]) -> str:
    return "" if old is ABSENT else f" instead of {words(old)}"


def _ended(outcome: str) -> str:
    verdict = safe(VERDICTS.get(outcome, outcome))
    return {"completed": "completed", "failed": "failed", "deadlock": "ended in a deadlock", "hung": "hung"}.get(
        outcome, f"ended: {verdict}"
    )


def _cycle(old: Any, new: Any) -> str:
    if new is ABSENT:
        return f"no circle of threads that wait for each other any longer: {_circle(old)}"
    return f"threads wait for each other in a circle: {_circle(new)}{_instead(old, _circle)}"


def _circle(threads: Any) -> str:
    return " → ".join(map(safe, (*threads, threads[0])))


def _waiting(blocked: Any) -> str:
    if blocked is ABSENT:
        return "nothing"
    return " and ".join(map(_one_waiting, blocked))


def _one_waiting(blocked: BlockedThread) -> str:
    held = "" if blocked.by is None or blocked.by == blocked.on else f", held by {safe(blocked.by)},"
    return f"{safe(blocked.on or '?')}{held} in {safe(blocked.at)}"


def _state(what: str, ends: str, change: Change, values: tuple[str, str] | None = None) -> str:
    old, new = values or _values(change.old, change.new)
    if change.old is ABSENT:
        return f"{what} is new: {ends} {new}"
    if change.new is ABSENT:
        return f"{what} is gone: it ended {ends.rpartition(' ')[2]} {old}"
    return f"{ends} {new} instead of {old}"


def _queue(old: Any, new: Any) -> tuple[str, str] | None:
    """Say only what differs of a queue's state, where both have one."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return None
    fields = [field for field in dict.fromkeys((*new, *old)) if value_text(old.get(field)) != value_text(new.get(field))]
    if not fields or not all(field in old and field in new for field in fields):
        return None
    return _values({field: old[field] for field in fields}, {field: new[field] for field in fields})


def _header(field: str, old: Any, new: Any) -> str:
    parameter = field.removeprefix("params.")
    if parameter != field:
        before, after = (
            "the file's own value" if value is ABSENT else text for value, text in zip((old, new), _values(old, new), strict=True)
        )
        return f"parameter {parameter} is {after}, it was {before}"
    before, after = ("none" if value is ABSENT else safe(str(value)) for value in (old, new))
    return f"the {field}{'' if field != 'scenario' else chr(39) + 's name'} is {after}, it was {before}"


def _only(change: Change, subject: str, events: Sequence[Event]) -> str:
    what, _, how = change.kind.partition("-")
    if what == "resource":
        used = "is used now, and was not before" if how == "new" else "is no longer used"
        return f"{subject} {used}: {_counted(events)}"
    own = sum(event.thread == change.subject for event in events)
    others = [event for event in events if event.thread != change.subject]
    its_own = f", with {counted(own, 'event')}" if own else ""
    about_it = f", and {_counted(others)} about it" if others else ""
    return f"thread {subject} is {how}{its_own}{about_it}"


def _threads(events: Sequence[Event]) -> str:
    return _names(dict.fromkeys(event.thread for event in events))


def _counted(events: Sequence[Event]) -> str:
    return f"{counted(len(events), 'event')} of {_threads(events)}"


def _names(names: Iterable[str]) -> str:
    shown = [safe(str(name)) for name in names]
    if len(shown) > MOST_NAMED + 1:
        shown = [*shown[:MOST_NAMED], f"{len(shown) - MOST_NAMED} more"]
    return _listed(shown)


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _several(thread: str, events: Sequence[Event]) -> str:
    shown = [f"`{_short(describe(event))}`" for event in events]
    if len(shown) <= MOST_NAMED:
        return f"{thread}'s {_listed(shown)}"
    return f"{thread}'s {len(events)} events from {shown[0]} to {shown[-1]}"


def _moved(change: Change, thread: str) -> str:
    assert change.beside is not None
    verb = "comes" if len(change.actual) == 1 else "come"
    own = change.beside.thread == change.thread
    beside = f"its own `{_short(describe(change.beside))}`" if own else _of(change.beside)
    return f"{_several(thread, change.actual)} now {verb} {change.subject} {beside}"


def _changed(change: Change, thread: str) -> str:
    old, new = _values(change.old, change.new)
    event, before = change.actual[0], change.expected[0]
    op = safe(event.op)
    match change.subject:
        case "value" if event.op == "sleep":
            return f"{thread} sleeps {new} s instead of {old} s"
        case "value" if event.op == "print":
            return f"{thread} prints {new} instead of {old}"
        case "value":
            return f"{thread}'s `{op}{_on(event)}`: {old} became {new}"
        case "result":
            return f"{thread}'s `{op}{_on(event)}` returns {new} instead of {old}"
        case "by":
            holders = [safe(each.by) if each.by is not None else "nobody" for each in (event, before)]
            return f"{thread}'s `{op}{_on(event)}`: it is held by {holders[0]} instead of {holders[1]}"
        case "error":
            errors = [safe(each.error) if each.error is not None else "no exception" for each in (event, before)]
            return f"{thread}'s `{op}{_on(event)}`: {errors[0]} instead of {errors[1]}"
        case "on":
            names = [safe(each.on) if each.on is not None else "nothing" for each in (event, before)]
            return f"{thread}'s `{op}` is on {names[0]} instead of {names[1]}"
    return f"{thread}'s `{_short(describe(before))}` became `{_short(describe(event))}`"


def _on(event: Event) -> str:
    return "" if event.on is None else f" {safe(event.on)}"


def _renamed(change: Change) -> str:
    what = change.kind.partition("-")[0]
    pairs = [f"{safe(old)} is now called {safe(new)}" for old, new in zip(change.old, change.new, strict=True)]
    more = f", and {len(pairs) - MOST_NAMED} more" if len(pairs) > MOST_NAMED else ""
    return f"{what}{'s' * (len(pairs) > 1)} renamed: {', '.join(pairs[:MOST_NAMED])}{more}"


def _step(change: Change) -> str:
    if change.subject != "moved":
        more = f" … and {change.alike} more like it" if change.alike else ""
        return f"{_of(change.actual[0])} is done by the step {_path(change.new)} instead of {_path(change.old)}{more}"
    more = f", and so are {change.alike} more steps" if change.alike > 1 else ", and so is 1 more step" if change.alike else ""
    return f"a step is elsewhere in the file: {_path(change.old)} is now {_path(change.new)}{more}"


def _path(path: str) -> str:
    return safe(path) or "(none)"


def _shift(change: Change) -> str:
    count, first = len(change.actual), _of(change.actual[0])
    if change.old != change.new:
        least, most = (_seconds(abs(offset)) + (" later" if offset > 0 else " earlier") for offset in (change.old, change.new))
        return f"{count} events are at other times, from {least} to {most}, the first is {first}"
    by = f"{_seconds(abs(change.new))} {'later' if change.new > 0 else 'earlier'}"
    if change.subject == "all":
        return f"everything from {first} on is {by}: {_counted(change.actual)}"
    if count == 1:
        return f"{first} is {by}"
    return f"{_counted(change.actual)} are {by}, from {first} on"
