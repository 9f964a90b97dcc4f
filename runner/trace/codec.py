"""Traces as canonical JSON Lines, and back. Equal traces are equal bytes: fixed key order, exact decimal times, UTF-8, LF.

header          {"trace": 1, "scenario": …, "policy": …}
an event a line {"n": 1, "t": 0, "thread": "main", "op": …}
footer          {"outcome": "completed", "t": 20, …}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from runner.errors import UsageError
from runner.trace.events import ABSENT, FORMAT, BlockedThread, Event, Footer, Header, Trace


class TraceError(UsageError):
    """A file is no trace, or one that this version cannot read; the message has its line."""


LONGEST = 10**12
"""Seconds; a time beyond it is no run's."""
_TYPES = {int: "a whole number", Decimal: "a number", str: "a text", dict: "a mapping", list: "a list"}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def seconds_text(nanoseconds: int) -> str:
    """Write nanoseconds as seconds, exactly and without trailing zeros: `1500000000` is `1.5`."""
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    return str(whole) if rest == 0 else f"{whole}.{rest:09d}".rstrip("0")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: ranges and tuples as lists, what is not finite as text, whole seconds as they are."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | range():
            return [plain(item) for item in value]
        case _:
            return str(value)


def encode_event(event: Event) -> str:
    """Write one event as a line, without the line break."""
    rest: dict[str, Any] = {"thread": event.thread, "op": event.op}
    if event.on is not None:
        rest["on"] = event.on
    if event.value is not ABSENT:
        rest["value"] = plain(event.value)
    if event.result is not ABSENT:
        rest["result"] = plain(event.result)
    if event.by is not None:
        rest["by"] = event.by
    if event.error is not None:
        rest["error"] = event.error
    rest["at"] = event.at
    return f'{{"n": {event.n}, "t": {seconds_text(event.t)}, {_encode(rest)[1:]}'


def encode_header(header: Header) -> str:
    """Write the header line."""
    line: dict[str, Any] = {"trace": FORMAT, "scenario": header.scenario}
    if header.case is not None:
        line["case"] = header.case
    if header.params:
        line["params"] = plain(header.params)
    line["policy"] = header.policy
    if header.seed is not None:
        line["seed"] = header.seed
    return _encode(line)


def encode_footer(footer: Footer) -> str:
    """Write the footer line."""
    rest: dict[str, Any] = {"vars": plain(footer.vars), "queues": plain(footer.queues), "threads": dict(footer.threads)}
    if footer.blocked:
        rest["blocked"] = [
            {key: item for key, item in (("thread", b.thread), ("on", b.on), ("by", b.by), ("at", b.at)) if item is not None}
            for b in footer.blocked
        ]
    if footer.cycle:
        rest["cycle"] = list(footer.cycle)
    return f'{{"outcome": {_encode(footer.outcome)}, "t": {seconds_text(footer.t)}, {_encode(rest)[1:]}'


def encode(trace: Trace) -> str:
    """Write a trace, each line with its line break."""
    lines = [encode_header(trace.header), *map(encode_event, trace.events), encode_footer(trace.footer), ""]
    return "\n".join(lines)


def _nanoseconds(value: Any) -> int:
    seconds = Decimal(_of(value, int, Decimal))
    if not 0 <= seconds < LONGEST:
        raise ValueError(f"{value} is no time")
    return int(seconds * 1_000_000_000)


def decode(text: str | bytes, name: str = "trace") -> Trace:
    """Read a trace.

    Raises:
        TraceError: it is none; is not UTF-8; holds merge markers; is cut short; or is of a newer format.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            number = error.object.count(b"\n", 0, error.start) + 1
            raise TraceError(f"{name}:{number}: no trace: this line is not UTF-8 text") from None
    lines = text.removesuffix("\n").split("\n") if text else []  # splitlines() would also split at U+2028 and the like, inside of texts
    records = [_record(line, number, name) for number, line in enumerate(lines, 1)]
    if not records or "trace" not in records[0]:
        raise TraceError(f"{name}:1: no trace: the first line is not a trace's header")
    if records[0]["trace"] != FORMAT:
        raise TraceError(f"{name}:1: the trace is of format {records[0]['trace']}; this version reads {FORMAT}: use the one that wrote it")
    if len(records) < 2 or "outcome" not in records[-1]:
        raise TraceError(f"{name}:{len(records)}: the trace is cut short: its last line is no footer")
    reading = 1
    try:
        header = _header(records[0])
        events = []
        for record in records[1:-1]:
            reading += 1
            events.append(_event(record))
        reading = len(records)
        return Trace(header, tuple(events), _footer(records[-1]))
    except KeyError as error:
        raise TraceError(f"{name}:{reading}: the trace is damaged: there is no {error}") from None
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise TraceError(f"{name}:{reading}: the trace is damaged: {error}") from None


def decode_event(line: str) -> Event:
    """Read back one event, as `encode_event` writes it."""
    return _event(json.loads(line, parse_float=Decimal))


def _record(line: str, number: int, name: str) -> dict[str, Any]:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        raise TraceError(f"{name}:{number}: a merge conflict is left in the trace; run the scenario again and accept the result")
    try:
        record = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise TraceError(f"{name}:{number}: no trace: this line is not JSON") from None
    if not isinstance(record, dict):
        raise TraceError(f"{name}:{number}: no trace: this line is not an object")
    return record


def _of(value: Any, *types: type) -> Any:
    """Return a value if it is of one of the types: what is read here may come from anybody.

    Raises:
        TypeError: it is of none.
    """
    if isinstance(value, types):
        return value
    raise TypeError(f"{value!r} is not {' or '.join(_TYPES[each] for each in types)}")


def _optional_text(record: dict[str, Any], key: str) -> str | None:
    text: str | None = _of(record[key], str) if key in record else None
    return text


def _floats(value: Any) -> Any:
    """Undo `parse_float=Decimal`, which only times need."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_floats(item) for item in value]
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    return value


def _header(record: dict[str, Any]) -> Header:
    return Header(
        _of(record["scenario"], str),
        _of(record["policy"], str),
        _of(record["seed"], int) if "seed" in record else None,
        _floats(_of(record.get("params", {}), dict)),
        _optional_text(record, "case"),
    )


def _event(record: dict[str, Any]) -> Event:
    return Event(
        _of(record["n"], int),
        _nanoseconds(record["t"]),
        _of(record["thread"], str),
        _of(record["op"], str),
        _optional_text(record, "on"),
        _floats(record.get("value", ABSENT)),
        _floats(record.get("result", ABSENT)),
        _optional_text(record, "by"),
        _optional_text(record, "error"),
        _of(record["at"], str),
    )


def _footer(record: dict[str, Any]) -> Footer:
    blocked = [_of(item, dict) for item in _of(record.get("blocked", []), list)]
    return Footer(
        _of(record["outcome"], str),
        _nanoseconds(record["t"]),
        _floats(_of(record["vars"], dict)),
        _floats(_of(record["queues"], dict)),
        {name: _of(end, str) for name, end in _of(record["threads"], dict).items()},
        tuple(BlockedThread(_of(b["thread"], str), _optional_text(b, "on"), _optional_text(b, "by"), _of(b["at"], str)) for b in blocked),
        tuple(_of(name, str) for name in _of(record.get("cycle", []), list)),
    )
