"""Where two traces part."""

from __future__ import annotations

from dataclasses import dataclass

from runner.trace.codec import encode_event, encode_footer, encode_header
from runner.trace.events import Absent, Event, Trace


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first difference between an expected trace and an actual one.

    `part` is `header`, `event` or `footer`, or `bytes` where only spaces and the like differ; `index` is the event's, from 0.
    An event is None where its trace has already ended.
    """

    part: str
    index: int
    expected: Event | None
    actual: Event | None
    expected_line: str
    actual_line: str


_PLAIN = (str, int, Absent)
"""Of values of these types, if they are of the same one, equal ones are written the same: 1 is also equal to 1.0 and true."""


def _written_the_same(left: Event, right: Event) -> bool:
    """Say whether two events are surely the same line; writing them costs ten times as much."""
    if left != right:
        return False
    return all(type(a) is type(b) and type(a) in _PLAIN for a, b in ((left.value, right.value), (left.result, right.result)))


def first_divergence(expected: Trace, actual: Trace) -> Divergence | None:
    """Return the first difference, or None when the traces are the same. Events are compared before headers and footers."""
    longest = max(len(expected.events), len(actual.events))
    for index in range(longest):
        left = expected.events[index] if index < len(expected.events) else None
        right = actual.events[index] if index < len(actual.events) else None
        if left is not None and right is not None and _written_the_same(left, right):
            continue
        left_line = "" if left is None else encode_event(left)
        right_line = "" if right is None else encode_event(right)
        if left_line != right_line:
            return Divergence("event", index, left, right, left_line, right_line)
    footers = encode_footer(expected.footer), encode_footer(actual.footer)
    if footers[0] != footers[1]:
        return Divergence("footer", longest, None, None, *footers)
    headers = encode_header(expected.header), encode_header(actual.header)
    return None if headers[0] == headers[1] else Divergence("header", longest, None, None, *headers)
