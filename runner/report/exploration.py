"""What exploring came to, as text: the verdict first, then the outcomes, then what was found with the smallest schedule that shows it.

The words proved, bounded, budget expired and found mean what `Verdict` says, and nothing here softens them.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner.exploration import HAZARDS, Exploration, Finding, Kind, Verdict
from runner.exploration.preemptions import preempted
from runner.limits import DEFAULT
from runner.program.exploring import DEFAULT_DELAYS, WALKS, is_walk
from runner.program.schedule import Points
from runner.report.lanes import Cell, drawn, wrapped
from runner.report.outcomes import outcomes_table
from runner.report.problems import excerpt
from runner.report.words import counted, in_ascii, path_word, safe, sentence, summary
from runner.trace import Event, seconds_text

NARROWEST = 22
"""Columns of a lane below which a schedule's steps are listed instead: they are sentences."""
MOST_EVENTS = 60
"""Events of a schedule that are shown; of more, as many from both ends."""
MOST_KINDS = 3
"""Kinds of failures that the verdict's line names."""
_NAMES = {Kind.EXPECTATION: "expectation not met", Kind.OUTCOME: "outcome not allowed", Kind.LIMIT: "limit reached"}
_PAINT = {Verdict.PROVED: "32", Verdict.BOUNDED: "33", Verdict.EXPIRED: "33", Verdict.FOUND: "31"}


@dataclass(frozen=True, slots=True)
class Shown:
    """For what sort of terminal to tell of an exploration. `given` are words that commands need besides the file, such as `--set`."""

    width: int = 80
    ascii_only: bool = False
    color: bool = False
    given: Sequence[str] = ()


def exploration(found: Exploration, shown: Shown | None = None) -> Iterator[str]:
    """Say all that came of exploring, the verdict first, in lines without control characters but those of colours."""
    shown = shown or Shown()
    paint = _PAINT[found.verdict] if found.verdict is not Verdict.FOUND or found.failures else _PAINT[Verdict.PROVED]
    as_drawn = in_ascii if shown.ascii_only else str
    yield as_drawn(_paint(verdict(found), paint, shown.color))
    yield from details(found, shown)


def details(found: Exploration, shown: Shown) -> Iterator[str]:
    """Say all but the verdict."""
    as_drawn = in_ascii if shown.ascii_only else str
    for line in _details(found, shown):
        yield as_drawn(line)


def _details(found: Exploration, shown: Shown) -> Iterator[str]:
    yield from (f"  {line}" for line in _how(found))
    if found.rows:
        yield ""
        yield from outcomes_table(found.rows, _ends(found), shown.width)
    for finding in sorted(found.findings, key=lambda finding: finding.expected):
        yield ""
        yield from _finding(found, finding, shown)


def verdict(found: Exploration) -> str:
    """Say in a line what may be said after exploring."""
    by_states = found.options.strategy == "states"
    made = counted(found.states, "state") if by_states else counted(found.executions, "execution")
    expected = [each for each in found.findings if each.expected and each.kind not in HAZARDS]
    hazards = [each for each in found.findings if each.expected and each.kind in HAZARDS]
    some = f"; {_tally(expected, found)}, as expected" if expected else ""
    some += f"; hazards: {_tally(hazards, found)}" if hazards else ""
    if found.failures:
        text = f"found: {_tally(found.failures, found)}"
        return f"{text}; interrupted before all were made" if found.interrupted else text
    left = f"; not explored: {'; '.join(map(safe, found.left_out))}" if found.left_out else ""
    if found.interrupted:
        return f"interrupted: nothing wrong in {made}, and there may be more{some}"
    match found.verdict:
        case Verdict.PROVED:
            are = "is" if (found.states if by_states else found.executions) == 1 else "are"
            return f"proved: {made} {are} all there {are}{some}"
        case Verdict.BOUNDED:
            return f"bounded: nothing wrong in {made}, which are all within the bound{some}{left}"
        case Verdict.EXPIRED:
            return f"budget expired: nothing wrong in {made}, and there are more{some}{left}"
    return f"found: {some.removeprefix('; ')}{left}"


def _tally(findings: Sequence[Finding], found: Exploration) -> str:
    """Say what was found in how many executions."""
    kinds: dict[str, list[int]] = {}
    for finding in findings:
        kind = name_of(finding.kind) if finding.executions or finding.kind in HAZARDS else "a required outcome"
        kinds.setdefault(kind, []).append(finding.executions)
    parts = []
    for kind, times in list(kinds.items())[:MOST_KINDS]:
        several = f"{len(times)} sorts of {kind}" + (", the most" if max(times) else "") if len(times) > 1 else kind
        if kind == name_of(Kind.DATA_RACE) and not max(times):
            parts.append(several)  # nobody counted
        else:
            parts.append(f"{several} in {max(times) or 'none'}" + (f" of {_ends(found)}" if not parts else ""))
    text = ", ".join(parts)
    return text + (", and more" if len(kinds) > MOST_KINDS else "")


def _ends(found: Exploration, number: int | None = None) -> str:
    """Count ends, all where no number is given: by states, those in which executions end, for how many do nobody counts."""
    by_states = found.options.strategy == "states"
    if number is None:
        number = sum(row.executions for row in found.rows) if by_states else found.executions
    return counted(number, "last state" if by_states else "execution")


def name_of(kind: Kind) -> str:
    """Say what sort of thing is wrong."""
    return _NAMES.get(kind, str(kind))


def _how(found: Exploration) -> Iterator[str]:
    """Say how it was explored, what else was done, and what was left out."""
    options = found.options
    seed = f", seed {options.seed}" if is_walk(options.strategy) else ""
    real = "run" if found.not_modelled is None else f"run (the model has no rule for {found.not_modelled})"
    engine = real if found.engine == "run" else found.engine
    yield safe(f"by {options.strategy}{seed}; time: {'any' if options.points is Points.ANY else 'ordered'}; engine: {engine}")
    if found.instead:
        yield found.instead
    if found.redundant:
        yield f"{counted(found.redundant, 'more execution')} begun and given up: others cover them"
    if found.cut:
        yield f"{counted(found.cut, 'execution')} cut off at {options.max_steps} steps"
    if found.failures or found.interrupted:
        yield from (f"not explored: {safe(text)}" for text in found.left_out)
    if found.failures and options.first:
        yield "stopped at the first failure: what else there is was not looked for"
    if found.verdict is Verdict.EXPIRED and not found.interrupted and (less := _less(options.strategy)) is not None:
        yield f"to come to an end: `--strategy {less}`, which makes far fewer executions"
        if found.engine == "model" and options.strategy != "states":
            yield "or, where many orders come to the same: `--strategy states`, which sees each state once"


def _less(strategy: str) -> str | None:
    """Return a strategy that ends sooner; None after walks, which have no end, and where there is none."""
    name, _, number = strategy.partition(":")
    if name in WALKS or strategy == "delay:0":
        return None
    return f"delay:{min(int(number) - 1, DEFAULT_DELAYS)}" if name == "delay" else f"delay:{DEFAULT_DELAYS}"


def _finding(found: Exploration, finding: Finding, shown: Shown) -> Iterator[str]:
    """Say what one finding is, where, and which is the smallest schedule that shows it."""
    source = found.program.source
    expected = " (no failure)" if finding.kind in HAZARDS else " (expected)"
    kind = _paint(name_of(finding.kind) + expected * finding.expected, "33" if finding.expected else "1;31", shown.color)
    where = "" if finding.place is None else f"{safe(source.where(finding.place))}: "
    yield f"{where}{kind}: {safe(finding.what)}"
    if finding.place is not None:
        yield from excerpt(source, finding.place, width=shown.width, color=shown.color)
    for text in finding.details:
        first, *rest = wrapped(safe(text), shown.width - 4)
        yield from (f"  {first}", *(f"    {line}" for line in rest))
    if finding.outcome is None or finding.schedule is None:
        return
    if finding.kind not in HAZARDS:
        yield from list(summary(found.program, finding.outcome))[1:]
    if finding.kind in HAZARDS and finding.expected:
        yield f"  in {_ends(found, finding.executions)}"
    else:
        yield from _schedule(found, finding, shown)
    yield f"  replay: {safe(replay_command(found, finding, shown.given))}"
    if not finding.expected:
        yield f"  keep:   {safe(_command('explore', found, [*shown.given, '--save']))}"


def _schedule(found: Exploration, finding: Finding, shown: Shown) -> Iterator[str]:
    """Show the smallest schedule: a sentence a step, each in its thread's lane."""
    assert finding.outcome is not None
    assert finding.schedule is not None
    trace = finding.outcome.trace
    marked = preempted(found.program, finding.schedule, found.options.max_steps)
    certain = " (none with fewer shows it)" if finding.smallest else " (the smallest that was found; there may be a smaller one)"
    certain *= finding.preemptions > 0  # there are none with fewer than none
    yield f"  in {_ends(found, finding.executions)}; the schedule with {counted(finding.preemptions, 'preemption')}{certain}:"
    events = _both_ends(trace.events)
    seen = {event.thread for event in events}
    threads = [name for name in trace.footer.threads if name in seen]
    cells = (_cell(event, marked) for event in events)
    for line in drawn(cells, threads, shown.width - 4, narrowest=NARROWEST, ascii_only=shown.ascii_only):
        yield f"    {line}"
    if marked:
        yield "  ! the turn is taken from a thread that could have gone on"


def _cell(event: Event, marked: frozenset[int]) -> Cell:
    text = event.op if event.n == 0 else sentence(event)
    return Cell(seconds_text(event.t), event.thread, text, "!" if event.n in marked else " " if marked else "")


def _both_ends(events: Sequence[Event]) -> Sequence[Event]:
    """Leave out the middle of a schedule that is too long to read, and say so in its place."""
    if len(events) <= MOST_EVENTS:
        return events
    head, tail = events[: MOST_EVENTS // 2], events[-MOST_EVENTS // 2 :]
    left_out = len(events) - len(head) - len(tail)
    return [*head, Event(0, tail[0].t, tail[0].thread, f"… {left_out} more events"), *tail]


def replay_command(found: Exploration, finding: Finding, given: Sequence[str] = ()) -> str:
    """Return the command that runs a finding's schedule again."""
    assert finding.schedule is not None
    steps = ["--max-steps", str(found.options.max_steps)] if finding.kind is Kind.LIMIT and found.options.max_steps != DEFAULT.steps else []
    return _command("run", found, [*given, *steps, "--replay", finding.schedule.token()])


def _command(verb: str, found: Exploration, words: Iterable[str]) -> str:
    case = [] if found.program.case is None else ["--case", found.program.case]
    return shlex.join(["python", "-m", "runner", verb, path_word(found.program.source.name), *case, *words])


def _paint(text: str, paint: str, color: bool) -> str:
    return f"\x1b[{paint}m{text}\x1b[0m" if color else text
