"""Show a scenario's errors on stderr."""

from __future__ import annotations

import sys

import click

from runner.cli.terminal import ascii_only, colored
from runner.errors import ScenarioError
from runner.report.problems import render
from runner.report.words import in_ascii


def show_problems(error: ScenarioError) -> None:
    """Show every problem with its place."""
    text = render(error, color=colored(sys.stderr))
    click.echo(in_ascii(text) if ascii_only(sys.stderr) else text, err=True, color=True)
