"""Any scenario at all: runs are repeatable and replayable, leak nothing, and their traces agree with their final state.

The strategy writes small scenarios over all primitives and control flow. Most of them deadlock, fail or meet the step limit;
that is as welcome as an end.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from runner.lint import lint
from runner.program.schedule import Points, Schedule
from runner.schedulers import ReplayScheduler
from runner.substrate import GreenletPool
from runner.trace import decode, encode

VERDICTS = {"completed", "failed", "deadlock", "step_limit"}
STEPS = 300

# -- the strategy ----------------------------------------------------------------------------------------------------------

RESOURCES = {
    "a": "lock",
    "b": "lock",
    "r": "rlock",
    "c": "condition",
    "s": {"kind": "semaphore", "value": 1},
    "t": {"kind": "bounded_semaphore", "value": 2},
    "e": "event",
    "g": {"kind": "barrier", "parties": 2},
    "q": {"kind": "queue", "maxsize": 2},
    "l": "lifo_queue",
    "p": "priority_queue",
    "z": "simple_queue",
    "w": {"kind": "pool", "max_workers": 2},
    "k": {"kind": "timer", "interval": 0.2, "function": "add", "args": [1]},
    "o": "local",
    "x": {"kind": "var", "value": 0},
    "y": {"kind": "var", "value": 5},
}
FUNCTIONS = {
    "add": {"params": ["by"], "do": [{"set": {"x": "${x + by}"}}]},
    "guarded": {"do": [{"with": {"lock": "r", "do": [{"run": {"function": "add", "args": [1]}}, {"sleep": "1ms"}]}}]},
    "job": {"params": ["n"], "do": [{"if": {"test": "n == 0", "then": [{"raise": "ValueError"}]}}, {"sleep": "${n}"}, {"return": "${n}"}]},
}

HANDLED = {"except": {"TimeoutError": [{"print": "late"}], "ValueError": [{"print": "bad"}]}, "finally": [{"print": "over"}]}
CAUGHT = st.sampled_from(["Exception", "LookupError", "queue.Empty", "AssertionError", "RuntimeError"])
LOCKS = st.sampled_from("abrcst")
QUEUES = st.sampled_from("qlpz")
DURATIONS = st.sampled_from([0, 1, 0.1, 0.2, "1ms", "0.3s", "${index / 10}", "2h"])
TIMED = st.none() | DURATIONS
NUMBERS = st.integers(0, 4) | st.sampled_from(["${index}", "${x}", "${x + 1}", "${y - x}"])
TESTS = st.sampled_from(["x < 3", "x == y", "index", "x % 2", "True", "False", "y > x or index == 1"])


def form(verb: str, *, optional: dict[str, Any] | None = None, **keys: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A verb's mapping form."""
    keys = {key.rstrip("_"): value for key, value in keys.items()}
    return st.fixed_dictionaries(keys, optional=optional or {}).map(lambda content: {verb: content})


def leaves(threads: list[str], joinable: list[str]) -> st.SearchStrategy[Any]:
    """Steps without steps inside."""
    timeout = {"timeout": DURATIONS}
    return st.one_of(
        DURATIONS.map(lambda d: {"sleep": d}),
        st.sampled_from(
            [{"print": "${x}"}, {"print": "${thread} ${index}"}, {"let": {"v": "${x}"}}, {"assert": "x < 9"}, {"assert": "index < 2"}]
        ),
        form("acquire", lock=LOCKS, optional={**timeout, "as": st.just("got")}),
        form("acquire", lock=LOCKS, blocking=st.just(False)),
        form("release", lock=LOCKS),
        form("wait", for_=st.sampled_from("ecg"), optional={**timeout, "as": st.just("got")}),
        form("wait_for", condition=st.just("c"), until=TESTS, optional=timeout),
        form("notify", condition=st.just("c"), n=st.integers(1, 3)),
        st.sampled_from(
            [{"notify_all": "c"}, {"set": "e"}, {"set": "e"}, {"clear": "e"}, {"task_done": "q"}, {"task_done": "p"}, {"join": "q"}]
        ),
        form("put", queue=QUEUES, item=NUMBERS, optional={"block": st.booleans(), **timeout}),
        form("get", queue=QUEUES, optional={"block": st.booleans(), "as": st.just("v"), **timeout}),
        form("read", var=st.sampled_from("xy"), as_=st.just("v")),
        form("write", var=st.sampled_from("xy"), value=NUMBERS),
        NUMBERS.map(lambda n: {"set": {"x": n}}),
        st.just({"set": {"x": "${x + 1}", "y": "${x}"}}),
        st.sampled_from([{"run": {"function": "add", "args": [2]}}, {"run": "guarded"}]),
        st.sampled_from(threads).map(lambda name: {"start": name}),
        st.sampled_from(
            [{"start": "k"}, {"cancel": "k"}, {"join": "k"}, {"abort": "g"}, {"reset": "g"}, {"shutdown": "w"}, {"raise": "KeyError"}]
        ),
        st.sampled_from(
            [{"print": "${e.is_set()} ${q.qsize()}"}, {"print": "${a.locked()} ${g.broken}"}, {"set": {"o.v": "${x}"}}, {"print": "${o.v}"}]
        ),
        form("submit", pool=st.just("w"), function=st.sampled_from(["job", "add"]), args=st.sampled_from([[0], [1]])),
        st.builds(
            lambda n, also: {"try": {"do": [{"submit": {"pool": "w", "function": "job", "args": [n], "as": "j"}}, *also], **HANDLED}},
            st.integers(0, 2),
            st.lists(st.sampled_from([{"result": "${j}"}, {"result": {"future": "${j}", "timeout": 0.5}}, {"cancel": "${j}"}]), max_size=3),
        ),
        st.just(
            {"atomic": [{"set": {"x": "${x + 1}"}}, {"if": {"test": "x > 6", "then": [{"raise": "OverflowError"}]}}, {"set": {"y": 1}}]}
        ),
        form("join", thread=st.sampled_from(joinable), optional=timeout),
    )


def bodies(leaf: st.SearchStrategy[Any], depth: int, *, loop: bool = False) -> st.SearchStrategy[list[Any]]:
    """Lists of steps, `depth` levels deep at the most."""
    step = leaf | st.sampled_from(["break", "continue"]) if loop else leaf
    if depth:
        inner, turn = bodies(leaf, depth - 1, loop=loop), bodies(leaf, depth - 1, loop=True)
        step |= st.one_of(
            form("with", lock=LOCKS, do=inner),
            form("if", test=TESTS, then=inner, optional={"else": inner}),
            form("repeat", times=st.integers(1, 3), do=turn, optional={"as": st.just("i")}),
            form("for", each=st.just("i"), in_=st.sampled_from([[1, 2], "${range(3)}", []]), do=turn),
            form("while", test=TESTS, do=turn),
            form("forever", do=turn),
            st.builds(lambda do, error, handler: {"try": {"do": do, "except": {error: handler}}}, inner, CAUGHT, inner),
            st.builds(lambda do, last: {"try": {"do": do, "finally": last}}, inner, st.lists(leaf, min_size=1, max_size=2)),
            st.just("return"),
        )
    return st.lists(step, min_size=1, max_size=4)


@st.composite
def scenarios(draw: st.DrawFn) -> str:
    """A scenario's text, as JSON, which is YAML too."""
    names = [f"t{index}" for index in range(draw(st.integers(2, 4)))]
    raw = draw(st.sets(st.sampled_from(names[1:]), max_size=1))
    joinable = [name for name in names if name not in raw]
    leaf = leaves(names, joinable)
    threads: dict[str, Any] = {}
    for name in names:
        threads[name] = {"do": draw(bodies(leaf, 2))}
        if name in raw:
            threads[name]["start_with"] = "start_new_thread"
        elif draw(st.integers(0, 4)) == 0:
            threads[name]["daemon"] = True
        if draw(st.integers(0, 3)) == 0:
            threads[name]["count"] = 2
        if draw(st.integers(0, 3)) == 0:
            threads[name]["iterations"] = 2
    scenario: dict[str, Any] = {"schema": 1, "resources": RESOURCES, "functions": FUNCTIONS, "threads": threads}
    if draw(st.booleans()):
        main = draw(bodies(st.just({"sleep": 1}) | leaf, 1))
        scenario["main"] = [{"let": {"index": 0}}, *[{"start": name} for name in names], *main]
    return json.dumps(scenario)


# -- an independent reading of a trace -------------------------------------------------------------------------------------


class Reading:
    """What the events say the state must be, by the rules of the primitives and nothing of the engine."""

    def __init__(self) -> None:
        self.vars: dict[str, Any] = {"x": 0, "y": 5}
        self.queues: dict[str, list[Any]] = {name: [] for name in "qlpz"}
        self.unfinished = dict.fromkeys("qlp", 0)
        self.held: dict[str, str | None] = {"a": None, "b": None}
        self.locals: dict[str, Any] = {}

    def take(self, name: str) -> Any:
        """Take the next item of a queue, as its kind has it."""
        items = self.queues[name]
        index = {"l": -1, "p": items.index(min(items)) if items else 0}.get(name, 0)
        return items.pop(index)

    def apply(self, event: Any) -> None:
        """Follow one event; it must be possible here."""
        match event.op, event.on:
            case "read", "o.v":
                assert event.value == self.locals[event.thread]
            case "write", "o.v":
                self.locals[event.thread] = event.value
            case "read", name:
                assert event.value == self.vars[name]
            case "write", name:
                self.vars[name] = event.value
            case "put", name:
                assert name != "q" or len(self.queues[name]) < 2
                self.queues[name].append(event.value)
                if name in self.unfinished:
                    self.unfinished[name] += 1
            case "get", name:
                assert event.value == self.take(name)
            case "task_done", name:
                self.unfinished[name] -= 1
                assert self.unfinished[name] >= 0
            case "join", name if name in self.unfinished:
                assert self.unfinished[name] == 0
            case "acquire", "a" | "b" if event.result is not False:
                assert self.held[event.on] is None
                self.held[event.on] = event.thread
            case "release", "a" | "b":
                assert self.held[event.on] is not None
                self.held[event.on] = None
            case "blocked", "a" | "b":
                assert event.by == self.held[event.on]

    def items(self, name: str) -> list[Any]:
        """The items left, in the order they would be taken."""
        items = self.queues[name]
        return items[::-1] if name == "l" else sorted(items) if name == "p" else items


def check(trace: Any) -> None:
    """Compare a trace's footer with what its events say."""
    reading = Reading()
    lives: dict[str, str] = {"main": "running"}
    now = 0
    for number, event in enumerate(trace.events, 1):
        assert event.n == number
        assert event.t >= now
        if event.thread.startswith("w_"):  # a pool's worker, which nobody starts
            lives.setdefault(event.thread, "running")
        assert lives[event.thread] == "running"
        now = event.t
        if ".atomic[" in event.at:
            assert trace.events[number - 2].thread == event.thread  # nobody came between
        reading.apply(event)
        if event.op == "start":
            lives[event.on] = "running"
        elif event.op == "end":
            lives[event.thread] = "ended" if event.error is None else f"raised {event.error}"
    footer = trace.footer
    assert footer.t >= now
    assert footer.vars == reading.vars
    for name, state in footer.queues.items():
        assert state["items"] == reading.items(name)
        assert state["size"] == len(reading.items(name))
        assert state.get("unfinished") == reading.unfinished.get(name)
    for name, end in footer.threads.items():
        life = lives.get(name)
        if name.startswith("w_"):
            assert end in ("ended", "abandoned", "blocked")
            continue
        match end:
            case "never started":
                assert life is None
            case "abandoned":
                assert life == "running"
            case "blocked":  # main may have ended for its author, and wait for the others
                assert life == "running" or name == "main"
            case _:
                assert life == end
    assert bool(footer.blocked) == (footer.outcome == "deadlock")


# -- the properties --------------------------------------------------------------------------------------------------------


@given(scenarios(), st.integers(0, 5) | st.none())
def test_a_run_is_repeatable_and_replayable(
    compile_text: Callable[..., Any], run_program: Callable[..., Any], text: str, seed: int | None
) -> None:
    """The same seed gives the same bytes, so does the token, and the trace reads back."""
    program = compile_text(text)
    first = run_program(program, None, seed, max_steps=STEPS)
    note(first.verdict)
    assert first.verdict in VERDICTS
    written = encode(first.trace)
    assert encode(run_program(compile_text(text), None, seed, max_steps=STEPS).trace) == written
    replayed = run_program(program, scheduler=ReplayScheduler(Schedule.from_token(first.schedule.token())), max_steps=STEPS)
    assert encode(replayed.trace) == written
    assert encode(decode(written)) == written


@given(scenarios(), st.integers(0, 5))
def test_a_sync_run_is_repeatable(compile_text: Callable[..., Any], run_program: Callable[..., Any], text: str, seed: int) -> None:
    """So it is when the scheduler may cut in at every low-level lock."""
    program = compile_text(text)
    first = run_program(program, "random", seed, max_steps=STEPS, sync=True)
    assert first.verdict in VERDICTS
    assert encode(run_program(program, "random", seed, max_steps=STEPS, sync=True).trace) == encode(first.trace)


@given(scenarios(), st.integers(0, 5) | st.none(), st.sampled_from(Points), st.booleans())
def test_greenlets_and_threads_are_the_same(
    compile_text: Callable[..., Any], run_program: Callable[..., Any], text: str, seed: int | None, points: Points, sync: bool
) -> None:
    """Wherever the scheduling points are, a run on greenlets has the same bytes, and each's token replays on the other."""
    program = compile_text(text)
    options: dict[str, Any] = {"max_steps": STEPS, "points": points, "sync": sync}
    first = run_program(program, None, seed, **options)
    with GreenletPool() as pool:
        second = run_program(program, None, seed, pool=pool, **options)
        assert encode(second.trace) == encode(first.trace)
        assert second.schedule == first.schedule
        back = run_program(program, scheduler=ReplayScheduler(second.schedule), **options)
        there = run_program(program, scheduler=ReplayScheduler(first.schedule), pool=pool, **options)
    assert encode(back.trace) == encode(there.trace) == encode(first.trace)


@given(scenarios(), st.integers(0, 5) | st.none())
def test_a_trace_agrees_with_its_final_state(
    compile_text: Callable[..., Any], run_program: Callable[..., Any], text: str, seed: int | None
) -> None:
    """Every read sees the last write, every get the right item, no lock has two holders, and the footer is what the events lead to."""
    check(run_program(compile_text(text), None, seed, max_steps=STEPS).trace)


@given(scenarios(), st.integers(0, 5))
def test_nothing_is_left_behind(
    compile_text: Callable[..., Any], run_program: Callable[..., Any], thread_count: Callable[..., int], text: str, seed: int
) -> None:
    """However a run ends, all of its threads end with it."""
    program = compile_text(text)
    before = thread_count()
    run_program(program, "random", seed, max_steps=STEPS)
    assert thread_count(before) <= before


SURE = {
    "self-deadlock": ("acquire",),
    "release-without-lock": ("release",),
    "wait-without-lock": ("wait",),  # a wait_for that need not wait does no harm
    "notify-without-lock": ("notify", "notify_all"),
    "joins-itself": ("join",),
}
"""Rules that say of one thread's step that it raises or never returns, and what it does not do; messages begin with the thread."""


@given(scenarios(), st.integers(0, 5))
def test_what_the_linter_is_sure_of(compile_text: Callable[..., Any], run_program: Callable[..., Any], text: str, seed: int) -> None:
    """No run records that a step has been done which the linter says cannot be."""
    program = compile_text(text)
    found = [each for each in lint([program]) if each.code in SURE]
    sure = {(each.message.split()[0], op, each.place.path) for each in found for op in SURE[each.code]}
    note(f"{len(found)} steps")
    trace = run_program(program, "random", seed, max_steps=STEPS).trace
    assert [event for event in trace.events if (event.thread, event.op, event.at) in sure] == []
