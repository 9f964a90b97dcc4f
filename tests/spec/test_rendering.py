"""How problems look: cut lines, carets, and nothing in a file that a terminal would act on. Whole texts are in test_bad_files.py."""

from __future__ import annotations

import pytest

from runner.errors import Place, Problem, ScenarioError, SourceText
from runner.report.problems import WIDTH, render


def error_at(line: str, column: int, width: int, **more: str) -> ScenarioError:
    """Build an error about one place in a file of one line."""
    return ScenarioError(SourceText("x.yaml", (line,)), [Problem("code", "message", Place("", 1, column, width), **more)])


@pytest.mark.parametrize("column", [1, 2, 30, 80, 92, 93, 94, 150, 270, 299, 300])
def test_long_lines_are_cut_around_the_caret(column: int) -> None:
    """The excerpt fits, says where it was cut, and the caret is still under its character."""
    line = "".join(chr(0x100 + position) for position in range(300))
    _, excerpt, carets = render(error_at(line, column, 3)).split("\n")
    assert max(len(excerpt), len(carets)) <= WIDTH
    assert excerpt[carets.index("^")] == line[column - 1]
    assert excerpt.endswith("…") == (line[-1] not in excerpt)


def test_a_line_that_just_fits_is_not_cut() -> None:
    """Nothing is replaced by an ellipsis without need."""
    line = "x" * (WIDTH - 8)
    assert render(error_at(line, 50, 1)).split("\n")[1] == f"    1 | {line}"


def test_long_places_are_underlined_within_the_excerpt() -> None:
    """The carets of a long value end where its excerpt does."""
    excerpt, carets = render(error_at("y" * 50 + "x" * 500, 51, 500)).split("\n")[1:]
    assert len(carets) == len(excerpt) == WIDTH


def test_carets_are_as_wide_as_what_they_mark_looks() -> None:
    """An escaped character takes several columns, a tab one."""
    assert render(error_at("a\t\x00\x1bb", 3, 2)).split("\n")[1:] == ["    1 | a \\x00\\x1bb", "      |   ^^^^^^^^"]


@pytest.mark.parametrize("evil", ["\x1b[2J", "\x07", "\u202e", "\u2066", "\x9b1m", "\u200b", "\r"])
def test_nothing_reaches_the_terminal_unescaped(evil: str) -> None:
    """Neither excerpts nor messages, hints or names carry control or direction characters."""
    problem = Problem("code", f"m{evil}", Place("", 1, 1), f"h{evil}")
    assert evil not in render(ScenarioError(SourceText(f"n{evil}", (f"l{evil}",)), [problem]))


def test_a_caret_may_stand_behind_the_line() -> None:
    """What is missing at a line's end is pointed at there."""
    assert render(error_at("a:", 3, 1)).split("\n")[1:] == ["    1 | a:", "      |   ^"]


def test_a_problem_without_a_text_has_no_excerpt() -> None:
    """Where there is nothing to show there is one line."""
    error = ScenarioError(SourceText("x.yaml"), [Problem("no-such-file", "there is no such file", Place("", 1, 1))])
    assert render(error) == "x.yaml:1:1: error[no-such-file]: there is no such file"


def test_warnings_say_so() -> None:
    """The severity is the problem's own."""
    assert "warning[code]" in render(error_at("a", 1, 1, severity="warning"))


def test_color_only_adds_color() -> None:
    """Without the escape sequences, the colored text is the plain one."""
    import re

    error = error_at("abc", 2, 1, hint="did you mean 'x'?")
    colored = render(error, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(error)
