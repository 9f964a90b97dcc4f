"""The language as JSON Schema, for editors: completion, hover, and red underlines while typing.

Generated from the models; schemas/scenario.schema.json is the committed copy. To renew it:
`python -m runner.spec.schema > schemas/scenario.schema.json`.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from runner.spec import models as models_module
from runner.spec import steps as steps_module
from runner.spec.models import Scenario
from runner.spec.steps import BARE_VERBS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID = "urn:runner:scenario:1"
_NULL = {"type": "null"}
_MAPS_OF_SCHEMAS = ("properties", "patternProperties", "$defs")
"""Where keys are the author's or the language's words rather than JSON Schema's."""


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file."""
    schema = Scenario.model_json_schema(by_alias=True)
    _describe(schema)
    schema = _plain(schema)
    step = schema["$defs"]["Step"]
    mapping = {key: step.pop(key) for key in list(step) if key != "description"}
    step["anyOf"] = [{**mapping, "minProperties": 1, "maxProperties": 1}, {"enum": list(BARE_VERBS)}]
    return {"$schema": _DIALECT, "$id": _ID, "title": "Concurrency scenario", **schema}


def _describe(schema: dict[str, Any]) -> None:
    """Put the docstring under each field of the models into its property, for hover.

    Read here, from the source, rather than by pydantic's `use_attribute_docstrings`: that reads it whenever the models are
    imported, which is a tenth of the start-up of every command.
    """
    docs: dict[str, dict[str, str]] = {}
    for module in (models_module, steps_module):
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.ClassDef):
                docs[node.name] = dict(_field_docs(node))
    for name, mapping in {**schema["$defs"], Scenario.__name__: schema}.items():
        model = getattr(steps_module, name, None) or getattr(models_module, name)
        for base in model.__mro__:
            for field, text in docs.get(base.__name__, {}).items():
                _describe_field(mapping, field.rstrip("_"), text, getattr(model, "short", None))


def _field_docs(model: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, following in pairwise(model.body):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


def _describe_field(model: dict[str, Any], key: str, text: str, short: str | None) -> None:
    for option in model.get("anyOf", [model]):  # a verb's short form, which stands for one field, and its mapping
        if key in option.get("properties", {}):
            option["properties"][key]["description"] = text
        elif key == short and "properties" not in option:
            option["description"] = text


def schema_text() -> str:
    """Return the schema as the committed file has it: sorted, indented, with a newline at its end."""
    return json.dumps(scenario_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _plain(schema: Any) -> Any:
    """Drop what pydantic adds for its own sake: titles that repeat keys, and null where a key may be left out."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, item in schema.items():
        if key in _MAPS_OF_SCHEMAS:
            kept[key] = {name: _plain(part) for name, part in item.items()}
        elif key not in ("title", "discriminator") and (key, item) != ("default", None):
            kept[key] = item if key in ("const", "default", "enum", "examples") else _plain(item)
    return _without_null(kept)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    options = schema.get("anyOf", [])
    if _NULL not in options:
        return schema
    rest = [option for option in options if option != _NULL]
    others = {key: item for key, item in schema.items() if key != "anyOf"}
    return {**others, **rest[0]} if len(rest) == 1 and not (others.keys() & rest[0].keys()) else {**others, "anyOf": rest}


if __name__ == "__main__":
    sys.stdout.write(schema_text())
