"""`show`: a trace as lanes."""

from __future__ import annotations

import sys

import click

from runner.cli import terminal
from runner.cli.traces import read_bytes
from runner.errors import UsageError
from runner.golden.names import ENDINGS
from runner.report.lanes import lanes
from runner.report.words import in_ascii, safe
from runner.trace import decode, seconds_text


@click.command("show")
@click.argument("trace", metavar="TRACE")
@click.option("--width", type=click.IntRange(40, 1000), default=None, help="Columns to use (default: the terminal's).")
@click.option("--thread", "only", multiple=True, metavar="NAME", help="Only this thread's lane; may be repeated.")
@click.option("--ascii", "narrow", is_flag=True, help="Use ASCII characters only.")
def command(trace: str, width: int | None, only: tuple[str, ...], narrow: bool) -> int:
    """Show a TRACE file (a golden, or what `run --trace` wrote; - is standard input), one column a thread."""
    data = read_bytes(trace)
    if trace.endswith(ENDINGS):
        raise UsageError(f"{trace} is a scenario; show takes a trace: its golden, or what `run --trace PATH {trace}` writes")
    read = decode(data, trace)
    threads = list(read.footer.threads) or list(dict.fromkeys(event.thread for event in read.events))
    unknown = [name for name in only if name not in threads]
    if unknown:
        raise UsageError(f"the trace has no thread {unknown[0]!r}; it has {', '.join(threads)}")
    if only:
        threads = [name for name in threads if name in only]
    events = [event for event in read.events if event.thread in threads]
    header = read.header
    seed = "" if header.seed is None else f", seed {header.seed}"
    narrow = narrow or terminal.ascii_only(sys.stdout)
    title = safe(f"{header.scenario} ({header.policy}{seed})")
    terminal.say(in_ascii(title) if narrow else title)
    for row in lanes(events, threads, width or terminal.width(), ascii_only=narrow):
        terminal.say(row)
    terminal.say(f"{read.footer.outcome} after {seconds_text(read.footer.t)} s")
    return 0
