"""`fmt`: scenario files in the one layout."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

import click

from runner.cli.options import collect, scenario_paths
from runner.cli.problems import show_problems
from runner.cli.terminal import read_stdin, say
from runner.errors import ScenarioError, UsageError
from runner.golden import write_all
from runner.spec import format_text, read

DIFFERS, REFUSED, INVALID = 1, 2, 3


@click.command("fmt")
@scenario_paths
@click.option("--check", is_flag=True, help="Write nothing; name the files that would change, and exit with 1 if there are any.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, and exit with 1 if there is anything.")
def command(paths: tuple[str, ...], check: bool, diff: bool) -> int:
    """Bring scenario files into the one layout. What they say stays, and so do comments; - is standard input to standard output.

    A file must be YAML, but need not be a valid scenario. One that is no YAML is left alone; the others are done all the same.
    """
    piped = "-" in paths
    if piped and len(paths) > 1:
        raise UsageError("- is standard input; it cannot go with other paths")
    changed: dict[Path, str] = {}
    scenarios = (Path("-"),) if piped else collect(paths, to_include=True).scenarios
    refused = code = 0
    for path in scenarios:
        name = "<stdin>" if piped else str(path)
        try:
            data = read_stdin() if piped else read(path)
            text = format_text(data, name)
        except ScenarioError as error:
            show_problems(error)
            refused, code = refused + 1, INVALID
        except UsageError as error:
            say(f"error: {error}", err=True)
            refused, code = refused + 1, max(code, REFUSED)
        else:
            if text.encode() != data:
                changed[path] = text
            if diff:
                for line in _difference(data.decode(), text, name):
                    say(line)
            elif piped and not check:
                click.echo(text.encode(), nl=False)
    only_look = check or diff
    if not piped:
        if not only_look:
            write_all(changed)
        if not diff:
            for path in changed:
                say(f"{'would format' if check else 'formatted'} {path}")
        counts = [f"{len(changed)} {'would change' if only_look else 'formatted'}", f"{len(scenarios) - len(changed) - refused} unchanged"]
        click.echo(", ".join([*counts, f"{refused} left alone"] if refused else counts), err=diff)
    elif check and changed:
        say("would format <stdin>")
    return max(code, DIFFERS if only_look and changed else 0)


def _difference(before: str, after: str, name: str) -> Iterator[str]:
    """Show what changes, as a unified diff; what cannot be seen, such as a tab, is shown as an escape when it is printed."""
    for line in difflib.unified_diff(_lines(before), _lines(after), name, name, lineterm=""):
        yield from line.split("\n")


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [*lines, last + "\n\\ No newline at end of file"] if last else lines
