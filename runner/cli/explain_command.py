"""`explain`: what an error code means, and how to mend the file."""

from __future__ import annotations

import re
import shutil
import sys

import click

from runner.codes import Code, as_markdown, codes, groups
from runner.errors import UsageError, did_you_mean


@click.command("explain")
@click.argument("names", nargs=-1, metavar="[CODE]...")
@click.option("--markdown", is_flag=True, help="Print docs/errors.md.")
def command(names: tuple[str, ...], markdown: bool) -> int:
    """Explain error codes, each with an example of the mistake and of its cure; without a code, list all there are.

    A code may be pasted as it was shown: `error[unknown-verb]`.
    """
    if markdown:
        _print(as_markdown())
    elif names:
        _print("\n\n".join(_explained(_find(name)) for name in names))
    else:
        width = max(map(len, [*codes(), *_warnings()]))
        for number, group in enumerate(groups()):
            listed = [f"  {code.name:<{width}}  {code.means}" for code in group.codes]
            _print("\n".join([*[""] * (number > 0), group.title, *listed]))
        _print("\n".join(["", "Warnings", *(f"  {code.name:<{width}}  {code.means}" for code in _warnings().values())]))
    return 0


def _find(name: str) -> Code:
    shown = re.fullmatch(r"\w+\[(.*)\]:?", name.strip())
    word = (shown[1] if shown else name).strip().lower()
    if word in codes():
        return codes()[word]
    known = {**codes(), **_warnings()}
    if word not in known:
        raise UsageError(f"there is no error code {word!r}; {did_you_mean(word, known) or '`explain` alone lists all'}")
    return known[word]


def _warnings() -> dict[str, Code]:
    """Return the codes of the linter's warnings, which its rules know."""
    from runner.lint import RULES  # more to import than all else here

    return {rule.code: Code(rule.code, rule.meaning, rule.mend, "warning") for rule in RULES.values()}


def _explained(code: Code) -> str:
    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    lines = [f"{code.severity}[{code.name}]: {code.means}", "", click.wrap_text(code.mend, width, "  ", "  ")]
    for title, text in (("wrong", code.wrong), ("right", code.right)):
        if text is not None:
            lines += ["", f"  {title}:", *(f"    {line}".rstrip() for line in text.splitlines())]
    return "\n".join(lines)


def _print(text: str) -> None:
    """Print on stdout. What an encoding lacks is drawn in ASCII, by a module that takes longer to import than all else here."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        from runner.report.words import in_ascii

        text = in_ascii(text)
    click.echo(text)
