"""The translation to draft-07, on small schemas of its own: what becomes one schema, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from runner.spec.draft07 import draft07

NAME = {"type": "string", "minLength": 1}
PAIR = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}


def translated(schema: dict[str, Any], **definitions: Any) -> dict[str, Any]:
    """Translate a schema as the one property of a root, and return the property."""
    found: dict[str, Any] = draft07({"title": "root", "properties": {"it": schema}, "$defs": definitions})["properties"]["it"]
    return found


def test_alternatives_of_different_types_become_one_schema() -> None:
    """Each type's keywords stand side by side, and text comes first."""
    found = translated({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "array", "items": NAME}, {"type": "string", "pattern": "x"}]})
    assert found == {"type": ["string", "integer", "array"], "minimum": 1, "items": NAME, "pattern": "x"}


@pytest.mark.parametrize(
    "options",
    [
        [{"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}],
        [{"type": "integer"}, {"enum": ["all"]}],
        [{"type": "array", "items": NAME, "minItems": 2}, {"type": "string", "minItems": 1}],
        [{"type": "integer"}, {"$ref": "#/definitions/Pair"}],
    ],
)
def test_other_alternatives_stay(options: list[dict[str, Any]]) -> None:
    """What types do not tell apart stays a choice."""
    assert translated({"anyOf": options}, Pair=PAIR)["anyOf"] == options


def test_a_short_form_and_its_mapping_become_one_schema() -> None:
    """The mapping's keys are looked at in mappings only, and beside the type there are none to insert."""
    short = {**NAME, "description": "the key's"}
    found = translated({"anyOf": [short, PAIR], "description": "the whole's"})
    assert (found["type"], found["minLength"], found["description"]) == (["string", "object"], 1, "the whole's")
    assert [part["required"] for part in found["allOf"]] == [["a"]]


def test_null_is_no_alternative() -> None:
    """A key that may be left out may not be null."""
    assert translated({"anyOf": [NAME, {"type": "null"}], "default": None}) == NAME


def test_a_description_beside_a_reference_is_kept() -> None:
    """What is referred to stands in the reference's place, under the description of its own."""
    found = translated({"$ref": "#/$defs/Pair", "description": "mine"}, Pair={**PAIR, "description": "its"})
    assert found["description"] == "mine"
    assert found["required"] == ["a"]


def test_a_definition_within_itself() -> None:
    """A description beside a reference to what it stands in is given up, rather than written out without end."""
    inner = {"$ref": "#/$defs/Tree", "description": "mine"}
    schema = draft07({"title": "root", "properties": {"it": inner}, "$defs": {"Tree": {"type": "object", "properties": {"next": inner}}}})
    Draft7Validator.check_schema(schema)
    assert schema["properties"]["it"]["properties"]["next"] == {"$ref": "#/definitions/Tree"}


def test_a_key_may_be_called_as_a_keyword() -> None:
    """The language's words are no keywords of the schema's, whatever they are."""
    words = {word: {"title": word, "type": "string", "description": word} for word in ("type", "title", "default", "enum", "anyOf")}
    schema = draft07({"title": "root", "properties": words})
    assert schema["properties"] == {word: {"type": "string", "description": word} for word in words}


@pytest.mark.parametrize(
    "value",
    ["a", "", 3, True, None, {"kind": "one"}, {"kind": "one", "n": 1}, {"kind": "two", "n": 1}, {"kind": "three"}, {"n": 1}, {}, []],
)
def test_the_same_is_accepted(value: Any) -> None:
    """Whatever the form, the translated schema accepts what the schema itself accepts."""
    one = {
        "type": "object",
        "properties": {"kind": {"const": "one", "type": "string"}},
        "required": ["kind"],
        "additionalProperties": False,
    }
    two = {**one, "properties": {"kind": {"const": "two", "type": "string"}, "n": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}
    mapping = {"one": "#/$defs/One", "two": "#/$defs/Two"}
    choice = {"oneOf": [{"$ref": place} for place in mapping.values()], "discriminator": {"mapping": mapping, "propertyName": "kind"}}
    schema = {
        "title": "root",
        "type": "object",
        "properties": {"it": {"anyOf": [{"enum": ["a", "b"]}, choice]}},
        "$defs": {"One": one, "Two": two},
    }
    before, after = Draft202012Validator(schema), Draft7Validator(draft07(schema))
    assert before.is_valid({"it": value}) == after.is_valid({"it": value})
