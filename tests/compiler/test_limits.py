"""What a file may cost to compile: values, replicas, problems. Each text here once took minutes, or gigabytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.compiler.scope import Scope
from runner.compiler.values import compile_value
from runner.errors import ExpressionError
from runner.program.ops import Env

Problems = Callable[..., tuple[Any, ...]]

LARGE = "${'a' * 100000}"
MEMBERS = ", ".join(f"a{i}: 1" for i in range(5_000))
COSTLY = {
    "a large value in every replica of a variable": (
        'resources: {v: {kind: var, count: 10000, value: "${[0] * 100000}"}}\nmain: [{sleep: 1}]'),
    "a large field in every replica of a thread": (
        'classes: {c: {fields: [a], run: [{sleep: 1}]}}\nthreads: {t: {class: c, count: 1000, with: {a: "${[0] * 100000}"}}}'),
    "many fields in every replica of a thread": (
        f"classes: {{c: {{fields: [{MEMBERS.replace(': 1', '')}], run: [{{sleep: 1}}]}}}}\n"
        f"threads: {{t: {{class: c, count: 1000, with: {{{MEMBERS}}}}}}}"),
    "large values in many steps": "main:\n" + "".join(f"- print: ${{'a' * (100000 - {i})}}\n" for i in range(10_000)),
    "many large values in a text": f"main:\n- print: {LARGE * 40_000}\n",
    "many large values in a list": "main:\n- print:\n" + f"  - {LARGE}\n" * 40_000,
    "work that leaves nothing": "main:\n" + "".join(f"- print: ${{sum(range(99999)) + {i}}}\n" for i in range(10_000)),
    "a large parameter again and again": f"params: {{n: [{'1,' * 200_000}]}}\nmain:\n"
        + "".join(f"- print: ${{sum(n) + {i}}}\n" for i in range(1000)),
}  # fmt: skip


@pytest.mark.parametrize("text", COSTLY.values(), ids=COSTLY)
def test_what_is_computed_before_the_run_is_bounded_in_all(problems_of: Problems, text: str) -> None:
    """Each value is within its own bounds; all of them together are not."""
    found = problems_of(text)
    assert {problem.code for problem in found} == {"too-large-value"}
    assert "the file's expressions come to more than 5000000 items in all" in {problem.message for problem in found}


@pytest.mark.parametrize("value", ["${x}" * 5000, ["${x}"] * 5000, {str(i): "${x}" for i in range(5000)}])
def test_a_value_stops_growing_while_it_is_made(value: Any) -> None:
    """A value with many parts is not first made and then found to be too large."""
    reads = 0

    class Counting(Env):
        def __getitem__(self, name: str) -> Any:
            nonlocal reads
            reads += 1
            return super().__getitem__(name)

    compute = compile_value(value, Scope({}, frozenset({"x"}))).compute
    with pytest.raises(ExpressionError, match="beyond"):
        compute(Counting(x="a" * 50_000))
    assert reads == 3


def test_a_file_wrong_everywhere_is_not_reported_everywhere(problems_of: Problems) -> None:
    """After a hundred problems, one more says that there are more."""
    found = problems_of("main:\n" + "- break\n" * 300)
    assert [problem.code for problem in found] == [*["outside-loop"] * 100, "too-many-problems"]


def test_what_aliases_repeat_is_told_once(problems_of: Problems) -> None:
    """A mistake behind an anchor stands in the file once."""
    assert len(problems_of("x-a: &a [{acquire: nothing}]\nmain: *a\nthreads: {t: {do: *a}}")) == 1


@pytest.mark.parametrize("length", [200, 201])
def test_names_are_of_bounded_length(problems_of: Problems, compile_text: Callable[..., Any], length: int) -> None:
    """`count` writes a name again and again."""
    text = f"resources: {{{'a' * length}: {{kind: lock, count: 2}}}}\nmain: [{{sleep: 1}}]"
    if length == 200:
        assert len(compile_text(text).resources) == 2
    else:
        assert [problem.code for problem in problems_of(text)] == ["bad-name"]


def test_guessing_is_bounded(problems_of: Problems) -> None:
    """Among ten thousand names thirty misspelt ones are still told at once, with the place of each."""
    steps = "".join(f"- acquire: resourc{i}x\n" for i in range(30))
    assert len(problems_of(f"resources: {{resource: {{kind: lock, count: 10000}}}}\nmain:\n{steps}")) == 30
