"""The scalar field types of the language: names, references, durations, counts, conditions.

Each is one validator with one message, so that a typo gives one exact error rather than a union's dozen.
The first word of a `PydanticCustomError` is the stable error code.
"""

from __future__ import annotations

import keyword
import re
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from runner.program.exceptions import NAMES, SYSTEM_EXIT, plain_name

DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ns|us|ms|s|m|h)?")
WRITTEN = re.compile(r"(?P<name>\w+)(?:\[(?P<index>.+)\])?(?:\.(?P<attribute>\w+))?", re.DOTALL)
"""What `set` may write: a variable, or a local's attribute, and of those with `count` the one with an index."""
UNITS = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    None: Decimal(1),
}
LONGEST = 1e9
"""Seconds; a duration beyond it (some thirty years) is a slip of the pen, and past it clocks lose nanoseconds."""

LONGEST_NAME = 200
"""Characters; `count` may write a name ten thousand times."""


def kind_of(value: Any) -> str:
    """Name a plain YAML value for a message: `a list`, `text 'yes'`, `nothing`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"text {value!r}" if len(value) < 40 else "a long text"
        case int() | float():
            return f"the number {value}" if abs(value) < 1e15 else "a huge number"
        case dict():
            return "a mapping"
        case list() | tuple() | range():
            return "a list"
        case _:
            return "a future"


def wrong_type(wanted: str, value: Any) -> PydanticCustomError:
    """Build the one error for a value of the wrong type."""
    return PydanticCustomError("wrong-type", "expected {wanted}, not {got}", {"wanted": wanted, "got": kind_of(value)})


def is_template(value: Any) -> bool:
    """Say whether a value is text with a `${…}` in it."""
    return isinstance(value, str) and "${" in value


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type("a name", value)
    if not value.strip():
        raise PydanticCustomError("bad-name", "a name is missing here")
    if "${" in value or any(ord(c) < 32 for c in value):
        raise PydanticCustomError("bad-name", "a name is text without ${…}, line breaks and other control characters")
    if len(value) > LONGEST_NAME:
        raise PydanticCustomError("bad-name", "a name has at most {most} characters", {"most": LONGEST_NAME})
    return value


def _identifier(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type("a name", value)
    if not value.isidentifier() or keyword.iskeyword(value) or value in ("self", "True", "False", "None"):
        raise PydanticCustomError("bad-name", "{name} cannot be a name here: use letters, digits and _ as in Python",
                                  {"name": kind_of(value)})  # fmt: skip
    return value


def _target(value: Any) -> str:
    if isinstance(value, str) and value.startswith("self."):
        _identifier(value[5:])
        return value
    return _identifier(value)


def _reference(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type("a name", value)
    if not value.strip():
        raise PydanticCustomError("bad-name", "a name is missing here")
    return value


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        if not value:
            raise PydanticCustomError("wrong-type", "expected a name or a list of names, not an empty list")
        return [_reference(item) for item in value]
    return [_reference(value)]


def _duration(value: Any) -> float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong_type("a duration such as 2, 1.5 or 10ms", value)
    if isinstance(value, str):
        if is_template(value):
            return value
        match = DURATION.fullmatch(value.strip())
        if match is None:
            raise PydanticCustomError("bad-duration", "{what} is no duration; write seconds (2, 0.5) or with a unit (10ms, 1.5s, 2m)",
                                      {"what": kind_of(value)})  # fmt: skip
        value = float(Decimal(match["number"]) * UNITS[match["unit"]])  # exactly: 700 * 1e-3 is not 0.7
    if not 0 <= value <= LONGEST:  # nor is that true of nan; math.isfinite would fail on a huge integer
        raise PydanticCustomError("bad-duration", "a duration is 0 to 1e9 seconds")
    return float(value)


def parse_duration(value: Any) -> float:
    """Turn a number or text with a unit into seconds, as the loader does.

    Raises:
        ValueError: it is no duration; the message says why.
    """
    if is_template(value):
        raise ValueError("a duration cannot hold ${…} here")
    try:
        return float(_duration(value))
    except PydanticCustomError as error:
        raise ValueError(error.message()) from None


def _count_from(least: int) -> Any:
    def check(value: Any) -> int | str:
        if is_template(value):
            return str(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_type("a whole number", value)
        if not least <= value <= 10**9:
            raise PydanticCustomError("bad-count", "expected a whole number from {least} to 1e9, not {got}",
                                      {"least": least, "got": kind_of(value)})  # fmt: skip
        return value

    return check


def _reference_or_writes(value: Any) -> str | dict[str, Any]:
    if not isinstance(value, dict):
        return _reference(value)
    if not value:
        raise PydanticCustomError("wrong-type", "expected an event, or a mapping from variables to values; this one is empty")
    return {_written(name): item for name, item in value.items()}


def _written(name: Any) -> str:
    """A variable's name, `VARIABLE[INDEX]`, or `LOCAL.ATTRIBUTE`."""
    parts = WRITTEN.fullmatch(name) if isinstance(name, str) and not name.startswith("self.") else None
    if parts is None or (parts["index"] is None and parts["attribute"] is None):
        return _identifier(name)
    _identifier(parts["name"])
    if parts["attribute"] is not None:
        _identifier(parts["attribute"])
    return str(name)


def _exception(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type("an exception's name", value)
    if plain_name(value) not in NAMES and call_parts(value) is None:
        raise PydanticCustomError("unknown-exception", "there is no exception {name} for scenarios", {"name": repr(value[:60])})
    return value


def _end(value: Any) -> str:
    return SYSTEM_EXIT if value == SYSTEM_EXIT else _exception(value)


def call_parts(path: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the module and the names in it that `package.module:name` stands for; None where it is none.

    Names that begin and end with two underscores are the way out of a module to whatever Python has: they are refused.
    """
    module, colon, name = path.partition(":")
    names = name.split(".")
    words = [*module.split("."), *names]
    if not colon or not all(word.isidentifier() and not keyword.iskeyword(word) for word in words):
        return None
    return None if any(word.startswith("__") and word.endswith("__") for word in names) else (module, tuple(names))


def bad_call(path: str) -> str:
    """Say what is wrong with what is no `package.module:name`."""
    return f"{path[:60]!r} names no Python function; write it as package.module:function"


def _callable(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type("a Python function such as bank.demo:transfer", value)
    if not is_template(value) and call_parts(value) is None:
        raise PydanticCustomError("bad-call", "{wrong}", {"wrong": bad_call(value)})
    return value


def _arguments(value: Any) -> list[Any] | dict[str, Any]:
    if not isinstance(value, list | dict):
        raise wrong_type("a list of arguments, or a mapping by name", value)
    return value


def _present(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("missing-value", "a value is missing here; leave the key out if none is meant")
    return value


def _condition(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str) or not value.strip():
        raise wrong_type("an expression such as count < 3", value)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type("true or false", value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type("text", value)
    return value


def _nothing(value: Any) -> None:
    if value not in (None, "", {}):
        raise wrong_type("nothing", value)


_WORD = r"[^\x00-@\[-^`{-\x7f][^\x00-/:-@\[-^`{-\x7f]*"  # any letter, ASCII or not, in Python's regular expressions and JavaScript's
_NAME = "Expected a name: letters, digits and _."
_EXPRESSION = {"type": "string", "pattern": r"^\$\{.*\}$", "patternErrorMessage": "Expected a whole number, or ${…}."}
_LENGTH = {
    "type": "string",
    "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(ns|us|ms|s|m|h)?\s*$|\$\{",
    "patternErrorMessage": "Expected a duration: seconds (2, 0.5) or with a unit (10ms, 1.5s, 2m).",
}

Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "minLength": 1})]
Identifier = Annotated[
    str,
    PlainValidator(_identifier),
    WithJsonSchema({"type": "string", "pattern": f"^{_WORD}$", "patternErrorMessage": _NAME}),
]
Target = Annotated[
    str,
    PlainValidator(_target),
    WithJsonSchema({"type": "string", "pattern": rf"^(self\.)?{_WORD}$", "patternErrorMessage": _NAME}),
]
Reference = Annotated[str, PlainValidator(_reference), WithJsonSchema({"type": "string", "minLength": 1})]
References = Annotated[
    list[str],
    PlainValidator(_references),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
Callable = Annotated[
    str,
    PlainValidator(_callable),
    WithJsonSchema({"type": "string", "pattern": r"^[^:]+:[^:]+$|\$\{", "examples": ["bank.demo:transfer"],
                    "patternErrorMessage": "Expected a Python function: package.module:function."}),
]  # fmt: skip
ExceptionName = Annotated[str, PlainValidator(_exception), WithJsonSchema({"type": "string", "examples": sorted(NAMES)})]
EndName = Annotated[str, PlainValidator(_end), WithJsonSchema({"type": "string", "examples": sorted((*NAMES, SYSTEM_EXIT))})]
Duration = Annotated[
    float | str,
    PlainValidator(_duration),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, _LENGTH], "examples": [1, 0.5, "10ms", "2m", "${wait}"]}),
]
Count = Annotated[int | str, PlainValidator(_count_from(1)), WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, _EXPRESSION]})]
CountFromZero = Annotated[
    int | str, PlainValidator(_count_from(0)), WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _EXPRESSION]})
]
Expression = Annotated[
    str, PlainValidator(_condition), WithJsonSchema({"type": ["string", "boolean", "number"], "examples": ["count < 3"]})
]
Flag = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Nothing = Annotated[None, PlainValidator(_nothing), WithJsonSchema({"type": "null"})]
Value = Any
"""Any YAML data; text in it may hold `${…}`."""
ReferenceOrWrites = Annotated[
    str | dict[str, Value],
    PlainValidator(_reference_or_writes),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "object", "minProperties": 1}]}),
]
Arguments = Annotated[
    list[Value] | dict[str, Value],
    PlainValidator(_arguments),
    WithJsonSchema({"anyOf": [{"type": "array"}, {"type": "object"}]}),
]
_T = TypeVar("_T")
Maybe = Annotated[_T | None, BeforeValidator(_present)]
"""A key that may be left out; None is then its default. Written with nothing behind it, it is a mistake."""


class _OrTemplate:
    """Take a value of some type, or in its place text with `${…}`, which is judged when it is computed."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, inner: value if is_template(value) else inner(value), handler(source)
        )

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(core), _EXPRESSION]}


Templated = Annotated[_T, _OrTemplate()]
"""A value of a type, or one `${…}` that gives one."""
