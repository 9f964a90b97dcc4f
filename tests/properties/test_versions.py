"""Traces do not depend on the Python version, nor on PYTHONHASHSEED.

THREADSCORE_PYTHONS names other interpreters that have the dependencies, separated as in PATH; pyenv's and those on PATH are tried too.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = [(3, minor) for minor in range(11, 15)]
HASH_SEEDS = ["0", "1234"]

PROGRAM = """
import json, sys
from runner.compiler import compile_scenario
from runner.interpreter import execute
from runner.schedulers import make_scheduler
from runner.spec import loads
from runner.substrate import ControlledSubstrate
from runner.trace import encode

traces = {}
for name, text in json.load(sys.stdin).items():
    program = compile_scenario(loads(text, name))
    for seed in (None, 0, 1, 2):
        scheduler = make_scheduler(None, seed)
        outcome = execute(program, ControlledSubstrate(scheduler, max_steps=2000), policy=scheduler.spec, seed=seed)
        traces[f"{name} {seed}"] = [outcome.verdict, outcome.schedule.token(), encode(outcome.trace)]
json.dump(traces, sys.stdout)
"""

SCENARIOS = {
    "everything": """
        schema: 1
        resources:
          guard: lock
          again: rlock
          c: condition
          slots: {kind: bounded_semaphore, value: 2}
          go: event
          gate: {kind: barrier, parties: 3, timeout: 5}
          q: {kind: queue, maxsize: 2}
          p: priority_queue
          l: lifo_queue
          z: simple_queue
          n: {kind: var, value: 0}
        functions:
          add: {params: [by], do: [{with: {lock: again, do: [{with: {lock: again, do: [{set: {n: "${n + by}"}}]}}]}}]}
        classes:
          tester: {fields: [i], run: [{wait: go}, {with: {lock: slots, do: [{sleep: "${self.i / 10}"}]}}, {wait: {for: gate, as: at}}]}
        threads:
          producer:
            count: 2
            iterations: 3
            wait: 10ms
            do: [{put: {queue: q, item: "${iteration}"}}, {put: {queue: p, item: "${-iteration}"}}]
          consumer:
            daemon: true
            do: [{forever: {do: [{get: {queue: q, as: item}}, {run: {function: add, args: ["${item}"]}}, {task_done: q}]}}]
          tester: {count: 3, class: tester, with: {i: "${index}"}}
          waiter: {do: [{with: {lock: c, do: [{wait_for: {condition: c, until: n >= 3, timeout: 0.3}}]}}, {put: {queue: z, item: "${n}"}}]}
          raw:
            start_with: start_new_thread
            do: [{sleep: 0.1}, {with: {lock: c, do: [{notify_all: c}]}}, {put: {queue: l, item: "${sum([0.1] * 10)}"}}]
        main:
          - start: [producer, consumer, tester, waiter, raw]
          - sleep: 1
          - set: go
          - join: [producer, tester, waiter]
          - join: q
          - print: ${n}
    """,
    "deadlock": """
        schema: 1
        resources: {fork: {kind: lock, count: 3}}
        threads: {p: {count: 3, do: [{with: {lock: "fork-${index}", do: [{with: {lock: "fork-${(index + 1) % 3}", do: [{sleep: 1}]}}]}}]}}
    """,
    "failures": """
        schema: 1
        resources:
          {guard: lock, again: rlock, s: bounded_semaphore, q: queue, p: priority_queue, gate: {kind: barrier, parties: 2}, c: condition}
        threads:
          a: {do: [{release: guard}]}
          b: {do: [{release: again}]}
          c1: {do: [{release: s}]}
          d: {do: [{get: {queue: q, timeout: 0.1}}]}
          e: {do: [{put: {queue: p, item: 1}}, {put: {queue: p, item: a}}]}
          f: {do: [{wait: {for: gate, timeout: 0.2}}]}
          g: {do: [{notify: c}]}
          h: {do: [{task_done: q}]}
          i: {do: [{assert: {that: index, message: "${[1, 'a', {'b': 1.5}]}"}}]}
          j: {do: [{start: a}]}
          k: {do: [{join: k}]}
          l: {do: [{print: "${[1][index + 5]}"}]}
    """,
    "limit": """
        schema: 1
        resources: {n: {kind: var, value: 0}}
        threads: {w: {count: 3, do: [{forever: {do: [{set: {n: "${n + 1}"}}]}}]}}
    """,
}


def named() -> Iterator[str]:
    """Interpreters that somebody names, and those in the usual places."""
    yield from filter(None, os.environ.get("THREADSCORE_PYTHONS", "").split(os.pathsep))
    for major, minor in VERSIONS:
        found = shutil.which(f"python{major}.{minor}")
        if found:
            yield found
        yield from sorted(map(str, Path("~/.pyenv/versions").expanduser().glob(f"{major}.{minor}.*/bin/python")))


@functools.cache
def others() -> dict[str, str]:
    """Version → an interpreter of it that can import what the package needs, one each; not this one's version."""
    found: dict[str, str] = {}
    for path in named():
        check = "import sys, yaml, pydantic; print(*sys.version_info[:2], sys.implementation.name)"
        try:
            answer = subprocess.run([path, "-c", check], capture_output=True, text=True, timeout=60, check=True).stdout.split()
        except (OSError, subprocess.SubprocessError):
            continue
        version = f"{answer[0]}.{answer[1]}"
        if answer[2] == "cpython" and version != f"{sys.version_info[0]}.{sys.version_info[1]}":
            found.setdefault(version, path)
    return found


def traces_of(python: str, hash_seed: str) -> dict[str, list[str]]:
    """Run every scenario in an interpreter of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(
        [python, "-c", PROGRAM],
        input=json.dumps(SCENARIOS),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env=environment,
    )
    assert answer.returncode == 0, answer.stderr
    traces: dict[str, list[str]] = json.loads(answer.stdout)
    return traces


@functools.cache
def reference() -> dict[str, list[str]]:
    """The traces of this interpreter."""
    return traces_of(sys.executable, HASH_SEEDS[0])


def test_the_scenarios_are_worth_comparing() -> None:
    """They come to different ends, and seeds matter."""
    assert {verdict for verdict, _, _ in reference().values()} == {"completed", "deadlock", "failed", "step_limit"}
    assert len({token for _, token, _ in reference().values()}) > len(SCENARIOS) * 3


def test_hash_seeds_do_not_show() -> None:
    """The order of sets and hashes reaches no trace."""
    assert traces_of(sys.executable, HASH_SEEDS[1]) == reference()


@pytest.mark.parametrize("hash_seed", HASH_SEEDS)
@pytest.mark.parametrize("version", [f"{major}.{minor}" for major, minor in VERSIONS if (major, minor) != sys.version_info[:2]])
def test_versions_do_not_show(version: str, hash_seed: str) -> None:
    """Another CPython writes the same bytes."""
    if version not in others():
        pytest.skip(f"no CPython {version} with pydantic and PyYAML found; name one in THREADSCORE_PYTHONS")
    assert traces_of(others()[version], hash_seed) == reference()
