"""What a difference looks like, to the line."""

from __future__ import annotations

import re
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
    """What changed is told in words, then the first event that differs with its line and in lanes, and what to do."""
    assert differ(BEFORE.replace("sleep: 1", "sleep: 1.5"), width=74) == [
        "  what changed:",
        "    ~ ann sleeps 1.5 s instead of 1 s (a.yaml:5:9)",
        "    ~ main waits 0.5 s longer for ann: 1.5 s instead of 1 s (a.yaml:3:3)",
        "    ~ main waits 0.5 s less for bob: 0.5 s instead of 1 s (a.yaml:7:3)",
        '    ~ 4 events of ann and main are 0.5 s later, from ann\'s `print "hello"`',
        "      on",
        "  the first divergence is event 4:",
        "    a.yaml:5:9: threads.ann.do[0].sleep",
        "        5 |       - sleep: 1.5",
        "          |         ^^^^^",
        "      t        │ main              │ ann               │ bob",
        "      ─────────┼───────────────────┼───────────────────┼──────────────────",
        "             0 │ start ann         │                   │",
        "               │ start bob         │                   │",
        "               │ blocked on ann    │                   │",
        "    -        0 │                   │ sleep 1 s         │",
        "    +        0 │                   │ sleep 1.5 s       │",
        "             0 │                   │                   │ sleep 2 s",
        '    ~    1→1.5 │                   │ print "hello"     │',
        "    ~          │                   │ end               │",
        "    ~          │ join ann          │                   │",
        "    ~          │ blocked on bob    │                   │",
        '             2 │                   │                   │ print "goodbye"',
        "               │                   │                   │ end",
        "               │ join bob          │                   │",
        "               │ end               │                   │",
        *ACCEPT,
    ]


def test_events_long_before_are_left_out(differ: Differ) -> None:
    """Only the last events before the divergence are shown."""
    told = differ(BEFORE.replace("goodbye", "farewell"), width=80)
    assert told[1] == '    ~ bob prints "farewell" instead of "goodbye" (a.yaml:10:9)'
    assert told[2] == "  the first divergence is event 10:"
    assert told[3] == "    a.yaml:10:9: threads.bob.do[1].print"
    assert sum("│" in text for text in told) - 1 == 3 + len(["-", "+"]) + 3


def test_golden_that_ends_early(differ: Differ) -> None:
    """Where the golden has no more events, the actual ones are new."""
    told = differ(golden=lambda trace: replace(trace, events=trace.events[:-1]))
    assert told[:3] == ["  what changed:", "    + main's `end` is new", "  the first divergence is event 13:"]


def test_trace_that_ends_early(differ: Differ) -> None:
    """Where the run has no more events, the golden's are gone."""
    told = differ(golden=lambda trace: replace(trace, events=(*trace.events, replace(trace.events[-1], n=12))))
    assert told[:3] == ["  what changed:", "    - main's `end` is gone", "  the first divergence is event 12:"]


def test_only_the_footer_differs(differ: Differ) -> None:
    """Where all events are the same, what the run came to is told, and no lanes are drawn."""
    told = differ(
        golden=lambda trace: replace(trace, footer=replace(trace.footer, vars={"a": 1}, threads={**trace.footer.threads, "ann": "blocked"}))
    )
    assert told == [
        "  what changed:",
        "    ~ variable a is gone: it ended as 1",
        "    ~ ann ends as `ended` instead of `blocked`",
        "  all events are the same",
        *ACCEPT,
    ]


def test_only_the_header_differs(differ: Differ) -> None:
    """Where all else is the same, the header's field is told."""
    assert differ("name: b\n" + BEFORE) == [
        "  what changed:",
        "    ~ the scenario's name is b, it was a",
        "  all events are the same",
        *ACCEPT,
    ]


def test_step_that_is_no_longer_there(differ: Differ) -> None:
    """A golden may name a step that the file has no longer; there is no line to show then."""
    told = differ(
        golden=lambda trace: replace(trace, events=(*trace.events, replace(trace.events[-1], n=12, at="main[7].print"))), width=80
    )
    assert told[1] == "    - main's `end` is gone (the step main[7].print is no longer in the file)"
    assert told[3] == "    by the step main[7].print, which is no longer in the file"


def test_colour(differ: Differ) -> None:
    """Colour is there if asked for, and adds nothing else."""
    plain, colored = differ(BEFORE.replace("sleep: 1", "sleep: 3")), differ(BEFORE.replace("sleep: 1", "sleep: 3"), color=True)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", text) for text in colored] == plain
    assert any("\x1b[31m-" in text for text in colored)
    assert any("\x1b[32m+" in text for text in colored)


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
    for text in ("h" * 20, "h" * 200):
        told = differ(BEFORE.replace("hello", text), width=80)
        assert max(map(len, told)) <= 80


def test_escapes_in_a_golden_are_not_passed_on(differ: Differ) -> None:
    """A golden may come from anybody: nothing in it is sent to the terminal as it is."""
    bad = "x\x1b]0;y\x07"
    told = differ(golden=lambda trace: replace(trace, events=(replace(trace.events[0], thread=bad, op=bad, on=bad), *trace.events[1:])))
    assert all(text.isprintable() for text in told)
