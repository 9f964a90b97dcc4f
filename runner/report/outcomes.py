"""The distinct final states of all executions, as a table like those of litmus tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner.exploration import Row
from runner.report.lanes import fit, width_of
from runner.report.words import counted, safe, value_text

MOST_ROWS = 40
"""Outcomes that are shown; of more, how many there are."""
GAP = "  "


def outcomes_table(rows: Sequence[Row], of: str, width: int = 80) -> Iterator[str]:
    """Draw the table of outcomes `of` so many executions.

    How often, the state, how `expect.outcomes` judges it, a token of a schedule that leads there, the author's note.

    Lines are `width` columns at the most but for tokens, which are there to be copied and never cut.
    """
    shown = _most_telling(rows)
    head = [counted(len(rows), "outcome"), "of", of]
    yield " ".join(head) + (f"; {len(shown)} are shown" if len(shown) < len(rows) else "") + ":"
    times = max(5, *(len(str(row.executions)) for row in rows))
    judged = max(len(row.judged) for row in rows)
    judged = max(judged, len("judged")) + len(GAP) if judged else 0
    states = [state_text(row) for row in shown]
    tokens = [row.schedule.token() for row in shown]
    longest = max(width_of(text) for text in (*states, "state"))
    room = width - 2 - times - len(GAP) - judged
    beside = (
        room - len(GAP) - max(map(len, tokens)) >= longest
    )  # else tokens stand in lines of their own, for neither they nor states are to be cut
    state = min(longest, room - (len(GAP) + max(map(len, tokens)) if beside else 0))
    yield f"  {'times':>{times}}{GAP}{_judged('judged', judged)}{fit('state', state)}{GAP}{'example' if beside else ''}".rstrip()
    indent = " " * (2 + times + len(GAP))
    for row, text, token in zip(shown, states, tokens, strict=True):
        line = f"  {row.executions:>{times}}{GAP}{_judged(row.judged, judged)}{fit(text, state)}"
        yield f"{line}{GAP}{token}".rstrip() if beside else line.rstrip()
        if not beside:
            yield f"{indent}example: {token}"
        if row.note:
            yield fit(f"{indent}note: {safe(row.note)}", width).rstrip()


def _judged(text: str, width: int) -> str:
    return fit(text, width) if width else ""


def _most_telling(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows to show, in their order; where there are too many, those first that are no failure to leave out."""
    if len(rows) <= MOST_ROWS:
        return rows
    weight = {"forbidden": 0, "unlisted": 0, "required": 1, "allowed": 1}
    chosen = sorted(range(len(rows)), key=lambda index: (weight.get(rows[index].judged, 1), index))[:MOST_ROWS]
    return [rows[index] for index in sorted(chosen)]


def state_text(row: Row) -> str:
    """Write a final state on one line."""
    parts: list[str] = []
    for name, value in _named(row.state, "vars"):
        parts.append(f"{safe(name)} = {value_text(value)}")
    for name, value in _named(row.state, "queues"):
        parts.append(f"{safe(name)}: {_queue(value)}")
    parts += [f"{safe(thread)} raised {safe(str(error))}" for thread, error in _named(row.state, "raises")]
    if row.state.get("printed"):
        parts.append(f"printed {value_text(row.state['printed'])}")
    state = ", ".join(parts)
    ended = "" if row.outcome == "completed" else safe(row.outcome.replace("_", " "))
    return ": ".join(filter(None, (ended, state))) or "completed"


def _named(state: Mapping[str, Any], part: str) -> Iterator[tuple[str, Any]]:
    yield from (state.get(part) or {}).items()


def _queue(value: Any) -> str:
    """Write what is in a queue; how many of its tasks are unfinished where there are any."""
    if not isinstance(value, Mapping):
        return value_text(value)
    unfinished = f" ({value['unfinished']} unfinished)" if value.get("unfinished") else ""
    return value_text(value["items"] if "items" in value else value.get("size")) + unfinished
