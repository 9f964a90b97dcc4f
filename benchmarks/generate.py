"""Scenario files of any length, for the benchmarks of loading and starting up."""

from __future__ import annotations

HEAD = """\
schema: 1
name: generated
params: {delay: 0.01}
resources:
  guard: lock
  total: {kind: var, value: 0}
  done: {kind: queue}
threads:
"""

THREAD = """\
  worker_{number}:
    do:
      - sleep: ${{delay * {number}}}
      - acquire: guard
      - read: {{var: total, as: seen}}
      - write:
          var: total
          value: ${{seen + 1}}
      - release: guard
      - put: {{queue: done, item: "{number}"}}
      - print: worker {number} is done
      # a comment, as people write them
"""


def scenario_text(lines: int) -> str:
    """Return a valid scenario of about so many lines: threads alike, ten lines of steps each."""
    threads = (lines - HEAD.count("\n")) // THREAD.count("\n")
    return HEAD + "".join(THREAD.format(number=number) for number in range(threads))
