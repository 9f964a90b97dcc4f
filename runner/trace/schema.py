"""The JSON Schema of a trace's lines. Written by hand beside the codec, so that the two are read together."""

from __future__ import annotations

import json
from typing import Any

from runner.trace.events import FORMAT

_TIME = {"type": "number", "minimum": 0, "description": "Seconds since the run began."}
_ANY: dict[str, Any] = {}
OUTCOMES = (
    "completed", "failed", "deadlock", "step_limit", "event_limit", "size_limit", "memory_limit", "output_limit", "hung", "crashed",
    "interrupted",
)  # fmt: skip
ENDS = "^(ended|raised .+|blocked|abandoned|never started)$"


def _object(required: list[str], properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def trace_schema() -> dict[str, Any]:
    """Return the schema that each line of a trace satisfies: the first as a header, the last as a footer, the others as events."""
    header = _object(
        ["trace", "scenario", "policy"],
        {
            "trace": {"const": FORMAT, "description": "The format's version."},
            "scenario": _text("The scenario's name."),
            "case": _text("The case's name, where the file has several."),
            "params": {"type": "object", "description": "Parameters that differ from their defaults."},
            "policy": _text("The scheduling policy."),
            "seed": {"type": "integer", "description": "The policy's seed, where it has one."},
        },
        "The first line: which run this is.",
    )
    event = _object(
        ["n", "t", "thread", "op", "at"],
        {
            "n": {"type": "integer", "minimum": 1, "description": "Counts the events from 1."},
            "t": _TIME,
            "thread": _text("The thread it happened in."),
            "op": _text(
                "What happened: a verb; `begin` and `done`, of what was submitted to a pool; what was asked, such as `is_set`; "
                "or `blocked`, `raise`, `except`, `end`."
            ),
            "on": _text("The resource, thread or future (`POOL/NUMBER`) acted on; `LOCAL.NAME` of a local."),
            "value": {**_ANY, "description": "What was put, got, read, written, printed, submitted; how long a sleep is."},
            "result": {**_ANY, "description": "What the call returned, where that says something."},
            "by": _text("`blocked`: the thread that holds what this one waits for."),
            "error": _text("`raise`, `except`, `done`, `end`: the exception."),
            "at": _text("The step's path in the file."),
        },
        "One thing that happened.",
    )
    blocked = _object(
        ["thread", "at"],
        {
            "thread": _text("The thread."),
            "on": _text("What it waits for."),
            "by": _text("Who holds it."),
            "at": _text("The step's path in the file."),
        },
        "A thread that could not go on when the run ended.",
    )
    footer = _object(
        ["outcome", "t", "vars", "queues", "threads"],
        {
            "outcome": {"enum": list(OUTCOMES)},
            "t": _TIME,
            "vars": {"type": "object", "description": "Final values of shared variables."},
            "queues": {"type": "object", "description": "Final state of queues."},
            "threads": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": ENDS},
                "description": "How each thread ended: main, those declared, timers, pools' workers.",
            },
            "blocked": {"type": "array", "items": blocked},
            "cycle": {"type": "array", "items": {"type": "string"}, "description": "Threads that wait for each other in turn."},
        },
        "The last line: what the run came to.",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:runner:trace:1",
        "title": "threadscore trace line",
        "description": "One line of a trace (JSON Lines).",
        "anyOf": [header, event, footer],
    }


def schema_text() -> str:
    """Return the schema as the committed file has it: sorted, indented, with a newline at its end."""
    return json.dumps(trace_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
