"""What a whole execution of a compiled scenario costs: what an exploration does thousands of times.

Against the raw hand-off between two threads: how many of them one execution takes. Everything from the compiled program
to the outcome is in it (new substrate, threads, trace, schedule), under the random policy with another seed each time.
Operating-system threads are kept in a pool, as whoever runs many executions does; the last row starts and ends them each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.measure import Row, paired, raw_hand_off, timed
from runner import spec
from runner.compiler import compile_scenario
from runner.program import Program
from runner.suite import CarrierPool, run

INCREMENTS = """
schema: 1
params: {threads: 2}
resources: {total: {kind: var, value: 0}}
threads:
  adder:
    count: ${threads}
    iterations: 2
    do:
      - read: {var: total, as: seen}
      - write: {var: total, value: "${seen + 1}"}
"""

LOCKED = """
schema: 1
resources: {total: {kind: var, value: 0}, guard: lock}
threads:
  adder:
    count: 2
    iterations: 2
    do:
      - with:
          lock: guard
          do:
            - read: {var: total, as: seen}
            - write: {var: total, value: "${seen + 1}"}
"""

CASES: dict[str, tuple[str, dict[str, int]]] = {
    "execution, 2 threads × 2 increments": (INCREMENTS, {}),
    "execution, 3 threads × 2 increments": (INCREMENTS, {"threads": 3}),
    "execution, 2 threads × 2 increments, locked": (LOCKED, {}),
}


def execution_seconds(program: Program, seeds: range, *, pooled: bool = True) -> float:
    """Return the seconds of one execution, over those of all seeds; `pooled` keeps the threads between them."""

    def all_seeds(pool: CarrierPool | None) -> None:
        for seed in seeds:
            run(program, seed=seed, pool=pool)

    if not pooled:
        return timed(partial(all_seeds, None)) / len(seeds)
    with CarrierPool() as pool:
        run(program, seed=0, pool=pool)  # starts the threads
        return timed(partial(all_seeds, pool)) / len(seeds)


def measure(quick: bool) -> Iterator[Row]:
    """Measure each case."""
    seeds = range(100)
    for name, (text, params) in CASES.items():
        program = compile_scenario(spec.loads(text), params)
        yield paired(name, "raw hand-off", partial(execution_seconds, program, seeds), raw_hand_off, 7 if quick else 25)
    program = compile_scenario(spec.loads(INCREMENTS))
    alone = partial(execution_seconds, program, seeds, pooled=False)
    yield paired("execution with threads of its own", "raw hand-off", alone, raw_hand_off, 7 if quick else 25)
