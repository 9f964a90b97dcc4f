"""How problems look: golden text, cut lines, and nothing in a file that a terminal would act on."""

from __future__ import annotations

import pytest

from runner.errors import Place, Problem, ScenarioError, SourceText
from runner.report.problems import WIDTH, render
from runner.spec import loads


def shown(text: str | bytes) -> str:
    """Load a text that is no scenario, and show what is wrong with it."""
    with pytest.raises(ScenarioError) as caught:
        loads(text, "x.yaml")
    return render(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "schema: 1\nmain:\n  - aquire: guard\n",
            "x.yaml:3:5: error[unknown-verb]: there is no verb `aquire`\n"
            "    3 |   - aquire: guard\n"
            "      |     ^^^^^^ did you mean 'acquire'?",
            id="unknown verb",
        ),
        pytest.param(
            "schema: 1\nmain:\n  - sleep: soon\n",
            "x.yaml:3:12: error[bad-duration]: text 'soon' is no duration; write seconds (2, 0.5) or with a unit (10ms, 1.5s, 2m)\n"
            "    3 |   - sleep: soon\n"
            "      |            ^^^^",
            id="no hint",
        ),
        pytest.param(
            "schema: 1\nname: a\nmain: [break]\nname: b\n",
            "x.yaml:4:1: error[duplicate-key]: the key 'name' is here twice; the first is at line 2\n"
            "    4 | name: b\n"
            "      | ^^^^",
            id="duplicate",
        ),
        pytest.param(
            "schema: 1\nmain:\n  - sleep: 1\n    print: x\n",
            "x.yaml:3:5: error[two-verbs]: a step has one verb, this one has sleep and print: is a `-` missing?\n"
            "    3 |   - sleep: 1\n"
            "      |     ^^^^^",
            id="two verbs",
        ),
        pytest.param(
            "main:\n\t- break\n",
            "x.yaml:2:1: error[syntax]: lines are indented with spaces; this is a tab\n"
            "    2 |  - break\n"
            "      | ^",
            id="tab",
        ),
        pytest.param(
            "schema: 1\nname: 'x\n",
            "x.yaml:2:7: error[syntax]: this quote is never closed\n"
            "    2 | name: 'x\n"
            "      |       ^",
            id="unclosed quote",
        ),
        pytest.param(
            "schema: 1\nmain:\n  - print: note: x\n",
            "x.yaml:3:16: error[syntax]: a second `: ` on one line\n"
            "    3 |   - print: note: x\n"
            "      |                ^ put text with `: ` in it in quotes",
            id="two colons",
        ),
        pytest.param(
            "schema: 1\nmain: [{put: {queue: q, item: ${x}}}]\n",
            "x.yaml:2:31: error[syntax]: inside {…} and […], text with ${…} must be in quotes\n"
            "    2 | main: [{put: {queue: q, item: ${x}}}]\n"
            '      |                               ^ such as "${name}"',
            id="expression in braces",
        ),
        pytest.param(
            b"schema: 1\nname: \x1b[31mred\n",
            "x.yaml:2:7: error[bad-character]: the character U+001B cannot stand in a scenario file\n"
            "    2 | name: \\x1b[31mred\n"
            '      |       ^^^^ inside double quotes, write it as an escape such as "\\x07"',
            id="control character",
        ),
        pytest.param(
            b"schema: 1\nname: caf\xe9 \xe9\n",
            "x.yaml:2:10: error[not-utf-8]: the byte 0xE9, number 20 of the file, is not UTF-8; save the file as UTF-8\n"
            "    2 | name: caf� �\n"
            "      |          ^",
            id="not UTF-8",
        ),
        pytest.param(
            b"",
            "x.yaml:1:1: error[empty-file]: the file holds nothing\n"
            "      | a scenario starts with `schema: 1`",
            id="empty",
        ),
        pytest.param(
            "schema: 1\nthreads:\n  a: {}\nmain:\n  - brake\n",
            "x.yaml:3:6: error[thread-body]: a thread has exactly one of `do`, `target` and `class`; this one has none\n"
            "    3 |   a: {}\n"
            "      |      ^\n"
            "x.yaml:5:5: error[no-verb]: a step is a mapping with one verb, such as `sleep: 1`; this is text 'brake'\n"
            "    5 |   - brake\n"
            "      |     ^^^^^",
            id="two problems",
        ),
    ],
)  # fmt: skip
def test_golden(text: str | bytes, expected: str) -> None:
    """The whole text, as an author sees it."""
    assert shown(text) == expected


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
