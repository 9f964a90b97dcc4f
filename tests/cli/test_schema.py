"""`schema`, and that the committed schemas are those of the code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from runner.report.words import VERDICTS
from runner.suite import RunOptions, load, run
from runner.trace import encode
from runner.trace.schema import ENDS, OUTCOMES, trace_schema

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").rglob("[!_]*.yaml"))
GOLDENS = sorted((ROOT / "scenarios").rglob("*.golden.jsonl"))
NAMES = [str(path.relative_to(ROOT)) for path in SCENARIOS]


@pytest.mark.parametrize("which", ["scenario", "trace"])
def test_committed_schema_is_current(cli: Callable[..., Any], which: str) -> None:
    """The committed schema is byte for byte what the command prints."""
    said = cli("schema", which)
    assert (said.code, said.err) == (0, "")
    assert said.out.encode() == (ROOT / "schemas" / f"{which}.schema.json").read_bytes()


@pytest.mark.parametrize(("which", "dialect"), [("scenario", Draft7Validator), ("trace", Draft202012Validator)])
def test_schema_is_a_schema(cli: Callable[..., Any], which: str, dialect: Any) -> None:
    """What is printed is a JSON Schema of the draft that it names."""
    schema = json.loads(cli("schema", which).out)
    assert schema["$schema"] == dialect.META_SCHEMA["$schema"]
    dialect.check_schema(schema)


def test_scenario_is_the_default(cli: Callable[..., Any]) -> None:
    """Without a word it is the scenario's."""
    assert cli("schema").out == cli("schema", "scenario").out


def test_unknown_schema(cli: Callable[..., Any]) -> None:
    """Another word is the command's mistake."""
    said = cli("schema", "golden")
    assert said.code == 2
    assert "'golden'" in said.err


@pytest.fixture(scope="module")
def record_errors() -> Callable[[str], list[str]]:
    """`record_errors(text)` gives what the committed schema has against a trace: its first line a header, its last a footer."""
    schema = json.loads((ROOT / "schemas/trace.schema.json").read_text("utf-8"))
    header, event, footer = (Draft202012Validator(part) for part in schema["anyOf"])
    whole = Draft202012Validator(schema)

    def record_errors(text: str) -> list[str]:
        records = [json.loads(line) for line in text.splitlines()]
        validators = [header, *[event] * (len(records) - 2), footer]
        found = [error.message for record in records for error in whole.iter_errors(record)]
        pairs = zip(validators, records, strict=True)
        return found + [error.message for validator, record in pairs for error in validator.iter_errors(record)]

    return record_errors


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: path.name)
def test_golden_satisfies_the_schema(record_errors: Callable[[str], list[str]], golden: Path) -> None:
    """Every line of every golden is what the schema says."""
    assert record_errors(golden.read_text("utf-8")) == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
def test_any_run_satisfies_the_schema(record_errors: Callable[[str], list[str]], scenario: Path) -> None:
    """Runs that are no goldens satisfy it as well: under a seed, and stopped early."""
    program = load(scenario)
    assert record_errors(encode(run(program, seed=1).trace)) == []
    assert record_errors(encode(run(program, RunOptions(max_steps=5)).trace)) == []


@pytest.mark.parametrize(
    "line",
    [
        '{"trace": 2, "scenario": "a", "policy": "fifo"}',
        '{"trace": 1, "policy": "fifo"}',
        '{"n": 0, "t": 0, "thread": "main", "op": "end", "at": ""}',
        '{"n": 1, "t": -1, "thread": "main", "op": "end", "at": ""}',
        '{"n": 1, "t": 0, "thread": "main", "op": "end", "at": "", "when": "now"}',
        '{"outcome": "finished", "t": 0, "vars": {}, "queues": {}, "threads": {}}',
        "{}",
    ],
)
def test_schema_refuses_what_is_no_line(line: str) -> None:
    """The schema is not so wide that anything satisfies it."""
    assert not Draft202012Validator(trace_schema()).is_valid(json.loads(line))


def test_every_outcome_is_in_the_schema() -> None:
    """However a run may end, the schema knows it, and nothing else."""
    assert set(OUTCOMES) == set(VERDICTS)


@pytest.mark.parametrize("end", ["ended", "raised ValueError", "blocked", "abandoned", "never started"])
def test_every_end_of_a_thread_is_in_the_schema(end: str) -> None:
    """However a thread may end, the schema knows it."""
    assert re.fullmatch(ENDS, end)


def test_another_end(record_errors: Callable[[str], list[str]]) -> None:
    """A footer with any other end of a thread, or of the run, is none."""
    header = '{"trace": 1, "scenario": "a", "policy": "fifo"}'
    footer = '{"outcome": "completed", "t": 0, "vars": {}, "queues": {}, "threads": {"main": "ended"}}'
    assert record_errors(f"{header}\n{footer}\n") == []
    for wrong in (footer.replace("ended", "asleep"), footer.replace("completed", "exploded")):
        assert record_errors(f"{header}\n{wrong}\n") != []
