"""What exploring came to, as data for other programs; docs/explore.md has its form, which stays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runner.exploration import Exploration, Finding, Row
from runner.program.schedule import Points
from runner.report.difference_json import place_json
from runner.report.exploration import replay_command, verdict
from runner.trace import encode_event, plain


def exploration_json(found: Exploration, code: int, given: Sequence[str] = ()) -> str:
    """Write an exploration as one line of JSON; `code` is the exit code that it deserves, `given` words for commands besides the file."""
    options = found.options
    return json.dumps(
        {
            "scenario": found.program.source.name,
            "case": found.program.case,
            "verdict": str(found.verdict),
            "text": verdict(found),
            "code": code,
            "strategy": options.strategy,
            "seed": options.seed,
            "time": "any" if options.points is Points.ANY else "ordered",
            "engine": found.engine,
            "states": found.states,
            "executions": found.executions,
            "redundant": found.redundant,
            "cut": found.cut,
            "interrupted": found.interrupted,
            "left_out": list(found.left_out),
            "findings": [_finding(found, finding, given) for finding in found.findings],
            "outcomes": [_row(row) for row in found.rows],
            "seconds": round(found.seconds, 6),
        },
        ensure_ascii=False,
    )


def _finding(found: Exploration, finding: Finding, given: Sequence[str]) -> dict[str, Any]:
    outcome, schedule = finding.outcome, finding.schedule
    return {
        "kind": str(finding.kind),
        "key": list(finding.key),
        "text": finding.what,
        "details": list(finding.details),
        "expected": finding.expected,
        "place": None if finding.place is None else place_json(finding.place, found.program),
        "executions": finding.executions,
        "preemptions": finding.preemptions,
        "smallest": finding.smallest,
        "steps": None if outcome is None else outcome.steps,
        "token": None if schedule is None else schedule.token(),
        "replay": None if schedule is None else replay_command(found, finding, given),
        "events": [] if outcome is None else [json.loads(encode_event(event)) for event in outcome.trace.events],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "outcome": row.outcome,
        "state": plain(dict(row.state)),
        "judged": row.judged,
        "note": row.note,
        "executions": row.executions,
        "token": row.schedule.token(),
    }
