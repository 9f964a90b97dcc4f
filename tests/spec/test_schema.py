"""The JSON Schema for editors: up to date, valid, and of one mind with the loader about ordinary files."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from runner.spec import loads
from runner.spec.schema import scenario_schema, schema_text

COMMITTED = Path(__file__).parents[2] / "schemas" / "scenario.schema.json"


def accepts(text: str) -> bool:
    """Say whether the schema accepts a text."""
    document: Any = yaml.safe_load(text)
    return bool(Draft202012Validator(scenario_schema()).is_valid(document))


def test_the_committed_schema_is_up_to_date() -> None:
    """Renew it with `python -m runner.spec.schema > schemas/scenario.schema.json`."""
    assert COMMITTED.read_text("utf-8") == schema_text()


def test_it_is_a_schema() -> None:
    """It is valid by its own dialect's meta-schema."""
    Draft202012Validator.check_schema(scenario_schema())


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
        "schema: 1\nresources: {r: lok}\nmain: [break]\n",
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
    for name, model in [("", schema), *schema["$defs"].items()]:
        options = [model, *model.get("anyOf", [])]
        for key, found in [item for option in options for item in option.get("properties", {}).items()]:
            target = schema["$defs"].get(found.get("$ref", "").rpartition("/")[2], {})
            if "description" not in {**target, **found} and key != "kind":
                silent.append(f"{name}.{key}")
    assert silent == []


def test_generating_is_repeatable() -> None:
    """The schema is made anew each time, so that changing one does not change the next."""
    first = scenario_schema()
    kept = copy.deepcopy(first)
    first["$defs"].clear()
    assert scenario_schema() == kept
