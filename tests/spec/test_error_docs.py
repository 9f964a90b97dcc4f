"""runner/codes.toml has every code that loading and compiling give, no other, and examples that are what they say."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.codes import Code, as_markdown, codes

ROOT = Path(__file__).parents[2]
GIVING = {"Problem", "Complaint", "PydanticCustomError", "Refused", "problem", "complain", "stop", "_refuse", "_problem"}
"""What is called with a code as its first text."""


def given_codes() -> Iterator[str]:
    """Yield every code that stands in the source where a problem is made."""
    for path in [*(ROOT / "runner" / "spec").glob("*.py"), *(ROOT / "runner" / "compiler").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [part.value for part in node.args[:2] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            if name in GIVING and texts:
                yield texts[0]
            elif name == "unknown" and texts:
                yield f"unknown-{texts[0]}"


def test_every_code_is_explained_and_no_other() -> None:
    """What is given is in codes.toml; what is there is given."""
    assert set(given_codes()) == set(codes())


def test_the_page_is_made_of_the_codes() -> None:
    """Renew it with `python -m runner explain --markdown > docs/errors.md`."""
    assert (ROOT / "docs" / "errors.md").read_text("utf-8") == as_markdown() + "\n"


EXAMPLES = [pytest.param(code, id=code.name) for code in codes().values() if code.wrong is not None]


@pytest.mark.parametrize("code", [code for code in EXAMPLES if code.values[0].severity == "error"])
def test_the_wrong_example_has_that_mistake(problems_of: Callable[..., tuple[Any, ...]], code: Code) -> None:
    """Its one problem has this code."""
    assert [problem.code for problem in problems_of(code.wrong)] == [code.name]


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_right_example_is_right(compile_text: Callable[..., Any], code: Code) -> None:
    """It loads and compiles."""
    assert compile_text(code.right)


def test_examples_come_in_pairs() -> None:
    """Whoever is shown a mistake is shown its cure."""
    assert [code.name for code in codes().values() if (code.wrong is None) != (code.right is None)] == []
