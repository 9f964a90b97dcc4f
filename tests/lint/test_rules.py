"""Each rule warns at the place and in the words it should, and is quiet about what comes near."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from runner.errors import Problem
from runner.lint import RULES

Warnings = Callable[[str], list[Problem]]


class Bad(NamedTuple):
    """A scenario, and the one warning that it gets: rule, the text underlined with its line, and the message."""

    code: str
    text: str
    line: int
    column: int
    message: str


BAD = {
    "two threads, two locks": Bad("lock-order", """
        resources: {a: lock, b: lock}
        threads:
          one: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}
          two:
            do:
              - acquire: b
              - acquire: a
              - release: a
              - release: b
        """, 4, 37, "lock-order inversion: threads acquire a → b → a, each holding one and waiting for the next"),
    "by arguments, in a function": Bad("lock-order", """
        resources: {a: lock, b: rlock}
        functions:
          move: {params: [x, y], do: [{with: {lock: "${x}", do: [{with: {lock: "${y}", do: [{sleep: 1}]}}]}}]}
        threads:
          one: {target: move, args: [a, b]}
          two: {target: move, args: [b, a]}
        """, 4, 59, "lock-order inversion: threads acquire a → b → a, each holding one and waiting for the next"),
    "a circle of replicas": Bad("lock-order", """
        params: {n: 3}
        resources: {fork: {kind: lock, count: "${n}"}}
        threads:
          eater:
            count: ${n}
            do:
              - let: {right: "${(index + 1) % n}"}
              - acquire: fork-${index}
              - acquire: fork-${right}
              - release: fork-${right}
              - release: fork-${index}
        """, 10, 9, "lock-order inversion: threads acquire fork-0 → fork-1 → fork-2 → fork-0, each holding one and waiting for the next"),
    "jobs of a pool": Bad("lock-order", """
        resources: {a: lock, b: lock, p: {kind: pool, max_workers: 2}}
        functions:
          both:
            params: [x, y]
            do:
              - with: {lock: "${x}", do: [{acquire: "${y}"}, {release: "${y}"}]}
        main:
          - submit: {pool: p, function: both, args: [a, b]}
          - submit: {pool: p, function: both, args: [b, a]}
        """, 7, 36, "lock-order inversion: threads acquire a → b → a, each holding one and waiting for the next"),
    "a lock taken twice": Bad("self-deadlock", """
        resources: {a: lock}
        functions: {inner: {do: [{with: {lock: a, do: [{sleep: 1}]}}]}}
        threads: {one: {do: [{with: {lock: a, do: [{run: inner}]}}]}}
        """, 3, 27, "one already holds 'a' here, since line 4: it waits for itself"),
    "a release of what nobody holds": Bad("release-without-lock", """
        resources: {a: rlock}
        main: [{release: a}, {with: {lock: a, do: [{sleep: 1}]}}]
        """, 3, 9, "main releases 'a' without holding it: that raises RuntimeError"),
    "a lock kept": Bad("lock-kept", """
        resources: {a: lock}
        threads:
          one:
            do:
              - acquire: a
              - sleep: 1
          two: {do: [{with: {lock: a, do: [{sleep: 1}]}}]}
        """, 6, 9, "one ends and still holds 'a': nobody else can ever have it"),
    "a return that keeps": Bad("lock-kept", """
        resources: {a: lock, x: {kind: var, value: 0}}
        functions:
          work:
            do:
              - acquire: a
              - if: {test: x > 3, then: [return]}
              - release: a
        threads: {one: {count: 2, target: work}}
        """, 7, 34, "one-0 returns here and keeps 'a', acquired at line 6"),
    "a wait in no loop": Bad("wait-outside-loop", """
        resources: {c: condition}
        threads:
          one: {do: [{with: {lock: c, do: [{wait: c}]}}]}
          two: {do: [{with: {lock: c, do: [{notify: c}]}}]}
        """, 4, 37, "a wait on 'c' in no loop: what it waits for may have been before, or be over again"),
    "a wait without its lock": Bad("wait-without-lock", """
        resources: {m: lock, c: {kind: condition, lock: m}, x: {kind: var, value: 0}}
        main: [{wait_for: {condition: c, until: x > 0}}, {with: {lock: m, do: [{notify: c}]}}]
        """, 3, 9, "main does not hold 'm' when it calls wait_for on 'c': that raises RuntimeError, unless it need not wait"),
    "a notify without its lock": Bad("notify-without-lock", """
        resources: {c: condition, x: {kind: var, value: 0}}
        threads: {one: {do: [{with: {lock: c, do: [{wait_for: {condition: c, until: x > 0}}]}}]}}
        main: [{start: one}, {set: {x: 1}}, {notify_all: c}]
        """, 4, 38, "main does not hold its lock when it calls notify_all on 'c': that raises RuntimeError"),
    "an event": Bad("event-never-set", """
        resources: {e: event}
        main: [{wait: e}]
        """, 3, 9, "nobody ever sets 'e': this waits for ever"),
    "a condition": Bad("condition-never-notified", """
        resources: {c: condition, x: {kind: var, value: 0}}
        main: [{with: {lock: c, do: [{wait_for: {condition: c, until: x > 0}}]}}]
        """, 3, 31, "nobody ever notifies 'c': whoever begins to wait here never wakes"),
    "a queue": Bad("queue-never-filled", """
        resources: {q: simple_queue}
        main: [{get: q}]
        """, 3, 9, "nobody ever puts anything into 'q': this waits for ever"),
    "a semaphore": Bad("semaphore-never-released", """
        resources: {s: {kind: semaphore, value: 0}}
        main: [{acquire: s}]
        """, 3, 9, "'s' is 0 at first and nobody ever releases it: this waits for ever"),
    "task_done of nothing": Bad("task-done-without-get", """
        resources: {q: queue}
        main: [{put: {queue: q, item: 1}}, {task_done: q}]
        """, 3, 37, "task_done of 'q', from which nobody ever takes anything"),
    "a queue's join": Bad("join-without-task-done", """
        resources: {q: queue}
        threads: {one: {do: [{get: q}]}}
        main: [{start: one}, {put: {queue: q, item: 1}}, {join: q}]
        """, 4, 51, "nobody ever calls task_done for 'q': once something is put, this join never returns"),
    "too few for a barrier": Bad("barrier-never-fills", """
        resources: {b: {kind: barrier, parties: 3}}
        threads: {one: {count: 2, do: [{wait: b}]}}
        """, 3, 33, "'b' is a barrier for 3, and only 2 threads wait on it: they never go on"),
    "no multiple": Bad("barrier-never-fills", """
        resources: {b: {kind: barrier, parties: 3}}
        threads: {one: {count: 5, do: [{wait: b}]}}
        """, 3, 33, "'b' is a barrier for 3, and 5 threads wait on it once: 2 of them never go on"),
    "a second start": Bad("started-twice", """
        threads: {one: {do: [{sleep: 1}]}}
        main: [{start: one}, {join: one}, {start: one}]
        """, 3, 36, "one is started twice: it has been started before, and the second start raises RuntimeError"),
    "never started": Bad("never-started", """
        threads: {one: {do: [{sleep: 1}]}}
        main: [{sleep: 1}]
        """, 2, 11, "nobody ever starts the thread 'one'"),
    "joins itself": Bad("joins-itself", """
        threads: {one: {do: [{join: "${thread}"}]}}
        """, 2, 23, "one joins itself: that raises RuntimeError"),
    "a sleep for a join": Bad("sleep-as-synchronisation", """
        resources: {x: {kind: var, value: 0}}
        threads: {one: {do: [{set: {x: 1}}]}}
        main: [{start: one}, {sleep: 1}, {print: "${x}"}, {join: one}]
        """, 4, 23, "main sleeps, then reads 'x' (line 4), which one writes: nothing but time orders the two"),
    "a sleep among threads": Bad("sleep-as-synchronisation", """
        resources: {x: {kind: var, value: 0}}
        threads:
          one: {do: [{set: {x: 1}}]}
          two: {do: [{sleep: 1}, {assert: x == 1}]}
        """, 5, 15, "two sleeps, then reads 'x' (line 5), which one writes: nothing but time orders the two"),
    "a forgotten ${…} in a set": Bad("expression-as-text", """
        resources: {total: {kind: var, value: 0}}
        main:
          - set: {total: total + 1}
        """, 4, 11, "this is the text 'total + 1', and not computed"),
    "a forgotten ${…} in a return": Bad("expression-as-text", """
        functions: {f: {params: [n], do: [{print: "${n}"}, {return: n + 1}]}}
        main: [{run: {function: f, args: [1]}}]
        """, 2, 53, "this is the text 'n + 1', and not computed"),
    "a forgotten ${…} in an item": Bad("expression-as-text", """
        resources: {q: queue}
        main:
          - let: {n: 1}
          - put: {queue: q, item: n * 2}
        """, 5, 5, "this is the text 'n * 2', and not computed"),
    "a forgotten ${…} in an argument": Bad("expression-as-text", """
        functions: {f: {params: [n], do: [{print: "${n}"}]}}
        threads: {a: {do: [{let: {x: 1}}, {run: {function: f, args: ["-x"]}}]}}
        """, 3, 36, "this is the text '-x', and not computed"),
    "an unused resource": Bad("unused-resource", """
        resources: {a: lock}
        main: [{sleep: 1}]
        """, 2, 13, "nothing uses the lock 'a'"),
    "unused replicas": Bad("unused-resource", """
        resources: {a: lock, b: {kind: event, count: 3}}
        main: [{with: {lock: a, do: [{sleep: 1}]}}]
        """, 2, 22, "nothing uses the event 'b'"),
    "an unused function": Bad("unused-function", """
        functions: {f: {do: [{sleep: 1}]}}
        main: [{sleep: 1}]
        """, 2, 13, "nothing runs the function 'f'"),
    "an unused class": Bad("unused-class", """
        classes: {c: {run: [{sleep: 1}]}}
        main: [{sleep: 1}]
        """, 2, 11, "no thread is an instance of 'c'"),
    "an unused parameter": Bad("unused-parameter", """
        params: {n: 1}
        main: [{sleep: 1}]
        """, 2, 10, "nothing uses the parameter 'n'"),
    "a function's unused parameter": Bad("unused-parameter", """
        functions: {f: {params: [a, b], do: [{print: "${b}"}]}}
        main: [{run: {function: f, args: [1, 2]}}]
        """, 2, 26, "nothing uses the parameter 'a' of 'f'"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_warns(bad: Bad, warnings: Warnings) -> None:
    """A scenario with one flaw gets one warning, at the place of the flaw."""
    assert [(w.code, w.place.line, w.place.column, w.message, w.severity) for w in warnings(bad.text)] == [
        (bad.code, bad.line, bad.column, bad.message, "warning")
    ]


def test_every_rule_is_tried() -> None:
    """There is a scenario above for each rule."""
    assert {bad.code for bad in BAD.values()} | {"joined-unstarted"} == set(RULES)


def test_joined_though_never_started(warnings: Warnings) -> None:
    """A join of a thread that nobody starts is told beside that nobody does."""
    found = warnings("threads: {one: {do: [{sleep: 1}]}}\nmain: [{join: one}]")
    assert [(w.code, w.place.line, w.message) for w in found] == [
        ("never-started", 2, "nobody ever starts the thread 'one'"),
        ("joined-unstarted", 3, "one is joined although nobody ever starts it: that raises RuntimeError"),
    ]


def test_both_chains_are_told(warnings: Warnings) -> None:
    """A lock-order warning says who takes what where."""
    (found,) = warnings(BAD["two threads, two locks"].text)
    assert found.hint == (
        "one holds a (line 4) and acquires b (line 4); two holds b (line 7) and acquires a (line 8); take them in one order everywhere"
    )
