"""Which races are told of, and in which words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.analysis import DataRaces, data_races
from runner.analysis.races import race_candidates
from runner.interpreter import Outcome
from runner.program import Program

RACY = {
    "check-then-act[buggy]": {"seats"},
    "double-checked-locking[buggy]": {"connection"},
    "double-checked-locking[fixed]": {"connection"},
    "lost-update": {"balance"},
    "mutex[naive]": {"stock"},
    "no-starve-mutex[naive]": {"entries"},
    "no-starve-mutex[fixed]": {"entries"},
    "optimistic-update": {"votes"},
    "peterson": {"wants-0", "wants-1", "turn", "inside", "entries"},
    "search-insert-delete": {"items"},
    "spinlock-compare-and-swap[naive]": {"owner", "total"},
    "spinlock-compare-and-swap[fixed]": {"owner", "total"},
    "sushi-bar": {"eating"},
    "ticket-lock": {"now_serving", "served"},
    "timer-that-repeats": {"ticks"},
    "token-bucket": {"ticks"},
    "writer-priority[naive]": {"writers"},
    "writer-priority[fixed]": {"writers"},
}
"""Variables that some scenario uses unguarded, on purpose or because only `sleep` orders it. A plain `set` gives a spinlock back."""
BY_LUCK = {"debounce": {"saves"}}
"""Only under some of the schedules."""


def test_the_gallery(gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """What is known to be racy is told of, and in every other scenario there is no race."""
    told = {}
    for name, (program, outcomes) in gallery.items():
        races = DataRaces(program)
        for outcome in outcomes:
            races.add(outcome.trace.events)
        told[name] = {race.var for race in races.races} - BY_LUCK.get(name, set())
    assert {name: found for name, found in told.items() if found} == RACY


GUARDED = """
    resources: {guard: lock, total: {kind: var, value: 0}}
    threads:
      a:
        do:
          - read: {var: total, as: seen}
      b:
        do:
          - with:
              lock: guard
              do:
                - set: {total: 1}
"""


def test_both_accesses_and_the_missing_edge(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> None:
    """A race names both accesses with their lines, what each holds, what would order them, and what came before both."""
    program = compile_text(GUARDED)
    (race,) = data_races(program, run_program(program).trace.events)
    assert race.var == "total"
    assert (race.first.thread, race.second.thread) == ("a", "b")
    assert [place and place.line for place in race.places] == [6, 12]
    assert race.explanation == (
        "a reads total (line 6) and b writes total (line 12): nothing orders them",
        "a holds no lock, b holds guard: if a held guard as well, that would order them",
        "the last thing that comes before both is main's `start a` (line 4)",
    )


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ("{set: {total: 1}}", "{set: {total: 2}}", "neither holds a lock: one that both hold would order them"),
        (
            "{with: {lock: guard, do: [{set: {total: 1}}]}}",
            "{with: {lock: second, do: [{set: {total: 2}}]}}",
            "a holds guard, b holds second: only a lock that both hold would order them",
        ),
        ("{atomic: [{set: {total: 1}}]}", "{set: {total: 2}}", "a does it in an atomic group, b does not: two groups would do"),
        (
            "{with: {lock: guard, do: [{print: '${total}'}]}}, {set: {total: 1}}",
            "{print: '${total}'}",
            "neither holds a lock, though guard is held where total is used elsewhere",
        ),
    ],
)
def test_what_would_order_them(
    compile_text: Callable[..., Program], run_program: Callable[..., Outcome], one: str, other: str, sentence: str
) -> None:
    """The missing edge is told of by what the two hold, and by what is held elsewhere."""
    text = "resources: {guard: lock, second: lock, total: {kind: var, value: 0}}\nthreads:\n"
    program = compile_text(f"{text}  a: {{do: [{one}]}}\n  b: {{do: [{other}]}}")
    races = data_races(program, run_program(program).trace.events)
    assert races[-1].explanation[1] == sentence


def test_each_pair_of_steps_once(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> None:
    """Replicas, turns of a loop and further executions tell of a race no second time."""
    program = compile_text(
        """
        resources: {total: {kind: var, value: 0}}
        threads:
          worker: {count: 3, iterations: 4, do: [{read: {var: total, as: n}}, {write: {var: total, value: "${n + 1}"}}]}
        """
    )
    races = DataRaces(program)
    first = races.add(run_program(program, "random", 1).trace.events)
    assert {race.key for race in first} == {
        ("total", "threads.worker.do[0].read", "threads.worker.do[1].write"),
        ("total", "threads.worker.do[1].write", "threads.worker.do[1].write"),
    }
    assert races.add(run_program(program, "random", 2).trace.events) == ()
    assert races.races == first


def test_groups_do_not_race(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> None:
    """Two atomic groups on one variable are no race, in whichever order they come."""
    program = compile_text(
        'resources: {total: {kind: var, value: 0}}\nthreads: {worker: {count: 3, do: [{atomic: [{set: {total: "${total + 1}"}}]}]}}'
    )
    for seed in range(5):
        assert data_races(program, run_program(program, "random", seed).trace.events) == ()


def test_the_same_again(gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """The same executions give the same races in the same order and words."""
    program, outcomes = gallery["peterson"]
    first, second = DataRaces(program), DataRaces(program)
    for outcome in outcomes:
        first.add(outcome.trace.events)
        second.add(outcome.trace.events)
    assert len(first.races) > 5
    assert first.races == second.races


def test_the_candidates_are_the_pairs_that_may_race(compile_text: Callable[..., Program]) -> None:
    """Two steps on one variable, one of them a write, that two threads may be at: replicas are two, main and a thread are."""
    program = compile_text(
        """
        resources: {total: {kind: var, value: 0}, other: {kind: var, value: 0}}
        threads:
          a:
            count: 2
            do:
              - read: {var: total, as: seen}
              - write: {var: total, value: 1}
          b:
            do:
              - write: {var: other, value: 1}
              - write: {var: other, value: 2}
        """
    )
    read, write = (op.place.path for op in next(iter(program.threads.values())).code.ops)
    assert race_candidates(program) == {("total", read, write), ("total", write, write)}


@pytest.mark.parametrize("name", sorted(RACY))
def test_every_race_is_a_candidate(name: str, gallery: dict[str, tuple[Program, list[Outcome]]]) -> None:
    """What is found in executions is among what the steps allow, where those tell."""
    program, outcomes = gallery[name]
    candidates = race_candidates(program)
    found = {race.key for outcome in outcomes for race in data_races(program, outcome.trace.events)}
    assert found
    assert candidates is None or found <= candidates
