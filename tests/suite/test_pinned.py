"""Pinned schedules: each is one run more, by its token, with a golden that alone says what is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.compiler import run_names
from runner.errors import ReplayError
from runner.golden import golden_of
from runner.interpreter import Outcome
from runner.program import Program
from runner.program.schedule import Schedule
from runner.report.failure import failure_lines, reason
from runner.suite import Accepted, accept_all, check_file, check_scenario, discover, judge, lint_file, load, load_cases, plan, run
from runner.suite.check import Freely, Result
from runner.suite.prune import useless
from runner.suite.python import cases, check
from runner.suite.review import undecided

Write = Callable[..., Path]

CROSSED = """\
resources: {a: lock, b: lock}
threads:
  one: {do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]}
  two: {do: [{acquire: b}, {acquire: a}, {release: a}, {release: b}]}
"""
CASES = "params: {n: 1}\ncases: {few: {}, many: {n: 2}}\nmain: [{repeat: {times: '${n}', do: [{print: hello}]}}]\n"


def seeded(program: Program, verdict: str) -> Outcome:
    """Return a run with some outcome, by the first seed that leads there."""
    return next(outcome for seed in range(100) if (outcome := run(program, seed=seed)).verdict == verdict)


@pytest.fixture
def crossed(write: Write) -> Path:
    """Write a scenario that only ends in a deadlock as it is pinned."""
    schedule = seeded(load(write("a.yaml", CROSSED)), "deadlock").schedule
    assert schedule is not None
    return write("a.yaml", f"{CROSSED}schedules: {{stuck: {schedule.token()}}}\n")


def test_a_pin_is_a_program_beside_the_files_own(crossed: Path) -> None:
    """The file's own run stays; the pin's has its name, and is the same program."""
    own, pinned = load_cases(crossed)
    assert [(p.case, run(p).verdict) for p in (own, pinned)] == [(None, "completed"), ("stuck", "deadlock")]
    assert own.fingerprint == pinned.fingerprint
    assert own.schedule is None
    assert not pinned.pinned_elsewhere


def test_the_trace_is_that_of_the_original_run_but_for_its_name(crossed: Path) -> None:
    """Policy and seed are the token's, `case` is the pin's name."""
    original = seeded(load(crossed), "deadlock").trace
    trace = run(load(crossed, case="stuck")).trace
    assert trace == replace(original, header=replace(original.header, case="stuck"))


def test_the_fingerprint_knows_nothing_of_pins(write: Write) -> None:
    """Else a pin would be made for another version as soon as it is written down."""
    assert load(write("a.yaml", CROSSED)).fingerprint == load(write("b.yaml", f"{CROSSED}schedules: {{x: 1.fifo.0.}}")).fingerprint


def test_a_pin_is_of_a_case(write: Write) -> None:
    """It has that case's parameters; the file's runs are the cases and then the pins."""
    path = write("a.yaml", f"{CASES}schedules: {{again: {{token: 1.fifo.0., case: many, note: why}}}}")
    assert [(p.case, dict(p.params), len(run(p).trace.events)) for p in load_cases(path)] == [
        ("few", {}, 2),
        ("many", {"n": 2}, 3),
        ("again", {"n": 2}, 3),
    ]
    assert run_names(path) == ("few", "many", "again")
    assert cases(path) == ("few", "many")


def test_options_that_say_who_goes_when_go_before_a_pin(crossed: Path) -> None:
    """A policy, a seed or a token is obeyed."""
    trace = run(load(crossed, case="stuck"), seed=0).trace
    assert (trace.header.policy, trace.header.seed) == ("random", 0)


def test_accept_takes_whatever_a_pin_comes_to(crossed: Path) -> None:
    """A deadlock that nobody expects becomes the golden, which is then what is expected."""
    assert accept_all([crossed]) == Accepted({golden_of(crossed): "new", golden_of(crossed, "stuck"): "new"})
    assert [(result.case, result.code) for result in check_file(crossed)] == [(None, 0), ("stuck", 0)]


def test_a_pins_end_is_judged_by_its_golden_alone(crossed: Path) -> None:
    """What a file expects of its other runs says nothing of a pin, and another trace is a difference."""
    crossed.write_text(crossed.read_text() + "expect: {printed: [never]}\n")
    pinned = load(crossed, case="stuck")
    assert judge(pinned, run(pinned)) == []
    assert check_scenario(crossed, case="stuck").code == 1
    assert check(crossed).mismatches


@pytest.mark.parametrize("verdict", ["hung", "memory_limit"])
def test_what_need_not_come_again_cannot_be_accepted(crossed: Path, verdict: str) -> None:
    """Where the machine ended a run there is nothing to hold on to; the pin is to blame."""
    pinned = load(crossed, case="stuck")
    (mismatch,) = judge(pinned, replace(run(pinned), verdict=verdict))
    assert verdict in mismatch.message
    assert mismatch.place.path == "schedules.stuck"


def test_a_pin_is_not_run_freely(crossed: Path) -> None:
    """Real threads go in any order; the file's own run is run freely as ever."""
    accept_all([crossed])
    freed = [result.free is not None for result in check_file(crossed, freely=Freely(1))]
    assert freed == [True, False]


def stale(crossed: Path) -> Result:
    """Accept a scenario, change it and test its pin."""
    accept_all([crossed])
    fixed = CROSSED.replace(
        "{acquire: b}, {acquire: a}, {release: a}, {release: b}", "{acquire: a}, {acquire: b}, {release: b}, {release: a}"
    )
    crossed.write_text(crossed.read_text().replace(CROSSED, fixed))
    return check_scenario(crossed, case="stuck", keep_pending=False)


def test_a_pin_of_another_version_is_followed_as_far_as_it_fits(crossed: Path) -> None:
    """Once the bug is mended the same schedule leads elsewhere; the failure says that the pin was made before."""
    result = stale(crossed)
    assert result.outcome is not None
    assert (result.code, result.outcome.verdict) == (1, "completed")
    assert "  the schedule was pinned for another version of the program" in "\n".join(failure_lines(result, 80))
    assert reason(result)[1].endswith("another version of the program, and is followed as far as it fits")


def test_a_pin_that_fits_is_followed_strictly(write: Write) -> None:
    """A rank that there is no thread for is then damage, and no newer version."""
    program = load(write("a.yaml", CROSSED))
    token = Schedule("fifo", None, program.fingerprint, (7,)).token()
    pinned = load(write("a.yaml", f"{CROSSED}schedules: {{x: {token}}}"), case="x")
    with pytest.raises(ReplayError):
        run(pinned)


def test_a_rank_that_does_not_fit_is_passed_over_in_another_version(write: Write) -> None:
    """The run goes on as fifo would."""
    token = Schedule("fifo", None, "0", (7,)).token()
    pinned = load(write("a.yaml", f"{CROSSED}schedules: {{x: {token}}}"), case="x")
    assert run(pinned).trace.events == run(load(write("b.yaml", CROSSED))).trace.events


def test_goldens_of_pins_are_not_obsolete(crossed: Path, tmp_path: Path) -> None:
    """They belong to the file, until the pin is taken out."""
    accept_all([crossed])
    assert discover([tmp_path]).obsolete == ()
    assert len(useless([tmp_path])) == 0
    crossed.write_text(crossed.read_text().replace("schedules: {stuck", "x-schedules: {stuck"))
    assert discover([tmp_path]).obsolete == (golden_of(crossed, "stuck"),)
    assert useless([tmp_path]).obsolete == (golden_of(crossed, "stuck"),)


def test_review_asks_about_pins(crossed: Path) -> None:
    """One without a golden is new."""
    found, _ = undecided([crossed])
    assert [(each.case, each.why) for each in found] == [(None, "new"), ("stuck", "new")]


def test_a_keyword_finds_a_pin(crossed: Path) -> None:
    """By its name in brackets, and without the file's own run."""
    assert [item.cases for item in plan([crossed], keyword="[stuck]").items] == [("stuck",)]


def test_lint_looks_at_a_program_once(crossed: Path) -> None:
    """A pin's program is the file's own again, and no case of it."""
    warnings = lint_file(crossed).warnings
    assert warnings
    assert not any("(case" in warning.message for warning in warnings)
