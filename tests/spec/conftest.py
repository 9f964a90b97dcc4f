"""What the loader's tests share: a valid scenario, and a shorthand for what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.errors import ScenarioError
from runner.spec import loads

VALID = """\
# A scenario with something of everything.
schema: 1
name: everything
tags: [demo, "quoted tag"]
params: {workers: 2, label: "it's ${workers}"}
x-shared: &pause
  sleep: 10ms
resources:
  guard: lock
  gate: {kind: semaphore, value: 2}
  q:
    kind: queue
    maxsize: 4
  total: {kind: var, value: {deep: [1, 2.5, null, true]}}
functions:
  work:
    params: [n]
    do:
      - *pause
      - repeat:
          times: 3
          do:
            - acquire: {lock: guard, timeout: 1.5, as: got}
            - if:
                test: got and n > 0
                then: [{release: guard}]
                else:
                  - print: "none: ${n}"
      - forever: [break]
classes:
  Tester:
    fields: [id]
    run:
      - with: {lock: gate, do: [{print: "${self.id}"}]}
threads:
  one: {target: work, args: [1], count: 2}
  two:
    class: Tester
    with: {id: 7}
  three:
    iterations: 2
    wait: 1s
    do:
      - put: {queue: q, item: [1, "x"]}
      - get: q
      - set: {total: 3}
      - break
main:
  - start: [one, two]
  - print: |
      several
      lines
  - join: one
expect:
  outcome: completed
  vars: {total: 3}
  queues: {q: {size: 0}}
  races: allowed
  outcomes:
    - {vars: {total: 3}, verdict: required, note: all is counted}
    - {outcome: deadlock, verdict: forbidden}
explore: {strategy: dfs:2, time: any, max_executions: 100}
"""


@pytest.fixture(name="valid", scope="session")
def valid_scenario() -> str:
    """The text of a scenario with something of everything."""
    return VALID


@pytest.fixture(name="mistakes")
def mistakes_of() -> Callable[[str | bytes], list[str]]:
    """A function that says what is wrong with a text: `line:column code` for each problem."""

    def mistakes(text: str | bytes) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            loads(text, "x.yaml")
        return [f"{p.place.line}:{p.place.column} {p.code}" for p in caught.value.problems]

    return mistakes
