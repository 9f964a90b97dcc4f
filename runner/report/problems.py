"""What is wrong with a scenario file, as text: each problem with the line it is about and a caret under the place.

Only the standard library and `runner.errors`, so that a file's errors can be shown before anything else is imported.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.errors import Place, Problem, ScenarioError, SourceText

WIDTH = 100
"""Columns that an excerpt takes at the most; what follows the carets does not count."""
_GUTTER = 5
_PAINT = {"error": "1;31", "warning": "1;33", "hint": "36", "place": "1"}


def render(error: ScenarioError, *, color: bool = False) -> str:
    """Show every problem of a scenario file, without a newline at the end.

    Characters that a terminal would act on are written as escapes: a file must not be able to hide what is wrong with it.
    """
    return render_problems(error.problems, error.source, color=color)


def render_problems(problems: Iterable[Problem], source: SourceText, *, color: bool = False) -> str:
    """Show problems of a file, errors or warnings."""
    return "\n".join(_problem(problem, source, color) for problem in problems)


def _problem(problem: Problem, source: SourceText, color: bool) -> str:
    place = problem.place
    where = _paint(_escape(f"{source.where(place)}:"), "place", color)
    what = _paint(f"{problem.severity}[{problem.code}]:", problem.severity, color)
    hint = _paint(_escape(problem.hint), "hint", color) if problem.hint else ""
    lines = [f"{where} {what} {_escape(problem.message)}", *excerpt(source, place, hint, paint=problem.severity, color=color)]
    return "\n".join(lines)


def excerpt(
    source: SourceText, place: Place, hint: str = "", *, width: int = WIDTH, paint: str = "place", color: bool = False
) -> Iterable[str]:
    """Show the line that a place is in, with carets under it; the hint alone where there is no such line."""
    source = source.of(place)
    margin = " " * (_GUTTER + 1) + "|"
    if not 1 <= place.line <= len(source.lines):
        return [f"{margin} {hint}"] if hint else []
    text, start, length = _excerpt(source.lines[place.line - 1], place.column - 1, place.width, width)
    carets = _paint("^" * length, paint, color)
    return [f"{place.line:>{_GUTTER}} | {text}".rstrip(), f"{margin} {' ' * start}{carets} {hint}".rstrip()]


def _excerpt(line: str, column: int, width: int, columns: int) -> tuple[str, int, int]:
    """Return the part of a line to show, and where in it the carets start and how many they are."""
    room = columns - _GUTTER - len(" | ")
    # Characters far from the place are never shown, and a line may be a megabyte long.
    first = max(0, column - room)
    shown = [_escape(char) for char in line[first : column + room]]
    before, marked, after = (
        "".join(shown[: column - first]),
        "".join(shown[column - first : column - first + width]),
        "".join(shown[column - first + width :]),
    )
    text, start, length = before + marked + after, len(before), max(1, len(marked))
    if first or len(line) > column + room or len(text) > room:
        # A third of the room for what comes before, unless what comes after needs less than the rest.
        skip = max(0, min(start - room // 3, len(text) - room + 1))
        text, cut = text[skip:], bool(skip or first)
        text, start = ("…" + text[1:], start - skip) if cut else (text, start)
        if len(text) > room or len(line) > column + room:
            text = text[: room - 1] + "…"
        length = min(length, max(1, len(text) - start))
    return text, start, length


def _escape(text: str) -> str:
    return "".join(char if char.isprintable() else " " if char == "\t" else char.encode("unicode_escape").decode() for char in text)


def _paint(text: str, what: str, color: bool) -> str:
    return f"\x1b[{_PAINT.get(what, _PAINT['error'])}m{text}\x1b[0m" if color and text else text
