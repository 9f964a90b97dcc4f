"""`explore`: search the interleavings of scenarios, and say whether each holds under all of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from runner.cli.options import MOST_JOBS, allow_call, collect, file_limits, given, jobs, limit_words, parse_settings
from runner.cli.problems import show_problems
from runner.cli.progress import Executions
from runner.cli.terminal import ascii_only, colored, say, width
from runner.errors import ScenarioError, UsageError
from runner.exploration import HAZARDS, Exploration
from runner.golden import write_all
from runner.limits import DEFAULT, Limits
from runner.program.exploring import TIMES
from runner.report.exploration import Shown, details, exploration, verdict
from runner.report.exploration_json import exploration_json
from runner.substrate.process import usable_cpus
from runner.suite import load_cases, name_of
from runner.suite.exploring import OPEN, explore, explore_code, options_of
from runner.suite.judge import INTERRUPTED, INVALID, PASSED

_SIGNS = {PASSED: "ok", OPEN: "open"}


@click.command("explore")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--strategy", default=None, metavar="NAME", help="dpor (default), dfs, dfs:PREEMPTIONS, delay:DELAYS, states, random, pct:DEPTH or pos."
)
@click.option("--seed", type=int, default=None, help="With random, pct and pos: choose by this seed (default: 0).")
@click.option("--time", type=click.Choice(list(TIMES)), default=None, help="Whether deadlines order things (default), or any wait may end.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "run", "model"]),
    default=None,
    help="Execute the standard library's code, or a model of it that comes to the same sooner (default: the model where it can).",
)
@click.option("--max-executions", type=click.IntRange(1), default=None, help="Stop after so many executions (default: 20000).")
@click.option(
    "--max-states", type=click.IntRange(1), default=None, help="Keep so many states at most, with `--strategy states` (default: 1000000)."
)
@click.option("--max-steps", type=click.IntRange(1), default=None, help="Cut an execution off after so many steps (default: 2000).")
@click.option("--max-seconds", type=click.FloatRange(0, min_open=True), default=None, help="Stop after so much real time.")
@click.option("-x", "--first", is_flag=True, help="Stop at the first execution that fails.")
@jobs
@click.option("--state", metavar="FILE", default=None, help="Keep what was explored in FILE, and go on from there next time.")
@click.option("--case", default=None, metavar="NAME", help="Explore only this case of a scenario that has several.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Override a parameter; may be repeated.")
@click.option("--allow-bounded", is_flag=True, help="Exit with 0, not 6, where a bound was reached and nothing was found.")
@click.option("--strict", is_flag=True, help="Data races, lock orders and starvation are failures.")
@click.option(
    "--save", is_flag=True, help="Pin what is found in the file: `test` runs that schedule from then on, with a golden of its own."
)
@click.option("--save-as", metavar="NAME", default=None, help="The same, under a name of your own; of several findings the first.")
@click.option("--allow-ci", is_flag=True, help="Pin even where the environment variable CI is set.")
@click.option("--json", metavar="PATH", default=None, help="Write what came of it as JSON Lines to PATH, or to stdout for -.")
@allow_call
@file_limits
def command(
    files: tuple[str, ...],
    time: str | None,
    first: bool,
    jobs: int | None,
    state: str | None,
    case: str | None,
    settings: tuple[str, ...],
    allow_bounded: bool,
    strict: bool,
    save: bool,
    save_as: str | None,
    allow_ci: bool,
    json: str | None,
    file_limits: Limits,
    **bounds: Any,
) -> int:
    """Search all interleavings of each FILE (or every scenario below a folder) that differ: does it hold under every one?

    Says which final states there are, what is wrong, and the smallest schedule that shows it, with a token that replays it.
    Options count for more than the file's `explore` section. Ctrl-C shows what was found until then.
    """
    scenarios = collect(files).scenarios
    if json is not None and Path(json).is_dir():
        raise UsageError(f"cannot write {json}: it is a folder")
    if bounds["max_steps"] is None and file_limits.steps != DEFAULT.steps:
        bounds["max_steps"] = file_limits.steps
    chosen = given(points=None if time is None else TIMES[time], first=first or None, **bounds)
    chosen["jobs"] = min(usable_cpus(), MOST_JOBS) if jobs is None else jobs
    words = (*(word for setting in settings for word in ("--set", setting)), *limit_words(file_limits))
    params = parse_settings(settings)
    report = _Report(json, words, whole=len(scenarios) == 1)
    code = PASSED
    try:
        for scenario in scenarios:
            try:
                programs = load_cases(scenario, params, case=case, limits=file_limits)
            except ScenarioError as error:
                if len(scenarios) == 1:
                    raise
                show_problems(error)
                code = max(code, INVALID)
                report.verdicts["invalid"] += 1
                continue
            if case is not None and programs[0].schedule is not None:
                raise UsageError(f"{case!r} is a pinned schedule, of which there is one execution: `run --case {case}` shows it")
            programs = [program for program in programs if program.schedule is None]  # of a pinned schedule there is one execution
            report.whole = report.whole and len(programs) == 1
            if state is not None and not report.whole:
                raise UsageError("--state is for one exploration: name one file, and one of its cases with --case")
            for program in programs:
                with Executions(name_of(scenario, program.case)) as progress:
                    options = options_of(program, **chosen)
                    found = explore(program, options, strict=strict, progress=progress.hear, state=state, limits=file_limits)
                deserved = explore_code(found, allow_bounded=allow_bounded)
                code = max(code, deserved)
                report.tell(found, name_of(scenario, program.case), deserved)
                if save or save_as is not None:
                    report.say_saved(_pinned(scenario, found, save_as, allow_ci=allow_ci, limits=file_limits))
                if deserved == INTERRUPTED:
                    return code
    finally:
        report.end()
    return code


def _pinned(scenario: Path, found: Exploration, name: str | None, *, allow_ci: bool, limits: Limits) -> list[str]:
    """Pin the schedules of what was found, failures if there are any; return their names."""
    from runner.suite.pin import pin  # and with it all that writes goldens

    shown = [finding for finding in found.findings if finding.kind not in HAZARDS]
    schedules = [finding.schedule for finding in (found.failures or shown) if finding.schedule is not None]
    if name is not None:
        schedules = schedules[:1]
    return [pin(scenario, found.program, schedule, name=name, allow_ci=allow_ci, limits=limits) for schedule in schedules]


class _Report:
    """Tells of each exploration as it ends, and keeps the JSON until the end."""

    def __init__(self, json: str | None, words: Sequence[str], *, whole: bool) -> None:
        self.whole = whole  # whether there is one to tell of, which is then told in full
        self.verdicts: Counter[str] = Counter()
        self._json = json
        self._words = words
        self._lines: list[str] = []
        stream = sys.stderr if json == "-" else sys.stdout
        self._say = partial(say, err=stream is sys.stderr)
        self._shown = Shown(width(), ascii_only(stream), colored(stream), words)

    def tell(self, found: Exploration, name: str, code: int) -> None:
        """Tell all of the only one; of several a line each, and all of those that fail."""
        self.verdicts["interrupted" if found.interrupted else str(found.verdict)] += 1
        if self._json is not None:
            self._lines.append(exploration_json(found, code, self._words))
        if self.whole:
            for line in exploration(found, self._shown):
                self._say(line, finished=True)
            return
        self._say(f"{_SIGNS.get(code, 'FAIL '):<5} {name}: {verdict(found)}")
        if code not in _SIGNS:
            for line in details(found, self._shown):
                self._say(f"  {line}".rstrip(), finished=True)

    def say_saved(self, names: Sequence[str]) -> None:
        """Say what was pinned."""
        self._say(f"  pinned: {', '.join(names)}" if names else "  nothing was found that could be pinned")

    def end(self) -> None:
        """Say how many there were of each verdict, and write the JSON.

        Raises:
            UsageError: the file cannot be written.
        """
        if not self.whole and self.verdicts:
            self._say(", ".join(f"{number} {what}" for what, number in self.verdicts.items()))
        text = "".join(f"{line}\n" for line in self._lines)
        if self._json == "-":
            click.echo(text.encode(), nl=False)  # bytes: JSON is UTF-8 whatever the locale
        elif self._json is not None:
            write_all({Path(self._json): text})
