"""What differs in the headers and footers of two traces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runner.analysis.difference.changes import Change, Kind
from runner.analysis.difference.keys import Names, value_key
from runner.trace import ABSENT, BlockedThread, Footer, Header


def header_changes(expected: Header, actual: Header) -> Iterator[Change]:
    """Say which run it is no longer."""
    for field in ("scenario", "case", "policy", "seed"):
        yield from _changed("header", field, _given(getattr(expected, field)), _given(getattr(actual, field)))
    yield from _state_changes("header", expected.params, actual.params, "params.")
    yield from _order("params", expected.params, actual.params)


def footer_changes(expected: Footer, actual: Footer, names: Names, known: Iterable[str]) -> Iterator[Change]:
    """Say what the run came to that it did not. Threads and resources in `known` are told of elsewhere, as new or gone."""
    known = set(known)
    yield from _changed("outcome", None, expected.outcome, actual.outcome)
    cycle = tuple(str(names.name(thread)) for thread in expected.cycle)
    yield from _changed("cycle", None, cycle or ABSENT, actual.cycle or ABSENT)
    was = [blocked if blocked in actual.blocked else _waiting(blocked, names) for blocked in expected.blocked]
    waiting = was, list(actual.blocked)
    for thread in dict.fromkeys(blocked.thread for side in waiting for blocked in side):
        old, new = (tuple(blocked for blocked in side if blocked.thread == thread) for side in waiting)
        if old != new and (new or expected.outcome == actual.outcome):  # a run that comes to its end has nobody who waits
            yield Change("waiting", thread, old=old or ABSENT, new=new or ABSENT)
    yield from _order("blocked", *({blocked.thread: None for blocked in side} for side in waiting))
    kinds: tuple[tuple[Kind, str], ...] = (("variable", "vars"), ("queue", "queues"), ("ending", "threads"))
    for kind, field in kinds:
        before, after = {str(names.name(name)): state for name, state in getattr(expected, field).items()}, getattr(actual, field)
        for change in _state_changes(kind, before, after):
            if change.subject not in known or (change.old is not ABSENT and change.new is not ABSENT):
                yield change
        yield from _order(field, before, after)


def _given(value: Any) -> Any:
    return ABSENT if value is None else value


def _waiting(blocked: BlockedThread, names: Names) -> BlockedThread:
    return BlockedThread(
        str(names.name(blocked.thread)), names.name(blocked.on), names.name(blocked.by), names.paths.get(blocked.at, blocked.at)
    )


def _changed(kind: Kind, subject: str | None, old: Any, new: Any) -> Iterator[Change]:
    if value_key(old) != value_key(new):
        yield Change(kind, subject if kind == "ending" else None, subject=subject, old=old, new=new)


def _state_changes(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> Iterator[Change]:
    for name in dict.fromkeys([*new, *old]):
        yield from _changed(kind, prefix + name, old.get(name, ABSENT), new.get(name, ABSENT))


def _order(field: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    both = [[name for name in names if name in old and name in new] for names in (old, new)]
    if both[0] != both[1]:
        yield Change("listing", subject=field, old=tuple(both[0]), new=tuple(both[1]))
