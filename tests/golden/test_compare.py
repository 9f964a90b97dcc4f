"""How a trace compares with its golden: no difference goes unseen, and what cannot be compared says why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.golden import Comparison, compare, conflict_in, refuse_newer
from runner.trace import ABSENT, Event, Trace, encode

EVENTS = st.integers(0, 10_000)
CHANGES = {
    "n": lambda event: event.n + 1,
    "t": lambda event: event.t + 1,
    "thread": lambda event: event.thread + "x",
    "op": lambda event: event.op + "x",
    "on": lambda event: "another" if event.on is None else None,
    "value": lambda event: 7 if event.value is ABSENT else ABSENT,
    "result": lambda event: None if event.result is ABSENT else ABSENT,
    "by": lambda event: "another" if event.by is None else None,
    "error": lambda event: "ValueError" if event.error is None else None,
    "at": lambda event: event.at + "x",
}


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """Give a golden's path."""
    return tmp_path / "two-workers.golden.jsonl"


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a path that properties write to again and again."""
    return tmp_path_factory.mktemp("golden") / "scratch.golden.jsonl"


def compared(golden: Path, text: str, trace: Trace) -> Comparison:
    """Write a golden and compare a trace with it."""
    golden.write_bytes(text.encode())
    return compare(golden, trace)


def test_same_bytes_are_the_same(golden: Path, trace: Trace) -> None:
    """A trace is the same as its own bytes."""
    assert compared(golden, encode(trace), trace) == Comparison("same")


def test_missing_golden_is_missing(golden: Path, trace: Trace) -> None:
    """Without a file the golden is missing, and none is made."""
    assert compare(golden, trace) == Comparison("missing")
    assert not golden.exists()


def test_folder_in_place_of_a_golden_is_unreadable(golden: Path, trace: Trace) -> None:
    """A golden that is a folder cannot be read, and the reason says so."""
    golden.mkdir()
    assert compare(golden, trace) == Comparison("unreadable", reason=f"{golden}: Is a directory")


def test_empty_golden_is_unreadable(golden: Path, trace: Trace) -> None:
    """An empty file is no trace."""
    assert compared(golden, "", trace) == Comparison("unreadable", reason=f"{golden}:1: no trace: the first line is not a trace's header")


@pytest.mark.parametrize("marker", ["<<<<<<< ours", "=======", ">>>>>>> theirs", "||||||| base"])
def test_merge_markers_are_unreadable(golden: Path, trace: Trace, marker: str) -> None:
    """A merge conflict left in a golden is named as one, with its line."""
    lines = encode(trace).splitlines()
    lines.insert(3, marker)
    reason = f"{golden}:4: a merge conflict is left in the trace; run the scenario again and accept the result"
    assert compared(golden, "\n".join(lines), trace) == Comparison("unreadable", reason=reason)


def test_golden_without_its_footer_is_cut_short(golden: Path, trace: Trace) -> None:
    """A golden that ends early between two lines says so."""
    lines = encode(trace).splitlines()[:-1]
    reason = f"{golden}:{len(lines)}: the trace is cut short: its last line is no footer"
    assert compared(golden, "\n".join(lines), trace) == Comparison("unreadable", reason=reason)


def test_golden_cut_inside_a_line_is_unreadable(golden: Path, trace: Trace) -> None:
    """A golden that ends in the middle of a line says which."""
    text = encode(trace)[:-5]
    reason = f"{golden}:{len(text.splitlines())}: no trace: this line is not JSON"
    assert compared(golden, text, trace) == Comparison("unreadable", reason=reason)


def test_golden_of_a_newer_format_is_unreadable(golden: Path, trace: Trace) -> None:
    """A golden of a format that this version does not know says which."""
    text = encode(trace).replace('{"trace": 1,', '{"trace": 2,', 1)
    assert compared(golden, text, trace) == Comparison(
        "unreadable", reason=f"{golden}:1: the trace is of format 2; this version reads 1: use the one that wrote it"
    )


def test_golden_that_is_not_utf8_is_unreadable(golden: Path, trace: Trace) -> None:
    """A golden in another encoding is no trace."""
    golden.write_bytes(encode(trace).encode("utf-16"))
    assert compare(golden, trace).state == "unreadable"


@pytest.mark.parametrize(
    "change",
    [lambda text: text.replace(": ", ":"), lambda text: text.rstrip("\n")],
    ids=["spacing", "no-last-line-end"],
)
def test_same_content_in_other_bytes_is_unreadable(golden: Path, trace: Trace, change: object) -> None:
    """A golden that an editor or git has rewritten is not passed over, and the reason says what to do."""
    assert callable(change)
    reason = f"{golden}: says the same, but in other bytes (line ends, spacing); accept it again"
    assert compared(golden, change(encode(trace)), trace) == Comparison("unreadable", reason=reason)


def test_line_ends_that_git_has_changed_are_told_with_the_cure(golden: Path, trace: Trace) -> None:
    """A golden with CR LF is not passed over, and the reason has the line that .gitattributes lacks."""
    reason = compared(golden, encode(trace).replace("\n", "\r\n"), trace).reason
    assert reason is not None
    assert reason.startswith(f"{golden}: says the same, but in other bytes (lines that end in CR LF")
    assert "`*.golden.jsonl text eol=lf` into .gitattributes" in reason


def test_golden_that_is_no_text_is_named(golden: Path, trace: Trace) -> None:
    """What is not UTF-8 is told with the file's name."""
    golden.write_bytes(b"\xff\xfe")
    assert compare(golden, trace).reason == f"{golden}:1: no trace: this line is not UTF-8 text"


@pytest.mark.parametrize("text", ['{"trace": 2}\n', '<<<<<<< ours\n{"trace": 1}\n=======\n{"trace": 2, "x": 1}\n>>>>>>> theirs\n'])
def test_newer_golden_is_not_replaced(golden: Path, text: str) -> None:
    """A golden of a newer format, or one side of a conflict in it, must not be turned into an older one."""
    golden.write_text(text)
    with pytest.raises(UsageError, match=r"golden\.jsonl:[14]: the golden is of trace format 2, and this version writes 1"):
        refuse_newer(golden)


@pytest.mark.parametrize("text", ["", "no trace\n", '{"trace": 1}\n', '{"trace": "x"}\n', '{"trace"\n', "[" * 100_000])
def test_what_is_not_newer_may_be_replaced(golden: Path, text: str) -> None:
    """An older golden, a damaged one and none may be written anew."""
    golden.write_text(text)
    refuse_newer(golden)
    refuse_newer(golden.with_name("gone"))


def test_conflict_is_found_with_its_line(golden: Path, trace: Trace) -> None:
    """The first marker's line is given; None where there is none."""
    golden.write_text("{}\n<<<<<<< ours\n")
    assert conflict_in(golden) == 2
    golden.write_text(encode(trace))
    assert conflict_in(golden) is None


@pytest.mark.parametrize("key", ["thread", "op", "at", "n", "t"])
def test_event_without_a_field_is_unreadable(golden: Path, trace: Trace, key: str) -> None:
    """An event that lacks what every event has is damaged, and the reason has its line."""
    lines = encode(trace).splitlines()
    record = json.loads(lines[2])
    del record[key]
    lines[2] = json.dumps(record)
    expected = Comparison("unreadable", reason=f"{golden}:3: the trace is damaged: there is no '{key}'")
    assert compared(golden, "\n".join(lines), trace) == expected


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c"])
def test_line_separators_inside_a_text_can_be_compared(golden: Path, trace: Trace, separator: str) -> None:
    """A printed text may hold characters at which some tools would break a line."""
    first = replace(trace.events[0], value=f"a{separator}b")
    expected = replace(trace, events=(first, *trace.events[1:]))
    comparison = compared(golden, encode(expected), trace)
    assert comparison.state == "different"
    assert comparison.expected == expected


@given(EVENTS, st.sampled_from(sorted(CHANGES)))
def test_any_changed_event_is_found(scratch: Path, trace: Trace, index: int, field: str) -> None:
    """Whichever field of whichever event changes, that event is where the two part."""
    index %= len(trace.events)
    events = list(trace.events)
    events[index] = replace(events[index], **{field: CHANGES[field](events[index])})
    comparison = compared(scratch, encode(replace(trace, events=tuple(events))), trace)
    assert comparison.state == "different"
    assert comparison.divergence is not None
    assert (comparison.divergence.part, comparison.divergence.index) == ("event", index)
    assert (comparison.divergence.expected, comparison.divergence.actual) == (events[index], trace.events[index])


@given(EVENTS)
def test_any_dropped_event_is_found(scratch: Path, trace: Trace, index: int) -> None:
    """Whichever event is missing from a golden, its place is where the two part."""
    index %= len(trace.events)
    events = trace.events[:index] + trace.events[index + 1 :]
    comparison = compared(scratch, encode(replace(trace, events=events)), trace)
    assert comparison.state == "different"
    assert comparison.divergence is not None
    assert (comparison.divergence.part, comparison.divergence.index) == ("event", index)
    assert comparison.divergence.actual == trace.events[index]


@given(EVENTS)
def test_any_added_event_is_found(scratch: Path, trace: Trace, index: int) -> None:
    """Whichever event a golden has twice, the second is where the two part."""
    index %= len(trace.events)
    events = trace.events[: index + 1] + trace.events[index:]
    comparison = compared(scratch, encode(replace(trace, events=events)), trace)
    assert comparison.state == "different"
    assert comparison.divergence is not None
    assert (comparison.divergence.part, comparison.divergence.index) == ("event", index + 1)
    assert comparison.divergence.expected == trace.events[index]


@given(EVENTS, EVENTS)
def test_any_swapped_events_are_found(scratch: Path, trace: Trace, one: int, other: int) -> None:
    """Whichever two events are swapped in a golden, the earlier is where the two part."""
    one, other = sorted((one % len(trace.events), other % len(trace.events)))
    assume(one != other)
    events: list[Event] = list(trace.events)
    events[one], events[other] = events[other], events[one]
    comparison = compared(scratch, encode(replace(trace, events=tuple(events))), trace)
    assert comparison.state == "different"
    assert comparison.divergence is not None
    assert (comparison.divergence.part, comparison.divergence.index) == ("event", one)


@given(st.integers(0, 1_000_000), st.integers(1, 255))
def test_any_changed_byte_is_found(scratch: Path, trace: Trace, index: int, change: int) -> None:
    """Whichever byte of a golden changes to whatever, it is no longer the same."""
    data = bytearray(encode(trace).encode())
    data[index % len(data)] ^= change
    scratch.write_bytes(data)
    assert compare(scratch, trace).state in ("different", "unreadable")


@pytest.mark.parametrize("change", [{"outcome": "failed"}, {"t": 1}, {"vars": {"total": 3}}, {"threads": {}}, {"cycle": ("a",)}])
def test_changed_footer_is_found(golden: Path, trace: Trace, change: dict[str, object]) -> None:
    """Where only the end differs the two part in the footer."""
    comparison = compared(golden, encode(replace(trace, footer=replace(trace.footer, **change))), trace)
    assert comparison.divergence is not None
    assert comparison.divergence.part == "footer"


@pytest.mark.parametrize("change", [{"scenario": "other"}, {"policy": "random"}, {"seed": 0}, {"params": {"a": 1}}, {"case": "b"}])
def test_changed_header_is_found(golden: Path, trace: Trace, change: dict[str, object]) -> None:
    """Where only the beginning differs the two part in the header."""
    comparison = compared(golden, encode(replace(trace, header=replace(trace.header, **change))), trace)
    assert comparison.divergence is not None
    assert comparison.divergence.part == "header"
