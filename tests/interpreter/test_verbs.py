"""Each verb and each kind of resource: under every policy one scenario that passes and one that fails, and the same on real threads.

A scenario's `x-seen` has what its threads do, in their own order: `op on value -> result !error`. `blocked` events are left out,
for they are the schedule's. The scenarios are written so that each thread does the same under any schedule.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from runner.interpreter.verbs import PERFORM
from runner.program import Program, ops
from runner.trace import ABSENT, Event, plain

CASES = {
    # -- locks ---------------------------------------------------------------------------------------------------------
    "lock": """
        resources: {guard: lock, n: {kind: var, value: 0}}
        threads:
          w: {count: 3, do: [{with: {lock: guard, do: [{read: {var: n, as: x}}, {sleep: 1}, {write: {var: n, value: "${x + 1}"}}]}}]}
        expect: {vars: {n: 3}}
        x-seen: {main: [start w-0, start w-1, start w-2, join w-0, join w-1, join w-2, end]}
    """,
    "lock: acquire and release": """
        resources: {guard: lock}
        main: [{acquire: guard}, {acquire: {lock: guard, blocking: false}}, {release: guard}, {acquire: {lock: guard, as: got}},
               {print: "${got}"}, {acquire: {lock: guard, timeout: 1s, as: got}}, {print: "${got}"}]
        x-seen: {main: [acquire guard, acquire guard -> false, release guard, acquire guard -> true, 'print "True"',
                        acquire guard -> false, 'print "False"', end]}
    """,
    "lock: released unheld": """
        resources: {guard: lock}
        threads: {w: {do: [{release: guard}, {print: never}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !RuntimeError", "end !RuntimeError"], main: [start w, join w, end]}
    """,
    "rlock": """
        resources: {guard: rlock, n: {kind: var, value: 0}}
        functions: {add: {do: [{with: {lock: guard, do: [{set: {n: "${n + 1}"}}]}}]}}
        threads: {w: {count: 2, do: [{with: {lock: guard, do: [{run: add}, {run: add}]}}]}}
        expect: {vars: {n: 4}}
        x-seen: {main: [start w-0, start w-1, join w-0, join w-1, end]}
    """,
    "rlock: released by another": """
        resources: {guard: rlock}
        threads: {w: {do: [{release: guard}]}}
        main: [{acquire: guard}, {start: w}, {join: w}, {release: guard}]
        expect: {outcome: failed}
        x-seen: {w: ["raise !RuntimeError", "end !RuntimeError"], main: [acquire guard, start w, join w, release guard, end]}
    """,
    # -- conditions ----------------------------------------------------------------------------------------------------
    "condition: wait_for": """
        resources: {c: condition, n: {kind: var, value: 0}}
        threads:
          w: {do: [{with: {lock: c, do: [{wait_for: {condition: c, until: n == 3, as: held}}, {print: "${held}"}]}}]}
          s: {iterations: 3, do: [{with: {lock: c, do: [{set: {n: "${n + 1}"}}, {notify: c}]}}]}
        expect: {vars: {n: 3}}
        x-seen: {s: [acquire c, read n 0, write n 1, notify c, release c, acquire c, read n 1, write n 2, notify c, release c,
                     acquire c, read n 2, write n 3, notify c, release c, end]}
    """,
    "condition: wait and notify on a lock": """
        resources: {l: lock, c: {kind: condition, lock: l}, ready: event}
        threads: {w: {do: [{acquire: l}, {set: ready}, {wait: {for: c, as: woken}}, {print: "${woken}"}, {release: l}]}}
        main: [{start: w}, {wait: ready}, {with: {lock: c, do: [{notify: {condition: c, n: 2}}]}}, {join: w}]
        x-seen: {w: [acquire l, set ready, wait c -> true, 'print "True"', release l, end],
                 main: [start w, wait ready, acquire c, notify c 2, release c, join w, end]}
    """,
    "condition: notify_all": """
        resources: {c: condition, go: {kind: var, value: false}}
        threads: {w: {count: 3, do: [{with: {lock: c, do: [{wait_for: {condition: c, until: go}}]}}, {print: through}]}}
        main: [{start: w}, {sleep: 1}, {with: {lock: c, do: [{set: {go: true}}, {notify_all: c}]}}, {join: w}]
        expect: {vars: {go: true}}
        x-seen: {main: [start w-0, start w-1, start w-2, sleep 1, acquire c, write go true, notify_all c, release c,
                        join w-0, join w-1, join w-2, end]}
    """,
    "condition: timeouts": """
        resources: {c: condition, n: {kind: var, value: 0}}
        main: [{with: {lock: c, do: [{wait: {for: c, timeout: 1}}, {wait_for: {condition: c, until: n > 0, timeout: 1, as: held}},
                                     {print: "${held}"}]}}]
        expect: {vars: {n: 0}}
        x-seen: {main: [acquire c, wait c -> false, read n 0, read n 0, wait_for c -> false, 'print "False"', release c, end]}
    """,
    "condition: not held": """
        resources: {c: condition}
        threads: {w: {do: [{wait: c}]}, n: {do: [{notify: c}]}, a: {do: [{notify_all: c}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !RuntimeError", "end !RuntimeError"], n: ["raise !RuntimeError", "end !RuntimeError"],
                 a: ["raise !RuntimeError", "end !RuntimeError"]}
    """,
    # -- semaphores ----------------------------------------------------------------------------------------------------
    "semaphore": """
        resources: {s: {kind: semaphore, value: 2}, q: simple_queue}
        threads: {w: {count: 4, do: [{with: {lock: s, do: [{sleep: 1}, {put: {queue: q, item: 1}}]}}]}}
        expect: {queues: {q: {size: 4, items: [1, 1, 1, 1]}}}
        x-seen: {w-3: [acquire s, sleep 1, put q 1, release s, end]}
    """,
    "semaphore: release many": """
        resources: {s: {kind: semaphore, value: 0}}
        threads: {w: {count: 2, do: [{acquire: s}]}}
        main: [{start: w}, {release: {lock: s, n: 3}}, {join: w}, {acquire: s}, {acquire: {lock: s, blocking: false, as: got}}]
        x-seen: {main: [start w-0, start w-1, release s 3, join w-0, join w-1, acquire s, acquire s -> false, end], w-1: [acquire s, end]}
    """,
    "bounded_semaphore": """
        resources: {s: {kind: bounded_semaphore, value: 1}}
        threads: {w: {count: 2, do: [{acquire: s}, {release: s}]}}
        main: [{start: w}, {join: w}, {acquire: {lock: s, timeout: 1, as: got}}]
        x-seen: {main: [start w-0, start w-1, join w-0, join w-1, acquire s -> true, end], w-0: [acquire s, release s, end]}
    """,
    "bounded_semaphore: released too often": """
        resources: {s: {kind: bounded_semaphore, value: 1}}
        threads: {w: {do: [{acquire: s}, {release: s}, {release: s}]}}
        expect: {outcome: failed}
        x-seen: {w: [acquire s, release s, "raise !ValueError", "end !ValueError"]}
    """,
    # -- events and barriers -------------------------------------------------------------------------------------------
    "event": """
        resources: {go: event}
        threads: {w: {count: 2, do: [{wait: {for: go, as: came}}, {print: "${came}"}]}}
        main: [{start: w}, {set: go}, {join: w}, {wait: go}, {clear: go}, {wait: {for: go, timeout: 10ms, as: came}}, {print: "${came}"}]
        x-seen: {main: [start w-0, start w-1, set go, join w-0, join w-1, wait go, clear go, wait go -> false, 'print "False"', end],
                 w-0: [wait go -> true, 'print "True"', end]}
    """,
    "barrier": """
        resources: {b: {kind: barrier, parties: 3}, n: {kind: var, value: 0}, guard: lock}
        threads:
          w: {count: 3, do: [{wait: {for: b, as: place}}, {with: {lock: guard, do: [{set: {n: "${n + place}"}}]}}]}
        expect: {vars: {n: 3}}
        x-seen: {main: [start w-0, start w-1, start w-2, join w-0, join w-1, join w-2, end]}
    """,
    "barrier: broken by a timeout": """
        resources: {b: {kind: barrier, parties: 2}}
        threads: {w: {do: [{wait: {for: b, timeout: 1}}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !BrokenBarrierError", "end !BrokenBarrierError"]}
    """,
    "barrier: abort and reset": """
        resources: {b: {kind: barrier, parties: 2}, back: event}
        threads: {w: {do: [{try: {do: [{wait: b}], except: {BrokenBarrierError: [{print: gone}]}}}]}}
        main: [{abort: b}, {start: w}, {join: w}, {assert: b.broken}, {reset: b}, {assert: not b.broken}]
        x-seen: {w: ["raise !BrokenBarrierError", "except !BrokenBarrierError", 'print "gone"', end],
                 main: [abort b, start w, join w, broken b -> true, reset b, broken b -> false, end]}
    """,
    "barrier: reset while one waits": """
        resources: {b: {kind: barrier, parties: 2}}
        threads: {w: {do: [{wait: b}]}}
        main: [{start: w}, {sleep: 10}, {reset: b}, {join: w}]
        expect: {outcome: failed, raises: {w: BrokenBarrierError}}
        x-seen: {w: ["raise !BrokenBarrierError", "end !BrokenBarrierError"]}
    """,
    "barrier: its own timeout": """
        resources: {b: {kind: barrier, parties: 3, timeout: 1}}
        threads: {w: {count: 2, do: [{wait: b}]}}
        expect: {outcome: failed}
        x-seen: {w-0: ["raise !BrokenBarrierError", "end !BrokenBarrierError"],
                 w-1: ["raise !BrokenBarrierError", "end !BrokenBarrierError"]}
    """,
    "barrier: aborted": """
        resources: {b: {kind: barrier, parties: 3}}
        threads: {w: {count: 2, do: [{sleep: "${2 * index}"}, {wait: b}]}}
        main: [{start: w}, {sleep: 1}, {abort: b}, {join: w}, {print: "${b.broken} ${b.n_waiting}"}]
        expect: {outcome: failed}
        x-seen: {main: [start w-0, start w-1, sleep 1, abort b, join w-0, join w-1, broken b -> true, n_waiting b -> 0,
                        'print "True 0"', end],
                 w-0: [sleep 0, "raise !BrokenBarrierError", "end !BrokenBarrierError"],
                 w-1: [sleep 2, "raise !BrokenBarrierError", "end !BrokenBarrierError"]}
    """,
    "barrier: reset": """
        resources: {b: {kind: barrier, parties: 2}}
        threads:
          w: {do: [{try: {do: [{wait: b}], except: {threading.BrokenBarrierError: [{print: sent away}]}}}, {wait: b}]}
        main: [{start: w}, {sleep: 1}, {reset: b}, {sleep: 1}, {wait: b}, {join: w}, {print: "${b.broken}"}]
        x-seen: {w: ["raise !BrokenBarrierError", "except !BrokenBarrierError", 'print "sent away"', wait b -> 0, end]}
    """,
    # -- queues --------------------------------------------------------------------------------------------------------
    "queue": """
        resources: {q: {kind: queue, maxsize: 2}}
        threads:
          p: {do: [{for: {each: x, in: [3, 1, 2], do: [{put: {queue: q, item: "${x}"}}]}}]}
          c: {do: [{repeat: {times: 2, do: [{get: {queue: q, as: x}}, {print: "${x}"}, {task_done: q}]}}]}
        expect: {queues: {q: {size: 1, unfinished: 1, items: [2]}}}
        x-seen: {p: [put q 3, put q 1, put q 2, end], c: [get q 3, 'print "3"', task_done q, get q 1, 'print "1"', task_done q, end]}
    """,
    "queue: join": """
        resources: {q: queue, n: {kind: var, value: 0}}
        threads: {w: {daemon: true, do: [{forever: {do: [{get: q}, {set: {n: "${n + 1}"}}, {task_done: q}]}}]}}
        main: [{put: {queue: q, item: a}}, {put: {queue: q, item: b}}, {start: w}, {join: q}, {read: {var: n, as: x}}]
        expect: {vars: {n: 2}, queues: {q: {size: 0, unfinished: 0}}}
        x-seen: {main: ['put q "a"', 'put q "b"', start w, join q, read n 2, end]}
    """,
    "queue: empty": """
        resources: {q: queue}
        threads: {w: {do: [{get: {queue: q, block: false}}]}, v: {do: [{get: {queue: q, timeout: 1}}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !Empty", "end !Empty"], v: ["raise !Empty", "end !Empty"]}
    """,
    "queue: full": """
        resources: {q: {kind: queue, maxsize: 1}}
        threads: {w: {do: [{put: {queue: q, item: 2, block: false}}]}, v: {do: [{put: {queue: q, item: 3, timeout: 1}}]}}
        main: [{put: {queue: q, item: 1}}, {start: [w, v]}, {join: [w, v]}]
        expect: {outcome: failed, queues: {q: {size: 1, items: [1]}}}
        x-seen: {w: ["raise !Full", "end !Full"], v: ["raise !Full", "end !Full"], main: [put q 1, start w, start v, join w, join v, end]}
    """,
    "queue: task_done too often": """
        resources: {q: queue}
        main: [{put: {queue: q, item: 1}}, {task_done: q}, {task_done: q}]
        expect: {outcome: failed, queues: {q: {size: 1, unfinished: 0}}}
        x-seen: {main: [put q 1, task_done q, "raise !ValueError", "end !ValueError"]}
    """,
    "lifo_queue": """
        resources: {q: lifo_queue}
        threads: {w: {do: [{get: q}, {get: q}]}}
        main: [{for: {each: x, in: [1, 2, 3, 4], do: [{put: {queue: q, item: "${x}"}}]}}, {start: w}, {join: w}]
        expect: {queues: {q: {size: 2, items: [2, 1], unfinished: 4}}}
        x-seen: {w: [get q 4, get q 3, end]}
    """,
    "lifo_queue: empty": """
        resources: {q: lifo_queue}
        threads: {w: {do: [{get: {queue: q, timeout: 10ms}}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !Empty", "end !Empty"]}
    """,
    "priority_queue": """
        resources: {q: priority_queue}
        threads: {w: {do: [{get: {queue: q, as: job}}, {print: "${job[1]}"}]}}
        main: [{for: {each: x, in: [[2, b], [1, a], [3, c]], do: [{put: {queue: q, item: "${x}"}}]}}, {start: w}, {join: w}]
        expect: {queues: {q: {size: 2, items: [[2, b], [3, c]], unfinished: 3}}}
        x-seen: {w: ['get q [1, "a"]', 'print "a"', end]}
    """,
    "priority_queue: cannot compare": """
        resources: {q: priority_queue}
        main: [{put: {queue: q, item: 1}}, {put: {queue: q, item: a}}]
        expect: {outcome: failed, queues: {q: {size: 2, unfinished: 1, items: [1, a]}}}
        x-seen: {main: [put q 1, "raise !TypeError", "end !TypeError"]}
    """,
    "simple_queue": """
        resources: {q: simple_queue}
        threads: {w: {do: [{get: {queue: q, timeout: 30s}}]}}
        main: [{start: w}, {put: {queue: q, item: 1}}, {put: {queue: q, item: {a: [1, null]}}}, {join: w}]
        expect: {queues: {q: {size: 1, items: [{a: [1, null]}]}}}
        x-seen: {w: [get q 1, end], main: [start w, put q 1, 'put q {"a": [1, null]}', join w, end]}
    """,
    "simple_queue: empty": """
        resources: {q: simple_queue}
        threads: {w: {do: [{get: {queue: q, block: false}}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !Empty", "end !Empty"]}
    """,
    # -- variables and names -------------------------------------------------------------------------------------------
    "var": """
        resources: {n: {kind: var, value: 1}, m: var}
        main: [{read: {var: n, as: x}}, {write: {var: n, value: "${x + 1}"}}, {set: {m: "${n * 2}", n: 0}}, {print: "${n} ${m}"}]
        expect: {vars: {n: 0, m: 4}}
        x-seen: {main: [read n 1, write n 2, read n 2, write m 4, write n 0, read n 0, read m 4, 'print "0 4"', end]}
    """,
    "var: cannot add": """
        resources: {n: var}
        threads: {w: {do: [{set: {n: "${n + 1}"}}]}}
        expect: {outcome: failed, vars: {n: null}}
        x-seen: {w: [read n null, "raise !TypeError", "end !TypeError"]}
    """,
    "let": """
        threads: {w: {count: 2, do: [{let: {x: "${index}", y: "${x + 1}"}}, {print: "${thread} ${x} ${y} ${iteration}"}]}}
        x-seen: {w-0: ['print "w-0 0 1 0"', end], w-1: ['print "w-1 1 2 0"', end]}
    """,
    "let: no value yet": """
        threads: {w: {do: [{if: {test: false, then: [{let: {x: 1}}]}}, {print: "${x}"}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !NameError", "end !NameError"]}
    """,
    "assert": """
        resources: {n: {kind: var, value: 1}}
        main: [{assert: n == 1}, {assert: {that: n > 0, message: "${n} is too small"}}]
        expect: {vars: {n: 1}}
        x-seen: {main: [read n 1, read n 1, end]}
    """,
    "assert: with a message": """
        resources: {n: {kind: var, value: 0}}
        main: [{assert: {that: n > 0, message: "${n} is too small"}}]
        expect: {outcome: failed, vars: {n: 0}}
        x-seen: {main: [read n 0, read n 0, "raise !AssertionError: 0 is too small", "end !AssertionError"]}
    """,
    "assert: without one": """
        threads: {w: {do: [{assert: index > 0}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !AssertionError: index > 0", "end !AssertionError"]}
    """,
    # -- output and time -----------------------------------------------------------------------------------------------
    "print": """
        main: [{print: plain}, {print: "${1 + 1}"}, {print: }, {print: "${None}"}, {print: 1.5}, {print: [1, a]}, {print: "a ${[1]} b"}]
        x-seen: {main: ['print "plain"', 'print "2"', 'print ""', 'print ""', 'print "1.5"',
                        "print \\"[1, 'a']\\"", 'print "a [1] b"', end]}
    """,
    "print: fails": """
        resources: {n: {kind: var, value: 0}}
        main: [{print: "${1 / n}"}]
        expect: {outcome: failed, vars: {n: 0}}
        x-seen: {main: [read n 0, "raise !ZeroDivisionError", "end !ZeroDivisionError"]}
    """,
    "sleep": """
        main: [{sleep: 1}, {sleep: 500ms}, {sleep: 0}, {let: {x: 2}}, {sleep: "${x / 4}"}, {sleep: "${x}ms"}]
        x-seen: {main: [sleep 1, sleep 0.5, sleep 0, sleep 0.5, sleep 0.002, end]}
    """,
    "sleep: negative": """
        resources: {n: {kind: var, value: -1}}
        main: [{sleep: "${n}"}]
        expect: {outcome: failed, vars: {n: -1}}
        x-seen: {main: [read n -1, "raise !ValueError", "end !ValueError"]}
    """,
    # -- control flow --------------------------------------------------------------------------------------------------
    "loops": """
        resources: {n: {kind: var, value: 0}}
        main:
          - repeat: {times: 2, as: i, do: [{for: {each: x, in: "${range(2)}", do: [{print: "${i}${x}"}]}}]}
          - while: {test: n < 1, do: [{set: {n: 1}}]}
          - forever: {do: [break]}
          - if: {test: n, then: [{print: yes}], else: [{print: no}]}
        expect: {vars: {n: 1}}
        x-seen: {main: ['print "00"', 'print "01"', 'print "10"', 'print "11"',
                        read n 0, write n 1, read n 1, read n 1, 'print "yes"', end]}
    """,
    "for: not a list": """
        resources: {n: {kind: var, value: 5}}
        main: [{for: {each: x, in: "${n}", do: [{print: "${x}"}]}}]
        expect: {outcome: failed, vars: {n: 5}}
        x-seen: {main: [read n 5, "raise !TypeError", "end !TypeError"]}
    """,
    "repeat: not a count": """
        resources: {n: {kind: var, value: -5}}
        main: [{repeat: {times: "${n}", do: [{print: never}]}}]
        expect: {outcome: failed, vars: {n: -5}}
        x-seen: {main: [read n -5, "raise !ValueError", "end !ValueError"]}
    """,
    "run": """
        functions:
          greet: {params: [who, times], do: [{repeat: {times: "${times}", do: [{print: "${who} by ${thread}"}]}}, {let: {who: x}}]}
        main: [{let: {who: me}}, {run: {function: greet, args: [you, 2]}}, {run: {function: greet, args: {times: 1, who: "${who}"}}},
               {print: "${who}"}]
        x-seen: {main: ['print "you by main"', 'print "you by main"', 'print "me by main"', 'print "me"', end]}
    """,
    "run: fails inside": """
        functions: {f: {params: [x], do: [{assert: x}, {print: passed}]}}
        threads: {w: {do: [{run: {function: f, args: [1]}}, {run: {function: f, args: [0]}}, {print: never}]}}
        expect: {outcome: failed}
        x-seen: {w: ['print "passed"', "raise !AssertionError: x", "end !AssertionError"]}
    """,
    # -- threads -------------------------------------------------------------------------------------------------------
    "main left out": """
        threads: {b: {do: [{print: b}]}, d: {daemon: true, do: [{print: d}]}, a: {count: 2, do: [{print: a}]}}
        x-seen: {main: [start b, start d, start a-0, start a-1, join b, join a-0, join a-1, end]}
    """,
    "iterations and wait": """
        threads: {w: {iterations: 3, wait: 10ms, do: [{print: "${iteration}"}]}}
        x-seen: {w: [sleep 0.01, 'print "0"', sleep 0.01, 'print "1"', sleep 0.01, 'print "2"', end]}
    """,
    "target": """
        functions: {f: {params: [a, b], do: [{print: "${a}${b}"}]}}
        threads: {w: {count: 2, target: f, args: ["${index}", "${thread}"]}, v: {target: f, args: {b: 1, a: 2}, iterations: 2}}
        x-seen: {w-0: ['print "0w-0"', end], w-1: ['print "1w-1"', end], v: ['print "21"', 'print "21"', end]}
    """,
    "class": """
        classes:
          counter:
            fields: [i, step]
            run: [{repeat: {times: 2, do: [{let: {self.i: "${self.i + self.step}"}}]}}, {print: "${self.name} ${self.i}"}]
        threads: {w: {count: 2, class: counter, with: {i: "${index}", step: 10}}, v: {class: counter, with: {i: 1, step: 1}}}
        x-seen: {w-0: ['print "w-0 20"', end], w-1: ['print "w-1 21"', end], v: ['print "v 3"', end]}
    """,
    "class: fails": """
        classes: {c: {fields: [i], run: [{print: "${self.i[5]}"}]}}
        threads: {w: {class: c, with: {i: [1]}}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !IndexError", "end !IndexError"]}
    """,
    "start_new_thread": """
        resources: {done: event}
        threads: {w: {start_with: start_new_thread, do: [{print: raw}, {set: done}]}}
        main: [{start: w}, {wait: done}, {sleep: 100}]
        x-seen: {w: ['print "raw"', set done, end], main: [start w, wait done, sleep 100, end]}
    """,
    "start: twice": """
        threads: {w: {do: [{print: once}]}}
        main: [{start: w}, {join: w}, {start: w}]
        expect: {outcome: failed}
        x-seen: {w: ['print "once"', end], main: [start w, join w, "raise !RuntimeError", "end !RuntimeError"]}
    """,
    "start_new_thread: twice": """
        threads: {w: {start_with: start_new_thread, do: [{print: once}]}}
        main: [{start: w}, {sleep: 100}, {start: w}]
        expect: {outcome: failed}
        x-seen: {w: ['print "once"', end], main: [start w, sleep 100, "raise !RuntimeError", "end !RuntimeError"]}
    """,
    "start: from a thread": """
        threads: {a: {do: [{start: b}, {join: b}]}, b: {do: [{print: b}]}}
        main: [{start: a}, {join: a}, {join: b}]
        x-seen: {a: [start b, join b, end], b: ['print "b"', end], main: [start a, join a, join b, end]}
    """,
    "start: by computed name": """
        threads: {w: {count: 2, do: [{print: "${index}"}]}}
        main: [{for: {each: i, in: [1, 0], do: [{start: "w-${i}"}, {join: "w-${i}"}]}}]
        x-seen: {main: [start w-1, join w-1, start w-0, join w-0, end]}
    """,
    "start: a computed name that is none": """
        main: [{for: {each: i, in: [7], do: [{start: "w-${i}"}]}}]
        expect: {outcome: failed}
        x-seen: {main: ["raise !LookupError", "end !LookupError"]}
    """,
    "acquire: a computed name": """
        resources: {fork: {kind: lock, count: 2}}
        threads: {w: {count: 2, do: [{acquire: "fork-${index}"}, {release: "fork-${index}"}]}}
        x-seen: {w-0: [acquire fork-0, release fork-0, end], w-1: [acquire fork-1, release fork-1, end]}
    """,
    "acquire: a computed name that is none": """
        resources: {fork: {kind: lock, count: 2}}
        threads: {w: {count: 3, do: [{acquire: "fork-${index}"}, {release: "fork-${index}"}]}}
        expect: {outcome: failed}
        x-seen: {w-2: ["raise !LookupError", "end !LookupError"]}
    """,
    "join: with a timeout": """
        resources: {go: event}
        threads: {w: {do: [{wait: go}]}}
        main: [{start: w}, {join: {thread: w, timeout: 1}}, {set: go}, {join: {thread: w, timeout: 30m}}]
        x-seen: {main: [start w, join w -> false, set go, join w, end], w: [wait go, end]}
    """,
    "join: never started": """
        threads: {w: {do: [{print: never}]}}
        main: [{join: w}]
        expect: {outcome: failed}
        x-seen: {main: ["raise !RuntimeError", "end !RuntimeError"]}
    """,
    "join: itself": """
        threads: {w: {do: [{join: w}]}}
        expect: {outcome: failed}
        x-seen: {w: ["raise !RuntimeError", "end !RuntimeError"]}
    """,
    "one fails, the others go on": """
        resources: {guard: lock}
        threads: {bad: {do: [{with: {lock: guard, do: [{assert: false}]}}]}, good: {do: [{with: {lock: guard, do: [{print: fine}]}}]}}
        expect: {outcome: failed}
        x-seen: {bad: [acquire guard, "raise !AssertionError: False", release guard, "end !AssertionError"],
                 good: [acquire guard, 'print "fine"', release guard, end]}
    """,
}

POLICIES = [None, 0, 1, 2, 3]


def test_every_op_is_performed() -> None:
    """Whatever op compiled code may hold, there is a function for it."""
    never_in_code = {ops.Op, ops.OnResource, ops.Begin, ops.Serve, ops.Exit}
    kinds = {kind for kind in vars(ops).values() if isinstance(kind, type) and issubclass(kind, ops.Op)}
    assert kinds - never_in_code == set(PERFORM)


Compile = Callable[[str], Program]


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest, compile_text: Compile) -> tuple[Program, dict[str, list[str]]]:
    """A scenario, and what its threads must be seen to do."""
    return compile_text(request.param), yaml.safe_load(request.param)["x-seen"]


def seen(event: Event) -> str:
    """One event as a line of `x-seen`."""
    parts = [event.op]
    if event.on is not None:
        parts.append(event.on)
    if event.value is not ABSENT:
        parts.append(json.dumps(plain(event.value)))
    if event.result is not ABSENT:
        parts.append(f"-> {json.dumps(event.result)}")
    if event.error is not None:
        parts.append(f"!{event.error}")
    return " ".join(parts)


def by_thread(outcome: Any, line: Callable[[Event], Any]) -> dict[str, list[Any]]:
    """What each thread did, in its own order."""
    events = defaultdict(list)
    for event in outcome.trace.events:
        if event.op != "blocked":
            events[event.thread].append(line(event))
    return dict(events)


def final_state(program: Program, outcome: Any) -> tuple[Any, ...]:
    """What a run leaves behind; daemons are cut off wherever they are."""
    footer = outcome.trace.footer
    ends = {name: end for name, end in footer.threads.items() if name == "main" or not program.threads[name].daemon}
    return footer.outcome, footer.vars, footer.queues, ends


def order(program: Program, outcome: Any) -> dict[str, list[tuple[Any, ...]]]:
    """What each thread did where, in its own order: how often a `wait_for` reads its variables depends on who else comes when."""
    events = by_thread(outcome, lambda event: (event.op, event.on, event.error, event.at))
    return {
        name: [event for event in done if not (event[0] == "read" and event[3].endswith("wait_for.until"))]
        for name, done in events.items()
        if name == "main" or not program.threads[name].daemon
    }


def check(program: Program, outcome: Any, wanted: dict[str, list[str]]) -> None:
    """Compare a run with what its scenario expects of it."""
    footer, expect = outcome.trace.footer, program.expect
    assert outcome.verdict == footer.outcome == expect.outcome
    assert footer.vars == expect.vars
    for name, queue in expect.queues.items():
        wanted_state = {key: value for key in ("size", "unfinished", "items") if (value := getattr(queue, key)) is not None}
        assert {key: footer.queues[name].get(key) for key in wanted_state} == wanted_state
    events = by_thread(outcome, seen)
    assert {thread: events.get(thread) for thread in wanted} == wanted


@pytest.mark.parametrize("seed", POLICIES, ids=lambda seed: "fifo" if seed is None else f"random-{seed}")
def test_controlled(case: Any, run_program: Callable[..., Any], seed: int | None) -> None:
    """The scenario ends as it should, and its threads do what they should, under every policy."""
    program, wanted = case
    check(program, run_program(program, None, seed), wanted)


@pytest.mark.parametrize("seed", [None, 1], ids=["fifo", "random-1"])
def test_sync(case: Any, run_program: Callable[..., Any], seed: int | None) -> None:
    """It does so too when the scheduler may cut in at every low-level lock."""
    program, wanted = case
    check(program, run_program(program, None, seed, sync=True), wanted)


def test_free(case: Any, run_program: Callable[..., Any], run_free: Callable[..., Any]) -> None:
    """On real threads it ends in the same state, and each thread does the same in the same order."""
    program, wanted = case
    free, controlled = run_free(program), run_program(program)
    check(program, free, wanted)
    assert final_state(program, free) == final_state(program, controlled)
    assert order(program, free) == order(program, controlled)
