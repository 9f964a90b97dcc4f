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

from runner.spec import forms, models, resources, steps
from runner.spec.draft07 import draft07
from runner.spec.models import Scenario
from runner.spec.steps import BARE_VERBS

MODULES = (forms, steps, resources, models)
_ID = "urn:runner:scenario:1"


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of a scenario file."""
    schema = Scenario.model_json_schema(by_alias=True)
    _describe(schema)
    step = schema["$defs"]["Step"]
    step.update(_step({key: step.pop(key) for key in list(step) if key != "description"}))
    return {"$id": _ID, **draft07({**schema, "title": "Concurrency scenario"})}


def _step(mapping: dict[str, Any]) -> dict[str, Any]:
    """Say that a step has one verb, or is a bare word; a word that takes nothing is offered as that and not as a key without a value."""
    verbs = mapping["properties"]
    alone = {verb: verbs[verb]["description"] for verb in BARE_VERBS if verbs[verb].get("type") == "null"}
    for verb in alone:
        verbs[verb]["doNotSuggest"] = True
    bare = {
        "type": "string",
        "pattern": f"^({'|'.join(BARE_VERBS)})$",  # as an enum, editors would take the words for values of the keys of that name
        "patternErrorMessage": "Expected a step: a mapping with one verb, such as `sleep: 1`.",
    }
    snippets = [{"label": verb, "body": verb, "description": text} for verb, text in alone.items()]
    return {"anyOf": [{**mapping, "minProperties": 1, "maxProperties": 1}, bare], "defaultSnippets": snippets}


def _describe(schema: dict[str, Any]) -> None:
    """Put the docstring under each field of the models into its property, for hover.

    Read here, from the source, rather than by pydantic's `use_attribute_docstrings`: that reads it whenever the models are
    imported, which is a tenth of the start-up of every command.
    """
    docs: dict[str, dict[str, str]] = {}
    for module in MODULES:
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.ClassDef):
                docs[node.name] = dict(_field_docs(node))
    for name, mapping in {**schema["$defs"], Scenario.__name__: schema}.items():
        model: Any = next(getattr(module, name) for module in MODULES if hasattr(module, name))
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
    """Return the schema as the committed file has it: indented, with a newline at its end."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
