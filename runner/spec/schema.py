"""The language as JSON Schema, for editors: completion, hover, and red underlines while typing.

Generated from the models; schemas/scenario.schema.json is the committed copy. To renew it:
`python -m runner.spec.schema > schemas/scenario.schema.json`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from runner.spec.models import Scenario
from runner.spec.steps import BARE_VERBS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID = "urn:runner:scenario:1"
_NULL = {"type": "null"}
_MAPS_OF_SCHEMAS = ("properties", "patternProperties", "$defs")
"""Where keys are the author's or the language's words rather than JSON Schema's."""


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file."""
    schema: dict[str, Any] = _plain(Scenario.model_json_schema(by_alias=True))
    step = schema["$defs"]["Step"]
    mapping = {key: step.pop(key) for key in list(step) if key != "description"}
    step["anyOf"] = [{**mapping, "minProperties": 1, "maxProperties": 1}, {"enum": list(BARE_VERBS)}]
    return {"$schema": _DIALECT, "$id": _ID, "title": "Concurrency scenario", **schema}


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
