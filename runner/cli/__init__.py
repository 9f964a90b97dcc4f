"""The command line: one thin module a verb, imported when its verb is used.

Exit codes: 0 as expected; 1 a golden, expectation or outcome differs, or `lint` warns; 2 usage, or a write refused; 3 the scenario is
invalid; 4 a deadlock, uncaught exception, step limit or hang that was not expected; 5 nothing collected; 6 exploring reached a
bound and found nothing; 70 a bug of ours; 130 interrupted.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from runner import __version__
from runner.errors import NothingCollectedError, ScenarioError, UsageError, closest

VERBS = {
    "run": "Run scenarios and show what happens.",
    "validate": "Check scenarios without running them.",
    "lint": "Warn of what is likely to be wrong in valid scenarios.",
    "fmt": "Bring scenario files into the one layout.",
    "test": "Run scenarios and compare with their goldens.",
    "script": "Run an unmodified Python program, deterministically.",
    "explore": "Search all interleavings: does it hold under every one?",
    "accept": "Write what scenarios do now as their goldens.",
    "review": "Go through traces that differ from their goldens, one by one.",
    "prune": "Delete goldens that belong to no scenario.",
    "diff": "Say what changed between two traces, or since the goldens.",
    "show": "Show a trace as lanes, one column a thread.",
    "list": "List scenarios.",
    "schema": "Print the JSON Schema of scenarios or traces.",
    "explain": "Say what an error code means, and how to mend the file.",
    "init": "Write a commented starter scenario, or set up an editor.",
}
"""Verb → its one line of help. The module `runner.cli.VERB_command` has the rest."""

MORE = "`python -m runner explain CODE` says more about the code in brackets."
"""The last line where a scenario is invalid."""
USAGE, INVALID, NOTHING, BUG, INTERRUPTED = 2, 3, 5, 70, 130


class OutputError(Exception):
    """What we say cannot be written: whoever read it is gone, or the disk is full."""


@contextmanager
def output_errors_told_apart() -> Iterator[None]:
    """Keep such errors from click, which would end the process over a closed pipe."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        raise OutputError(error.errno, error.strerror) from None


class Verbs(click.Group):
    """Commands that are imported only when they are used."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the command line."""
        with output_errors_told_apart():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb."""
        with output_errors_told_apart():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"runner.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that is meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            guess = closest(args[0], VERBS) if args else None
            if guess is None:
                raise
            raise click.UsageError(f"There is no verb {args[0]!r}. Did you mean {guess!r}?", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs and their lines into the help."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`VERB --help` tells more about a verb. Exit codes: 0 as expected, 1 something differs, 2 usage, 3 invalid scenario, "
    "4 deadlock or failure that was not expected, 5 nothing collected, 6 explored up to a bound, nothing found, 70 a bug, 130 interrupted.",
)
@click.version_option(__version__, prog_name="threadscore", message="%(prog)s %(version)s")
def command_line() -> None:
    """Run concurrency scenarios written in YAML: deterministically, in virtual time, on real threading objects."""


def run_command_line(args: list[str] | None = None) -> int:
    """Run a command line and return its exit code. Every error of an author's or user's is a message, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a narrow locale must not turn output into a crash
    try:
        with output_errors_told_apart():
            return _run(args)
    except OutputError as error:
        number, text = error.args
        _write_no_more()
        if number == errno.EPIPE:  # whoever read our output has seen enough
            return 0
        with suppress(OSError):  # it may have been stderr itself
            click.echo(f"error: cannot write the output: {text}", err=True)
        return USAGE
    except Exception:
        traceback.print_exc()
        click.echo("This is a bug in threadscore: please report it with the traceback above.", err=True)
        return BUG


def _write_no_more() -> None:
    """Send what is still buffered nowhere: the interpreter would fail over it at exit."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(args: list[str] | None) -> int:
    try:
        code = command_line.main(args, prog_name="python -m runner", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        if code == INVALID:
            click.echo(MORE, err=True)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except ScenarioError as error:
        from runner.cli.problems import show_problems

        show_problems(error)
        click.echo(MORE, err=True)
        return INVALID
    except UsageError as error:
        from runner.cli.terminal import say

        nothing = isinstance(error, NothingCollectedError)
        say(str(error) if nothing else f"error: {error}", err=True)
        return NOTHING if nothing else USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
