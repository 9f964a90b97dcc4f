"""What interleaving a Python function came to, as text: the verdict, then what was found, with the schedule in source lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from runner.errors import SourceText
from runner.exploration import HAZARDS, Exploration, Finding, Kind
from runner.report.exploration import name_of, verdict
from runner.report.lanes import fit, wrapped
from runner.report.problems import excerpt
from runner.report.words import counted, safe, sentence, summary
from runner.trace import ABSENT, Event

MOST_EVENTS = 80
"""Steps of a schedule that are shown; of more, as many from both ends."""
Replay = Callable[[str], str]
"""Token → how to replay it."""


def interleaving(
    found: Exploration, preempted: Mapping[str, frozenset[int]], replay: Replay | None = None, width: int = 100
) -> Iterator[str]:
    """Say all that came of it, in lines without control characters."""
    yield f"{safe(found.program.name)}: {verdict(found)}"
    for finding in sorted(found.findings, key=lambda each: each.expected):
        yield ""
        yield from _finding(found, finding, preempted, replay, width)


def _finding(
    found: Exploration, finding: Finding, preempted: Mapping[str, frozenset[int]], replay: Replay | None, width: int
) -> Iterator[str]:
    source = found.program.source
    hazard = " (no failure)" if finding.kind in HAZARDS and finding.expected else ""
    where = "" if finding.place is None else f"{safe(source.where(finding.place).rpartition(':')[0])}: "
    yield f"{where}{name_of(finding.kind)}{hazard}: {safe(finding.what)}"
    if finding.place is not None and finding.kind not in HAZARDS:
        yield from list(excerpt(source, finding.place, width=width))[:1]
    for text in finding.details:
        first, *rest = wrapped(safe(text), width - 4)
        yield from (f"  {first}", *(f"    {line}" for line in rest))
    if finding.outcome is None or finding.schedule is None:
        return
    if finding.kind is not Kind.EXCEPTION:  # that has been said, in a line
        yield from list(summary(found.program, finding.outcome))[1:]
    token = finding.schedule.token()
    certain = " (none with fewer shows it)" if finding.smallest and finding.preemptions else ""
    yield f"  in {counted(finding.executions, 'execution')}; the schedule with {counted(finding.preemptions, 'preemption')}{certain}:"
    yield from steps(source, finding.outcome.trace.events, preempted.get(token, frozenset()), width)
    if preempted.get(token):
        yield "  ! the turn is taken from a thread that could have gone on"
    yield f"  replay: {token if replay is None else replay(token)}"


def steps(source: SourceText, events: tuple[Event, ...], preempted: frozenset[int], width: int) -> Iterator[str]:
    """Write a line for each step: who, what, where, and the line of source. Accesses to what one thread only touches are left out."""
    threads: dict[str | None, set[str]] = {}
    for each in events:
        threads.setdefault(each.on, set()).add(each.thread)
    shown = [each for each in events if each.op not in ("read", "write") or len(threads[each.on]) > 1]
    if len(shown) > MOST_EVENTS:
        half = MOST_EVENTS // 2
        shown = [*shown[:half], Event(0, 0, "", f"… {len(shown) - 2 * half} more steps"), *shown[-half:]]
    who = max((len(safe(each.thread)) for each in shown), default=0)
    what = min(max((len(_does(each)) for each in shown), default=0), 44)
    where = max((len(safe(each.at)) for each in shown), default=0)
    for each in shown:
        mark = "!" if each.n in preempted else " "
        line = f"  {mark} {safe(each.thread):<{who}}  {fit(_does(each), what):<{what}}  {safe(each.at):<{where}}  {_text(source, each.at)}"
        yield fit(line, width).rstrip()


def _does(event: Event) -> str:
    if event.n == 0:
        return event.op
    if event.op in ("read", "write", "get", "put", "sleep") and event.value is ABSENT:
        on = safe(event.on or "")
        return {"read": f"reads {on}", "write": f"writes {on}", "get": f"gets from {on}", "put": f"puts into {on}", "sleep": "sleeps"}[
            event.op
        ]
    if event.op in ("acquire", "wait", "join", "get") and event.result is ABSENT:
        return {"acquire": "takes", "wait": "waits for", "join": "joins", "get": "gets from"}[event.op] + f" {safe(event.on or '?')}"
    return sentence(event)


def _text(source: SourceText, at: str) -> str:
    file, _, number = at.rpartition(":")
    text = next((each for each in source.included if each.name == file), None)
    if text is None or not number.isdigit() or not 1 <= int(number) <= len(text.lines):
        return ""
    return safe(text.lines[int(number) - 1].strip())
