"""Scenarios that call code are explored, pinned, kept as goldens and run freely like all others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner import ExploreOptions, GreenletPool, Limits, explore, load, replay
from runner.cli import run_command_line
from runner.exploration import Kind, Verdict
from runner.exploration.judge import Judge, key_of
from runner.lint import lint
from runner.program.schedule import Points
from runner.trace import encode
from tests.executions import all_executions

LIMITS = Limits(calls=("shop",))
LOST = """\
schema: 1
resources: {n: {kind: var, value: 0}}
threads: {t: {count: 2, call: "shop.bank:add_one", args: [{use: n}]}}
"""
SHARED = """\
schema: 1
params: {deposit: deposit}
resources: {guard: lock, box: queue, end: var}
functions:
  pay:
    do:
      - get: {queue: box, as: account}
      - call: {function: "shop.bank:${deposit}", args: ["${account}", 1]}
threads: {t: {count: 2, target: pay}}
main:
  - call: {function: "shop.bank:Account", args: [{use: guard}], as: account}
  - put: {queue: box, item: "${account}"}
  - put: {queue: box, item: "${account}"}
  - start: t
  - join: t
  - call: {function: "shop.bank:balance_of", args: ["${account}"], as: all}
  - write: {var: end, value: "${all}"}
"""


SCENARIOS = {
    "a variable": LOST,
    "two locks": """\
schema: 1
resources: {a: lock, b: lock}
threads:
  t: {call: "shop.bank:both", args: [{use: a}, {use: b}]}
  u: {call: "shop.bank:both", args: [{use: b}, {use: a}]}
""",
    "an object": SHARED,
    "an object, guarded": SHARED.replace("deposit: deposit", "deposit: deposit_safely"),
    "an object, and locks that have nothing to do with it": """\
schema: 1
resources: {a: lock, b: lock, box: queue, end: var}
functions:
  pay:
    params: [which]
    do:
      - get: {queue: box, as: pair}
      - call: {function: "shop.odd:around", args: ["${pair}", "${which}"]}
threads: {t: {count: 2, target: pay, args: ["${index}"]}}
main:
  - call: {function: "shop.odd:Pair", args: [{use: a}, {use: b}], as: pair}
  - put: {queue: box, item: "${pair}"}
  - put: {queue: box, item: "${pair}"}
  - start: t
  - join: t
  - call: {function: "shop.odd:total", args: ["${pair}"], as: total}
  - write: {var: end, value: "${total}"}
""",
}


def explored(program: Any, strategy: str) -> set[str]:
    """Return the final states that exploring finds."""
    found = explore(program, ExploreOptions(strategy=strategy, max_executions=None))
    assert found.left_out == ()
    return {key_of(row.outcome, row.state) for row in found.rows}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_end_is_missed(ready: Callable[..., Any], name: str) -> None:
    """What reduction leaves out ends as something does that it does not, also where code shares an object and no resource."""
    program = ready(SCENARIOS[name])
    found = explored(program, "dfs")
    assert len(found) == (1 if "guarded" in name else 2)
    assert explored(program, "dpor") == found
    if name == "a variable":  # of the others there are too many
        judge = Judge(program)
        assert {judge.final(outcome).key for outcome in all_executions(program, Points.ENDS)} == found


def test_a_lost_update_is_found(ready: Callable[..., Any]) -> None:
    """With the data race, and a schedule that shows it again."""
    program = ready(LOST + "expect: {vars: {n: 2}}\n")
    found = explore(program)
    assert [finding.kind for finding in found.findings] == [Kind.DATA_RACE, Kind.EXPECTATION]
    schedule = found.failures[0].schedule
    assert schedule is not None
    assert replay(program, schedule.token()).trace.footer.vars["n"] == 1


def test_no_race_in_a_condition_s_wait(ready: Callable[..., Any]) -> None:
    """Code that waits on a condition has its lock again when it goes on, and not before."""
    program = ready("""
        resources: {c: condition, n: {kind: var, value: 0}}
        threads:
          t: {call: "shop.odd:wait_until_one", args: [{use: c}, {use: n}]}
          u: {call: "shop.odd:make_it_one", args: [{use: c}, {use: n}]}
    """)
    found = explore(program)
    assert found.verdict is Verdict.PROVED
    assert found.findings == ()


def test_in_processes(tmp_path: Path) -> None:
    """Other processes import the code themselves."""
    path = tmp_path / "lost.yaml"
    path.write_text(LOST)
    program = load(path, limits=LIMITS)
    alone, together = (explore(program, ExploreOptions(jobs=jobs), limits=LIMITS) for jobs in (1, 2))
    assert together.rows == alone.rows


def test_goldens_pins_and_free_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`accept`, `explore --save`, and `test`, with free runs that are held against what the program may do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    path = tmp_path / "lost.yaml"
    path.write_text(LOST + "expect: {vars: {n: 2}}\n")
    allow = ["--allow-call", "shop", "lost.yaml"]
    assert run_command_line(["accept", *allow]) == 0
    assert run_command_line(["explore", "--save", *allow]) == 1
    assert len(list(tmp_path.glob("*.golden.jsonl"))) == 2
    assert run_command_line(["test", "--free", "5", *allow]) == 0
    assert run_command_line(["test", "-j", "2", *allow]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_threads_and_greenlets_do_the_same(ready: Callable[..., Any], run_program: Callable[..., Any], seed: int) -> None:
    """Byte for byte."""
    program = ready(SHARED)
    with GreenletPool() as pool:
        assert encode(run_program(program, "random", seed, pool=pool).trace) == encode(run_program(program, "random", seed).trace)


def test_lint_is_quiet_about_what_is_handed_over(ready: Callable[..., Any]) -> None:
    """A lock that code is handed is used, and nobody knows how; what nothing uses is still told of."""
    program = ready("""
        resources: {guard: lock, spare: lock, log: queue}
        threads: {t: {call: "shop.bank:transfer", args: [{use: guard}, {use: log}, 1]}}
    """)
    assert [(problem.code, problem.message) for problem in lint([program])] == [("unused-resource", "nothing uses the lock 'spare'")]
