"""What a difference looks like, to the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.golden import golden_of
from runner.report.difference import difference
from runner.suite import accept_all, check_scenario
from runner.trace import Trace, decode, encode

BEFORE = """\
schema: 1
threads:
  ann:
    do:
      - sleep: 1
      - print: hello
  bob:
    do:
      - sleep: 2
      - print: goodbye
"""

Differ = Callable[..., list[str]]


@pytest.fixture
def differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Differ:
    """`differ(after)` accepts one text, changes it to another, and gives the difference; `golden` changes the golden."""
    monkeypatch.chdir(tmp_path)

    def differ(after: str = BEFORE, golden: Callable[[Trace], Trace] | None = None, width: int = 60, **options: bool) -> list[str]:
        scenario = Path("a.yaml")
        scenario.write_text(BEFORE)
        accept_all([scenario])
        if golden is not None:
            path = golden_of(scenario)
            path.write_text(encode(golden(decode(path.read_text()))))
        scenario.write_text(after)
        return list(difference(check_scenario(scenario, keep_pending=False), width, **options))

    return differ


ACCEPT = ["  to accept what it does now:", "    python -m runner accept a.yaml"]


def test_no_difference_is_nothing(differ: Differ) -> None:
    """Nothing to tell, nothing told."""
    assert differ() == []


def test_changed_sleep(differ: Differ) -> None:
    """The first event that differs is shown in words and in lanes, with the step's line and what to do."""
    assert differ(BEFORE.replace("sleep: 1", "sleep: 3")) == [
        "  the first divergence is event 4:",
        "    expected  t=0 ann: sleep 1 s",
        "    actual    t=0 ann: sleep 3 s",
        "  expected, from event 1:",
        "    t        │ main          │ ann           │ bob",
        "    ─────────┼───────────────┼───────────────┼──────────────",
        "           0 │ start ann     │               │",
        "             │ start bob     │               │",
        "             │ blocked on a… │               │",
        "             │               │ sleep 1 s     │",
        "             │               │               │ sleep 2 s",
        '           1 │               │ print "hello" │',
        "             │               │ end           │",
        "  actual, from event 1:",
        "    t        │ main          │ ann           │ bob",
        "    ─────────┼───────────────┼───────────────┼──────────────",
        "           0 │ start ann     │               │",
        "             │ start bob     │               │",
        "             │ blocked on a… │               │",
        "             │               │ sleep 3 s     │",
        "             │               │               │ sleep 2 s",
        '           2 │               │               │ print "goodb…',
        "             │               │               │ end",
        "  the step is threads.ann.do[0].sleep at a.yaml:5:9",
        *ACCEPT,
    ]


def test_events_long_before_are_left_out(differ: Differ) -> None:
    """Only the last events before the divergence are shown."""
    told = differ(BEFORE.replace("goodbye", "farewell"))
    assert told[0] == "  the first divergence is event 10:"
    assert "  expected, from event 7:" in told
    assert told[4].split() == ["t", "│", "main", "│", "ann", "│", "bob"]
    assert told[-3] == "  the step is threads.bob.do[1].print at a.yaml:10:9"


def test_golden_that_ends_early(differ: Differ) -> None:
    """Where the golden has no more events, the actual one is shown."""
    told = differ(golden=lambda trace: replace(trace, events=trace.events[:-1]))
    assert told[1:3] == ["    expected  (the trace has ended)", "    actual    t=2 main: end"]


def test_trace_that_ends_early(differ: Differ) -> None:
    """Where the run has no more events, the golden's is shown."""
    told = differ(golden=lambda trace: replace(trace, events=(*trace.events, replace(trace.events[-1], n=12))))
    assert told[1:3] == ["    expected  t=2 main: end", "    actual    (the trace has ended)"]


def test_only_the_footer_differs(differ: Differ) -> None:
    """Where all events are the same, the last lines are shown."""
    told = differ(golden=lambda trace: replace(trace, footer=replace(trace.footer, vars={"a": 1})))
    assert told == [
        "  the events are the same; the footer differs:",
        '    expected  {"outcome": "completed", "t": 2, "vars": {"a": 1}, "queues": {}, '
        '"threads": {"main": "ended", "ann": "ended", "bob": "ended"}}',
        '    actual    {"outcome": "completed", "t": 2, "vars": {}, "queues": {}, '
        '"threads": {"main": "ended", "ann": "ended", "bob": "ended"}}',
        *ACCEPT,
    ]


def test_only_the_header_differs(differ: Differ) -> None:
    """Where all else is the same, the first lines are shown."""
    assert differ("name: b\n" + BEFORE) == [
        "  the events are the same; the header differs:",
        '    expected  {"trace": 1, "scenario": "a", "policy": "fifo"}',
        '    actual    {"trace": 1, "scenario": "b", "policy": "fifo"}',
        *ACCEPT,
    ]


def test_step_that_is_no_longer_there(differ: Differ) -> None:
    """A golden may name a step that the file has no longer; there is no line to name then."""
    told = differ(golden=lambda trace: replace(trace, events=(*trace.events, replace(trace.events[-1], n=12, at="main[7].print"))))
    assert not any(text.startswith("  the step is") for text in told)


def test_missing_golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no golden, that is all there is to tell."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(BEFORE)
    assert list(difference(check_scenario(Path("a.yaml")))) == ["  there is no golden yet", *ACCEPT]


def test_unreadable_golden(differ: Differ, monkeypatch: pytest.MonkeyPatch) -> None:
    """A golden that is no trace is told with the reason."""
    Path("a.yaml").write_text(BEFORE)
    Path("a.golden.jsonl").write_text("<<<<<<< ours\n")
    assert list(difference(check_scenario(Path("a.yaml")))) == [
        "  the golden cannot be compared: a.golden.jsonl:1: a merge conflict is left in the trace; "
        "run the scenario again and accept the result",
        *ACCEPT,
    ]


def test_command_to_accept_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command can be copied, whatever the file is called."""
    monkeypatch.chdir(tmp_path)
    Path("it's a test.yaml").write_text(BEFORE)
    assert list(difference(check_scenario(Path("it's a test.yaml"))))[-1] == """    python -m runner accept 'it'"'"'s a test.yaml'"""


def test_lanes_in_ascii(differ: Differ) -> None:
    """The lanes are in ASCII where that is all there is."""
    assert all(text.isascii() for text in differ(BEFORE.replace("sleep: 1", "sleep: 3"), ascii_only=True))


def test_width_is_kept(differ: Differ) -> None:
    """Lanes take the width given, indentation and all."""
    told = differ(BEFORE.replace("hello", "h" * 200), width=80)
    assert max(len(text) for text in told if "│" in text) <= 80


def test_escapes_in_a_golden_are_not_passed_on(differ: Differ) -> None:
    """A golden may come from anybody: nothing in it is sent to the terminal as it is."""
    bad = "x\x1b]0;y\x07"
    told = differ(golden=lambda trace: replace(trace, events=(replace(trace.events[0], thread=bad, op=bad, on=bad), *trace.events[1:])))
    assert all(text.isprintable() for text in told)
