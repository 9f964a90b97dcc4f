"""Show a scenario's errors on stderr."""

from __future__ import annotations

import sys

import click

from runner.cli.terminal import colored
from runner.errors import ScenarioError
from runner.report.problems import render


def show_problems(error: ScenarioError) -> None:
    """Show every problem with its place."""
    click.echo(render(error, color=colored(sys.stderr)), err=True, color=True)
