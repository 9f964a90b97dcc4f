"""What silences warnings: comments, what a scenario expects, its cases; and code that is beyond what can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import Problem
from runner.suite import discover, lint_file

Warnings = Callable[[str], list[Problem]]
ROOT = Path(__file__).parents[2]
ABBA = """
threads:
  one: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}
  two: {do: [{with: {lock: b, do: [{with: {lock: a, do: [{sleep: 1}]}}]}}]}
resources: {a: lock, b: lock}
"""


@pytest.mark.parametrize("scenario", discover([ROOT / "scenarios"]).scenarios, ids=lambda path: path.stem)
def test_our_scenarios(scenario: Path) -> None:
    """The scenarios that come with the project get no warning."""
    assert lint_file(scenario).warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "main: [{wait: e}]    # lint: ignore[event-never-set]",
        "main: [{wait: e}]  # on purpose # lint: ignore[lock-order, event-never-set]",
        "# lint: ignore[event-never-set]\nmain: [{wait: e}]",
    ],
)
def test_ignored(text: str, warnings: Warnings) -> None:
    """A comment on the line, or of its own above it, silences the codes that it names."""
    assert warnings(f"resources: {{e: event}}\n{text}") == []


@pytest.mark.parametrize(
    "text",
    [
        "main: [{wait: e}]    # lint: ignore[lock-order]",
        "main: [{wait: e}]    # lint: ignore",
        "main:    # lint: ignore[event-never-set]\n  - wait: e",
    ],
)
def test_not_ignored(text: str, warnings: Warnings) -> None:
    """Other codes, no code, and comments behind another line's content silence nothing."""
    assert [w.code for w in warnings(f"resources: {{e: event}}\n{text}")] == ["event-never-set"]


def test_what_is_expected(warnings: Warnings) -> None:
    """A scenario that expects a deadlock shows one, and is not warned of what leads to it; of anything else it is."""
    assert [w.code for w in warnings(ABBA)] == ["lock-order"]
    assert warnings(ABBA + "expect: {deadlock: [one, two]}") == []
    assert [w.code for w in warnings(ABBA + "expect: {outcome: failed}")] == ["lock-order"]
    assert [w.code for w in warnings(ABBA.replace("b: lock}", "b: lock, c: lock}") + "expect: {outcome: deadlock}")] == ["unused-resource"]


def test_cases(warnings: Warnings) -> None:
    """A flaw of some cases is told with the name of the first; each case is held against what it expects itself."""
    text = """
        params: {order: [a, b], outcome: completed}
        cases: {good: {}, bad: {order: [b, a]}, shown: {order: [b, a], outcome: deadlock}}
        resources: {a: lock, b: lock}
        threads:
          one: {do: [{with: {lock: a, do: [{with: {lock: b, do: [{sleep: 1}]}}]}}]}
          two: {do: [{with: {lock: "${order[0]}", do: [{with: {lock: "${order[1]}", do: [{sleep: 1}]}}]}}]}
        expect: {outcome: "${outcome}"}
        """
    (found,) = warnings(text)
    assert (found.code, found.message.rpartition(" (")[2]) == ("lock-order", "case bad)")


def test_branches_that_parameters_decide(warnings: Warnings) -> None:
    """Steps that a parameter switches off are not looked at."""
    text = """
        params: {careless: false}
        resources: {a: lock}
        main: [{with: {lock: a, do: [{if: {test: careless, then: [{acquire: a}]}}]}}]
        """
    assert warnings(text) == []
    assert [w.code for w in warnings(text.replace("false", "true"))] == ["self-deadlock"]


def test_gives_up_quietly(warnings: Warnings) -> None:
    """Where more locks may be held than can be told apart, nothing is said but of names that nothing uses."""
    maybe = ", ".join(f"{{if: {{test: x > {number}, then: [{{acquire: a-{number}}}]}}}}" for number in range(8))
    text = f"""
        resources: {{a: {{kind: lock, count: 8}}, x: {{kind: var, value: 0}}, e: event, spare: event}}
        main: [{maybe}, {{wait: e}}]
        """
    assert [w.code for w in warnings(text)] == ["unused-resource"]


def test_what_included_files_declare(tmp_path: Path) -> None:
    """A file that others include may offer more than each of them uses; its flaws are told at their own place."""
    (tmp_path / "_parts.yaml").write_text(
        "schema: 1\nresources: {a: lock, spare: lock}\nfunctions:\n  f: {do: [{release: a}]}\n  g: {do: [{sleep: 1}]}\n"
    )
    (tmp_path / "x.yaml").write_text("schema: 1\ninclude: _parts.yaml\nmain: [{run: f}]\n")
    assert [(w.code, Path(w.place.file).name, w.place.line) for w in lint_file(tmp_path / "x.yaml").warnings] == [
        ("release-without-lock", "_parts.yaml", 4)
    ]
