"""What comes near to a flaw and is none gets no warning at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.errors import Problem

Warnings = Callable[[str], list[Problem]]

GOOD = {
    "lock order: the same order": """
        resources: {a: lock, b: lock}
        threads: {one: {count: 2, do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}}
        """,
    "lock order: under a common gate": """
        resources: {gate: lock, a: lock, b: lock}
        threads:
          one: {do: [{with: {lock: gate, do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}}]}
          two: {do: [{with: {lock: gate, do: [{with: {lock: b, do: [{with: {lock: a, do: [{sleep: 1}]}}]}}]}}]}
        """,
    "lock order: a semaphore that keeps one out": """
        resources: {seats: {kind: semaphore, value: 2}, fork: {kind: lock, count: 3}}
        threads:
          eater:
            count: 3
            do:
              - with:
                  lock: seats
                  do: [{with: {lock: "fork-${index}", do: [{with: {lock: "fork-${(index + 1) % 3}", do: [{sleep: 1}]}}]}}]
        """,
    "lock order: one thread alone": """
        resources: {a: lock, b: lock}
        main:
          - with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}
          - with: {lock: b, do: [{with: {lock: a, do: [{sleep: 1}]}}]}
        """,
    "lock order: one thread after the other": """
        resources: {a: lock, b: lock}
        threads:
          one: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}
          two: {do: [{with: {lock: b, do: [{with: {lock: a, do: [{sleep: 1}]}}]}}]}
        main: [{start: one}, {join: one}, {start: two}, {join: two}]
        """,
    "lock order: an attempt that gives back": """
        resources: {a: lock, b: lock}
        threads:
          one: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}
          two:
            do:
              - acquire: b
              - acquire: {lock: a, timeout: 1, as: got}
              - if: {test: got, then: [{release: a}]}
              - release: b
        """,
    "lock order: what an attempt did not get": """
        resources: {a: lock, b: lock}
        threads:
          one: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}
          two:
            do:
              - acquire: {lock: b, blocking: false, as: got}
              - if: {test: not got, then: [{with: {lock: a, do: [{sleep: 1}]}}], else: [{release: b}]}
        """,
    "lock order: jobs of one worker": """
        resources: {a: lock, b: lock, p: {kind: pool, max_workers: 1}}
        functions:
          both: {params: [x, y], do: [{with: {lock: "${x}", do: [{with: {lock: "${y}", do: [{sleep: 1}]}}]}}]}
        main:
          - submit: {pool: p, function: both, args: [a, b]}
          - submit: {pool: p, function: both, args: [b, a]}
        """,
    "lock order: locks nobody knows": """
        resources: {fork: {kind: lock, count: 3}, next: {kind: var, value: 0}}
        threads:
          one:
            count: 2
            do:
              - read: {var: next, as: n}
              - with: {lock: "fork-${n}", do: [{with: {lock: "fork-${2 - n}", do: [{sleep: 1}]}}]}
        """,
    "self-deadlock: an rlock": """
        resources: {a: rlock}
        main: [{with: {lock: a, do: [{with: {lock: a, do: [{sleep: 1}]}}]}}]
        """,
    "self-deadlock: an attempt": """
        resources: {a: lock}
        main: [{with: {lock: a, do: [{acquire: {lock: a, blocking: false, as: got}}, {assert: not got}]}}]
        """,
    "self-deadlock: on one way only": """
        resources: {a: lock, x: {kind: var, value: 0}}
        main:
          - let: {mine: "${x > 0}"}
          - if: {test: mine, then: [{acquire: a}]}
          - if: {test: not mine, then: [{acquire: a}]}
          - release: a
        """,
    "release: what another thread holds": """
        resources: {a: lock}
        threads: {one: {do: [{sleep: 1}, {release: a}]}}
        main: [{acquire: a}, {start: one}, {acquire: a}, {release: a}]
        """,
    "release: an error that is expected": """
        resources: {a: rlock}
        main: [{try: {do: [{release: a}], except: {RuntimeError: [{print: not mine}]}}}, {with: {lock: a, do: [{sleep: 1}]}}]
        """,
    "release: what the caller holds": """
        resources: {a: lock}
        functions: {leave: {do: [{release: a}]}}
        main: [{acquire: a}, {run: leave}]
        """,
    "kept: a return out of a with": """
        resources: {a: lock, x: {kind: var, value: 0}}
        functions: {work: {do: [{with: {lock: a, do: [{if: {test: x > 3, then: [return]}}, {sleep: 1}]}}]}}
        threads: {one: {target: work}}
        """,
    "kept: a function that takes a lock for its caller, or says that it could not": """
        resources: {a: lock, b: lock}
        functions:
          both:
            do:
              - acquire: a
              - acquire: {lock: b, timeout: 1, as: got}
              - if: {test: not got, then: [{release: a}, {return: false}]}
              - return: true
        threads:
          one:
            count: 2
            do:
              - run: {function: both, as: ok}
              - if: {test: ok, then: [{release: b}, {release: a}]}
        """,
    "kept: released by finally": """
        resources: {a: lock, q: queue}
        main:
          - put: {queue: q, item: 1}
          - acquire: a
          - try: {do: [{get: {queue: q, block: false}}], finally: [{release: a}]}
        """,
    "wait: in a loop": """
        resources: {c: condition, x: {kind: var, value: 0}}
        threads:
          one: {do: [{with: {lock: c, do: [{while: {test: x == 0, do: [{wait: c}]}}]}}]}
          two: {do: [{with: {lock: c, do: [{forever: [{wait: c}, {if: {test: x > 0, then: [break]}}]}]}}]}
          three: {do: [{with: {lock: c, do: [{set: {x: 1}}, {notify_all: c}]}}]}
        """,
    "wait: in a function that is called in a loop": """
        resources: {c: condition, x: {kind: var, value: 0}}
        functions: {rest: {do: [{print: resting}, {wait: c}]}}
        threads:
          one: {do: [{with: {lock: c, do: [{while: {test: x == 0, do: [{run: rest}]}}]}}]}
          two: {do: [{with: {lock: c, do: [{set: {x: 1}}, {notify_all: c}]}}]}
        """,
    "wait and notify: with the condition's lock by its own name": """
        resources: {m: lock, c: {kind: condition, lock: m}, x: {kind: var, value: 0}}
        threads:
          one: {do: [{with: {lock: m, do: [{wait_for: {condition: c, until: x > 0}}]}}]}
          two: {do: [{with: {lock: c, do: [{set: {x: 1}}, {notify: c}]}}]}
        """,
    "never: with a timeout": """
        resources: {e: event, q: queue, s: {kind: semaphore, value: 0}}
        main: [{wait: {for: e, timeout: 1}}, {get: {queue: q, block: false}}, {acquire: {lock: s, timeout: 1}}]
        """,
    "never: set by a timer": """
        resources: {e: event, t: {kind: timer, interval: 1, function: ring}}
        functions: {ring: {do: [{set: e}]}}
        main: [{start: t}, {wait: e}]
        """,
    "never: put where nobody can tell": """
        resources: {q: {kind: queue, count: 2}, x: {kind: var, value: 1}}
        main: [{read: {var: x, as: n}}, {put: {queue: "q-${n}", item: 1}}, {get: q-1}]
        """,
    "join: done by a function": """
        resources: {q: queue}
        functions: {work: {do: [{get: q}, {task_done: q}]}}
        threads: {one: {target: work}}
        main: [{put: {queue: q, item: 1}}, {start: one}, {join: q}]
        """,
    "barrier: in turns": """
        resources: {b: {kind: barrier, parties: 2}}
        threads: {one: {count: 3, do: [{repeat: {times: 2, do: [{wait: b}]}}]}}
        """,
    "barrier: aborted": """
        resources: {b: {kind: barrier, parties: 3}}
        threads: {one: {count: 2, do: [{try: {do: [{wait: b}], except: {BrokenBarrierError: [{print: broken}]}}}]}}
        main: [{start: one}, {sleep: 1}, {abort: b}]
        """,
    "start: one or the other": """
        resources: {x: {kind: var, value: 0}}
        threads: {one: {do: [{sleep: 1}]}}
        main: [{if: {test: x > 0, then: [{start: one}], else: [{start: one}]}}]
        """,
    "sleep: then a join": """
        resources: {x: {kind: var, value: 0}}
        threads: {one: {do: [{set: {x: 1}}]}}
        main: [{start: one}, {sleep: 1}, {join: one}, {print: "${x}"}]
        """,
    "sleep: looking again and again": """
        resources: {x: {kind: var, value: 0}}
        threads: {one: {do: [{sleep: 1}, {set: {x: 1}}]}}
        main: [{start: one}, {forever: [{sleep: 1}, {if: {test: x > 0, then: [break]}}]}]
        """,
    "sleep: under the lock": """
        resources: {m: lock, x: {kind: var, value: 0}}
        threads: {one: {do: [{with: {lock: m, do: [{set: {x: 1}}]}}]}}
        main: [{start: one}, {sleep: 1}, {with: {lock: m, do: [{print: "${x}"}]}}]
        """,
    "sleep: work on what is one's own": """
        resources: {x: {kind: var, value: 0}}
        threads: {one: {count: 2, do: [{sleep: 1}, {atomic: [{set: {x: "${x + 1}"}}]}]}}
        """,
    "text: words, names that are none, and what is printed": """
        resources: {total: {kind: var, value: 0}, q: queue}
        main:
          - set: {total: total}
          - put: {queue: q, item: total + rest}
          - put: {queue: q, item: total is 3}
          - put: {queue: q, item: "${total + 1}"}
          - put: {queue: q, item: 1 + 1}
          - print: total + 1
        """,
    "unused: named in one case of two": """
        params: {which: a}
        cases: {one: {}, two: {which: b}}
        resources: {a: lock, b: lock}
        main: [{with: {lock: "${which}", do: [{sleep: 1}]}}]
        """,
    "unused: named by an expression": """
        params: {n: 2}
        resources: {e: event, x: {kind: var, value: "${n}"}}
        functions: {f: {params: [a, _b], do: [{print: "${a if e.is_set() else x}"}]}}
        main: [{run: {function: f, args: [1, 2]}}]
        """,
    "never set: but where a release fails": """
        resources: {gate: event, guard: lock}
        threads: {waiter: {do: [{wait: gate}]}}
        main: [{start: waiter}, {try: {do: [{release: guard}], except: {RuntimeError: [{set: gate}]}}}]
        """,
    "never set: but where a local has no such attribute": """
        resources: {gate: event, seen: local}
        threads: {waiter: {do: [{wait: gate}]}}
        main: [{start: waiter}, {try: {do: [{print: "${seen.mark}"}], except: {AttributeError: [{set: gate}]}}}]
        """,
    "lock order: a lock given back before an `except`": """
        resources: {a: lock, b: lock}
        threads:
          one: {do: [{with: {lock: b, do: [{with: {lock: a, do: [{sleep: 1}]}}]}}]}
          two:
            do:
              - try:
                  do: [{acquire: a}, {release: a}]
                  except: {RuntimeError: [{with: {lock: b, do: [{sleep: 1}]}}]}
        """,
    "unused: asked, read or set by an index that only a run can tell": """
        resources:
          gate: {kind: event, count: 2}
          seen: {kind: local, count: 2}
          kept: {kind: local, count: 2}
          which: {kind: var, value: 0}
        main:
          - read: {var: which, as: at}
          - print: "${gate[at].is_set()}"
          - set: {"kept[at].mark": 1}
          - try: {do: [{print: "${seen[at].mark}"}], except: {AttributeError: [{print: none}]}}
        """,
    "unused: named by a timer, a pool, a condition": """
        resources: {m: lock, c: {kind: condition, lock: m}, t: {kind: timer, interval: 1, function: f}, p: pool}
        functions: {f: {do: [{with: {lock: c, do: [{notify: c}]}}]}, g: {do: [{start: t}]}}
        main: [{submit: {pool: p, function: g}}]
        """,
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_is_quiet(text: str, warnings: Warnings) -> None:
    """A scenario without the flaw gets no warning."""
    assert [(w.code, w.place.line, w.message) for w in warnings(text)] == []
