"""What each error code means, how to mend the file, and an example: `explain` and docs/errors.md are made of it.

The texts are in codes.toml beside this file. A leaf: only the standard library, for `explain` must start quickly.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `wrong` and `right` are scenarios less their line `schema: 1`; where a file is wrong as a whole there are none."""

    name: str
    means: str
    mend: str
    severity: str = "error"
    wrong: str | None = None
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Codes of one sort, under one heading; `before` and `after` are said around their table."""

    title: str
    codes: tuple[Code, ...]
    before: str = ""
    after: str = ""


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("runner").joinpath("codes.toml").read_text("utf-8"))


@cache
def groups() -> tuple[Group, ...]:
    """Return every code, by group, in the order of docs/errors.md."""
    return tuple(
        Group(**{**group, "codes": tuple(Code(name, **text) for name, text in group["codes"].items())}) for group in _texts()["group"]
    )


@cache
def codes() -> dict[str, Code]:
    """Return every code by its name."""
    return {code.name: code for group in groups() for code in group.codes}


def as_markdown() -> str:
    """Return docs/errors.md, without a newline at the end."""
    return "\n".join(_markdown()).rstrip()


def _markdown() -> Iterator[str]:
    yield _texts()["intro"]
    for group in groups():
        yield from (f"## {group.title}", "")
        if group.before:
            yield group.before
        yield from ("| code | what it means | how to mend it |", "| --- | --- | --- |")
        yield from (f"| `{code.name}` | {code.means} | {code.mend} |" for code in group.codes)
        yield ""
        if group.after:
            yield group.after
