"""Put one more pinned schedule into a scenario's text, every other character as it was.

Works on lines, with the places that the parser gives, and believes nothing that it has not read back. Knows nothing of what a
schedule is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.errors import ScenarioError, UsageError
from runner.spec.loader import parse
from runner.spec.source import Source
from runner.spec.values import plain_value

KEY = "schedules"
STEP = "  "


def with_schedule(text: str, name: str, pin: Mapping[str, str]) -> str:
    """Return a valid scenario's text with an entry more under `schedules`, which is made if there is none.

    Line ends, comments, a byte order mark and a missing last line end stay. `pin` holds `token` and whatever else the entry is to have.

    Raises:
        UsageError: what is there is in braces, or in another form that no line can be added to. The message has the entry.
    """
    body = text.removeprefix("\ufeff")
    source = parse(body)
    wanted: Any = pin["token"] if pin.keys() == {"token"} else dict(pin)
    written = f"{_scalar(name)}: {_scalar(wanted) if isinstance(wanted, str) else json.dumps(wanted, ensure_ascii=False)}"
    if _in_braces(source, source.span[0]):
        raise UsageError(f"the whole scenario stands in braces, so no line can be added; add `{KEY}: {{{written}}}` to it yourself")
    expected = {**source.root, KEY: {**source.root.get(KEY, {}), name: wanted}}
    found = re.search(r"\r\n|\n|\r", body)
    for changed in _tries(body, source, found[0] if found else "\n", _entry(name, wanted)):
        try:
            if parse(changed).root == expected:
                return text[: len(text) - len(body)] + changed
        except ScenarioError:
            continue
    raise UsageError(f"no line can be added to the `{KEY}` of this file as it is written; add `{written}` to them yourself")


def _tries(body: str, source: Source, newline: str, entry: list[str]) -> Iterator[str]:
    if KEY in source.root:
        start = source.value_span((KEY,))[0]
        if _in_braces(source, start):
            return
        before = _last_line_end(body, source)
        indentation = " " * (source.place((KEY, next(iter(source.root[KEY]))), key=True).column - 1)
        yield body[:before] + "".join(newline + indentation + line for line in entry) + body[before:]
        return
    indentation = " " * (source.place((next(iter(source.root)),), key=True).column - 1)
    block = newline.join(indentation + line for line in (f"{KEY}:", *(STEP + line for line in entry)))
    closed = body.endswith(newline)
    gap = newline if newline * 2 in body and not body.endswith(newline * 2) else ""
    for between in dict.fromkeys((gap, "")):  # behind a text that keeps its last lines a blank one would be part of it
        yield body + between + block + newline if closed else body + newline + between + block


def _in_braces(source: Source, start: int) -> bool:
    return source.characters.content[start : start + 1] == "{"


def _last_line_end(body: str, source: Source) -> int:
    """Return where the last line of the entries ends, a comment in that line included."""
    path: tuple[str, ...] = (KEY,)
    value = source.root[KEY]
    while isinstance(value, dict) and not _in_braces(
        source, source.value_span(path)[0]
    ):  # where a block ends, the parser has its own ideas
        key = next(reversed(value))
        path, value = (*path, key), value[key]
    last = len(body[: source.value_span(path)[1]].rstrip())
    return min((at for at in (body.find("\r", last), body.find("\n", last)) if at >= 0), default=len(body))


def _entry(name: str, wanted: str | Mapping[str, str]) -> list[str]:
    if isinstance(wanted, str):
        return [f"{_scalar(name)}: {_scalar(wanted)}"]
    return [f"{_scalar(name)}:", *(f"{STEP}{key}: {_scalar(value)}" for key, value in wanted.items())]


def _scalar(text: str) -> str:
    """Write a text plainly where it then reads as itself, else in double quotes."""
    try:
        plain = "\n" not in text and plain_value(text) == text
    except UsageError:
        plain = False
    return text if plain else json.dumps(text, ensure_ascii=False)
