"""Run source texts with hooks in them."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from runner.accesses import Key, Kind, Level, Locations, Site, Watch


def points(source: str, level: Level = "access") -> list[str]:
    """Execute a text, and return each point as `kind name line:column`."""
    locations = Locations()
    found: list[str] = []

    def before(kind: Kind, thing: Any, key: Key, site: Site) -> None:
        name = "" if kind == "line" else f" {locations.of(thing, key, 1).name}"
        found.append(f"{kind}{name} {site.line}:{site.column}")

    watch = Watch((), level, before, lambda: 1)
    code = watch.compile(dedent(source).lstrip("\n").encode(), "<text>")
    try:
        exec(code, {"__name__": "__main__"})
    finally:
        watch.close()
    return found


def touched(source: str) -> list[str]:
    """Execute a text, and return what is read and written in the line with `# here`."""
    text = dedent(source).lstrip("\n")
    line = text[: text.index("# here")].count("\n") + 1
    return [each.rpartition(" ")[0] for each in points(text) if int(each.rpartition(" ")[2].partition(":")[0]) == line]
