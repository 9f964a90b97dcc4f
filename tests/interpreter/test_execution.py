"""A whole run: what its outcome and its trace say of threads that end, wait, fail, block or are abandoned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.errors import RunnerError
from runner.interpreter import execute
from runner.interpreter.recorder import Recorder, Span
from runner.program import ops
from runner.schedulers import FifoScheduler, ReplayScheduler
from runner.substrate import ControlledSubstrate, FreeSubstrate
from runner.trace import BlockedThread, Event, encode

Run = Callable[..., Any]

PHILOSOPHERS = """
    name: philosophers
    resources: {fork: {kind: lock, count: 2}}
    threads:
      p:
        count: 2
        do:
          - with:
              lock: fork-${index}
              do:
                - sleep: 1
                - with: {lock: "fork-${(index + 1) % 2}", do: [{print: eats}]}
"""


def events(outcome: Any, *wanted: str) -> list[tuple[Any, ...]]:
    """The run's events of these kinds."""
    return [(e.thread, e.op, e.on, e.by) for e in outcome.trace.events if e.op in wanted]


# -- the end ---------------------------------------------------------------------------------------------------------------


def test_main_waits_for_threads_that_nobody_joins(run_text: Run) -> None:
    """As at any Python program's end, non-daemon threads are waited for, also those that threads start."""
    outcome = run_text("""
        threads:
          a: {do: [{sleep: 1}, {start: b}]}
          b: {do: [{sleep: 1}]}
        main: [{start: a}]
    """)
    assert outcome.verdict == "completed"
    assert outcome.trace.footer.threads == {"main": "ended", "a": "ended", "b": "ended"}
    assert outcome.trace.footer.t == 2 * 10**9


def test_the_implicit_wait_is_no_event(run_text: Run) -> None:
    """For its author, main ends with its last step."""
    outcome = run_text("{schema: 1, threads: {a: {do: [{sleep: 1}]}}, main: [{start: a}]}")
    assert [(e.op, e.t) for e in outcome.trace.events if e.thread == "main"] == [("start", 0), ("end", 0)]


def test_a_main_that_fails_still_waits(run_text: Run) -> None:
    """An exception ends main's steps, not the other threads."""
    outcome = run_text("{schema: 1, threads: {a: {do: [{sleep: 1}, {print: late}]}}, main: [{start: a}, {assert: false}]}")
    assert outcome.verdict == "failed"
    assert outcome.trace.footer.threads == {"main": "raised AssertionError", "a": "ended"}


@pytest.mark.parametrize("how", ["daemon: true", "start_with: start_new_thread"])
def test_who_is_not_waited_for_is_abandoned(run_text: Run, no_leak: None, how: str) -> None:
    """Daemons, and threads of start_new_thread, are cut off when main has ended: no event of theirs comes behind that."""
    outcome = run_text(f"threads: {{d: {{{how}, do: [{{sleep: 3}}, {{print: never}}]}}}}\nmain: [{{start: d}}, {{sleep: 1}}]\n")
    assert outcome.verdict == "completed"
    assert outcome.trace.footer.threads == {"main": "ended", "d": "abandoned"}
    assert [(e.thread, e.op) for e in outcome.trace.events][-2:] == [("d", "sleep"), ("main", "end")]


@pytest.mark.parametrize("how", ["daemon: true", "start_with: start_new_thread"])
def test_who_is_not_waited_for_is_abandoned_on_real_threads(compile_text: Run, run_free: Run, no_leak: None, how: str) -> None:
    """There it ends at its next step."""
    outcome = run_free(compile_text(f"threads: {{d: {{{how}, do: [{{forever: {{do: [{{sleep: 1}}]}}}}]}}}}\nmain: [{{start: d}}]\n"))
    assert outcome.verdict == "completed"
    assert outcome.trace.footer.threads == {"main": "ended", "d": "abandoned"}


def test_an_abandoned_thread_leaves_no_trace_of_its_unwinding(run_text: Run, no_leak: None) -> None:
    """The releases of its `with`s run as it is unwound, and are no events."""
    outcome = run_text("""
        resources: {guard: lock, go: event, c: condition}
        threads:
          d: {daemon: true, do: [{with: {lock: guard, do: [{with: {lock: c, do: [{wait: c}]}}]}}]}
          e: {daemon: true, do: [{with: {lock: guard, do: [{print: never}]}}]}
        main: [{start: [d, e]}, {sleep: 1}]
    """)
    assert outcome.verdict == "completed"
    assert events(outcome, "release", "raise") == []
    assert outcome.trace.footer.threads == {"main": "ended", "d": "abandoned", "e": "abandoned"}


def test_threads_that_are_never_started(run_text: Run) -> None:
    """They are listed as that."""
    outcome = run_text("{schema: 1, threads: {a: {do: [{sleep: 1}]}}, main: [{print: alone}]}")
    assert outcome.trace.footer.threads == {"main": "ended", "a": "never started"}


def test_the_footer_lists_threads_as_declared(run_text: Run) -> None:
    """Main first, then in the file's order, replicas in theirs, whoever ended first."""
    outcome = run_text("{schema: 1, threads: {z: {count: 2, do: [{sleep: 2}]}, a: {do: [{sleep: 1}]}}}")
    assert list(outcome.trace.footer.threads) == ["main", "z-0", "z-1", "a"]


# -- failures --------------------------------------------------------------------------------------------------------------


def test_failures_name_thread_error_and_op(run_text: Run) -> None:
    """Each exception that ends a thread is kept with the op that raised it."""
    outcome = run_text("""
        resources: {q: queue, guard: lock}
        threads:
          a: {do: [{get: {queue: q, block: false}}]}
          b: {do: [{print: fine}]}
          c: {do: [{release: guard}]}
    """)
    assert outcome.verdict == "failed"
    assert [(f.thread, type(f.error).__name__, type(f.op)) for f in outcome.failures] == [
        ("a", "Empty", ops.Get),
        ("c", "RuntimeError", ops.Release),
    ]
    assert outcome.trace.footer.threads == {"main": "ended", "a": "raised Empty", "b": "ended", "c": "raised RuntimeError"}


def test_a_message_is_shown_only_where_the_scenario_wrote_it(run_text: Run) -> None:
    """Python's own messages may change from version to version, so they stay out of traces."""
    outcome = run_text("{schema: 1, threads: {a: {do: [{print: '${range(index)[3]}'}]}}}")
    assert [e.error for e in outcome.trace.events if e.error] == ["IndexError", "IndexError"]


def test_a_deadlock_matters_more_than_a_failure(run_text: Run) -> None:
    """When one thread fails and others then wait for ever, the run is a deadlock; the failure is still listed."""
    outcome = run_text("""
        resources: {go: event}
        threads: {a: {do: [{assert: false}, {set: go}]}, b: {do: [{wait: go}]}}
    """)
    assert outcome.verdict == "deadlock"
    assert [f.thread for f in outcome.failures] == ["a"]
    assert outcome.trace.footer.threads == {"main": "blocked", "a": "raised AssertionError", "b": "blocked"}


@pytest.mark.parametrize("seed", range(20))
def test_two_threads_that_start_the_same_one(run_text: Run, no_leak: None, seed: int) -> None:
    """Wherever they are cut into, one starts it and the other gets the RuntimeError, on every Python version."""
    outcome = run_text(
        "{schema: 1, threads: {a: {count: 2, do: [{start: b}]}, b: {do: [{print: x}]}}, main: [{start: a}]}", "random", seed, sync=True
    )
    assert [type(f.error) for f in outcome.failures] == [RuntimeError]
    assert [e.op for e in outcome.trace.events if "b" in (e.on, e.thread) and e.op != "blocked"] == ["start", "print", "end"]


@pytest.mark.parametrize("seed", range(20))
def test_main_may_end_while_a_daemon_starts_a_thread(run_text: Run, no_leak: None, seed: int) -> None:
    """A thread that is only about to start when main ends is not waited for, wherever its starter was cut into."""
    outcome = run_text(
        "{schema: 1, threads: {d: {daemon: true, do: [{start: b}]}, b: {do: [{print: x}]}}, main: [{start: d}]}", "random", seed, sync=True
    )
    assert outcome.verdict == "completed"
    assert outcome.trace.footer.threads["b"] in ("ended", "abandoned", "never started")


# -- deadlocks -------------------------------------------------------------------------------------------------------------


def test_a_deadlock_names_its_cycle(run_text: Run, no_leak: None) -> None:
    """Who waits for what, who has it, where in the file, and who waits for each other in turn."""
    outcome = run_text(PHILOSOPHERS)
    inner = "threads.p.do[0].with.do[1].with"
    assert outcome.verdict == "deadlock"
    assert outcome.cycle == outcome.trace.footer.cycle == ("p-0", "p-1")
    assert outcome.trace.footer.blocked == (
        BlockedThread("main", "p-0", None, "threads.p"),
        BlockedThread("p-0", "fork-1", "p-1", inner),
        BlockedThread("p-1", "fork-0", "p-0", inner),
    )
    assert [(b.thread, type(b.held_since)) for b in outcome.blocked[1:]] == [("p-0", ops.Acquire), ("p-1", ops.Acquire)]
    assert outcome.trace.footer.threads == {"main": "blocked", "p-0": "blocked", "p-1": "blocked"}
    assert outcome.trace.footer.t == 10**9


@pytest.mark.parametrize(
    ("resource", "step", "on"),
    [
        ("{kind: lock}", "{acquire: r}, {acquire: r}", "r"),
        ("{kind: condition}", "{acquire: r}, {wait: r}", "r"),
        ("{kind: semaphore, value: 0}", "{acquire: r}", "r"),
        ("{kind: event}", "{wait: r}", "r"),
        ("{kind: barrier, parties: 2}", "{wait: r}", "r"),
        ("{kind: queue}", "{get: r}", "r"),
        ("{kind: queue, maxsize: 1}", "{put: {queue: r, item: 1}}, {put: {queue: r, item: 1}}", "r"),
        ("{kind: queue}", "{put: {queue: r, item: 1}}, {join: r}", "r"),
        ("{kind: simple_queue}", "{get: r}", "r"),
        ("{kind: priority_queue}", "{get: r}", "r"),
        ("{kind: lifo_queue}", "{get: r}", "r"),
    ],
)
def test_waiting_for_ever_names_the_resource(run_text: Run, no_leak: None, resource: str, step: str, on: str) -> None:
    """Whatever it waits for, a blocked thread's resource is called by its declared name."""
    outcome = run_text(f"resources: {{r: {resource}}}\nmain: [{step}]\n")
    assert outcome.verdict == "deadlock"
    assert [(b.thread, b.on) for b in outcome.trace.footer.blocked] == [("main", on)]
    assert events(outcome, "blocked")[-1][:3] == ("main", "blocked", on)


def test_threads_that_join_each_other(run_text: Run) -> None:
    """A circle of joins is a cycle too, and what is held is the thread itself."""
    outcome = run_text("threads: {a: {do: [{sleep: 1}, {join: b}]}, b: {do: [{sleep: 1}, {join: a}]}}\nmain: [{start: [a, b]}]")
    assert outcome.cycle == ("a", "b")
    assert [(b.thread, b.on, b.by) for b in outcome.trace.footer.blocked] == [("main", "a", None), ("a", "b", None), ("b", "a", None)]


def test_blocked_events_name_the_holder(run_text: Run) -> None:
    """A thread that must wait says for what, and for whom where somebody has it."""
    outcome = run_text("""
        resources: {guard: rlock, c: condition, q: queue}
        threads:
          a: {do: [{with: {lock: guard, do: [{sleep: 1}]}}]}
          b: {do: [{with: {lock: guard, do: [{put: {queue: q, item: 1}}]}}]}
        main: [{start: [a, b]}, {get: q}]
    """)
    assert events(outcome, "blocked") == [("main", "blocked", "q", None), ("b", "blocked", "guard", "a")]


def test_queues_and_variables_are_read_at_the_end(run_text: Run) -> None:
    """A run that ends early has a final state too."""
    outcome = run_text("""
        resources: {q: queue, l: lifo_queue, s: simple_queue, n: {kind: var, value: [1]}}
        main: [{put: {queue: q, item: 1}}, {put: {queue: l, item: 1}}, {put: {queue: l, item: 2}}, {put: {queue: s, item: x}}, {join: q}]
    """)
    assert outcome.trace.footer.vars == {"n": [1]}
    assert outcome.trace.footer.queues == {
        "q": {"size": 1, "unfinished": 1, "items": [1]},
        "l": {"size": 2, "unfinished": 2, "items": [2, 1]},
        "s": {"size": 1, "items": ["x"]},
    }


# -- limits ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loop", ["{forever: {do: [{let: {x: 1}}]}}", "{while: {test: true, do: [{print: x}]}}", "{forever: {do: [continue]}}"]
)
def test_an_endless_loop_meets_the_step_limit(run_text: Run, no_leak: None, loop: str) -> None:
    """Also one in which nothing visible happens."""
    outcome = run_text(f"main: [{loop}]", max_steps=100)
    assert (outcome.verdict, outcome.steps) == ("step_limit", 100)
    assert outcome.trace.footer.threads == {"main": "abandoned"}


def test_a_deadlock_on_real_threads_is_hung(compile_text: Run, run_free: Run) -> None:
    """Nobody can know there that nothing will ever move; the wall clock says so."""
    outcome = run_free(compile_text("{schema: 1, resources: {go: event}, main: [{wait: go}]}"), wall_limit=0.05)
    assert (outcome.verdict, outcome.schedule) == ("hung", None)


# -- the trace -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sync", [False, True], ids=["step", "sync"])
@pytest.mark.parametrize("seed", range(5))
def test_events_are_numbered_and_in_time(run_text: Run, seed: int, sync: bool) -> None:
    """From 1 without gaps, and never back in time."""
    found = run_text(PHILOSOPHERS, "random", seed, sync=sync).trace.events
    assert [e.n for e in found] == list(range(1, len(found) + 1))
    assert [e.t for e in found] == sorted(e.t for e in found)


def test_events_on_real_threads_are_numbered(compile_text: Run, run_free: Run) -> None:
    """There too, in one total order."""
    found = run_free(compile_text("{schema: 1, threads: {w: {count: 4, iterations: 5, do: [{print: x}]}}}")).trace.events
    assert [e.n for e in found] == list(range(1, len(found) + 1))


def test_a_start_comes_before_what_it_starts(compile_text: Run, run_free: Run) -> None:
    """On real threads as well, no event of a thread stands before its start."""
    found = run_free(compile_text("{schema: 1, threads: {w: {count: 20, do: [{print: x}]}}}")).trace.events
    started: set[str] = {"main"}
    for event in found:
        assert event.thread in started
        if event.op == "start":
            started.add(event.on or "")


def test_a_put_comes_before_its_get(compile_text: Run, run_free: Run) -> None:
    """On real threads, the order recorded never contradicts who waited for whom."""
    found = run_free(
        compile_text("""
            resources: {q: {kind: queue, maxsize: 1}}
            threads:
              p: {do: [{repeat: {times: 50, as: i, do: [{put: {queue: q, item: "${i}"}}]}}]}
              c: {do: [{repeat: {times: 50, do: [{get: q}]}}]}
        """)
    ).trace.events
    there: set[int] = set()
    for event in found:
        if event.op == "put":
            there.add(event.value)
        elif event.op == "get":
            assert event.value in there
    assert len(there) == 50


def test_an_abandoned_thread_may_still_record() -> None:
    """While events are put in order at the end, a real thread that was cut off may add one; it is left out."""
    recorder = Recorder(FreeSubstrate(), max_events=100)

    class Late(Event):
        """Somebody records another event while this one is looked at."""

        def __getattribute__(self, name: str) -> Any:
            if name == "n":
                recorder.events.append(Event(99, 0, "late", "print"))
            return super().__getattribute__(name)

    recorder.events = [Late(2, 0, "b", "print"), Late(1, 0, "a", "print")]
    recorder._spans = {1: Span(0, 1, 1), 2: Span(0, 2, 2)}
    assert [event.thread for event in recorder.finished()] == ["a", "b"]


def test_the_header_says_which_run(compile_text: Run) -> None:
    """The scenario's name, parameters that differ, policy and seed."""
    program = compile_text("{schema: 1, name: thing, params: {a: 1, b: 2}, main: [{print: '${a}'}]}", a=5)
    header = execute(program, ControlledSubstrate(FifoScheduler()), policy="fifo", seed=None).trace.header
    assert (header.scenario, header.params, header.policy, header.seed) == ("thing", {"a": 5}, "fifo", None)


def test_a_scenario_without_a_name_has_its_files(compile_text: Run) -> None:
    """Its ending left out."""
    assert compile_text("{schema: 1, main: [{print: x}]}").name == "scenario"


def test_a_listener_hears_each_event_as_it_happens(compile_text: Run) -> None:
    """In order, and all of them."""
    heard: list[Any] = []
    program = compile_text(PHILOSOPHERS)
    outcome = execute(program, ControlledSubstrate(FifoScheduler()), policy="fifo", listener=heard.append)
    assert tuple(heard) == outcome.trace.events


@pytest.mark.parametrize("substrate", [lambda: ControlledSubstrate(FifoScheduler()), FreeSubstrate], ids=["controlled", "free"])
def test_a_listener_that_fails_reaches_the_caller(compile_text: Run, no_leak: None, substrate: Any) -> None:
    """Its exception is not the scenario's: it comes out of `execute`."""

    def listener(event: Any) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        execute(compile_text("{schema: 1, threads: {a: {do: [{print: x}]}}}"), substrate(), policy="fifo", listener=listener)


def test_two_runs_of_one_program_share_nothing(compile_text: Run, run_program: Run) -> None:
    """A program is data: running it leaves it as it was."""
    program = compile_text("""
        resources: {q: queue, n: {kind: var, value: []}}
        classes: {c: {fields: [i], run: [{let: {self.i: "${self.i + [1]}"}}, {put: {queue: q, item: "${self.i}"}}]}}
        threads: {w: {count: 2, class: c, with: {i: []}}}
        main: [{start: w}, {join: w}, {set: {n: "${n + [1]}"}}]
    """)
    first, second = run_program(program), run_program(program)
    assert encode(first.trace) == encode(second.trace)
    assert second.trace.footer.vars == {"n": [1]}


class ImpatientScheduler(ReplayScheduler):
    """Raises what no scheduler of the package would."""

    spec = "impatient"
    seed = None

    def __init__(self) -> None:
        pass

    def choose(self, point: Any) -> int:
        """Raise."""
        raise RunnerError("no more")


def test_a_scheduler_that_fails_is_no_failure_of_the_scenario(run_text: Run, no_leak: None) -> None:
    """Its exception comes out of `execute`."""
    with pytest.raises(RunnerError, match="no more"):
        run_text(PHILOSOPHERS, scheduler=ImpatientScheduler())


def test_same_seed_same_bytes(run_text: Run) -> None:
    """And other seeds find other schedules."""
    traces = [encode(run_text(PHILOSOPHERS, "random", seed).trace) for seed in (1, 1, 2, 2, 3, 4, 5)]
    assert traces[0] == traces[1]
    assert traces[2] == traces[3]
    assert len({trace.partition("\n")[2] for trace in traces}) > 2
