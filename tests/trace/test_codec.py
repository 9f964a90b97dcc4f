"""Traces as text: canonical bytes, exact times, and one clear error for whatever is no trace."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.trace import ABSENT, BlockedThread, Event, Footer, Header, Trace, TraceError, decode, encode, encode_event, plain, seconds_text

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAMES = TEXT
TIMES = st.integers(0, 10**19)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
MAYBE = st.just(ABSENT) | VALUES
MAPPINGS = st.dictionaries(TEXT, VALUES, max_size=3)
EVENTS = st.builds(
    Event, st.integers(1, 10**6), TIMES, NAMES, NAMES, st.none() | NAMES, MAYBE, MAYBE, st.none() | NAMES, st.none() | TEXT, TEXT
)
BLOCKED = st.builds(BlockedThread, NAMES, st.none() | NAMES, st.none() | NAMES, TEXT)
HEADERS = st.builds(Header, NAMES, NAMES, st.none() | st.integers(), MAPPINGS, st.none() | NAMES)
FOOTERS = st.builds(
    Footer,
    NAMES,
    TIMES,
    MAPPINGS,
    st.dictionaries(TEXT, MAPPINGS, max_size=2),
    st.dictionaries(TEXT, TEXT, max_size=3),
    st.lists(BLOCKED, max_size=2).map(tuple),
    st.lists(NAMES, max_size=3).map(tuple),
)
TRACES = st.builds(Trace, HEADERS, st.lists(EVENTS, max_size=4).map(tuple), FOOTERS)

SMALL = Trace(
    Header("demo", "random", 7, {"n": 2}),
    (
        Event(1, 0, "main", "start", "w", at="main[0].start"),
        Event(2, 1_500_000_000, "w", "put", "q", value={"a": [1, None]}, at="threads.w.do[0].put"),
        Event(3, 1_500_000_001, "w", "blocked", "guard", by="main", at="threads.w.do[1].acquire"),
        Event(4, 10**18, "w", "acquire", "guard", result=False, at="threads.w.do[1].acquire"),
        Event(5, 10**18, "w", "end", error="RuntimeError"),
    ),
    Footer("deadlock", 10**18, {"x": None}, {"q": {"size": 1}}, {"main": "blocked", "w": "raised RuntimeError"},
           (BlockedThread("main", "w", None, "main[1].join"),), ("main", "w")),
)  # fmt: skip

CANONICAL = """\
{"trace": 1, "scenario": "demo", "params": {"n": 2}, "policy": "random", "seed": 7}
{"n": 1, "t": 0, "thread": "main", "op": "start", "on": "w", "at": "main[0].start"}
{"n": 2, "t": 1.5, "thread": "w", "op": "put", "on": "q", "value": {"a": [1, null]}, "at": "threads.w.do[0].put"}
{"n": 3, "t": 1.500000001, "thread": "w", "op": "blocked", "on": "guard", "by": "main", "at": "threads.w.do[1].acquire"}
{"n": 4, "t": 1000000000, "thread": "w", "op": "acquire", "on": "guard", "result": false, "at": "threads.w.do[1].acquire"}
{"n": 5, "t": 1000000000, "thread": "w", "op": "end", "error": "RuntimeError", "at": ""}
{"outcome": "deadlock", "t": 1000000000, "vars": {"x": null}, "queues": {"q": {"size": 1}}, \
"threads": {"main": "blocked", "w": "raised RuntimeError"}, "blocked": [{"thread": "main", "on": "w", "at": "main[1].join"}], \
"cycle": ["main", "w"]}
"""


def test_canonical_bytes() -> None:
    """Keys in a fixed order, what is absent left out, one line each."""
    assert encode(SMALL) == CANONICAL


def test_a_trace_reads_back() -> None:
    """Decoding the canonical text gives the trace."""
    assert decode(CANONICAL) == SMALL


@given(TRACES)
def test_round_trip(trace: Trace) -> None:
    """Any trace comes back as it was, and its text as well."""
    text = encode(trace)
    assert decode(text) == trace
    assert encode(decode(text)) == text


@given(TRACES)
def test_every_line_is_json(trace: Trace) -> None:
    """Each line is one JSON object, whatever line separators its texts hold, and the text ends with a line break."""
    text = encode(trace)
    lines = text.split("\n")
    assert lines.pop() == ""
    assert [type(json.loads(line)) for line in lines] == [dict] * (len(trace.events) + 2)


@given(TIMES)
def test_times_are_exact(nanoseconds: int) -> None:
    """Seconds are written in decimals, exactly and as short as possible."""
    text = seconds_text(nanoseconds)
    assert Decimal(text) * 10**9 == nanoseconds
    assert not ("." in text and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "0"), (1, "0.000000001"), (100, "0.0000001"), (10**9, "1"), (1_500_000_000, "1.5"), (300_000_000, "0.3"), (10**19, "10000000000")],
)
def test_seconds_text(nanoseconds: int, text: str) -> None:
    """No exponents and no trailing zeros."""
    assert seconds_text(nanoseconds) == text


PLAIN = [
    (math.inf, "inf"),
    (-math.inf, "-inf"),
    (math.nan, "nan"),
    (range(3), [0, 1, 2]),
    ((1, (2, range(1))), [1, [2, [0]]]),
    ({2: 2, None: (3,), True: 4}, {"2": 2, "None": [3], "True": 4}),
    ([math.inf, {"a": math.nan}], ["inf", {"a": "nan"}]),
    (True, True),
    (None, None),
    (1.0, 1.0),
    (1 + 2j, "(1+2j)"),
]


@pytest.mark.parametrize(("value", "written"), PLAIN, ids=[repr(value) for value, _ in PLAIN])
def test_plain(value: Any, written: Any) -> None:
    """What JSON cannot hold is written as what it can: sequences as lists, keys as text, what is not finite as text."""
    assert plain(value) == written
    assert type(plain(value)) is type(written)


@given(
    st.recursive(
        st.floats() | st.integers() | st.just(range(2)),
        lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.floats(), inner),
        max_leaves=5,
    )
)
def test_an_event_is_strict_json_whatever_its_value(value: Any) -> None:
    """No NaN and no Infinity, which JSON does not know."""

    def forbidden(constant: str) -> None:
        pytest.fail(constant)

    line = encode_event(Event(1, 0, "main", "put", "q", value=value))
    assert json.loads(line, parse_constant=forbidden)["op"] == "put"


def test_no_value_is_not_null() -> None:
    """An event without a value is another than one whose value is null."""
    with_null, without = Event(1, 0, "m", "put", value=None), Event(1, 0, "m", "put")
    assert '"value": null' in encode_event(with_null)
    assert "value" not in encode_event(without)


def test_text_is_utf8_not_escaped() -> None:
    """Umlauts and emoji are readable in a golden file."""
    assert '"value": "Grüße 🎉"' in encode_event(Event(1, 0, "m", "print", value="Grüße 🎉"))


# -- what is no trace ------------------------------------------------------------------------------------------------------

LINES = CANONICAL.splitlines()

DAMAGED = {
    "nothing": ("", 1, "no trace"),
    "an empty line": ("\n", 1, "not JSON"),
    "no JSON": ("hello\n", 1, "not JSON"),
    "a list": ("[]\n", 1, "not an object"),
    "no header": ("\n".join(LINES[1:]), 1, "not a trace's header"),
    "only a header": (LINES[0], 1, "cut short"),
    "no footer": ("\n".join(LINES[:-1]), 6, "cut short"),
    "a line cut in the middle": ("\n".join([*LINES[:3], LINES[3][:30], *LINES[4:]]), 4, "not JSON"),
    "a newer format": (CANONICAL.replace('"trace": 1', '"trace": 2'), 1, "format 2; this version reads 1"),
    "our side of a merge": ("\n".join([LINES[0], "<<<<<<< HEAD", *LINES[1:]]), 2, "merge conflict"),
    "between the sides": ("\n".join([*LINES[:3], "=======", *LINES[3:]]), 4, "merge conflict"),
    "their side": ("\n".join([*LINES, ">>>>>>> branch"]), 8, "merge conflict"),
    "the base": ("\n".join(["||||||| base", *LINES]), 1, "merge conflict"),
    "another encoding": (CANONICAL.encode() + b"\xff\n", len(LINES) + 1, "not UTF-8"),
    "deep nesting": ("[" * 100_000 + "\n", 1, "not JSON"),
}


@pytest.mark.parametrize(("text", "line", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_no_trace(text: str, line: int, message: str) -> None:
    """It is refused with its name, the line and what is wrong with that."""
    with pytest.raises(TraceError, match=message) as caught:
        decode(text, "x.jsonl")
    assert str(caught.value).startswith(f"x.jsonl:{line}: ")


DAMAGED_KEYS = {
    "an event without a thread": CANONICAL.replace('"thread": "main", "op"', '"op"'),
    "an event without a time": CANONICAL.replace('"t": 1.5, ', ""),
    "a time that is text": CANONICAL.replace('"t": 1.5', '"t": "soon"'),
    "a time that is null": CANONICAL.replace('"t": 1.5', '"t": null'),
    "a time that is a list": CANONICAL.replace('"t": 1.5', '"t": [1]'),
    "a time beyond numbers": CANONICAL.replace('"t": 1.5', '"t": NaN'),
    "a time without end": CANONICAL.replace('"t": 1.5', '"t": Infinity'),
    "a header without a policy": CANONICAL.replace(', "policy": "random"', ""),
    "a footer without variables": CANONICAL.replace('"vars": {"x": null}, ', ""),
    "a footer whose blocked is a number": CANONICAL.replace(
        '"blocked": [{"thread": "main", "on": "w", "at": "main[1].join"}]', '"blocked": 5'
    ),
    "a footer whose cycle is a number": CANONICAL.replace('"cycle": ["main", "w"]', '"cycle": 5'),
    "a blocked thread without a name": CANONICAL.replace('{"thread": "main", "on": "w", ', '{"on": "w", '),
    "a time of a million digits' exponent": CANONICAL.replace('"t": 1.5', '"t": 1e999999'),
    "two footers": CANONICAL + LINES[-1] + "\n",
}


@pytest.mark.parametrize("text", DAMAGED_KEYS.values(), ids=DAMAGED_KEYS)
def test_a_damaged_trace(text: str) -> None:
    """JSON that lacks what a trace must have is a TraceError too."""
    assert text != CANONICAL
    with pytest.raises(TraceError, match=r"^x\.jsonl"):
        decode(text, "x.jsonl")


def test_a_trace_error_is_a_usage_error() -> None:
    """The command line shows it as one line and exits with 2."""
    assert issubclass(TraceError, UsageError)


@given(st.integers(0, len(CANONICAL) - 2), st.integers(1, 40), st.sampled_from(["", "0", "{", "null", "\n", '"', "é"]))
def test_any_damage_is_a_trace_or_a_trace_error(start: int, length: int, instead: str) -> None:
    """Whatever is cut out or put in, nothing but a TraceError comes out."""
    try:
        trace = decode(CANONICAL[:start] + instead + CANONICAL[start + length :])
    except TraceError:
        return
    assert isinstance(trace, Trace)


@given(st.text(max_size=80))
def test_any_text_is_a_trace_error(text: str) -> None:
    """No text of a few characters is a trace."""
    with pytest.raises(TraceError):
        decode(text)
