"""Show a scenario's errors and warnings on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from runner.cli.terminal import ascii_only, colored
from runner.errors import Problem, ScenarioError, SourceText
from runner.report.log_commands import without_commands
from runner.report.problems import render_problems
from runner.report.words import in_ascii


def show_problems(error: ScenarioError) -> None:
    """Show every problem with its place."""
    show_warnings(error.problems, error.source)


def show_warnings(problems: Iterable[Problem], source: SourceText) -> None:
    """Show the problems of a file that is valid; nothing if there are none."""
    text = without_commands(render_problems(problems, source, color=colored(sys.stderr)))
    if text:
        click.echo(in_ascii(text) if ascii_only(sys.stderr) else text, err=True, color=True)
