"""Adding to a JSON file that is somebody's own: what is there stays as it is, byte for byte. Knows nothing of what is added, or why."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_TEXT = r'"(?:\\.|[^"\\])*"'
_COMMENT = re.compile(rf"({_TEXT})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"({_TEXT})|,(?=\s*[}}\]])", re.DOTALL)
_BLANK = re.compile(r"[ \t\r\n]*")


class NotAddableError(ValueError):
    """A text to which nothing can be added safely; the message says what is the matter with it, with the file for a subject."""


def with_additions(text: str, additions: Mapping[str, Any]) -> str:
    """Add to a JSON text the keys, and the items of lists, that it lacks; an empty text counts as `{}`.

    A text with comments or trailing commas, as some editors allow, is returned as it is if it lacks nothing.

    Raises:
        NotAddableError: it is no plain JSON and lacks something, or holds something else where the additions go.
    """
    if not text.strip():
        return json.dumps(additions, indent=4) + "\n"
    try:
        found = _parse(text)
    except (ValueError, RecursionError) as error:
        if _has(_lenient(text), additions):
            return text
        raise NotAddableError("has comments or is no plain JSON") from error
    wanted = _sum(found, additions)
    added = _add(text, _skip(text, 0), additions)
    assert _parse(added) == wanted, "an addition changed something else"
    return added


def _parse(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_without_doubles)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found


def _lenient(text: str) -> Any:
    """Read a text with comments and trailing commas; None for what is not even that."""
    try:
        return json.loads(_LAST_COMMA.sub(r"\1", _COMMENT.sub(r"\1", text)))
    except (ValueError, RecursionError):
        return None


def _has(found: Any, additions: Any) -> bool:
    if isinstance(additions, Mapping):
        return isinstance(found, dict) and all(key in found and _has(found[key], part) for key, part in additions.items())
    return isinstance(found, list) and all(item in found for item in additions)


def _sum(found: Any, additions: Any) -> Any:
    """Say what the additions must make of a value; the two must be alike."""
    if isinstance(additions, Mapping) and isinstance(found, dict):
        return {**found, **{key: _sum(found[key], part) if key in found else part for key, part in additions.items()}}
    if isinstance(additions, list) and isinstance(found, list):
        return found + [item for item in additions if item not in found]
    raise NotAddableError("holds something else where this goes")


def _add(text: str, start: int, additions: Any) -> str:
    """Add to the mapping or list that starts at an index of a JSON text."""
    if isinstance(additions, list):
        for item in additions:
            values = [json.loads(text[first:end]) for _, first, end in _parts(text, start).values()]
            if item not in values:
                text = _insert(text, start, "", item)
        return text
    for key, part in additions.items():
        parts = _parts(text, start)
        text = _add(text, parts[key][1], part) if key in parts else _insert(text, start, f"{json.dumps(key)}: ", part)
    return text


def _parts(text: str, start: int) -> dict[Any, tuple[int, int, int]]:
    """Find what is in a mapping or list: its key or number, and where the part, its value, and both end."""
    decoder, at = json.JSONDecoder(), _skip(text, start + 1)
    found: dict[Any, tuple[int, int, int]] = {}
    while text[at] not in "}]":
        name: Any = len(found)
        first = at
        if text[start] == "{":
            name, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = decoder.raw_decode(text, at)
        found[name] = (first, at, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _insert(text: str, start: int, label: str, value: Any) -> str:
    """Put a part last into a mapping or list, laid out as the others in it are."""
    newline = "\r\n" if "\r\n" in text else "\n"
    outer = re.match(r"[ \t]*", text[text.rfind("\n", 0, start) + 1 :])[0]  # type: ignore[index]
    unit = (re.search(r"\n([ \t]+)\S", text) or ["", "    "])[1]
    parts = list(_parts(text, start).values())
    if not parts:
        close = _skip(text, start + 1)
        inner = outer + unit
        return f"{text[: start + 1]}{newline}{inner}{label}{_lines(value, unit, newline + inner)}{newline}{outer}{text[close:]}"
    between, end = text[start + 1 : parts[0][0]], parts[-1][2]
    if "\n" not in between:
        return f"{text[:end]}, {label}{json.dumps(value)}{text[end:]}"
    inner = between.rpartition("\n")[2]
    return f"{text[:end]},{newline}{inner}{label}{_lines(value, unit, newline + inner)}{text[end:]}"


def _lines(value: Any, unit: str, newline: str) -> str:
    return json.dumps(value, indent=unit).replace("\n", newline)


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]
