"""What ops touch, as schedulers and explorers are to see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.program import PRINTED, Program
from runner.program.ops import Access, Env, Op

TEXT = """
resources: {guard: lock, ready: {kind: condition, lock: guard}, own: condition, v: {kind: var, value: 0}}
threads: {t: {do: [{sleep: 1}]}}
main:
  - start: t
  - join: t
  - sleep: 1
  - print: hello
  - read: {var: v, as: x}
  - write: {var: v, value: 1}
  - notify: ready
  - notify: own
  - let: {x: 2}
"""

EXPECTED = {
    "start": (("t", Access.WRITE),),
    "join": (("t", Access.READ),),
    "sleep": (),
    "print": ((PRINTED, Access.WRITE),),
    "read": (("v", Access.READ),),
    "write": (("v", Access.WRITE),),
    "notify ready": (("ready", Access.WRITE), ("guard", Access.WRITE)),
    "notify own": (("own", Access.WRITE),),
    "let": (),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_the_footprint_of_an_op(compile_text: Callable[..., Program], name: str, expected: object) -> None:
    """An op touches what it acts on, a condition's lock with the condition, and nothing when it is local."""
    program = compile_text(TEXT)

    def target(op: Op) -> str | None:
        on = getattr(op, "on", None)
        return None if on is None else on(Env())

    verb, _, wanted = name.partition(" ")
    (op,) = (op for op in program.main.ops if op.verb == verb and wanted in ("", target(op)))
    assert program.footprint(op, target(op)) == expected
