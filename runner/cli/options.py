"""Options that several verbs share, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from runner.errors import NothingCollectedError, UsageError
from runner.limits import DEFAULT, NAMES, Limits, parse_limits
from runner.suite import Found, RunOptions, discover
from runner.suite.allow import look_here, of_project, with_calls

MOST_JOBS = 60
"""Processes; one system can wait for no more than 61 at once."""


def scenario_paths(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument PATH…: scenario files and folders of them."""
    return click.argument("paths", nargs=-1, required=True, metavar="PATH...")(function)


def collect(paths: Iterable[str], *, to_include: bool = False) -> Found:
    """Find the scenarios at paths.

    Raises:
        UsageError: a path does not exist, or two scenarios would have the same golden.
        NothingCollectedError: there are none.
    """
    found = discover(paths, to_include=to_include)
    if not found.scenarios:
        raise NothingCollectedError("there are no scenarios there")
    return found


def file_limits(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--limit`."""
    return click.option(
        "--limit",
        "file_limits",
        multiple=True,
        metavar="NAME=NUMBER",
        callback=lambda context, parameter, settings: parse_limits(settings),
        help=f"Change a limit; may be repeated. There are {', '.join(NAMES)}.",
    )(function)


def allow_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--allow-call`, which becomes part of the limits that `file_limits` gives."""

    @wraps(function)
    def with_calls_allowed(*arguments: Any, allow_call: tuple[str, ...], file_limits: Limits, **others: Any) -> Any:
        allowed = with_calls(allow_call, Path.cwd(), file_limits)
        if allowed.calls:
            look_here()
        return function(*arguments, file_limits=allowed, **others)

    return click.option(
        "--allow-call",
        multiple=True,
        metavar="MODULE",
        help="Let scenarios call the Python code of this module or package; may be repeated. It is imported from the current directory.",
    )(with_calls_allowed)


def limits(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that bound a run, and those for what it may call."""
    max_steps = click.option("--max-steps", type=click.IntRange(1), default=None, help="Short for --limit steps=N (default: 100000).")
    wall_limit = click.option(
        "--wall-limit",
        type=click.FloatRange(0.01),
        default=None,
        metavar="SECONDS",
        help="Call a run hung after so long without a step (default: 10).",
    )
    return allow_call(file_limits(wall_limit(max_steps(function))))


def isolate(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--isolate`."""
    return click.option("--isolate", is_flag=True, help="Run what calls Python code in a process of its own: its crash ends no more.")(
        function
    )


def run_options(limits: Limits, max_steps: int | None = None, *, isolate: bool = False, **chosen: Any) -> RunOptions:
    """Return the options of a run from those of the command line."""
    return RunOptions(
        max_steps=max_steps or limits.steps,
        max_events=limits.events,
        max_memory=limits.memory,
        max_output=limits.output,
        isolated=limits if isolate else None,
        **given(**chosen),
    )


def jobs(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--jobs`."""
    return click.option(
        "-j",
        "--jobs",
        default="1",
        metavar="N",
        callback=lambda context, parameter, text: _job_count(text),
        help="Use N processes, or auto: one for each CPU, but no more than the work is worth (default: 1).",
    )(function)


def _job_count(text: str) -> int | None:
    """Return how many processes are wanted; None for `auto`.

    Raises:
        UsageError: it is no such number.
    """
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_JOBS):
        raise UsageError(f"--jobs is auto, or a number from 1 to {MOST_JOBS}, not {text!r}")
    return int(text)


def limit_words(limits: Limits) -> list[str]:
    """Return the words that set the same limits again, and allow the same calls; that on steps is printed as `--max-steps`."""
    changed = [name for name in NAMES if name != "steps" and getattr(limits, name) != getattr(DEFAULT, name)]
    calls = [name for name in limits.calls if name not in of_project(Path.cwd())]
    words = [word for name in changed for word in ("--limit", f"{name}={getattr(limits, name)}")]
    return [*words, *(word for name in calls for word in ("--allow-call", name))]


def given(**options: Any) -> dict[str, Any]:
    """Keep the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def parse_settings(settings: tuple[str, ...]) -> dict[str, Any]:
    """Read `--set NAME=VALUE`s; the values are read as YAML would read them.

    Raises:
        UsageError: one has no `=`.
    """
    from runner.spec.values import plain_value

    parsed: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise UsageError(f"--set wants NAME=VALUE, not {setting!r}")
        parsed[name.strip()] = plain_value(value)
    return parsed
