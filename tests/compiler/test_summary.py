"""What is said of a scenario file without compiling it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from runner.compiler import summarize
from runner.compiler.summary import KINDS, VERBS
from runner.errors import ScenarioError
from runner.spec.models import Scenario
from runner.spec.steps import VERBS as ALL_VERBS

FULL = """
    schema: 1
    name: all of it
    description: It shows all. And more.
    cases: {a: {}, b: {n: 2}}
    params: {n: 1}
    resources: {guard: rlock, other: {kind: rlock}, ready: event, n-0: var}
    functions: {f: {do: [{repeat: {times: 1, do: [{forever: [break]}]}}]}}
    classes: {c: {run: [{if: {test: n, then: [{let: {x: 1}}], else: [{return: 1}]}}]}}
    threads: {a: {do: [{with: {lock: guard, do: [{set: ready}]}}]}, b: {class: c}}
    main:
      - try:
          do: [{sleep: 1}]
          except: {ValueError: [raise], KeyError: [{assert: n}]}
          else: [{print: fine}]
          finally: [{run: f}]
"""


def written(path: Path, text: str) -> Path:
    path.write_text(dedent(text), "utf-8")
    return path


def test_everything_that_is_used(tmp_path: Path) -> None:
    """Verbs are found wherever steps stand, and come once and in the language's order, as kinds do."""
    summary = summarize(written(tmp_path / "x.yaml", FULL))
    assert summary.kinds == ("rlock", "event", "var")
    used = "sleep print with set let repeat forever if break try raise assert run return"
    assert summary.verbs == tuple(used.split())


def test_what_it_is(tmp_path: Path) -> None:
    """The name, the description and the cases are those of the file."""
    summary = summarize(written(tmp_path / "x.yaml", FULL))
    assert (summary.name, summary.description, summary.cases) == ("all of it", "It shows all. And more.", ("a", "b"))


def test_a_file_that_says_nothing(tmp_path: Path) -> None:
    """Without a name it is called as the file; all else is empty."""
    summary = summarize(written(tmp_path / "bare.yaml", "schema: 1\nmain: [{sleep: 1}]"))
    assert (summary.name, summary.description, summary.cases, summary.kinds) == ("bare", "", (), ())


def test_a_file_that_is_wrong(tmp_path: Path) -> None:
    """What is no scenario has no summary."""
    with pytest.raises(ScenarioError):
        summarize(written(tmp_path / "x.yaml", "schema: 1\nmain: [{slep: 1}]"))


def test_nothing_is_left_out() -> None:
    """The lists have every verb, and every kind of the schema."""
    assert set(VERBS) == ALL_VERBS
    assert set(KINDS) == set(Scenario.model_json_schema()["properties"]["resources"]["additionalProperties"]["anyOf"][0]["enum"])
