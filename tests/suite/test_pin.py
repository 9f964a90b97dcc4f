"""Pinning a schedule: one entry more in the file, its golden beside it, and nothing else touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import runner.suite.pin as pin_module
from runner.errors import UsageError
from runner.exploration.search import explore
from runner.golden import golden_of, journal
from runner.program import Program
from runner.program.schedule import Schedule
from runner.suite import accept_all, check_file, load, run
from runner.suite.pin import pin, pinned_as

Write = Callable[..., Path]
Snapshot = Callable[[], dict[str, bytes]]

CROSSED = """\
resources: {a: lock, b: lock}
threads:
  one: {do: [{acquire: a}, {acquire: b}, {release: b}, {release: a}]}
  two: {do: [{acquire: b}, {acquire: a}, {release: a}, {release: b}]}
"""


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work as if at a desk."""
    monkeypatch.delenv("CI", raising=False)


def stuck(program: Program) -> Schedule:
    """Return the first schedule by a seed that ends in a deadlock."""
    outcomes = (run(program, seed=seed) for seed in range(100))
    schedule = next(outcome.schedule for outcome in outcomes if outcome.verdict == "deadlock")
    assert schedule is not None
    return schedule


def pinned(path: Path, **options: str) -> tuple[str, bytes]:
    """Pin a deadlock; return its name and what was written behind what there was, the rest being as it was."""
    before = path.read_bytes()
    name = pin(path, load(path), stuck(load(path)), **options)
    after = path.read_bytes()
    assert after.startswith(before)
    return name, after[len(before) :]


def test_the_smallest_deadlock_of_an_exploration_is_pinned(write: Write) -> None:
    """The file tests as it is from then on: its own run once accepted, and the pin's."""
    path = write("a.yaml", CROSSED)
    schedule = explore(load(path)).findings[0].schedule
    assert schedule is not None
    assert pin(path, load(path), schedule) == "deadlock-1"
    assert accept_all([path], case="deadlock-1", dry_run=True).unchanged == (golden_of(path, "deadlock-1"),)
    assert run(load(path, case="deadlock-1")).verdict == "deadlock"
    accept_all([path])
    assert [result.code for result in check_file(path)] == [0, 0]


def test_a_block_is_made_at_the_end(write: Write) -> None:
    """The first pin brings the key."""
    path = write("a.yaml", CROSSED)
    token = stuck(load(path)).token()
    assert pinned(path) == ("deadlock-1", f"schedules:\n  deadlock-1: {token}\n".encode())


def test_a_note_and_a_name(write: Write) -> None:
    """What there is to say stands under the name, in quotes where YAML would read it otherwise."""
    path = write("a.yaml", CROSSED)
    token = stuck(load(path)).token()
    name, added = pinned(path, name="7", note='both: "take" # one')
    assert name == "7"
    assert added.decode() == f'schedules:\n  "7":\n    token: {token}\n    note: "both: \\"take\\" # one"\n'


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("last", [True, False], ids=["last-line-ends", "last-line-goes-on"])
def test_line_ends_stay(write: Write, newline: str, last: bool) -> None:
    """The new lines end as the others do, and the last one only if the last one did."""
    path = write("a.yaml", CROSSED)
    text = path.read_text().replace("\n", newline)
    path.write_bytes((text if last else text.removesuffix(newline)).encode())
    token = stuck(load(path)).token()
    lines = ["schedules:", f"  deadlock-1: {token}"]
    expected = newline.join([*lines, ""]) if last else newline.join(["", *lines])
    assert pinned(path)[1].decode() == expected


def test_a_byte_order_mark_stays(write: Write) -> None:
    """It is a byte of the file like any other."""
    path = write("a.yaml", CROSSED)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert pinned(path)[0] == "deadlock-1"


def test_a_file_with_blank_lines_gets_one_more(write: Write) -> None:
    """Sections are set apart as they were."""
    path = write("a.yaml", CROSSED.replace("threads:", "\nthreads:") + "# the end\n")
    assert pinned(path)[1].startswith(b"\nschedules:\n")


def test_a_text_that_keeps_its_last_lines_is_not_made_longer(write: Write) -> None:
    """A blank line would be part of it, so there is none."""
    path = write("a.yaml", CROSSED + "\nname: |+\n  x\n")
    assert pinned(path)[1].startswith(b"schedules:\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("schedules:\n  x: 1.fifo.0. # calm\n", "# the end\nexpect: {}\n"),
        ("schedules:\n      x: {token: 1.fifo.0.}\n", "\n# the end\n"),
        (
            "schedules: # by hand\n  y: 1.fifo.0.AQE\n\n  x:\n    token: 1.fifo.0.\n    note: |\n      Why\n\n      it is so.\n",
            "\n\nexpect: {}\n",
        ),
        ("schedules:\n  x:\n    token: 1.fifo.0.\n", "tags: [last]"),
    ],
)
def test_a_line_is_put_behind_those_that_are_there(write: Write, before: str, after: str) -> None:
    """With their indentation; comments and whatever comes behind stay where they are."""
    path = write("a.yaml", CROSSED + before + after)
    schedule = stuck(load(path))
    indentation = " " * (6 if "      x:" in before else 2)
    assert pin(path, load(path), schedule) == "deadlock-1"
    assert path.read_text() == f"schema: 1\n{CROSSED}{before}{indentation}deadlock-1: {schedule.token()}\n{after}"


@pytest.mark.parametrize(
    "text",
    [
        CROSSED + "schedules: {x: 1.fifo.0.}\n",
        "x-all: &all\n  x: 1.fifo.0.\n" + CROSSED + "schedules: *all\n",
        CROSSED + "...\n",
    ],
    ids=["braces", "alias", "document's end"],
)
def test_what_no_line_can_be_added_to(write: Write, snapshot: Snapshot, text: str) -> None:
    """It is refused, with what to write by hand."""
    path = write("a.yaml", text)
    before = snapshot()
    with pytest.raises(UsageError, match=r"add `deadlock-1: 1.random@[0-9].*` to them yourself"):
        pin(path, load(path), stuck(load(path)))
    assert snapshot() == before


def test_a_file_all_in_braces(write: Write, tmp_path: Path) -> None:
    """No line can be added there either."""
    path = tmp_path / "a.yaml"
    path.write_text("{schema: 1, main: [{print: x}]}")
    schedule = run(load(path)).schedule
    assert schedule is not None
    with pytest.raises(UsageError, match="stands in braces"):
        pin(path, load(path), schedule)


def test_the_same_schedule_is_pinned_once(write: Write, snapshot: Snapshot) -> None:
    """Whoever found it; its name is returned, and nothing changes."""
    path = write("a.yaml", CROSSED)
    schedule = stuck(load(path))
    assert pinned_as(path, load(path), schedule) is None
    pin(path, load(path), schedule, name="mine")
    before = snapshot()
    again = replace(schedule, policy="dpor", seed=None)
    assert pin(path, load(path), again) == pinned_as(path, load(path), again) == "mine"
    with pytest.raises(UsageError, match="pinned already, as 'mine'"):
        pin(path, load(path), again, name="other")
    assert snapshot() == before


def test_names_go_on_counting(write: Write) -> None:
    """Each is the first that nothing has, no golden left from earlier either."""
    path = write("a.yaml", CROSSED)
    golden_of(path, "schedule-2").write_text("")
    outcomes = [run(load(path), seed=seed) for seed in range(20)]
    schedules = {outcome.schedule.token(): outcome.schedule for outcome in outcomes if outcome.schedule and outcome.verdict == "completed"}
    names = [pin(path, load(path), schedule) for schedule in schedules.values()]
    assert list(dict.fromkeys(names))[:3] == ["schedule-1", "schedule-3", "schedule-4"]


@pytest.mark.parametrize("name", ["Calm", "few", "a/b", "", "old"])
def test_names_that_cannot_be(write: Write, snapshot: Snapshot, name: str) -> None:
    """Taken by a case, a pin or a golden, or not fit to be part of a file's name."""
    path = write("a.yaml", "cases: {few: {}}\nmain: [{print: x}]\nschedules:\n  calm: {token: 1.fifo.0.AQE, case: few}\n")
    golden_of(path, "old").write_text("")
    program, before = load(path, case="few"), snapshot()
    schedule = run(program).schedule
    assert schedule is not None
    with pytest.raises(UsageError, match="cannot pin a schedule as"):
        pin(path, program, replace(schedule, ranks=(1,)), name=name)
    assert snapshot() == before


def test_a_cases_schedule_is_pinned_with_the_case(write: Write) -> None:
    """The pin is then of that case."""
    path = write("a.yaml", "params: {n: 1}\ncases: {few: {}, many: {n: 2}}\nmain: [{print: '${n}'}]\n")
    program = load(path, case="many")
    schedule = run(program).schedule
    assert schedule is not None
    name = pin(path, program, schedule)
    assert dict(load(path, case=name).params) == {"n": 2}
    assert pinned_as(path, load(path, case=name), schedule) == name


def test_other_parameters_than_the_files_cannot_be_pinned(write: Write, snapshot: Snapshot) -> None:
    """The file would not know of them."""
    path = write("a.yaml", "params: {n: 1}\nmain: [{print: '${n}'}]\n")
    program, before = load(path, {"n": 2}), snapshot()
    schedule = run(program).schedule
    assert schedule is not None
    with pytest.raises(UsageError, match="with other parameters"):
        pin(path, program, schedule)
    assert snapshot() == before


def test_not_in_ci(write: Write, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at what is written there, unless somebody says that it is meant."""
    path = write("a.yaml", CROSSED)
    before = snapshot()
    monkeypatch.setenv("CI", "1")
    with pytest.raises(UsageError, match="in CI"):
        pin(path, load(path), stuck(load(path)))
    assert snapshot() == before
    assert pin(path, load(path), stuck(load(path)), allow_ci=True) == "deadlock-1"


def test_both_files_are_written_or_neither(write: Write, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails half-way leaves the scenario without the pin, and no golden."""
    path = write("a.yaml", CROSSED)
    program, before = load(path), snapshot()
    staged: list[Path] = []

    def fail_at_the_second(temporary: Path, data: bytes, target: Path) -> None:
        staged.append(target)
        if len(staged) == 2:
            raise OSError(28, "No space left on device")
        temporary.write_bytes(data)

    monkeypatch.setattr(journal, "stage", fail_at_the_second)
    with pytest.raises(UsageError, match="No space left"):
        pin(path, program, stuck(program))
    assert set(staged) == {path, golden_of(path, "deadlock-1")}
    assert snapshot() == before


def test_a_file_that_somebody_changes_meanwhile_stays_as_it_is(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor may have saved it while the runs were made."""
    path = write("a.yaml", CROSSED)
    program = load(path)

    def same_again(text: str, again: object) -> bool:
        path.write_text("# saved\n")
        return True

    monkeypatch.setattr(pin_module, "same_again", same_again)
    with pytest.raises(UsageError, match="changed by somebody else"):
        pin(path, program, stuck(program))
    assert path.read_text() == "# saved\n"


def test_a_run_that_does_not_come_again_is_not_pinned(write: Write, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its golden would be wrong the next time."""
    path = write("a.yaml", CROSSED)
    program, before = load(path), snapshot()
    monkeypatch.setattr(pin_module, "same_again", lambda text, again: False)
    with pytest.raises(UsageError, match="two different traces"):
        pin(path, program, stuck(program))
    assert snapshot() == before
