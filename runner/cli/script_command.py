"""`script`: run an unmodified Python program on the controlled substrate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runner.errors import UsageError
from runner.script.launch import Script, run_script


class _AsPython(click.Command):
    """A command whose own options end where the program is named, by FILE or by `-m MODULE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words."""
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at] != "--":
            if args[at].startswith("-m"):
                at += 1 + (args[at] == "-m")
                args = [*args[:at], "--", *args[at:]]
                break
            option = next((each for each in self.params if args[at] in each.opts), None)
            at += 1 if option is None or getattr(option, "is_flag", False) else 2
        return super().parse_args(ctx, args)


@click.command("script", cls=_AsPython, context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", metavar="MODULE", default=None, help="Run a module, as `python -m MODULE` does; all that follows is its own.")
@click.option("--seed", type=int, default=None, help="Choose threads at random, by this seed.")
@click.option("--policy", default=None, help="Scheduling policy: fifo (default), random, pct:DEPTH or pos.")
@click.option("--replay", metavar="TOKEN", default=None, help="Run exactly as this schedule token says.")
@click.option("--trace", metavar="PATH", default=None, help="Write what the threads did as JSON Lines to PATH.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of a program that ends with exit code 0.")
@click.option("--max-steps", type=click.IntRange(1), default=None, help="Stop after so many steps (default: 100000000).")
@click.option(
    "--wall-limit",
    type=click.FloatRange(0.01, 1_000_000),
    default=None,
    metavar="SECONDS",
    help="Call a program hung after so long without a step (default: 60).",
)
@click.option(
    "--preempt",
    type=click.Choice(["sync", "line", "access"]),
    default=None,
    help="Where threads may change turns: at calls on locks and the like (sync, the default), also before each line of the program's own "
    "files, or before each read and write there of what threads share (access), which tells of data races too.",
)
@click.option("--modules", metavar="NAME,...", default=None, help="Modules, packages or files in place of all of the program's own.")
@click.option("--races", is_flag=True, help="Tell of data races at any --preempt.")
@click.argument("words", nargs=-1, metavar="FILE [ARGS...]", type=click.UNPROCESSED)
def command(module: str | None, words: tuple[str, ...], **chosen: Any) -> None:
    """Run the program FILE, or with -m MODULE, as Python does, on threads that move one at a time and a clock that costs no time.

    The same program, arguments, policy and seed do the same each time. How it ended is said on standard error; the exit code is the
    program's own, or 4 where it cannot end.
    """
    if chosen["replay"] is not None and (chosen["seed"] is not None or chosen["policy"] is not None):
        raise UsageError("--replay has the choices of an earlier run; it goes without --seed and --policy")
    if module is None and not words:
        raise UsageError("name a file, or a module with -m")
    if module is None and not Path(words[0]).exists():
        raise UsageError(f"{words[0]}: there is no such file")
    if chosen["modules"] is not None:
        chosen["modules"] = tuple(filter(None, (name.strip() for name in chosen["modules"].split(","))))
        if chosen["preempt"] in (None, "sync") and chosen["replay"] is None and not chosen["races"]:
            raise UsageError("--modules says whose code has scheduling points: it goes with --preempt line or access, or with --races")
    options = {name: value for name, value in chosen.items() if value is not None}
    program, arguments = (module, words) if module is not None else (words[0], words[1:])
    raise SystemExit(run_script(Script(program, module is not None, arguments, **options)))  # no code of ours, so nothing to explain
