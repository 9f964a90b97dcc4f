"""What exploring came to, as text and as JSON."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Place
from runner.exploration import HAZARDS, Exploration, ExploreOptions, Finding, Kind, Row, Verdict
from runner.exploration.preemptions import preempted
from runner.interpreter import Outcome, execute
from runner.program import Program
from runner.program.schedule import Points, Schedule
from runner.report.exploration import MOST_EVENTS, Shown, exploration, name_of, verdict
from runner.report.exploration_json import exploration_json
from runner.report.lanes import width_of
from runner.report.outcomes import MOST_ROWS, outcomes_table, state_text
from runner.schedulers import ReplayScheduler
from runner.substrate import ControlledSubstrate
from runner.suite import replay
from runner.trace import equal

LOST = """
name: lost
resources: {total: {kind: var, value: 0}}
threads: {ann: {do: [{set: {total: "${total + 1}"}}]}, bob: {do: [{set: {total: "${total + 1}"}}]}}
expect: {vars: {total: 2}}
"""
PLACE = Place("expect.vars.total", 5, 16, 5)


def run_by(program: Program, *ranks: int) -> Outcome:
    """Run a program by a schedule with scheduling points at ends."""
    scheduler = ReplayScheduler(Schedule("dpor", None, program.fingerprint, ranks, Points.ENDS))
    return execute(program, ControlledSubstrate(scheduler, points=Points.ENDS), policy="dpor")


@pytest.fixture
def program(compile_text: Callable[..., Program]) -> Program:
    return compile_text(LOST)


@pytest.fixture
def lost(program: Program) -> Finding:
    """An update that one preemption loses, as the search would tell it."""
    outcome = next(found for found in (run_by(program, *[0] * n, 1) for n in range(9)) if found.trace.footer.vars == {"total": 1})
    what = "variable total: expected 2, was 1"
    return Finding(Kind.EXPECTATION, ("total",), what, PLACE, 3, outcome.schedule, outcome, 1, smallest=True)


@pytest.fixture
def found(program: Program, lost: Finding) -> Exploration:
    right = run_by(program)
    assert lost.schedule is not None
    assert right.schedule is not None
    rows = (
        Row("completed", {"vars": {"total": 1}, "queues": {}}, "forbidden", "an update is lost", 3, lost.schedule),
        Row("completed", {"vars": {"total": 2}, "queues": {}}, "allowed", "", 4, right.schedule),
    )
    return Exploration(program, ExploreOptions(), Verdict.FOUND, 7, 2, 0, (lost,), rows)


def text(found: Exploration, **shown: Any) -> str:
    return "\n".join(exploration(found, Shown(**shown)))


def test_whole(found: Exploration) -> None:
    """The verdict comes first, then how, the outcomes, and what was found, with what to copy."""
    token = found.findings[0].schedule.token()  # type: ignore[union-attr]
    calm = found.rows[1].schedule.token()
    assert text(found).splitlines() == [
        "found: expectation not met in 3 of 7 executions",
        "  by dpor; time: ordered; engine: run",
        "  2 more executions begun and given up: others cover them",
        "",
        "2 outcomes of 7 executions:",
        "  times  judged     state      example",
        f"      3  forbidden  total = 1  {token}",
        "         note: an update is lost",
        f"      4  allowed    total = 2  {calm}",
        "",
        "scenario.yaml:5:16: expectation not met: variable total: expected 2, was 1",
        "    5 | expect: {vars: {total: 2}}",
        "      |                ^^^^^",
        "  variables: total = 1",
        "  in 3 executions; the schedule with 1 preemption (none with fewer shows it):",
        "             0  main  starts ann",
        "             0  main  starts bob",
        "             0  main  must wait for ann",
        "             0  ann   reads 0 from total",
        "    !        0  bob   reads 0 from total",
        "             0  bob   writes 1 to total",
        "             0  bob   ends",
        "             0  ann   writes 1 to total",
        "             0  ann   ends",
        "             0  main  joins ann",
        "             0  main  joins bob",
        "             0  main  ends",
        "  ! the turn is taken from a thread that could have gone on",
        f"  replay: python -m runner run scenario.yaml --replay {token}",
        "  keep:   python -m runner explore scenario.yaml --save",
    ]


def test_lanes(found: Exploration) -> None:
    """Where there is room each thread has its lane, of which it is the sentences' subject."""
    drawn = text(found, width=110).splitlines()
    head = next(line for line in drawn if line.startswith("      t "))
    assert [part.strip() for part in head.split("│")] == ["t", "main", "ann", "bob"]
    (marked,) = (line for line in drawn if line.startswith("    ! "))
    assert [part.strip() for part in marked.split("│")] == ["!        0", "", "", "reads 0 from total"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "found: expectation not met in 3 of 7 executions"),
        ({"interrupted": True}, "found: expectation not met in 3 of 7 executions; interrupted before all were made"),
        ({"verdict": Verdict.PROVED, "findings": ()}, "proved: 7 executions are all there are"),
        ({"verdict": Verdict.PROVED, "findings": (), "executions": 1}, "proved: 1 execution is all there is"),
        (
            {"verdict": Verdict.BOUNDED, "findings": (), "left_out": ("more than 2 preemptions", "what follows 10000 steps")},
            "bounded: nothing wrong in 7 executions, which are all within the bound; "
            "not explored: more than 2 preemptions; what follows 10000 steps",
        ),
        (
            {"verdict": Verdict.EXPIRED, "findings": (), "left_out": ("more executions than 7",)},
            "budget expired: nothing wrong in 7 executions, and there are more; not explored: more executions than 7",
        ),
        (
            {"verdict": Verdict.EXPIRED, "findings": (), "interrupted": True},
            "interrupted: nothing wrong in 7 executions, and there may be more",
        ),
    ],
)
def test_verdict(found: Exploration, changes: dict[str, Any], said: str) -> None:
    """Each verdict has its own word, and says what was left out."""
    assert verdict(replace(found, **changes)) == said
    assert text(replace(found, **changes)).splitlines()[0] == said


@pytest.mark.parametrize(
    ("strategy", "less"),
    [("dpor", "delay:2"), ("dfs", "delay:2"), ("dfs:1", "delay:2"), ("delay:9", "delay:2"), ("delay:2", "delay:1"), ("delay:1", "delay:0"),
     ("delay:0", None), ("random", None), ("pct:3", None), ("pos", None)],
)  # fmt: skip
def test_what_ends_sooner(found: Exploration, strategy: str, less: str | None) -> None:
    """Where the budget was too small, a strategy is named that makes fewer executions; walks have no end to come to."""
    expired = replace(found, options=ExploreOptions(strategy=strategy), verdict=Verdict.EXPIRED, findings=())
    line = f"  to come to an end: `--strategy {less}`, which makes far fewer executions"
    assert (line in text(expired).splitlines()) == (less is not None)
    assert ("to come to an end" in text(expired)) == (less is not None)


@pytest.mark.parametrize("changes", [{"verdict": Verdict.BOUNDED}, {"verdict": Verdict.FOUND}, {"interrupted": True}])
def test_nothing_sooner(found: Exploration, changes: dict[str, Any]) -> None:
    """Nothing of that where the budget was not what ended it."""
    assert "to come to an end" not in text(replace(found, **{"verdict": Verdict.EXPIRED, "findings": (), **changes}))


@pytest.mark.parametrize("kept", [Verdict.PROVED, Verdict.FOUND])
def test_expected(found: Exploration, lost: Finding, kept: Verdict) -> None:
    """What the scenario expects is told, and is no failure."""
    expected = replace(lost, kind=Kind.DEADLOCK, expected=True)
    said = text(replace(found, findings=(expected,), verdict=kept))
    assert "deadlock in 3 of 7 executions, as expected" in said.splitlines()[0]
    assert "scenario.yaml:5:16: deadlock (expected): " in said


def test_several(found: Exploration, lost: Finding) -> None:
    """Kinds are told in the order of the findings, and many of a kind together."""
    findings = (lost, replace(lost, executions=5), replace(lost, kind=Kind.DEADLOCK, executions=1))
    said = verdict(replace(found, findings=findings))
    assert said == "found: 2 sorts of expectation not met, the most in 5 of 7 executions, deadlock in 1"


def test_failures_come_before_hazards(found: Exploration, lost: Finding) -> None:
    """A hazard that nobody forbids comes last, with all that is known of it."""
    race = replace(
        lost,
        kind=Kind.DATA_RACE,
        what="total is raced for",
        expected=True,
        details=("ann writes it", "bob writes it, and nothing orders the two"),
    )
    said = text(replace(found, findings=(race, lost)))
    assert said.splitlines()[0] == "found: expectation not met in 3 of 7 executions"
    assert said.index(": expectation not met: ") < said.index(": data race (no failure): total is raced for")
    assert "\n  bob writes it, and nothing orders the two\n" in said


def test_hazards_alone(found: Exploration, lost: Finding) -> None:
    """A hazard is told beside a proof, without its schedule; one that is forbidden is a failure like others."""
    race = replace(lost, kind=Kind.DATA_RACE, expected=True)
    said = text(replace(found, findings=(race,), verdict=Verdict.PROVED))
    assert said.splitlines()[0] == "proved: 7 executions are all there are; hazards: data race in 3 of 7 executions"
    assert "reads 0 from total" not in said
    assert "  replay: " in said
    assert "  keep: " not in said
    forbidden = text(replace(found, findings=(replace(race, expected=False),)))
    assert forbidden.splitlines()[0] == "found: data race in 3 of 7 executions"
    assert "reads 0 from total" in forbidden
    assert "  keep: " in forbidden


def test_what_was_left_out_is_said_of_failures_too(found: Exploration) -> None:
    """A failure does not hide that more was left out."""
    assert "\n  not explored: more than 2 preemptions\n" in text(replace(found, left_out=("more than 2 preemptions",)))


def test_required_outcome_never_seen(found: Exploration) -> None:
    """Where no execution shows it there is none to show, and no command."""
    finding = Finding(Kind.OUTCOME, ("total = 3",), "no execution ends with total = 3", PLACE, 0, None, None)
    said = text(replace(found, findings=(finding,), rows=()))
    assert said.splitlines()[0] == "found: a required outcome in none of 7 executions"
    assert "replay" not in said
    assert "schedule" not in said


def test_uncertain_smallest(found: Exploration, lost: Finding) -> None:
    """A schedule that need not be the smallest is not called so."""
    said = text(replace(found, findings=(replace(lost, smallest=False),)))
    assert "(the smallest that was found; there may be a smaller one)" in said


def test_replay_command_replays(found: Exploration) -> None:
    """The command to copy has the token of the very trace that is shown."""
    line = next(line for line in text(found, given=("--set", "a b=1")).splitlines() if line.startswith("  replay: "))
    words = shlex.split(line.removeprefix("  replay: "))
    assert words[:-1] == ["python", "-m", "runner", "run", "scenario.yaml", "--set", "a b=1", "--replay"]
    shown = found.findings[0].outcome
    assert shown is not None
    assert equal(replay(found.program, words[-1]).trace, shown.trace)


def test_long_schedule(compile_text: Callable[..., Program], found: Exploration) -> None:
    """Of an execution without end the beginning and the end are shown, and the command to repeat it stops where it did."""
    program = compile_text("main: [{forever: [{print: again}]}]")
    substrate = ControlledSubstrate(ReplayScheduler(Schedule("dpor", None, "", ())), points=Points.ENDS, max_steps=500)
    outcome = execute(program, substrate, policy="dpor")
    finding = Finding(Kind.LIMIT, (), "an execution does not end", None, 1, outcome.schedule, outcome)
    said = text(replace(found, program=program, options=ExploreOptions(max_steps=500), findings=(finding,), rows=()))
    assert said.count('prints "again"') == MOST_EVENTS
    assert f"… {len(outcome.trace.events) - MOST_EVENTS} more events" in said
    assert "run scenario.yaml --max-steps 500 --replay 1." in said


def test_preemptions_are_where_the_turn_is_taken(program: Program) -> None:
    """Every schedule is marked as often as it takes the turn from a thread that could go on, and a calm one never."""
    outcome = run_by(program, 0, 0, 1, 1)
    assert outcome.schedule is not None
    assert not preempted(program, run_by(program).schedule, 100)  # type: ignore[arg-type]
    for number in preempted(program, outcome.schedule, 100):
        before, event = outcome.trace.events[number - 2 : number]
        assert before.thread != event.thread
        assert before.op not in ("blocked", "end")


@given(
    st.lists(st.tuples(st.text(st.characters()), st.integers() | st.text(st.characters())), max_size=3), st.integers(40, 120), st.booleans()
)
def test_table_keeps_to_the_width(variables: list[tuple[str, Any]], width: int, long: bool) -> None:
    """Whatever the state, no line of the table is wider than asked for or holds a control character; tokens are never cut."""
    schedule = Schedule("dpor", None, "01234567", tuple(range(40 if long else 1)), Points.ENDS)
    row = Row("completed", {"vars": dict(variables)}, "allowed", "a\nnote", 3, schedule)
    lines = list(outcomes_table((row, replace(row, outcome="deadlock", executions=123456)), "2 executions", width))
    assert sum(schedule.token() in line for line in lines) == 2
    for line in lines:
        assert line.isprintable()
        assert width_of(line) <= width or line.strip() == f"example: {schedule.token()}"


@pytest.mark.parametrize(
    ("outcome", "state", "words"),
    [
        ("completed", {"vars": {"a": 1, "b": [2]}}, "a = 1, b = [2]"),
        ("completed", {}, "completed"),
        ("deadlock", {}, "deadlock"),
        ("step_limit", {"vars": {"a": 1}}, "step limit: a = 1"),
        ("failed", {"vars": {"a": 1}, "raises": {"ann": "ValueError"}}, "failed: a = 1, ann raised ValueError"),
        ("completed", {"queues": {"jobs": {"size": 1, "unfinished": 2, "items": ["x"]}}}, 'jobs: ["x"] (2 unfinished)'),
        ("completed", {"vars": {}, "printed": ["a", "b"]}, 'printed ["a", "b"]'),
    ],
)
def test_states(found: Exploration, outcome: str, state: dict[str, Any], words: str) -> None:
    """A state is one line: how it ended unless it simply completed, variables, queues, exceptions, what was printed."""
    assert state_text(replace(found.rows[0], outcome=outcome, state=state)) == words


def test_many_outcomes(found: Exploration) -> None:
    """Of many outcomes some are shown, the wrong ones among them, and how many there are is said."""
    many = [replace(found.rows[1], state={"vars": {"total": number}}) for number in range(100)]
    lines = list(outcomes_table((*many, found.rows[0]), "403 executions"))
    assert lines[0] == f"101 outcomes of 403 executions; {MOST_ROWS} are shown:"
    assert sum("allowed" in line for line in lines) == MOST_ROWS - 1
    assert sum("forbidden" in line for line in lines) == 1


def test_no_expectations_no_column(found: Exploration) -> None:
    """Where nothing judges outcomes there is no column for it."""
    lines = list(outcomes_table([replace(row, judged="", note="") for row in found.rows], "2 executions"))
    assert lines[1].split() == ["times", "state", "example"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_ascii(found: Exploration, width: int) -> None:
    """Where only ASCII can be shown all of it is ASCII, whatever the width."""
    assert text(found, width=width, ascii_only=True).isascii()


def test_colours(found: Exploration) -> None:
    """Colours are all that colouring adds."""
    assert re.sub(r"\x1b\[[\d;]*m", "", text(found, color=True)) == text(found)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_told(found: Exploration, lost: Finding, kind: Kind) -> None:
    """Every kind of finding has its place in the text, by its own name; a hazard without the state of that one execution."""
    said = text(replace(found, findings=(replace(lost, kind=kind),)))
    assert f"scenario.yaml:5:16: {name_of(kind)}: " in said
    assert ("variables: total = 1" in said) == (kind not in HAZARDS)


def test_no_control_characters(found: Exploration, lost: Finding) -> None:
    """Nothing of a file reaches the terminal raw."""
    bad = replace(lost, what="a\x1b[31m\nb", details=("c\rd",), key=("e\x07",))
    row = replace(found.rows[0], note="f\x1b", judged="", outcome="g\x1b", state={"vars": {"h\x1b": "\x1b"}, "raises": {"i\x1b": "j\x1b"}})
    for line in text(replace(found, findings=(bad,), rows=(row,), left_out=("k\x1b",))).splitlines():
        assert line.isprintable()


def test_json(found: Exploration) -> None:
    """As data there is one line, with these keys and no others."""
    line = exploration_json(found, 1, ("--set", "n=2"))
    assert "\n" not in line
    told = json.loads(line)
    assert list(told) == [
        "scenario", "case", "verdict", "text", "code", "strategy", "seed", "time", "engine", "states", "executions", "redundant", "cut",
        "interrupted", "left_out", "findings", "outcomes", "seconds",
    ]  # fmt: skip
    assert (told["verdict"], told["code"], told["time"], told["executions"]) == ("found", 1, "ordered", 7)
    (finding,) = told["findings"]
    assert list(finding) == [
        "kind", "key", "text", "details", "expected", "place", "executions", "preemptions", "smallest", "steps", "token", "replay",
        "events",
    ]  # fmt: skip
    assert finding["place"] == {"path": "expect.vars.total", "file": "scenario.yaml", "line": 5, "column": 16}
    assert finding["replay"].endswith(f"run scenario.yaml --set n=2 --replay {finding['token']}")
    event = {"n": 4, "t": 0, "thread": "ann", "op": "read", "on": "total", "value": 0, "at": "threads.ann.do[0].set.total"}
    assert finding["events"][3] == event
    assert list(told["outcomes"][0]) == ["outcome", "state", "judged", "note", "executions", "token"]
    assert told["outcomes"][0]["state"] == {"vars": {"total": 1}, "queues": {}}


def test_json_of_what_no_execution_shows(found: Exploration) -> None:
    """What has no schedule has null for it."""
    finding = Finding(Kind.OUTCOME, (), "never", None, 0, None, None)
    (told,) = json.loads(exploration_json(replace(found, findings=(finding,)), 1))["findings"]
    assert (told["token"], told["replay"], told["steps"], told["place"], told["events"]) == (None, None, None, None, [])


def test_the_engine_and_why(found: Exploration) -> None:
    """It is said what executed them, and where that was not the model, what the model lacks."""
    assert "engine: model" in text(replace(found, engine="model"))
    assert "engine: run (the model has no rule for a pool)" in text(replace(found, not_modelled="a pool"))
