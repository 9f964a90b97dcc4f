"""JSON Schema as pydantic writes it, turned into what editors serve best: draft-07, with one complaint for one mistake.

Knows nothing of scenarios. Two things make a schema good to type with, and neither changes what it accepts:

- Alternatives become one schema wherever their types tell them apart: of alternatives that all fail, an editor can but guess which one
  was meant, and shows the complaints of the wrong one, or of all.
- Whatever can be completed has a type, as editors make the text they insert from it; and nothing has a default, as they would write that
  out into every new mapping.

Beside draft-07's own keywords stand those that editors with vscode-json-languageservice or yaml-language-server understand and others
skip: `errorMessage`, `patternErrorMessage`, `enumDescriptions`, `defaultSnippets`, `doNotSuggest`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any

DIALECT = "http://json-schema.org/draft-07/schema#"
Schema = dict[str, Any]

_MAPS_OF_SCHEMAS = ("properties", "patternProperties", "definitions")
"""Where keys are the author's or the language's words rather than JSON Schema's."""
_DATA = ("const", "enum", "enumDescriptions", "examples", "required", "type", "defaultSnippets")
_ANYTHING = ["string", "number", "boolean", "object", "array", "null"]
"""Text comes first: after a key editors leave room for what its first type needs, and for text that is nothing but a space."""
_ANNOTATIONS = ("description", "examples", "errorMessage")
_OF_ONE_TYPE = {
    "minLength", "maxLength", "pattern", "patternErrorMessage", "minimum", "maximum", "items", "minItems", "maxItems", "minProperties",
    "maxProperties", "additionalProperties", "patternProperties",
}  # fmt: skip
"""Keywords that say nothing about values of other types, so that schemas of different types may be put into one."""


def draft07(schema: Schema) -> Schema:
    """Translate a schema that has a title and its definitions at its root, as `model_json_schema` returns it."""
    definitions = schema.get("$defs", {})
    kinds = {name: definition.get("description", "") for name, definition in definitions.items()}
    root = _translate({key: part for key, part in schema.items() if key != "$defs"}, kinds)
    named = {name: _named(name, _translate(definition, kinds)) for name, definition in definitions.items()}
    root = {"$schema": DIALECT, **root, "title": schema["title"], "definitions": named}
    described = _put_in_place(root, named, frozenset())
    used = set(re.findall(r'"#/definitions/(\w+)"', json.dumps(described)))
    described["definitions"] = {name: part for name, part in described["definitions"].items() if name in used}
    ordered: Schema = _in_order(described)
    return ordered


def _translate(schema: Any, kinds: dict[str, str]) -> Any:
    if isinstance(schema, list):
        return [_translate(item, kinds) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "discriminator" in schema:
        return _switch(schema["discriminator"], kinds)
    kept: Schema = {}
    for key, part in schema.items():
        if key in _MAPS_OF_SCHEMAS:
            kept[key] = {name: _typed(_translate(item, kinds)) for name, item in part.items()}
        elif key == "$ref":
            kept[key] = part.replace("#/$defs/", "#/definitions/")
        elif key not in ("title", "default"):
            kept[key] = part if key in _DATA else _translate(part, kinds)
    if "enum" in kept or "const" in kept:
        kept.pop("type", None)  # else a wrong word is two mistakes
    if kept.get("type") == "object" and "properties" not in kept:
        kept.setdefault("errorMessage", "Expected a mapping.")
    return _folded(kept) if "anyOf" in kept else kept


def _typed(schema: Any) -> Any:
    """Write out the types of what may be anything."""
    return {**schema, "type": _ANYTHING} if isinstance(schema, dict) and schema.keys() <= {"description"} else schema


def _switch(discriminator: Schema, kinds: dict[str, str]) -> Schema:
    """Choose by one key's value, where pydantic has alternatives that each allow one value."""
    key, mapping = discriminator["propertyName"], discriminator["mapping"]
    names = {value: reference.rpartition("/")[2] for value, reference in sorted(mapping.items())}
    choice = {"description": "What it is.", "enum": list(names), "enumDescriptions": [kinds[name] for name in names.values()]}
    cases = [
        {"if": {"type": "object", "properties": {key: {"const": value}}, "required": [key]}, "then": {"$ref": f"#/definitions/{name}"}}
        for value, name in names.items()
    ]
    return {"type": "object", "properties": {key: choice}, "required": [key], "allOf": cases}


def _folded(schema: Schema) -> Schema:
    """Put alternatives into one schema, as far as their types tell them apart."""
    options = [option for option in schema.pop("anyOf") if option != {"type": "null"}]  # a key may be left out, but not be null
    mappings = [option for option in options if "properties" in option]
    if len(mappings) != 1 or len(options) == 1:
        return {**_one_of_types(options), **schema}
    mapping = mappings[0]
    values = [_with_descriptions(option, mapping) for option in options if option is not mapping]
    examples = [example for value in values for example in value.get("examples", [])]
    bare = [{key: part for key, part in value.items() if key not in ("description", "examples")} for value in values]
    # Not beside the types but in allOf: an editor that found keys there would insert them all instead of the short form.
    keys = {key: part for key, part in mapping.items() if key not in ("type", "description")}
    return {**_one_of_types([*bare, {"type": "object"}]), **({"examples": examples} if examples else {}), **schema, "allOf": [keys]}


def _one_of_types(options: Sequence[Schema]) -> Schema:
    if len(options) == 1:
        return options[0]
    types = [set(_types(option)) for option in options]
    keys = [option.keys() - {"type", *_ANNOTATIONS} for option in options]
    apart = all(types) and not any(one & other for one, other in combinations(types, 2))
    if not apart or any(one & other for one, other in combinations(keys, 2)) or not all(key <= _OF_ONE_TYPE for key in keys):
        return {"anyOf": list(options)}
    merged = {key: part for option in options for key, part in option.items() if key not in ("errorMessage", "description")}
    return {**merged, "type": sorted((name for option in options for name in _types(option)), key="string".__ne__)}  # see _ANYTHING


def _types(schema: Schema) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _with_descriptions(option: Schema, mapping: Schema) -> Schema:
    """Describe words that may stand in a mapping's place, if the mapping has the same words for one of its keys."""
    same = [part for part in mapping["properties"].values() if "enum" in option and part.get("enum") == option["enum"]]
    return {**option, "enumDescriptions": same[0]["enumDescriptions"]} if same else option


def _named(name: str, definition: Schema) -> Schema:
    """Give a definition a title, for editors to show above what they say about its keys and what they insert for all of them."""
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    if definition.get("type") != "object":
        parts = [{**part, "title": title} for part in definition.get("allOf", [])]
        return {**definition, "title": title, **({"allOf": parts} if parts else {})}
    required = definition.get("required", [])
    message = "Expected a mapping with " + " and ".join(required) + "." if required else "Expected a mapping."
    # An errorMessage stands for whatever its schema finds, so the one for the type is in a schema of its own.
    rest = {key: part for key, part in definition.items() if key != "type"}
    return {**rest, "title": title, "allOf": [{"type": "object", "errorMessage": message}, *definition.get("allOf", [])]}


def _put_in_place(schema: Any, definitions: dict[str, Schema], inside: frozenset[str]) -> Any:
    """Replace a reference that has a description of its own by what it refers to: draft-07 ignores all that stands beside a reference."""
    if isinstance(schema, list):
        return [_put_in_place(item, definitions, inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in inside:
        return {"$ref": schema["$ref"]}
    if name and len(schema) > 1:
        schema = {**definitions[name], **{key: part for key, part in schema.items() if key != "$ref"}}
        inside |= {name}
    return {key: _put_in_place(part, definitions, inside) for key, part in schema.items()}


def _in_order(schema: Any, sort: bool = True) -> Any:
    """Sort keywords, for a file that changes only where it must; not properties: editors insert them in the order they come."""
    if isinstance(schema, list):
        return [_in_order(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _in_order(schema[key], not sort or key != "properties") for key in (sorted(schema) if sort else schema)}
