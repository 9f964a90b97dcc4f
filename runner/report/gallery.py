"""A page about many scenarios, in Markdown: what each shows and uses, and which of them use each part of the language."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from runner.errors import ScenarioError
from runner.report.words import counted, safe
from runner.suite import Summary

NOWHERE = "–"


def gallery(
    summaries: Mapping[Path, Summary | ScenarioError], verbs: Iterable[str], kinds: Iterable[str], *, start: Path, renewed_by: str
) -> str:
    """Return the page: a table for each folder, then one of verbs and one of kinds of resource, those too that no scenario uses.

    Links lead from the folder `start`; `renewed_by` is the command that makes the page anew.
    """
    valid = {path: each for path, each in summaries.items() if isinstance(each, Summary)}
    return "\n".join(
        [
            "# Gallery",
            "",
            f"<!-- Made by `{renewed_by}`: not to be edited by hand. -->",
            "",
            f"{len(summaries)} scenarios: what each of them shows, and with what. Below, the same "
            "[from verb to scenario](#verbs) and [from kind of resource to scenario](#resources).",
            *(line for folder, paths in groupby(summaries, lambda path: path.parent) for line in _folder(folder, paths, summaries, start)),
            *_coverage("Verbs", "verb", verbs, valid, lambda summary: summary.verbs, start),
            *_coverage("Resources", "kind", kinds, valid, lambda summary: summary.kinds, start),
            "",
        ]
    )


def _folder(folder: Path, paths: Iterable[Path], summaries: Mapping[Path, Summary | ScenarioError], start: Path) -> Iterable[str]:
    yield from ("", f"## {_link(folder.absolute().name, folder, start)}", "")
    yield "| scenario | shows | resources | verbs | cases |"
    yield "| --- | --- | --- | --- | --- |"
    for path in paths:
        match summaries[path]:
            case Summary() as summary:
                uses = (_words(summary.kinds), _words(summary.verbs), _words(summary.cases))
                yield f"| {_link(summary.name, path, start)} | {_cell(first_sentence(summary.description))} | {' | '.join(uses)} |"
            case ScenarioError() as error:
                yield f"| {_link(path.stem, path, start)} | invalid ({counted(len(error.problems), 'problem')}) | | | |"


def _coverage(
    title: str,
    what: str,
    parts: Iterable[str],
    summaries: Mapping[Path, Summary],
    used: Callable[[Summary], tuple[str, ...]],
    start: Path,
) -> Iterable[str]:
    yield from ("", f"## {title}", "", f"| {what} | used in | |", "| --- | ---: | --- |")
    for part in parts:
        users = [_link(summary.name, path, start) for path, summary in summaries.items() if part in used(summary)]
        yield f"| `{part}` | {len(users)} | {', '.join(users) or NOWHERE} |"


def first_sentence(text: str) -> str:
    """Return a text up to its first full stop, question or exclamation mark that ends a word."""
    text = " ".join(text.split())
    found = re.match(r".*?[.!?](?=\s|$)", text)
    return found[0] if found else text


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _link(text: str, to: Path, start: Path) -> str:
    name = _cell(re.sub(r"([][\\`*_<])", r"\\\1", text))
    return f"[{name}]({quote(Path(os.path.relpath(to, start)).as_posix())})"


def _cell(text: str) -> str:
    return safe(" ".join(text.split())).replace("|", r"\|")
