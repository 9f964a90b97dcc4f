"""The schema as an author meets it: what a real language server completes, shows and underlines."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from runner.cli import run_command_line
from runner.spec.forms import Form, With
from runner.spec.models import Expect, Scenario, Thread
from runner.spec.resources import AnyResource
from runner.spec.steps import BARE_VERBS, VERBS, Step

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
KINDS = {get_args(kind.model_fields["kind"].annotation)[0]: kind for kind in get_args(get_args(AnyResource)[0])}
FORMS = {
    name.rstrip("_"): option
    for name, field in Step.model_fields.items()
    for option in get_args(field.annotation)
    if inspect.isclass(option) and issubclass(option, Form)
}


def keys_of(model: Any) -> set[str]:
    """Name the keys of a model's mapping."""
    return {field.alias or name for name, field in model.model_fields.items()}


def cursor(text: str) -> tuple[str, int, int]:
    """Take the `|` out of a text and say on which line and column it was, from 0."""
    before, _, after = text.partition("|")
    return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1


@pytest.fixture
def completed(editor: Any) -> Callable[[str], dict[str, str]]:
    """`completed(text)` gives what is offered at the `|`: each word with its documentation."""

    def completed(text: str) -> dict[str, str]:
        text, line, column = cursor(text)
        found = editor.at("completion", editor.open(text), line, column)["items"]
        return {item["label"]: item.get("documentation", "") for item in found}

    return completed


@pytest.fixture
def inserted(editor: Any) -> Callable[[str, str], str]:
    """`inserted(text, word)` gives what the word becomes when it is chosen at the `|`, without the stops of a snippet."""

    def inserted(text: str, word: str) -> str:
        text, line, column = cursor(text)
        found = editor.at("completion", editor.open(text), line, column)["items"]
        (item,) = [item for item in found if item["label"] == word]
        return re.sub(r"\$\d|\$\{\d\}", "", item["textEdit"]["newText"])

    return inserted


@pytest.fixture
def shown(editor: Any) -> Callable[[str], str]:
    """`shown(text)` gives what is shown for the word at the `|`, without Markdown's escapes."""

    def shown(text: str) -> str:
        text, line, column = cursor(text)
        return re.sub(r"\\(.)", r"\1", editor.at("hover", editor.open(text), line, column)["contents"]["value"])

    return shown


@pytest.fixture
def underlined(editor: Any) -> Callable[[str], list[tuple[str, str]]]:
    """`underlined(text)` gives each text that is underlined, and what is said about it."""

    def underlined(text: str) -> list[tuple[str, str]]:
        return [(part(text, found["range"]), found["message"]) for found in editor.diagnostics(editor.open(text))]

    return underlined


def part(text: str, place: dict[str, Any]) -> str:
    """Cut a range on one line out of a text, with its position before it, as people count."""
    line, first, last = place["start"]["line"], place["start"]["character"], place["end"]["character"]
    assert place["end"]["line"] == line
    return f"{line + 1}:{first + 1} {text.splitlines()[line][first:last]}"


def described(model: Any) -> dict[str, str]:
    """Give a model's keys with the docstrings under them in the source."""
    sources = [inspect.getsource(each) for each in reversed(model.__mro__) if each.__module__.startswith("runner.")]
    found = re.findall(r'^    (\w+): .*\n    """(.*)"""$', "\n".join(sources), re.MULTILINE)
    return {key.rstrip("_"): text for key, text in found}


@pytest.mark.parametrize(
    "place",
    [
        "main:\n  - |\n",
        "main:\n  - print: hello\n  - |\n",
        "main:\n  - a|\n",
        "threads:\n  t:\n    do:\n      - |\n",
        "functions:\n  f:\n    do:\n      - with:\n          lock: a\n          do:\n            - |\n",
    ],
)
def test_every_verb_is_offered(completed: Callable[[str], dict[str, str]], place: str) -> None:
    """Where a step begins, all verbs are offered, each with what it does."""
    offered = completed(f"schema: 1\n{place}")
    assert offered.keys() == VERBS
    assert all(offered.values())


@pytest.mark.parametrize("verb", sorted(FORMS))
def test_a_verbs_keys_are_offered(completed: Callable[[str], dict[str, str]], verb: str) -> None:
    """Under a verb, its keys are offered, and beyond them only all that it needs at once."""
    offered = completed(f"schema: 1\nmain:\n  - {verb}:\n      |\n")
    assert keys_of(FORMS[verb]) <= offered.keys()
    assert len(offered) <= len(keys_of(FORMS[verb])) + 1
    assert all(offered.values())


def test_keys_that_are_there_are_not_offered(completed: Callable[[str], dict[str, str]]) -> None:
    """What a mapping has already is not offered again."""
    assert completed("schema: 1\nmain:\n  - acquire:\n      lock: a\n      |\n").keys() == keys_of(FORMS["acquire"]) - {"lock"}


def test_the_files_keys_are_offered(completed: Callable[[str], dict[str, str]]) -> None:
    """At the left margin, the sections of a scenario are offered."""
    assert completed("schema: 1\n|\n").keys() - {"Concurrency scenario"} == keys_of(Scenario) - {"schema"}


@pytest.mark.parametrize("place", ["r: |", "r:\n    kind: |"])
def test_kinds_are_offered(completed: Callable[[str], dict[str, str]], place: str) -> None:
    """Each kind of resource is offered in both forms, with its model's docstring."""
    assert completed(f"schema: 1\nresources:\n  {place}\n") == {kind: inspect.cleandoc(model.__doc__) for kind, model in KINDS.items()}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kinds_keys_are_offered(completed: Callable[[str], dict[str, str]], kind: str) -> None:
    """Once the kind is there, the keys of that kind are offered and no other's."""
    offered = completed(f"schema: 1\nresources:\n  r:\n    kind: {kind}\n    |\n").keys()
    everything_needed = kind.replace("_", " ")  # is offered under the kind's name, where a kind needs something
    assert offered - {everything_needed} == keys_of(KINDS[kind]) - {"kind"}


def test_values_are_offered(completed: Callable[[str], dict[str, str]]) -> None:
    """Where only some words may stand, they are offered."""
    assert "deadlock" in completed("schema: 1\nexpect:\n  outcome: |\n")
    assert {"true", "false"} == completed("schema: 1\nmain:\n  - acquire:\n      lock: a\n      blocking: |\n").keys()


@pytest.mark.parametrize(
    ("verb", "text"),
    [
        ("acquire", "acquire:"),
        ("with", "with:\n    lock: \n    do:\n      -"),
        ("forever", "forever:\n    -"),
        ("break", "break"),
        ("continue", "continue"),
        ("raise", "raise:"),
        ("return", "return:"),
    ],
)
def test_what_is_inserted_can_be_gone_on_with(inserted: Callable[[str, str], str], verb: str, text: str) -> None:
    """A verb is inserted in its short form, or else with the keys it needs in their order, and a bare word as that."""
    assert inserted("schema: 1\nmain:\n  - |\n", verb).rstrip() == text


@pytest.mark.parametrize(
    ("place", "model"),
    [("- wi|th: {lock: a, do: [break]}", With), ("- acq|uire: a", FORMS["acquire"]), ("- acq|uire: {lock: a}", FORMS["acquire"])],
)
def test_hover_on_a_verb(shown: Callable[[str], str], place: str, model: Any) -> None:
    """A verb is explained by its model's docstring, in either form."""
    assert inspect.cleandoc(model.__doc__) in shown(f"schema: 1\nmain:\n  {place}\n")


@pytest.mark.parametrize("verb", sorted(VERBS - FORMS.keys() - {*BARE_VERBS}))
def test_hover_on_a_verb_without_a_model(shown: Callable[[str], str], verb: str) -> None:
    """A verb with no mapping form is explained by the docstring under its field."""
    text = described(Step)[verb]
    assert text in shown(f"schema: 1\nmain:\n  - |{verb}: 1\n")


@pytest.mark.parametrize(("key", "text"), described(With).items())
def test_hover_on_a_verbs_key(shown: Callable[[str], str], key: str, text: str) -> None:
    """A verb's key is explained by the docstring under it."""
    assert text in shown("schema: 1\nmain:\n  - with:\n      lock: a\n      do: [break]\n".replace(f" {key}:", f" |{key}:"))


@pytest.mark.parametrize(("key", "text"), described(Thread).items())
def test_hover_on_a_threads_key(shown: Callable[[str], str], key: str, text: str) -> None:
    """A thread's key is explained by the docstring under it."""
    assert text in shown(f"schema: 1\nthreads:\n  t:\n    |{key}: x\n")


@pytest.mark.parametrize("key", ["resources", "threads", "main", "expect"])
def test_hover_on_a_section(shown: Callable[[str], str], key: str) -> None:
    """A section is explained by the docstring under it, also where its model has one too."""
    assert described(Scenario)[key] in shown(f"schema: 1\n|{key}: {{}}\n")


def test_hover_on_a_resource(shown: Callable[[str], str]) -> None:
    """A resource is explained by its kind's docstring, in either form."""
    for place in ("|gate: queue", "|gate: {kind: queue}"):
        assert inspect.cleandoc(KINDS["queue"].__doc__) in shown(f"schema: 1\nresources: {{{place}}}\n")


def test_hover_on_an_expectation(shown: Callable[[str], str]) -> None:
    """What a key under `expect` means is told, and which words it may hold."""
    said = shown("schema: 1\nexpect:\n  |outcome: failed\n")
    assert described(Expect)["outcome"] in said
    assert "`deadlock`" in said


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("main:\n  - aquire: a", "3:5 aquire", "Property aquire is not allowed."),
        ("main:\n  - acquire: {lock: a, timeuot: 1}", "3:24 timeuot", "Property timeuot is not allowed."),
        ("mian: [break]", "2:1 mian", "Property mian is not allowed."),
        ("main:\n  - brake", "3:5 brake", "Expected a step: a mapping with one verb, such as `sleep: 1`."),
        ("main:\n  - acquire: {timeout: 1}", "3:5 acquire", 'Missing property "lock".'),
        ("main:\n  - with:\n      lock: a", "3:5 with", 'Missing property "do".'),
        ("main:\n  - with: a", "3:11 a", "Expected a mapping with lock and do."),
        ("main:\n  - acquire: 3", "3:14 3", "Incorrect type. Expected one of string, object."),
        ("main:\n  - acquire: {lock: a, blocking: yes}", "3:34 yes", 'Incorrect type. Expected "boolean".'),
        ("main:\n  - sleep: []", "3:12 []", "Incorrect type. Expected one of string, number."),
        ("main:\n  - sleep: 10 sec", "3:12 10 sec", "Expected a duration: seconds (2, 0.5) or with a unit (10ms, 1.5s, 2m)."),
        ("main:\n  - repeat: {times: x, do: [break]}", "3:21 x", "Expected a whole number, or ${…}."),
        ("main:\n  - repeat: {times: 0, do: [break]}", "3:21 0", "Value is below the minimum of 1."),
        ("main:\n  - {sleep: 1, print: x}", "3:5 {sleep: 1, print: x}", "Object has more properties than limit of 1."),
        ("main: []", "2:7 []", "Array has too few items. Expected 1 or more."),
        ("threads: {t: 3}", "2:14 3", "Expected a mapping."),
        ("params: 3", "2:9 3", "Expected a mapping."),
        ("resources: {r: {maxsize: 1}}", "2:13 r", 'Missing property "kind".'),
        ("resources: {r: {kind: queue, maxsise: 1}}", "2:30 maxsise", "Property maxsise is not allowed."),
        ("resources: {r: {kind: queue, parties: 1}}", "2:30 parties", "Property parties is not allowed."),
        ("resources: {r: {kind: barrier}}", "2:13 r", 'Missing property "parties".'),
    ],
)
def test_one_mistake_is_underlined_once(underlined: Callable[[str], list[tuple[str, str]]], text: str, where: str, message: str) -> None:
    """Each mistake is underlined where it is, once, and in words that say what to write."""
    assert underlined(f"schema: 1\n{text}\n") == [(where, message)]


@pytest.mark.parametrize("resource", ["lok", "3", "{kind: lok}"])
def test_an_unknown_kind(underlined: Callable[[str], list[tuple[str, str]]], resource: str) -> None:
    """A kind that there is not is underlined once, and all kinds are named."""
    ((_, message),) = underlined(f"schema: 1\nresources: {{r: {resource}}}\n")
    assert message.startswith("Value is not accepted.")
    assert all(f'"{kind}"' in message for kind in KINDS)


@pytest.mark.parametrize("version", ["2", "one", '"1"'])
def test_another_version(underlined: Callable[[str], list[tuple[str, str]]], version: str) -> None:
    """A version that is not 1 is one mistake, of whatever type it is."""
    assert underlined(f"schema: {version}\nmain: [break]\n") == [(f"1:9 {version}", "Value must be 1.")]


def test_nothing_is_underlined_in_a_valid_scenario(editor: Any) -> None:
    """The server has nothing against any scenario of this repository."""
    opened = {path: editor.open(re.sub(r"\A# yaml-language-server.*\n", "", path.read_text("utf-8"))) for path in SCENARIOS}
    assert {path.name: found for path, uri in opened.items() if (found := editor.diagnostics(uri))} == {}


def test_the_line_in_the_file_is_enough(start_server: Callable[..., Any]) -> None:
    """Without any setting, a scenario's first line leads the server to the schema."""
    editor = start_server({})
    assert SCENARIOS[0].read_text("utf-8").startswith("# yaml-language-server: $schema=")
    text = "schema: 1\nmian: [break]\n"
    without = editor.open(text, SCENARIOS[0].with_name("without.yaml"))
    named = editor.open(f"# yaml-language-server: $schema=../../schemas/scenario.schema.json\n{text}", SCENARIOS[0])
    assert [found["message"] for found in editor.diagnostics(named)] == ["Property mian is not allowed."]
    assert editor.diagnostics(without) == []


def test_what_init_writes_for_vscode_works(start_server: Callable[..., Any], tmp_path: Path) -> None:
    """With the settings of `init --editor vscode`, files under scenarios are checked, in that folder alone, and no others."""
    assert run_command_line(["init", "--editor", "vscode", str(tmp_path)]) == 0
    settings = json.loads((tmp_path / ".vscode" / "settings.json").read_text("utf-8"))
    editor = start_server(settings["yaml.schemas"], tmp_path)
    text = "schema: 1\nmian: [break]\n"
    inside = [editor.open(text, tmp_path / "scenarios" / name) for name in ("a.yaml", "b.yml", "deep/down/c.yaml")]
    outside = editor.open(text, tmp_path / "other.yaml")
    for scenario in inside:
        assert [found["message"] for found in editor.diagnostics(scenario)] == ["Property mian is not allowed."]
    assert editor.diagnostics(outside) == []
