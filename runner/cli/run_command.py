"""`run`: check, run, show what happens as it happens, write the trace."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import Any

import click

from runner.cli import terminal
from runner.cli.options import collect, isolate, limit_words, limits, parse_settings, run_options
from runner.cli.problems import show_problems
from runner.errors import ScenarioError, UsageError
from runner.golden import write_all
from runner.interpreter import Outcome
from runner.limits import Limits
from runner.program import Program
from runner.report.words import PINNED_ELSEWHERE, line, mismatch_lines, path_word, safe, summary
from runner.suite import RunOptions, exit_code, judge, load_cases, run
from runner.suite.judge import INTERRUPTED, PASSED
from runner.suite.launch import fits
from runner.trace import Event, encode


@click.command("run")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--seed", type=int, default=None, help="Choose threads at random, by this seed.")
@click.option("--policy", default=None, help="Scheduling policy: fifo (default) or random.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Override a parameter; may be repeated.")
@click.option("--case", default=None, metavar="NAME", help="Run only this case, or pinned schedule, of a scenario that has several.")
@click.option("--replay", metavar="TOKEN", default=None, help="Run exactly as this schedule token says.")
@click.option("--free", is_flag=True, help="Run on the operating system's threads in real time; not repeatable.")
@click.option("--pace", type=click.FloatRange(0.001), default=None, help="With --free: run the clock so many times faster.")
@click.option("--trace", "trace_path", metavar="PATH", default=None, help="Write the trace as JSON Lines to PATH, or to stdout for -.")
@click.option("-q", "--quiet", is_flag=True, help="Show only how each run ended.")
@isolate
@limits
def command(
    files: tuple[str, ...],
    settings: tuple[str, ...],
    case: str | None,
    trace_path: str | None,
    quiet: bool,
    file_limits: Limits,
    **chosen: Any,
) -> int:
    """Run each FILE (or every scenario below a folder) and show what happens.

    The run is deterministic: the same file, parameters, policy and seed give the same trace. The last line has a token;
    `--replay TOKEN` runs exactly the same schedule again.
    """
    scenarios = collect(files).scenarios
    if trace_path is not None and len(scenarios) > 1:
        raise UsageError("--trace takes the trace of one scenario; name one file")
    if chosen["pace"] is not None and not chosen["free"]:
        raise UsageError("--pace goes with --free; the clock of other runs is virtual and costs no time")
    options = run_options(file_limits, **chosen)
    params = parse_settings(settings)
    code = PASSED
    for scenario in scenarios:
        try:
            programs = load_cases(scenario, params, case=case, limits=file_limits, imports=options.isolated is None)
        except ScenarioError as error:
            if len(scenarios) == 1:
                raise
            show_problems(error)
            code = max(code, 3)
            continue
        if case is None and (options.schedules or params or trace_path is not None):
            programs = [program for program in programs if program.schedule is None]  # a pin's schedule and parameters are its own
        if len(programs) > 1 and (options.replay or trace_path is not None):
            names = ", ".join(str(program.case) for program in programs)
            raise UsageError(f"{scenario} has several cases ({names}): name one with --case")
        for program in programs:
            if options.replay and not fits(program, options.replay):
                click.echo("warning: the token was made for another version of this scenario, or other parameters", err=True)
            if program.pinned_elsewhere and not options.schedules:
                click.echo(f"warning: {program.case}: {PINNED_ELSEWHERE}", err=True)
            words = [*(word for setting in settings for word in ("--set", setting)), *limit_words(file_limits)]
            try:
                code = max(code, _run(program, scenario, options, words, trace_path, quiet))
            except ScenarioError as error:  # of what it calls: where it is isolated, that is only looked for now
                if len(scenarios) == 1:
                    raise
                show_problems(error)
                code = max(code, 3)
            if code == INTERRUPTED:
                return code
    return code


def _run(program: Program, scenario: Path, options: RunOptions, given: list[str], trace_path: str | None, quiet: bool) -> int:
    to_stderr = trace_path == "-"
    say = partial(terminal.say, err=to_stderr)
    listener = None
    if not quiet:
        pools = (each for each in program.resources.values() if each.kind == "pool")
        workers = (f"{pool.name}_{pool.options['max_workers'] - 1}" for pool in pools)
        width = min(max(len(safe(name)) for name in ("main", *program.threads, *workers)), 24)

        def listener(event: Event) -> None:
            say(line(event, width))

    pinned = ", a pinned schedule" if program.schedule is not None else ""
    say(f"{program.name} ({scenario})" if program.case is None else f"{program.name} [{program.case}]{pinned} ({scenario})")
    outcome = run(program, options, listener=listener)
    if trace_path == "-":
        click.echo(encode(outcome.trace).encode(), nl=False)  # bytes: a trace is UTF-8 whatever the locale
    elif trace_path is not None:
        write_all({Path(trace_path): encode(outcome.trace)})
    mismatches = [] if outcome.verdict == "interrupted" else judge(program, outcome)
    code = exit_code(program, outcome, mismatches)
    for text in (*summary(program, outcome), *mismatch_lines(program, mismatches)):
        say(text)
    if outcome.schedule is not None and not (quiet and code == PASSED):
        say(f"replay: {_replay_command(scenario, program, outcome, options, given)}")
    return code


def _replay_command(scenario: Path, program: Program, outcome: Outcome, options: RunOptions, given: list[str]) -> str:
    assert outcome.schedule is not None
    same = [] if program.case is None else ["--case", program.case]
    same += given
    if options.isolated is not None:
        same.append("--isolate")
    if options.max_steps != RunOptions().max_steps:
        same += ["--max-steps", str(options.max_steps)]
    return shlex.join(["python", "-m", "runner", "run", path_word(scenario), *same, "--replay", outcome.schedule.token()])
