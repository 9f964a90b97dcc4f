"""The JSON Schema for editors: up to date, valid, and of one mind with the loader about ordinary files."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from runner.spec import loads
from runner.spec.schema import scenario_schema, schema_text

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "schemas" / "scenario.schema.json"
LATER = {"$defs", "$anchor", "$dynamicRef", "prefixItems", "dependentSchemas", "dependentRequired", "unevaluatedProperties", "minContains"}
"""Keywords that draft-07 lacks."""


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in a schema, the schema itself first."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(part)


@functools.cache
def validator() -> Draft7Validator:
    """Return what judges by the schema, which takes as long to make as a hundred judgements."""
    return Draft7Validator(scenario_schema())


def accepts(text: str) -> bool:
    """Say whether the schema accepts a text."""
    document: Any = yaml.safe_load(text)
    return bool(validator().is_valid(document))


def test_the_committed_schema_is_up_to_date() -> None:
    """Renew it with `python -m runner.spec.schema > schemas/scenario.schema.json`."""
    assert COMMITTED.read_text("utf-8") == schema_text()


def test_it_is_a_schema() -> None:
    """It is valid by its own dialect's meta-schema."""
    Draft7Validator.check_schema(scenario_schema())
    assert scenario_schema()["$schema"] == Draft7Validator.META_SCHEMA["$schema"]


def test_it_keeps_to_its_dialect() -> None:
    """No keyword is of a later draft, and nothing stands beside a reference, where draft-07 does not look."""
    for part in parts(scenario_schema()):
        assert not LATER & part.keys()
        assert "$ref" not in part or len(part) == 1


def test_references_lead_somewhere() -> None:
    """Each reference has its definition, and each definition is referred to."""
    schema = scenario_schema()
    references = {part["$ref"] for part in parts(schema) if "$ref" in part}
    assert references == {f"#/definitions/{name}" for name in schema["definitions"]}


@pytest.mark.parametrize("scenario", sorted((ROOT / "scenarios").rglob("*.yaml")), ids=lambda path: path.stem)
def test_it_accepts_our_scenarios(scenario: Path) -> None:
    """No scenario here is underlined anywhere."""
    assert accepts(scenario.read_text("utf-8"))


def test_it_accepts_a_valid_scenario(valid: str) -> None:
    """A scenario with something of everything, which loads, is accepted."""
    assert loads(valid)
    assert accepts(valid)


@pytest.mark.parametrize("step", ["break", "continue", "break:", "sleep: 1", "acquire: guard", "acquire: {lock: guard}", "print:"])
def test_it_accepts_short_forms(step: str) -> None:
    """Bare words, bare values and mappings are all steps."""
    assert accepts(f"schema: 1\nmain:\n  - {step}\n")


@pytest.mark.parametrize(
    "text",
    [
        "main: [break]\n",
        "schema: 2\nmain: [break]\n",
        "schema: 1\nmian: [break]\n",
        "schema: 1\nmain: []\n",
        "schema: 1\nmain: [brake]\n",
        "schema: 1\nmain: [{}]\n",
        "schema: 1\nmain: [{aquire: guard}]\n",
        "schema: 1\nmain: [{sleep: 1, print: x}]\n",
        "schema: 1\nmain: [{acquire: {lok: guard}}]\n",
        "schema: 1\nmain: [{acquire: {lock: guard, timeout: null}}]\n",
        "schema: 1\nmain: [{acquire: }]\n",
        "schema: 1\nmain: [{repeat: {times: four, do: [break]}}]\n",
        "schema: 1\nmain: [{with: guard}]\n",
        "schema: 1\nresources: {r: lok}\nmain: [break]\n",
        "schema: 1\nresources: {r: {}}\nmain: [break]\n",
        "schema: 1\nresources: {r: {kind: lok}}\nmain: [break]\n",
        "schema: 1\nresources: {r: {kind: barrier}}\nmain: [break]\n",
        "schema: 1\nresources: {r: {kind: queue, maxsise: 1}}\nmain: [break]\n",
        "schema: 1\nthreads: {t: {do: }}\n",
        "schema: 1\nexpect: {outcome: deadlok}\nmain: [break]\n",
    ],
)
def test_it_rejects_what_the_loader_rejects(text: str) -> None:
    """A typo is underlined while it is typed."""
    assert not accepts(text)


def test_the_authors_own_keys_are_allowed() -> None:
    """Keys that start with x- hold anything."""
    assert accepts("schema: 1\nx-mine: [1, {a: null}]\nmain: [break]\n")


def test_every_key_says_what_it_is() -> None:
    """Each property has a description, or refers to a model with one, for editors to show."""
    schema = scenario_schema()
    silent = []
    for part in parts(schema):
        for key, found in part.get("properties", {}).items():
            target = schema["definitions"].get(found.get("$ref", "").rpartition("/")[2], {})
            if "description" not in {**target, **found} and "const" not in found:
                silent.append(key)
    assert silent == []


def test_whatever_can_be_completed_has_a_type() -> None:
    """An editor puts no colon behind a key of whose value it knows nothing."""
    schema = scenario_schema()
    for part in parts(schema):
        for found in part.get("properties", {}).values():
            assert found.keys() & {"$ref", "type", "properties", "enum", "const", "anyOf"}
    for name, definition in schema["definitions"].items():
        assert definition.keys() & {"type", "properties", "anyOf"}, name


def test_no_default_is_written_out() -> None:
    """An editor would put it into every new mapping."""
    assert not [part for part in parts(scenario_schema()["definitions"]) if "default" in part]


@pytest.mark.parametrize(("name", "fine"), [("größe", True), ("_a1", True), ("1a", False), ("a-b", False), ("a b", False), ("a.b", False)])
def test_names_are_those_of_python(name: str, fine: bool) -> None:
    """A name may have any letters, as in Python."""
    assert accepts(f"schema: 1\nmain: [{{get: {{queue: q, as: {name}}}}}]\n") is fine


@pytest.mark.parametrize(("text", "fine"), [("10 ms", True), ("1.5s", True), ("${a}", True), ("10 sec", False), ("-1", False)])
def test_durations_are_those_of_the_loader(text: str, fine: bool) -> None:
    """A unit that there is not is underlined."""
    assert accepts(f"schema: 1\nmain:\n  - sleep: {text}\n") is fine


def test_generating_is_repeatable() -> None:
    """The schema is made anew each time, so that changing one does not change the next."""
    first = scenario_schema()
    kept = copy.deepcopy(first)
    first["definitions"].clear()
    assert scenario_schema() == kept
