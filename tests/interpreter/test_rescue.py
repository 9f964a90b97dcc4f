"""Whatever a free run's threads wait for when it is over, they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runner.interpreter.execution as execution
from runner.interpreter.rescue import SLEEPING
from runner.program import Program
from runner.suite import load_cases
from runner.trace import Event, plain

Compile = Callable[[str], Program]
Run = Callable[..., Any]
SCENARIOS = Path(__file__).parents[2] / "scenarios"
WALL_LIMIT = 0.05
HANGS = {
    "lock": "resources: {x: lock}\nmain: [{acquire: x}, {acquire: x}]",
    "lock: with a timeout": """
        resources: {x: lock}
        threads: {w: {do: [{acquire: {lock: x, timeout: 30}}]}}
        main: [{acquire: x}, {start: w}, {acquire: x}]""",
    "lock: many wait": "resources: {x: lock}\nthreads: {w: {count: 12, do: [{acquire: x}]}}",
    "rlock: its owner waits": """
        resources: {x: rlock, go: event}
        threads:
          a: {do: [{acquire: x}, {acquire: x}, {start: b}, {wait: go}]}
          b: {do: [{with: {lock: x, do: [{print: never}]}}]}
        main: [{start: a}]""",
    "rlock: its owner has ended": """
        resources: {x: rlock}
        threads: {a: {do: [{acquire: x}, {start: b}]}, b: {do: [{acquire: x}]}}
        main: [{start: a}]""",
    "rlocks: each holds one": """
        resources: {x: rlock, y: rlock, met: {kind: barrier, parties: 2}}
        threads:
          a: {do: [{with: {lock: x, do: [{wait: met}, {acquire: y}]}}]}
          b: {do: [{with: {lock: y, do: [{wait: met}, {acquire: x}]}}]}""",
    "condition": "resources: {x: condition}\nthreads: {w: {count: 3, do: [{with: {lock: x, do: [{wait: x}]}}]}}",
    "condition: on a lock": """
        resources: {l: lock, x: {kind: condition, lock: l}}
        threads: {w: {count: 3, do: [{with: {lock: x, do: [{wait: x}]}}]}}""",
    "condition: held": """
        resources: {x: condition, go: event}
        threads: {a: {do: [{with: {lock: x, do: [{start: b}, {wait: go}]}}]}, b: {do: [{with: {lock: x, do: [{notify: x}]}}]}}
        main: [{start: a}]""",
    "condition: wait_for": """
        resources: {x: condition, n: {kind: var, value: 0}}
        threads: {w: {count: 2, do: [{with: {lock: x, do: [{wait_for: {condition: x, until: n == 1}}]}}]}}""",
    "condition: wait_for what reads nothing": """
        resources: {x: condition}
        threads: {w: {count: 2, do: [{with: {lock: x, do: [{wait_for: {condition: x, until: index > 5}}]}}]}}""",
    "semaphore": "resources: {x: {kind: semaphore, value: 0}}\nthreads: {w: {count: 3, do: [{acquire: x}]}}",
    "bounded semaphore": "resources: {x: {kind: bounded_semaphore, value: 1}}\nthreads: {w: {count: 3, do: [{acquire: x}]}}",
    "event": "resources: {x: event}\nthreads: {w: {count: 3, do: [{wait: x}]}}",
    "barrier": "resources: {x: {kind: barrier, parties: 4}}\nthreads: {w: {count: 3, do: [{wait: x}]}}",
    "queue: get": "resources: {x: queue}\nthreads: {w: {count: 3, do: [{get: x}]}}",
    "queue: put": "resources: {x: {kind: queue, maxsize: 1}}\nthreads: {w: {count: 3, do: [{put: {queue: x, item: 1}}]}}",
    "queue: join": "resources: {x: queue}\nmain: [{put: {queue: x, item: 1}}, {join: x}]",
    "lifo queue: get": "resources: {x: lifo_queue}\nmain: [{get: x}]",
    "priority queue: get": "resources: {x: priority_queue}\nmain: [{get: x}]",
    "simple queue: get": "resources: {x: simple_queue}\nthreads: {w: {count: 3, do: [{get: x}]}}",
    "future": """
        resources: {x: {kind: pool, max_workers: 2}, go: event}
        functions: {f: {do: [{wait: go}]}}
        main: [{submit: {pool: x, function: f, as: job}}, {result: "${job}"}]""",
    "pool: waits for itself": """
        resources: {x: {kind: pool, max_workers: 1}}
        functions:
          f: {do: [{submit: {pool: x, function: g, as: job}}, {result: "${job}"}]}
          g: {do: [{print: never}]}
        main: [{submit: {pool: x, function: f, as: job}}, {result: "${job}"}]""",
    "pool: shut down": """
        resources: {x: {kind: pool, max_workers: 2}, go: event}
        functions: {f: {do: [{wait: go}]}}
        main: [{submit: {pool: x, function: f}}, {submit: {pool: x, function: f}}, {submit: {pool: x, function: f}}, {shutdown: x}]""",
    "pool: idle": """
        resources: {x: {kind: pool, max_workers: 2}, go: event}
        functions: {f: {do: [{print: done}]}}
        main: [{submit: {pool: x, function: f, as: job}}, {result: "${job}"}, {wait: go}]""",
    "timer: rung": """
        resources: {t: {kind: timer, interval: 1, function: f}, go: event}
        functions: {f: {do: [{wait: go}]}}
        main: [{start: t}]""",
    "join": "resources: {go: event}\nthreads: {a: {do: [{wait: go}]}, b: {do: [{join: a}]}}\nmain: [{start: [a, b]}, {join: b}]",
    "join: each the other": """
        threads: {a: {do: [{wait: both}, {join: b}]}, b: {do: [{wait: both}, {join: a}]}}
        resources: {both: {kind: barrier, parties: 2}}
        main: [{start: a}, {start: b}]""",
    "raw thread": "resources: {x: event}\nthreads: {w: {start_with: start_new_thread, do: [{wait: x}]}}\nmain: [{start: w}, {wait: x}]",
    "a class's thread": "resources: {x: event}\nclasses: {C: {run: [{wait: x}]}}\nthreads: {w: {class: C}}",
}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy may take its time."""
    monkeypatch.setattr("runner.substrate.free.PATIENCE", 15.0)


@pytest.mark.parametrize("text", HANGS.values(), ids=HANGS)
def test_a_run_that_hangs_leaves_no_thread(compile_text: Compile, no_leak: None, text: str) -> None:
    """Whatever its threads wait for; none is given up on."""
    substrate = execution.FreeSubstrate(wall_limit=WALL_LIMIT, pace=1000.0)
    assert execution.execute(compile_text(text), substrate, policy="free").verdict == "hung"
    assert substrate._left(SLEEPING) == 0


def deadlocks() -> dict[str, Program]:
    """Return the gallery's scenarios that deadlock."""
    found = {}
    for path in sorted(SCENARIOS.glob("*/[!_]*.yaml")):
        for program in load_cases(path):
            if program.expect.outcome == "deadlock":
                found[f"{path.stem}-{program.case}" if program.case else path.stem] = program
    return found


def test_the_gallerys_deadlocks_leave_no_thread(run_free: Run, thread_count: Callable[..., int]) -> None:
    """Nor do those whose threads this time happen not to meet."""
    left, before, programs = {}, thread_count(), deadlocks()
    for name, program in programs.items():
        run_free(program, wall_limit=WALL_LIMIT)
        if thread_count(before) > before:
            left[name] = before = thread_count()
    assert len(programs) > 10
    assert left == {}


def test_ctrl_c_leaves_no_thread(compile_text: Compile, interrupt: Callable[[], None], no_leak: None) -> None:
    """Those who wait end, and those who do not."""
    program = compile_text("""
        resources: {x: lock}
        threads: {waits: {do: [{acquire: x}]}, works: {do: [{forever: {do: [{print: x}]}}]}}
        main: [{acquire: x}, {start: [waits, works]}]
    """)

    pressed: list[int] = []

    def listener(event: Event) -> None:
        if event.thread == "works" and event.n > 100 and not pressed:  # a second time might be when the run is over
            pressed.append(event.n)
            interrupt()

    outcome = execution.execute(program, execution.FreeSubstrate(), policy="free", listener=listener)
    assert outcome.verdict == "interrupted"


SLEEPERS = {
    "a worker": """
        resources: {p: {kind: pool, max_workers: 1}}
        functions: {f: {do: [{sleep: 100}, {sleep: 8000}]}}
        main: [{submit: {pool: p, function: f, as: job}}, {result: "${job}"}]""",
    "main": """
        resources: {p: {kind: pool, max_workers: 1}}
        functions: {f: {do: [{print: done}]}}
        main: [{submit: {pool: p, function: f, as: job}}, {result: "${job}"}, {sleep: 8000}]""",
}


@pytest.mark.parametrize("text", SLEEPERS.values(), ids=SLEEPERS)
def test_ctrl_c_leaves_but_who_sleeps(
    compile_text: Compile, interrupt: Callable[[], None], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Who waits for the sleeper, or for more to do, ends before that."""
    monkeypatch.setattr("runner.substrate.free.PATIENCE", 4.0)  # the sleep is longer

    def listener(event: Event) -> None:
        if event.value == 8000:
            interrupt()

    substrate = execution.FreeSubstrate(pace=1000.0)
    outcome = execution.execute(compile_text(text), substrate, policy="free", listener=listener)
    assert outcome.verdict == "interrupted"
    assert substrate._left(SLEEPING) == 0


def test_the_step_limit_leaves_no_thread(compile_text: Compile, run_free: Run, no_leak: None) -> None:
    """One thread goes round and round, others wait."""
    program = compile_text("""
        resources: {x: lock}
        threads: {waits: {count: 3, do: [{acquire: x}]}, works: {do: [{forever: {do: [{print: x}]}}]}}
        main: [{acquire: x}, {start: [waits, works]}]
    """)
    assert run_free(program, max_steps=1000).verdict == "step_limit"


LAST_EVENTS = {
    "a thread's": "threads: {w: {do: [{print: x}]}}\nmain: [{start: w}, {join: w}]",
    "a timer's": """
        resources: {t: {kind: timer, interval: 30m, function: f}}
        functions: {f: {do: [{print: never}]}}
        main: [{start: t}, {cancel: t}, {join: t}]""",
}


@pytest.mark.parametrize("text", LAST_EVENTS.values(), ids=LAST_EVENTS)
def test_a_limit_met_with_a_last_event_is_no_error_of_python(compile_text: Compile, no_leak: None, text: str) -> None:
    """It ends the run as it does elsewhere; `threading` hears of no exception."""
    outcome = execution.execute(compile_text(text), execution.FreeSubstrate(), policy="free", max_events=2)
    assert outcome.verdict == "event_limit"


COMPLETED = {
    "a daemon": "resources: {x: event}\nthreads: {d: {daemon: true, do: [{wait: x}]}}\nmain: [{start: d}]",
    "a raw thread": "resources: {x: queue}\nthreads: {d: {start_with: start_new_thread, do: [{get: x}]}}\nmain: [{start: d}]",
    "a timer": """
        resources: {t: {kind: timer, interval: 30h, function: f, daemon: true}}
        functions: {f: {do: [{print: never}]}}
        main: [{start: t}]""",
}


@pytest.mark.parametrize("text", COMPLETED.values(), ids=COMPLETED)
def test_a_run_that_completes_leaves_no_thread(compile_text: Compile, run_free: Run, no_leak: None, text: str) -> None:
    """Who is not waited for need not wait any longer either."""
    assert run_free(compile_text(text)).verdict == "completed"


def test_who_waits_for_a_sleeper_need_not_wait(compile_text: Compile, run_free: Run, thread_count: Callable[..., int]) -> None:
    """The sleeper sleeps on, and is the only one left."""
    before = thread_count()
    outcome = run_free(
        compile_text("""
            threads: {sleeper: {daemon: true, do: [{sleep: 4000}]}, d: {daemon: true, do: [{join: sleeper}]}}
            main: [{start: sleeper}, {start: d}]
        """)
    )
    assert outcome.verdict == "completed"
    assert thread_count(before + 1) <= before + 1


def test_what_a_run_came_to_is_made_before(compile_text: Compile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ending the threads changes neither trace nor outcome, and no listener hears of it."""
    program = compile_text("""
        resources:
          {x: lock, q: {kind: queue, maxsize: 1}, s: simple_queue, n: {kind: var, value: 0}, p: {kind: pool, max_workers: 1}, go: event}
        functions: {f: {do: [{wait: go}, {set: {n: 1}}]}}
        threads:
          locks: {do: [{acquire: x}, {set: {n: 2}}]}
          puts: {do: [{put: {queue: q, item: 1}}, {put: {queue: q, item: 2}}, {set: {n: 3}}]}
          gets: {do: [{get: {queue: s, as: item}}, {set: {n: 4}}]}
        main: [{acquire: x}, {submit: {pool: p, function: f}}, {start: [locks, puts, gets]}]
    """)
    kept: list[Any] = []
    heard: list[Event] = []
    monkeypatch.setattr(execution, "let_go", lambda *run: kept.extend(run))
    outcome = execution.execute(program, execution.FreeSubstrate(wall_limit=0.1), policy="free", listener=heard.append)

    def state() -> Any:
        events = [(e.n, e.t, e.thread, e.op, e.on, plain(e.value), plain(e.result), e.error, e.at) for e in outcome.trace.events]
        footer = outcome.trace.footer
        return outcome.verdict, outcome.spans, outcome.failures, events, repr(footer), len(heard)

    before = state()
    monkeypatch.undo()
    execution.let_go(*kept)
    assert outcome.verdict == "hung"
    assert state() == before
    assert kept[1]._left(SLEEPING) == 0
