"""What pydantic says about a document, as `Problem`s in the words of the scenario language.

One mistake of the author's is one problem: what only follows from another error is left out. Codes and messages of the
models' own checks pass through; pydantic's own error types are each given a code and a message here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from runner.errors import Problem, closest
from runner.spec.advice import (
    OTHER_WORDS,
    duration_advice,
    exception_advice,
    key_advice,
    kind_meant,
    list_advice,
    mapping_advice,
    step_advice,
    steps_advice,
)
from runner.spec.fields import kind_of
from runner.spec.models import Library, Scenario
from runner.spec.resources import RESOURCES, AnyResource
from runner.spec.source import Path, Source
from runner.spec.steps import Step

_KINDS = sorted(RESOURCES)
_LIBRARY = sorted(field.alias or name for name, field in Library.model_fields.items())
_LONGEST_WORD = 60
_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One of pydantic's errors; `path` leads to it in the document as it was written, `loc` in the models."""

    type: str
    loc: Path
    path: Path
    is_key: bool
    value: Any
    message: str
    expected: str
    of_library: bool


def problems_of(error: ValidationError, source: Source, damaged: Sequence[Path], most: int) -> list[Problem]:
    """Translate a validation error, leaving out what is said of values under `damaged` paths.

    `most` bounds the work on a file that is wrong everywhere; one more problem then says that there is more.
    """
    found = [_mistake(item, error.title) for item in error.errors(include_url=False)[: 2 * most]]
    found = [mistake for mistake in found if not any(mistake.path[: len(path)] == path for path in damaged)]
    unknown_schema = [mistake for mistake in found if mistake.type == "unknown-schema"]
    if unknown_schema and type(unknown_schema[0].value) is int:
        found = unknown_schema  # a file of another version: what else is unknown in it may be right there
    missing, unknown = _by_mapping(found, "missing"), _by_mapping(found, "extra_forbidden")
    problems: dict[tuple[str, str, int, int], Problem] = {}  # what several aliases stand for is judged several times
    for mistake in found:
        if mistake.type == "missing" and (_is_misspelt(mistake, missing, unknown) or _is_all_wrong(mistake, source, missing, unknown)):
            continue
        problem = _problem(mistake, source, missing, unknown)
        problems.setdefault((problem.code, problem.message, problem.place.line, problem.place.column), problem)
        if len(problems) == most and mistake is not found[-1]:
            more = Problem("too-many-problems", "there are more problems than these; mend these first", problem.place)
            return [*problems.values(), more]
    return list(problems.values())


def _mistake(item: Any, model: str) -> _Mistake:
    path, is_key = item["loc"], False
    if path[:1] == ("resources",) and len(path) > 2:
        path = (*path[:2], *path[3:])  # pydantic counts the resource's kind as a step of the way
    if path and path[-1] == "[key]":
        path, is_key = path[:-1], True
    expected = str(item.get("ctx", {}).get("expected", ""))
    return _Mistake(item["type"], item["loc"], path, is_key, item["input"], item["msg"], expected, model == Library.__name__)


def _by_mapping(found: Iterable[_Mistake], kind: str) -> dict[Path, list[str]]:
    keys: dict[Path, list[str]] = defaultdict(list)
    for mistake in found:
        if mistake.type == kind:
            keys[mistake.path[:-1]].append(str(mistake.path[-1]))
    return keys


def _is_misspelt(mistake: _Mistake, missing: dict[Path, list[str]], unknown: dict[Path, list[str]]) -> bool:
    """Say whether a missing key is there after all, under a name that is reported as unknown."""
    words = unknown.get(mistake.path[:-1], [])
    return any(_meant(word, mistake, mistake.value, missing, unknown) == mistake.path[-1] for word in words)


def _is_all_wrong(mistake: _Mistake, source: Source, missing: dict[Path, list[str]], unknown: dict[Path, list[str]]) -> bool:
    """Say whether a mapping has none of its keys, and none that is meant for one: it is another shape, which is one mistake."""
    path = mistake.path[:-1]
    written, wrong = _value_at(source, path), unknown.get(path, [])
    if not path or not wrong or not missing.get(path) or not isinstance(written, dict) or len(written) != len(wrong):
        return False
    return all(_meant(word, mistake, written, missing, unknown) is None for word in wrong)


def _problem(mistake: _Mistake, source: Source, missing: dict[Path, list[str]], unknown: dict[Path, list[str]]) -> Problem:
    path, value = mistake.path, mistake.value
    place = source.place(path, key=mistake.is_key)
    match mistake.type:
        case "missing":
            hint = "start the file with `schema: 1`" if path == ("schema",) else None
            return Problem("missing-key", f"{_owner(path[:-1])} needs `{path[-1]}`", place, hint)
        case "extra_forbidden":
            return _unknown_key(mistake, source, missing, unknown)
        case "union_tag_not_found":
            return _no_kind(mistake, source)
        case "union_tag_invalid":
            return _unknown_kind(mistake, source)
        case "model_attributes_type":
            message = f"expected a kind such as lock, or a mapping with `kind`, not {kind_of(value)}"
            return Problem("wrong-type", message, place)
        case "literal_error":
            allowed = mistake.expected.replace("'", "")
            suggestion = _suggest(value, allowed.replace(" or ", ", ").split(", "))
            return Problem("wrong-value", f"expected {allowed}, not {kind_of(value)}", place, _did_you_mean(suggestion))
        case "model_type" | "dict_type":
            keys = _keys_at(path)
            wanted = f"a mapping with {_listed(keys)}" if keys else "a mapping"
            return Problem("wrong-type", f"expected {wanted}, not {kind_of(value)}", place, mapping_advice(path, value, keys))
        case "list_type":
            return Problem("wrong-type", f"expected a list, not {kind_of(value)}", place, list_advice(path))
        case "string_type":
            return Problem("wrong-type", f"expected text, not {kind_of(value)}", place)
        case "no-verb" | "two-verbs" | "thread-body" | "nothing-to-run":
            return Problem(mistake.type, _cut(mistake.message), place, step_advice(value))
        case "bad-duration":
            return Problem("bad-duration", _cut(mistake.message), place, duration_advice(path, value))
        case "wrong-type" if "a list of steps" in mistake.message:
            return Problem("wrong-type", mistake.message, place, steps_advice(value))
        case "wrong-type" if mistake.message.startswith("expected a mapping with"):
            return Problem("wrong-type", mistake.message, place, mapping_advice(path, value, _keys_at(mistake.loc)))
        case "unknown-exception":
            return Problem("unknown-exception", _cut(mistake.message), place, exception_advice(value))
        case own if "_" not in own:  # our own codes are words with hyphens
            words = mistake.expected.replace(" or ", ", ").split(", ")
            return Problem(own, _cut(mistake.message), place, _did_you_mean(_suggest(value, words)))
        case _:
            return Problem("wrong-value", f"{kind_of(value)} cannot stand here", place)


def _unknown_key(mistake: _Mistake, source: Source, missing: dict[Path, list[str]], unknown: dict[Path, list[str]]) -> Problem:
    mapping, word = mistake.path[:-1], str(mistake.path[-1])
    place = source.place(mistake.path, key=True)
    step = _model_at(mistake.loc[:-1]) is Step
    owner = None if step else next((part for part in reversed(mapping) if isinstance(part, str)), "")
    suggestion = key_advice(owner, word, mistake.value, source.root) or _did_you_mean(
        _meant(word, mistake, _value_at(source, mapping), missing, unknown)
    )
    if not mapping and mistake.of_library:
        return Problem("unknown-key", f"a file that is included has no key `{_shorten(word)}`", place, f"it may have {_listed(_LIBRARY)}")
    allowed = _listed(_keys_at(mistake.loc[:-1]))
    if step:
        return Problem("unknown-verb", f"there is no verb `{_shorten(word)}`", place, suggestion or f"the verbs are {allowed}")
    lacking = _listed([f"`{key}`" for key in missing.get(mapping, [])])
    may_have = f"it needs {lacking}" if _is_all_wrong(mistake, source, missing, unknown) else f"it may have {allowed}"
    return Problem("unknown-key", f"{_owner(mapping)} has no key `{_shorten(word)}`", place, suggestion or may_have)


def _meant(word: str, mistake: _Mistake, siblings: Any, missing: dict[Path, list[str]], unknown: dict[Path, list[str]]) -> str | None:
    """Guess which key of the mapping with this mistake an unknown one was meant to be."""
    if len(word) > _LONGEST_WORD:
        return None
    present = siblings if isinstance(siblings, dict) else {}
    free = [key for key in _keys_at(mistake.loc[:-1]) if key not in present]
    if OTHER_WORDS.get(word) in free:
        return OTHER_WORDS[word]
    lacking = missing.get(mistake.path[:-1], [])
    guess = closest(word, lacking) or closest(word, free)
    if guess is None and mistake.path[:-1] and len(lacking) == len(unknown.get(mistake.path[:-1], [])) == 1:
        guess = lacking[0]  # one is missing and one too many
    return guess


def _no_kind(mistake: _Mistake, source: Source) -> Problem:
    for word in mistake.value if isinstance(mistake.value, dict) else ():
        if word == "type" or _suggest(word, ["kind"]):
            place = source.place((*mistake.path, word), key=True)
            return Problem("unknown-key", f"{_owner(mistake.path)} has no key `{word}`", place, "did you mean 'kind'?")
    place = source.place(mistake.path)
    return Problem("missing-key", f"{_owner(mistake.path)} needs `kind`", place, f"one of {_listed(_KINDS)}")


def _unknown_kind(mistake: _Mistake, source: Source) -> Problem:
    kind = mistake.value.get("kind") if isinstance(mistake.value, dict) else None
    place = source.place((*mistake.path, "kind"))  # the short form has no such key, and the walk ends at the kind itself
    if not isinstance(kind, str):
        return Problem("wrong-type", f"expected a kind of resource, not {kind_of(kind)}", place, f"one of {_listed(_KINDS)}")
    suggestion = _did_you_mean(_suggest(kind_meant(kind), _KINDS)) or f"one of {_listed(_KINDS)}"
    return Problem("unknown-kind", f"there is no resource of kind '{_shorten(kind)}'", place, suggestion)


def _suggest(word: Any, candidates: Iterable[str]) -> str | None:
    return closest(word.lower(), candidates) if isinstance(word, str) and len(word) <= _LONGEST_WORD else None


def _did_you_mean(word: str | None) -> str | None:
    return f"did you mean '{word}'?" if word else None


def _owner(path: Path) -> str:
    """Name the mapping at a path by the nearest key above it."""
    for part in reversed(path):
        if isinstance(part, str):
            return f"`{_shorten(part)}`"
    return "a scenario"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _shorten(word: str) -> str:
    return word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD] + "…"


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + "…"


def _value_at(source: Source, path: Path) -> Any:
    value = source.root
    for part in path:
        try:
            value = value[part]
        except (LookupError, TypeError):
            return None
    return value


def _keys_at(path: Path) -> list[str]:
    """Return the keys that the mapping at a path may have; none where any are allowed."""
    model = _model_at(path)
    return sorted(field.alias or name for name, field in model.model_fields.items()) if model else []


def _model_at(path: Path) -> type[BaseModel] | None:
    found: Any = Scenario
    for part in path:
        found = _inside(found, part)
    return next((option for option in _options(found) if isinstance(option, type) and issubclass(option, BaseModel)), None)


def _inside(annotation: Any, part: str | int) -> Any:
    if annotation == AnyResource:
        return RESOURCES.get(str(part), Any)
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            for name, field in option.model_fields.items():
                if part in (field.alias, name):
                    return field.annotation
        elif get_origin(option) in (list, dict):
            return get_args(option)[-1]
    return Any


def _options(annotation: Any) -> list[Any]:
    """Take `Annotated[…]` and `… | …` apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [option for arg in get_args(annotation) for option in _options(arg)]
    return [annotation]
