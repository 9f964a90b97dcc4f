"""What the interpreter adds on real threads: a scenario run freely, against the same written by hand with `threading`.

Short sleeps, a lock, a bounded queue; about 0.3 s of wall time, most of it asleep, as such scenarios are.
The same with every sleep at zero is reported too: there the interpreter's own work is all there is to see.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from functools import partial

from benchmarks.measure import Row, paired, timed
from runner import spec
from runner.compiler import compile_scenario
from runner.program import Program
from runner.suite import RunOptions, run

ITEMS = 25

SCENARIO = f"""
schema: 1
params: {{pace: 1}}
resources:
  work: {{kind: queue, maxsize: 4}}
  guard: lock
  total: {{kind: var, value: 0}}
threads:
  producer:
    count: 2
    iterations: {ITEMS}
    do:
      - sleep: ${{0.010 * pace}}
      - put: {{queue: work, item: "${{iteration}}"}}
  worker:
    count: 2
    iterations: {ITEMS}
    do:
      - get: {{queue: work, as: item}}
      - sleep: ${{0.005 * pace}}
      - with:
          lock: guard
          do:
            - sleep: ${{0.001 * pace}}
            - set: {{total: "${{total + item}}"}}
      - task_done: work
"""


def by_hand(pace: float) -> int:
    """Do what the scenario does, as one would write it."""
    work: queue.Queue[int] = queue.Queue(4)
    guard = threading.Lock()
    total = 0

    def producer() -> None:
        for iteration in range(ITEMS):
            time.sleep(0.010 * pace)
            work.put(iteration)

    def worker() -> None:
        nonlocal total
        for _ in range(ITEMS):
            item = work.get()
            time.sleep(0.005 * pace)
            with guard:
                time.sleep(0.001 * pace)
                total += item
            work.task_done()

    threads = [threading.Thread(target=role) for role in (producer, producer, worker, worker)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total


def by_scenario(program: Program) -> int:
    """Run the scenario on real threads."""
    outcome = run(program, RunOptions(free=True))
    assert outcome.verdict == "completed", outcome
    total: int = outcome.trace.footer.vars["total"]
    return total


def measure(quick: bool) -> Iterator[Row]:
    """Measure with the sleeps and without."""
    for name, pace in (("free run", 1), ("free run, sleeps of zero", 0)):
        program = compile_scenario(spec.loads(SCENARIO), {"pace": pace})
        assert by_scenario(program) == by_hand(pace)
        yield paired(
            name,
            "threading script",
            partial(timed, partial(by_scenario, program)),
            partial(timed, partial(by_hand, pace)),
            3 if quick else 9,
        )
