"""The page about many scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.errors import NOWHERE, Problem, ScenarioError, SourceText
from runner.report.gallery import first_sentence, gallery
from runner.suite import Summary

SLEEPY = Summary("sleepy", "It sleeps. Long.", (), (), ("sleep",))
LOCKED = Summary("locked", "", ("a", "b"), ("lock",), ("sleep", "with"))


def page(summaries: dict[str, Summary | ScenarioError], start: str = ".") -> list[str]:
    paths: dict[Path, Summary | ScenarioError] = {Path(path): summary for path, summary in summaries.items()}
    return gallery(paths, ("sleep", "with", "abort"), ("lock", "event"), start=Path(start), renewed_by="make").splitlines()


def test_a_row_for_each() -> None:
    """A scenario's row has its link, what it shows, and what it uses."""
    lines = page({"a/x.yaml": SLEEPY, "a/y.yaml": LOCKED})
    assert "| [sleepy](a/x.yaml) | It sleeps. |  | `sleep` |  |" in lines
    assert "| [locked](a/y.yaml) |  | `lock` | `sleep`, `with` | `a`, `b` |" in lines


def test_a_table_for_each_folder() -> None:
    """Scenarios stand below their folder."""
    lines = page({"a/x.yaml": SLEEPY, "b/c/y.yaml": LOCKED})
    assert [line for line in lines if line.startswith("## ")] == ["## [a](a)", "## [c](b/c)", "## Verbs", "## Resources"]


def test_the_other_way_round() -> None:
    """Each verb and each kind has its users, also where there are none."""
    lines = page({"a/x.yaml": SLEEPY, "a/y.yaml": LOCKED})
    assert lines[-10:] == [
        "| `sleep` | 2 | [sleepy](a/x.yaml), [locked](a/y.yaml) |",
        "| `with` | 1 | [locked](a/y.yaml) |",
        "| `abort` | 0 | – |",
        "",
        "## Resources",
        "",
        "| kind | used in | |",
        "| --- | ---: | --- |",
        "| `lock` | 1 | [locked](a/y.yaml) |",
        "| `event` | 0 | – |",
    ]


def test_links_lead_from_the_page() -> None:
    """Links are relative to the folder in which the page stands."""
    assert "| `with` | 1 | [locked](../a/y.yaml) |" in page({"a/y.yaml": LOCKED}, start="docs")


def test_an_invalid_scenario_is_counted() -> None:
    """A file that is wrong has a row that says so, and uses nothing."""
    error = ScenarioError(SourceText("x.yaml"), [Problem("unknown-verb", "what?", NOWHERE)])
    lines = page({"a/x.yaml": error})
    assert "| [x](a/x.yaml) | invalid (1 problem) | | | |" in lines
    assert "| `sleep` | 0 | – |" in lines


def test_a_name_cannot_break_the_page() -> None:
    """What Markdown would take for its own is escaped in names, and bars and line ends everywhere."""
    odd = Summary("a|b [c]\n`d`", "One | two\nthree\x1b[m.", (), (), ())
    assert r"| [a\|b \[c\] \`d\`](a%20%281%29.yaml) | One \| two three\x1b[m. |  |  |  |" in page({"a (1).yaml": odd})


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two.", "One."),
        ("No end", "No end"),
        ("Version 1.5 and `queue.Empty` go on. Two.", "Version 1.5 and `queue.Empty` go on."),
        ("Really?\nYes!", "Really?"),
        ("over\n  lines. Two.", "over lines."),
        ("", ""),
    ],
)
def test_first_sentence(text: str, first: str) -> None:
    """A sentence ends with a mark that ends a word."""
    assert first_sentence(text) == first
