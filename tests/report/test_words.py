"""Events and outcomes in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Place, SourceText
from runner.interpreter import Outcome
from runner.program import Program, ops
from runner.report.words import describe, in_ascii, line, mismatch_lines, safe, sentence, summary, value_text
from runner.suite import judge
from runner.trace import ABSENT, Event

VISIBLE = sorted(
    {kind.verb for kind in vars(ops).values() if isinstance(kind, type) and issubclass(kind, ops.Op) and kind.verb}
    - {"exit", "let", "assert", "run"}
)


def event(op: str, on: str | None = None, value: Any = ABSENT, result: Any = ABSENT, **more: Any) -> Event:
    """Make an event."""
    return Event(1, 0, "main", op, on, value, result, at="main[0]", **more)


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        (event("sleep", value=2), "sleep 2 s"),
        (event("sleep", value=0.25), "sleep 0.25 s"),
        (event("print", value="good morning"), 'print "good morning"'),
        (event("print", value=""), 'print ""'),
        (event("acquire", "guard"), "acquire guard"),
        (event("acquire", "guard", result=False), "acquire guard → false"),
        (event("release", "guard"), "release guard"),
        (event("wait", "ready"), "wait ready"),
        (event("wait", "gate", result=0), "wait gate → 0"),
        (event("wait_for", "cond", result=[1, 2]), "wait_for cond → [1, 2]"),
        (event("notify", "cond"), "notify cond"),
        (event("notify", "cond", value=2), "notify cond 2"),
        (event("notify_all", "cond"), "notify_all cond"),
        (event("set", "ready"), "set ready"),
        (event("clear", "ready"), "clear ready"),
        (event("put", "jobs", value={"a": None}), 'put jobs ← {"a": null}'),
        (event("get", "jobs", value=None), "get jobs → null"),
        (event("task_done", "jobs"), "task_done jobs"),
        (event("read", "total", value=1.5), "read total → 1.5"),
        (event("write", "total", value="x"), 'write total ← "x"'),
        (event("start", "worker-0"), "start worker-0"),
        (event("join", "worker-0"), "join worker-0"),
        (event("join", "worker-0", result=False), "join worker-0 → false"),
        (event("blocked", "guard", by="worker-1"), "blocked on guard, held by worker-1"),
        (event("blocked", "guard"), "blocked on guard"),
        (event("blocked"), "blocked on ?"),
        (event("raise", error="AssertionError: n is 3"), "raise AssertionError: n is 3"),
        (event("raise"), "raise "),
        (event("end"), "end"),
        (event("end", error="ValueError"), "end: ValueError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_describe(happened: Event, words: str) -> None:
    """Each kind of event in words."""
    assert describe(happened) == words


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        (event("sleep", value=0.25), "sleeps 0.25 s"),
        (event("print", value="hi"), 'prints "hi"'),
        (event("acquire", "guard"), "takes guard"),
        (event("acquire", "guard", result=True), "takes guard"),
        (event("acquire", "guard", result=False), "does not get guard"),
        (event("release", "guard"), "releases guard"),
        (event("release", "slots", value=2), "releases slots, 2 times"),
        (event("wait", "ready"), "is done waiting for ready"),
        (event("wait", "gate", result=0), "is done waiting for gate"),
        (event("wait_for", "cond", result=False), "gives up waiting for cond"),
        (event("notify", "cond"), "notifies cond"),
        (event("notify_all", "cond"), "notifies all that wait on cond"),
        (event("set", "ready"), "sets ready"),
        (event("put", "jobs", value={"a": None}), 'puts {"a": null} into jobs'),
        (event("get", "jobs", value=None), "gets null from jobs"),
        (event("task_done", "jobs"), "calls a task done of jobs"),
        (event("read", "total", value=1.5), "reads 1.5 from total"),
        (event("write", "total", value="x"), 'writes "x" to total'),
        (event("start", "worker-0"), "starts worker-0"),
        (event("join", "worker-0"), "joins worker-0"),
        (event("join", "worker-0", result=False), "gives up waiting for the end of worker-0"),
        (event("submit", "crew", value="bake", result="crew/1"), 'submits bake to crew: "crew/1"'),
        (event("begin", "crew/1", value="bake"), "begins with crew/1"),
        (event("result", "crew/1", result=3), "has the result of crew/1: 3"),
        (event("result", "crew/1"), "has the result of crew/1"),
        (event("is_set", "ready", result=False), "asks ready.is_set: false"),
        (event("blocked", "guard", by="worker-1"), "must wait for guard, held by worker-1"),
        (event("blocked"), "must wait for ?"),
        (event("raise", error="AssertionError: n is 3"), "raises AssertionError: n is 3"),
        (event("except", error="ValueError"), "catches ValueError"),
        (event("end"), "ends"),
        (event("end", error="ValueError"), "ends by ValueError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sentence(happened: Event, words: str) -> None:
    """Each kind of event as a sentence, of which its thread is the subject."""
    assert sentence(happened) == words


@pytest.mark.parametrize("verb", VISIBLE)
def test_every_verb_is_a_sentence(verb: str) -> None:
    """Whatever op an event is of, there are words for it that no terminal obeys."""
    assert sentence(event(verb, "a\x1bthing", value="1\n", result="2\x07", by="b\r", error="c\x1b")).isprintable()
    assert sentence(event(verb))


@pytest.mark.parametrize("verb", VISIBLE)
def test_every_verb_is_described(verb: str) -> None:
    """Whatever op an event is of, its words begin with the verb."""
    assert describe(event(verb, "thing", value=1, result=2)).startswith(verb)


@pytest.mark.parametrize("field", ["thread", "op", "on", "by", "error"])
@pytest.mark.parametrize("op", ["print", "acquire", "blocked", "raise", "end", "sleep"])
def test_no_field_reaches_the_terminal_raw(op: str, field: str) -> None:
    """Text from a trace file is shown escaped, whichever field holds it."""
    bad = "x\x1b]0;title\x07\x9b31m\r\ny"
    words = line(replace(event(op, "thing", value=bad, result=bad, by="b", error="e"), **{field: bad}), 10)
    assert words.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("café → 日本", "café → 日本"),
        ("", ""),
        ("a\nb", r"a\nb"),
        ("a\rb", r"a\rb"),
        ("a\tb", r"a\tb"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("\x00\x7f", r"\x00\x7f"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u2028b", r"a\u2028b"),
        ("\ud800", r"\ud800"),
        ("\U000e0001", r"\U000e0001"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    """Characters that a terminal would act on are shown as escapes, others as they are."""
    assert safe(text) == shown


@given(st.text(st.characters()))
def test_safe_text_is_always_printable(text: str) -> None:
    """Whatever the text, what is shown has no control character, and showing it again changes nothing."""
    assert safe(text).isprintable()
    assert safe(safe(text)) == safe(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a → b ← c …", "a -> b <- c .."), ("café", r"caf\xe9"), ("日", r"\u65e5"), ("😀", r"\U0001f600"), ("plain", "plain")],
)
def test_in_ascii(text: str, shown: str) -> None:
    """Arrows have an ASCII form, other characters are escapes."""
    assert in_ascii(text) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (True, "true"), ((1, 2), "[1, 2]"), (range(2), "[0, 1]"), ("é\n", r'"é\n"'), ({1: [None]}, '{"1": [null]}')],
)
def test_value_text(value: object, text: str) -> None:
    """A value is written as in YAML's flow style, on one line."""
    assert value_text(value) == text


def test_line_has_time_thread_and_event() -> None:
    """The time is right-aligned, the thread padded."""
    assert line(Event(1, 1_500_000_000, "ann", "release", "guard"), 6) == "     1.5  ann     release guard"


def test_where_is_as_compilers_write_it() -> None:
    """A place is a link in terminals and editors."""
    assert SourceText("a/b.yaml").where(Place("main[0]", 3, 9)) == "a/b.yaml:3:9"


# -- how runs end ----------------------------------------------------------------------------------------------------------

ABBA = """\
resources: {a: lock, b: lock}
threads:
  one: {do: [{acquire: a}, {sleep: 1}, {acquire: b}]}
  two: {do: [{acquire: b}, {sleep: 1}, {acquire: a}]}
"""


@pytest.fixture
def summed_up(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> Callable[..., list[str]]:
    """`summed_up(text, **change)` runs a scenario and gives its summary; `change` changes the outcome first."""

    def summed_up(text: str, max_steps: int = 1000, **change: Any) -> list[str]:
        program = compile_text(text)
        return list(summary(program, replace(run_program(program, max_steps=max_steps), **change)))

    return summed_up


def test_summary_of_completed(summed_up: Callable[..., list[str]]) -> None:
    """A run that completed is one line."""
    assert summed_up("main: [{sleep: 1.5}, {print: a}]") == ["completed after 1.5 s of virtual time: 3 events, 2 steps"]


def test_summary_counts_one_as_one(summed_up: Callable[..., list[str]]) -> None:
    """One event is no `events`."""
    assert summed_up("main: [{let: {x: 1}}]") == ["completed after 0 s of virtual time: 1 event, 0 steps"]


def test_summary_of_a_free_run_says_nothing_of_virtual_time(summed_up: Callable[..., list[str]]) -> None:
    """Without a schedule the time is the clock's."""
    assert summed_up("main: [{print: a}]", schedule=None) == ["completed after 0 s: 2 events, 1 step"]


def test_summary_has_variables_and_what_is_left_in_queues(summed_up: Callable[..., list[str]]) -> None:
    """What the threads shared is told; an empty queue is not."""
    text = """\
resources: {total: {kind: var, value: [1, a]}, jobs: queue, none: queue, stack: simple_queue}
main: [{put: {queue: jobs, item: 1}}, {put: {queue: jobs, item: 2}}, {get: jobs}, {put: {queue: stack, item: 1}}]
"""
    assert summed_up(text)[1:] == ['  variables: total = [1, "a"]', "  queue jobs: 1 left, 2 unfinished", "  queue stack: 1 left"]


def test_summary_tells_a_queue_that_is_empty_but_not_done(summed_up: Callable[..., list[str]]) -> None:
    """Items that were taken but not marked as done are told."""
    text = "resources: {jobs: queue}\nmain: [{put: {queue: jobs, item: 1}}, {get: jobs}]"
    assert summed_up(text)[1:] == ["  queue jobs: 0 left, 1 unfinished"]


def test_summary_of_a_deadlock(summed_up: Callable[..., list[str]]) -> None:
    """A deadlock is explained: who waits where for what, who holds it since where, and the cycle."""
    assert summed_up(ABBA) == [
        "deadlock after 1 s of virtual time: 9 events, 9 steps",
        "  main waits for one at scenario.yaml:4:3",
        "  one waits for b at scenario.yaml:4:41, held by two since scenario.yaml:5:15",
        "  two waits for a at scenario.yaml:5:41, held by one since scenario.yaml:4:15",
        "  cycle: one → two → one",
    ]


def test_summary_of_a_deadlock_with_itself(summed_up: Callable[..., list[str]]) -> None:
    """A thread that waits for what it holds is told so."""
    assert summed_up("resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]")[1:] == [
        "  main waits for a at scenario.yaml:3:23, held by itself since scenario.yaml:3:9",
        "  cycle: main → main",
    ]


def test_summary_of_a_failure(summed_up: Callable[..., list[str]]) -> None:
    """An exception is told with its thread, message and place."""
    text = "threads: {ann: {do: [{assert: {that: 1 > 2, message: too small}}]}}"
    assert summed_up(text) == [
        "failed after 0 s of virtual time: 5 events, 2 steps",
        "  ann raised AssertionError: too small at scenario.yaml:2:23",
    ]


def test_summary_escapes_an_exceptions_message(summed_up: Callable[..., list[str]]) -> None:
    """A message may be made of whatever a file holds."""
    text = 'main: [{assert: {that: 1 > 2, message: "\\e]0;x\\a"}}]'
    assert summed_up(text)[1] == r"  main raised AssertionError: \x1b]0;x\x07 at scenario.yaml:2:9"


def test_summary_of_the_step_limit(summed_up: Callable[..., list[str]]) -> None:
    """A run that was stopped says so, and which threads it left behind."""
    assert summed_up("main: [{forever: [{print: x}]}]", max_steps=10) == [
        "step limit reached after 0 s of virtual time: 5 events, 10 steps",
        "  --limit steps=NUMBER changes this limit",
        "  abandoned at the end: main",
    ]


def test_summary_of_daemons_and_threads_never_started(summed_up: Callable[..., list[str]]) -> None:
    """Threads that did not come to their end are named."""
    text = """\
threads:
  watcher: {daemon: true, do: [{forever: [{sleep: 10}]}]}
  idle: {do: [{print: never}]}
main: [{start: watcher}]
"""
    assert summed_up(text)[1:] == ["  abandoned at the end: watcher", "  never started: idle"]


def test_summary_of_a_hang(summed_up: Callable[..., list[str]]) -> None:
    """A hang shows where the thread in charge stood."""
    assert summed_up("main: [{print: a}]", verdict="hung", stack="File x\n  line\n") == [
        "hung after 0 s of virtual time: 2 events, 1 step",
        "  no step was made for the wall limit; the thread in charge stood at:",
        "    File x",
        "      line",
    ]


def test_summary_of_a_hang_nobody_knows_the_place_of(summed_up: Callable[..., list[str]]) -> None:
    """A thread that is gone has no stack."""
    assert summed_up("main: [{print: a}]", verdict="hung")[-1] == "    (unknown)"


def test_summary_of_an_interruption(summed_up: Callable[..., list[str]]) -> None:
    """A run that was interrupted says so."""
    assert summed_up("main: [{print: a}]", verdict="interrupted") == ["interrupted after 0 s of virtual time: 2 events, 1 step"]


def test_mismatches_have_their_places(compile_text: Callable[..., Program], run_program: Callable[..., Outcome]) -> None:
    """An expectation that does not hold is told with the line that states it, on one line whatever the values."""
    program = compile_text('main: [{print: "a\\e[31m\\nb"}]\nexpect:\n  printed: [c]')
    outcome = run_program(program)
    assert list(mismatch_lines(program, judge(program, outcome))) == [
        r"  scenario.yaml:4:3: printed line 1: expected 'c', was 'a\x1b[31m\nb'"
    ]
