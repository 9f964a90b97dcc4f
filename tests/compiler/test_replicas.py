"""`NAME[INDEX]` in expressions and in `set`: one of those that a name with `count` stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import runner

HEAD = """
params: {k: 1}
resources:
  wants: {kind: var, count: 2, value: "${index}"}
  turn: {kind: var, value: 0}
  fork: {kind: lock, count: 2}
  ctx: {kind: local, count: 2}
"""


def events(program: Any) -> list[tuple[str, str | None]]:
    """Run a program: what is read and written, and asked, of what."""
    return [(event.op, event.on) for event in runner.run(program).trace.events if event.op not in ("print", "end", "start", "join")]


@pytest.mark.parametrize(
    ("expression", "printed", "read"),
    [
        ("wants[1]", "1", [("read", "wants-1")]),
        ("wants[k - 1]", "0", [("read", "wants-0")]),
        ("wants[here]", "1", [("read", "wants-1")]),
        ("wants[turn]", "0", [("read", "turn"), ("read", "wants-0")]),
        ("wants[wants[1]]", "1", [("read", "wants-1"), ("read", "wants-1")]),
        ("wants[here] + wants[here]", "2", [("read", "wants-1")]),
        ("fork[here].locked()", "False", [("locked", "fork-1")]),
    ],
)
def test_reading(compile_text: Callable[..., Any], expression: str, printed: str, read: list[tuple[str, str]]) -> None:
    """The index is computed, and what it needs is read before, each once."""
    program = compile_text(f'{HEAD}main: [{{let: {{here: 1}}}}, {{print: "${{{expression}}}"}}]')
    assert [event.value for event in runner.run(program).trace.events if event.op == "print"] == [printed]
    assert events(program) == read


def test_writing(compile_text: Callable[..., Any]) -> None:
    """Variables, and attributes of a `local`."""
    text = HEAD + 'main: [{set: {"wants[turn + k]": 5, "ctx[k].name": me}}, {print: "${ctx[k].name}"}]\nexpect: {vars: {wants-1: 5}}'
    program = compile_text(text)
    assert events(program) == [("read", "turn"), ("write", "wants-1"), ("write", "ctx-1.name"), ("read", "ctx-1.name")]
    assert runner.run(program).trace.footer.vars["wants-1"] == 5


@pytest.mark.parametrize("index", ["2", "-1", "'a'", "True", "1.0"])
def test_an_index_that_there_is_not(compile_text: Callable[..., Any], problems_of: Callable[..., tuple[Any, ...]], index: str) -> None:
    """It is refused where it is known before the run, and else a LookupError in the thread."""
    assert [each.code for each in problems_of(f'{HEAD}main: [{{print: "${{wants[{index}]}}"}}]')] == ["bad-expression"]
    assert [each.code for each in problems_of(f'{HEAD}main: [{{set: {{"wants[{index}]": 1}}}}]')] == ["bad-expression"]
    (failure,) = runner.run(compile_text(f'{HEAD}main: [{{let: {{i: "${{{index}}}"}}}}, {{print: "${{wants[i]}}"}}]')).failures
    assert type(failure.error).__name__ == "LookupError"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("fork[0]", "fork[0] is a lock, and no value; of a lock an expression may ask fork[0].locked()"),
        ("fork[0].is_set()", "there is no fork[0].is_set(); of a lock an expression may ask fork[0].locked()"),
        ("wants[0].x", "there is no wants[0].x; nothing can be asked of a var"),
        ("wants[0:1]", "'0:1' is no expression: invalid syntax"),
        ("[1][0].x", "values have no methods and attributes in an expression"),
    ],
)
def test_what_is_none(problems_of: Callable[..., tuple[Any, ...]], expression: str, message: str) -> None:
    """The message says what there is instead."""
    assert [each.message for each in problems_of(f'{HEAD}main: [{{print: "${{{expression}}}"}}]')] == [message]


@pytest.mark.parametrize(
    ("written", "code"),
    [("fork[0]", "wrong-kind"), ("turn[0]", "wrong-kind"), ("none[0]", "unknown-resource"), ("wants[0].x", "wrong-kind")],
)
def test_what_cannot_be_set(problems_of: Callable[..., tuple[Any, ...]], written: str, code: str) -> None:
    """Only variables and locals with `count` have an index."""
    assert [each.code for each in problems_of(f'{HEAD}main: [{{set: {{"{written}": 1}}}}]')] == [code]


def test_local_names_come_first(compile_text: Callable[..., Any]) -> None:
    """A name that a body gives a value hides what is declared, also before an index."""
    program = compile_text(
        HEAD.replace("kind: var, count: 2", "kind: lock, count: 2").replace(', value: "${index}"', "")
        + 'main: [{let: {wants: [7]}}, {print: "${wants[0]}"}]'
    )
    assert [event.value for event in runner.run(program).trace.events if event.op == "print"] == ["7"]
