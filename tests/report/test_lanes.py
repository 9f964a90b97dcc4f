"""Traces as lanes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report.lanes import fit, lanes, width_of
from runner.trace import Event

SECOND = 1_000_000_000


def events(*happened: tuple[float, str, str]) -> list[Event]:
    """Make print events from time, thread and text."""
    return [Event(n, int(t * SECOND), thread, "print", value=text) for n, (t, thread, text) in enumerate(happened, 1)]


def drawn(happened: Sequence[Event], threads: Sequence[str], width: int = 40, *, ascii_only: bool = False) -> list[str]:
    """Draw lanes."""
    return list(lanes(happened, threads, width, ascii_only=ascii_only))


def test_each_thread_has_a_column() -> None:
    """Events stand in their thread's column, one a line; a time is written where it changes."""
    assert drawn(events((0, "main", "a"), (0, "ann", "b"), (1.5, "main", "c"), (1.5, "main", "d")), ["main", "ann"]) == [
        "t        │ main          │ ann",
        "─────────┼───────────────┼──────────────",
        '       0 │ print "a"     │',
        '         │               │ print "b"',
        '     1.5 │ print "c"     │',
        '         │ print "d"     │',
    ]


def test_ascii_lanes() -> None:
    """The same in ASCII characters only."""
    assert drawn(events((0, "main", "é→"), (1, "ann", "a long text to be cut")), ["main", "ann"], ascii_only=True) == [
        "t        | main          | ann",
        "---------+---------------+--------------",
        r'       0 | print "\xe9.. |',
        '       1 |               | print "a lo..',
    ]


@given(st.lists(st.tuples(st.sampled_from(["main", "é", "日本"]), st.text(st.characters())), max_size=5), st.integers(40, 120))
def test_ascii_only_is_ascii(happened: list[tuple[str, str]], width: int) -> None:
    """Whatever the names and texts, `ascii_only` gives ASCII, within the width."""
    for row in lanes(events(*((0, thread, text) for thread, text in happened)), ["main", "é", "日本"], width, ascii_only=True):
        assert row.isascii()
        assert row.isprintable()
        assert len(row) <= width


@given(
    st.lists(st.tuples(st.integers(0, 10**18), st.integers(0, 20), st.text(st.characters())), max_size=5),
    st.integers(1, 20),
    st.integers(40, 120),
)
def test_lanes_keep_to_the_width(happened: list[tuple[int, int, str]], count: int, width: int) -> None:
    """Whatever happens, no row is wider than asked for, or holds a control character."""
    threads = [f"worker-{index}" for index in range(count)]
    listed = [Event(1, t, threads[index % count], "print", value=text) for t, index, text in happened]
    for row in lanes(listed, threads, width):
        assert width_of(row) <= width
        assert row.isprintable()


def test_80_columns_hold_four_lanes() -> None:
    """At the usual width four threads fit side by side, and no line is longer."""
    rows = drawn(events((0, "t3", "x" * 100)), ["t0", "t1", "t2", "t3"], 80)
    assert rows[0].split() == ["t", "│", "t0", "│", "t1", "│", "t2", "│", "t3"]
    assert max(map(len, rows)) <= 80


def test_many_threads_are_listed() -> None:
    """With more threads than fit, events stand one below the other, with their thread's name."""
    threads = [f"t{index}" for index in range(5)]
    assert drawn(events((0, "t0", "a"), (1, "t4", "b" * 100)), threads, 80) == [
        '       0  t0  print "a"',
        '       1  t4  print "' + "b" * 58 + "…",
    ]


def test_many_threads_are_listed_in_ascii() -> None:
    """The list, too, can be ASCII."""
    threads = [f"t{index}" for index in range(5)]
    happened = [Event(1, 0, "t0", "get", "jobs", "é"), *events((1, "t4", "b" * 100))]
    assert drawn(happened, threads, 80, ascii_only=True) == [
        r'       0  t0  get jobs -> "\xe9"',
        '       1  t4  print "' + "b" * 57 + "..",
    ]


def test_no_threads_and_no_events() -> None:
    """An empty trace gives an empty drawing."""
    assert drawn([], []) == ["t", "─" * 8]


@pytest.mark.parametrize(
    "text",
    ["日本語の長い文字列です", "e\u0301" * 9, "ก\u0e31น" * 6, "😀" * 9, "✔\ufe0f" * 9, "plain text", "ﾊﾝｶｸ" * 5, "a\u20dd" * 9],
    ids=["wide", "combining", "thai", "emoji", "variation-selector", "ascii", "half-width", "enclosing"],
)
def test_wide_and_combining_characters_line_up(text: str) -> None:
    """Characters that take two columns, or none, do not push the next lane away."""
    rows = drawn(events((0, "main", text), (0, "ann", "x")), ["main", "ann"])
    assert {width_of(row.rpartition("│")[0]) for row in rows if "│" in row} == {25}


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("✔\ufe0f", 1), ("😀", 2), ("Ａ", 2), ("ก\u0e31", 1)],
)
def test_width_of(text: str, columns: int) -> None:
    """A text's width is in terminal columns."""
    assert width_of(text) == columns


@pytest.mark.parametrize(
    ("text", "width", "fitted"),
    [
        ("abc", 5, "abc  "),
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日… "),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ],
)
def test_fit(text: str, width: int, fitted: str) -> None:
    """A text is cut or padded to columns, never through a character."""
    assert fit(text, width) == fitted


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"])), st.integers(1, 30))
def test_fit_is_exact(text: str, width: int) -> None:
    """Whatever the text, it takes exactly the columns asked for."""
    assert width_of(fit(unicodedata.normalize("NFC", text), width)) == width
