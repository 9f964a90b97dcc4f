"""`init`: the starter scenario, and editors set up for scenarios."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.cli.json_text import with_additions
from runner.spec.schema import schema_text
from runner.suite import load

SCHEMA = ".vscode/threadscore.schema.json"
SETTINGS = Path(".vscode/settings.json")
EXTENSIONS = Path(".vscode/extensions.json")
OURS = {"yaml.schemas": {SCHEMA: ["scenarios/**/*.yaml", "scenarios/**/*.yml"]}}
LINES = json.dumps(OURS, indent=4)


@pytest.fixture
def settings() -> Callable[[str], None]:
    """`settings(text)` writes the author's own settings."""

    def settings(text: str) -> None:
        SETTINGS.parent.mkdir(exist_ok=True)
        SETTINGS.write_bytes(text.encode())

    return settings


def test_starter_is_written(cli: Callable[..., Any]) -> None:
    """Without a path it is scenario.yaml."""
    said = cli("init")
    assert (said.code, said.err) == (0, "")
    assert said.out == "wrote scenario.yaml; run it with: python -m runner run scenario.yaml\n"
    assert Path("scenario.yaml").exists()


def test_starter_works(cli: Callable[..., Any]) -> None:
    """What is written is valid, runs, can be accepted, and then passes."""
    cli("init", "deep/first.yaml")
    assert cli("validate", "deep").lines == ["1 valid"]
    assert cli("run", "deep/first.yaml").code == 0
    assert cli("accept", "deep").code == 0
    assert cli("test", "deep").code == 0


def test_starter_shows_no_difference_between_seeds(cli: Callable[..., Any]) -> None:
    """Its lock does what it is for: the total is right whoever goes when."""
    cli("init")
    assert {cli("run", "-q", "scenario.yaml", "--seed", str(seed)).code for seed in range(20)} == {0}


def test_starter_can_be_overridden(cli: Callable[..., Any]) -> None:
    """The override that its comment tells works."""
    cli("init")
    assert cli("run", "scenario.yaml", "--set", "rounds=5").code == 0


def test_starter_says_how_to_run_it(cli: Callable[..., Any]) -> None:
    """The commands in its comments name the file."""
    cli("init", "deep/first.yaml")
    text = Path("deep/first.yaml").read_text()
    for verb in ("run", "accept", "test"):
        assert f"python -m runner {verb} deep/first.yaml" in text


def test_nothing_is_overwritten(cli: Callable[..., Any]) -> None:
    """A file that is there stays as it is."""
    Path("scenario.yaml").write_text("mine")
    said = cli("init")
    assert (said.code, said.out, said.err) == (2, "", "error: scenario.yaml exists already; name another file\n")
    assert Path("scenario.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["scenario.txt", "scenario", "scenario.json"])
def test_other_ending(cli: Callable[..., Any], name: str) -> None:
    """A scenario's name ends as scenarios' names do."""
    said = cli("init", name)
    assert (said.code, said.err) == (2, f"error: {name}: a scenario's name ends in .yaml\n")
    assert not Path(name).exists()


@pytest.mark.parametrize(
    "stem", ["null", "True", "1", "1e3", "0x1F", "a: b", "# x", "[x", "it's", 'say "so"', "a b", "ünï→😀", "- x", "~", "a{b}", "${x}", "on"]
)
def test_any_name_will_do(cli: Callable[..., Any], stem: str) -> None:
    """Whatever the file is called, the starter is valid and the scenario is called the same."""
    said = cli("init", f"./{stem}.yaml")
    assert said.code == 0
    assert load(f"{stem}.yaml").name == stem


def test_name_with_a_line_break(cli: Callable[..., Any]) -> None:
    """A line break in a name does not break out of the comment that the name is in."""
    cli("init", "a\nb: c.yaml")
    assert load("a\nb: c.yaml").name == "a\nb: c"


def test_folder_that_cannot_be_made(cli: Callable[..., Any]) -> None:
    """A file in place of a folder is told."""
    Path("file").write_text("")
    said = cli("init", "file/a.yaml")
    assert said.code == 2
    assert said.err.startswith("error: cannot write file")


def test_vscode_is_set_up(cli: Callable[..., Any]) -> None:
    """Settings, schema and recommendation are written, and no scenario."""
    said = cli("init", "--editor", "vscode")
    assert (said.code, said.err) == (0, "")
    assert said.lines == [f"wrote {name}" for name in (SCHEMA, SETTINGS, EXTENSIONS)]
    assert Path(SCHEMA).read_text("utf-8") == schema_text()
    assert json.loads(SETTINGS.read_text()) == OURS
    assert json.loads(EXTENSIONS.read_text()) == {"recommendations": ["redhat.vscode-yaml"]}
    assert [path.name for path in Path().iterdir()] == [".vscode"]


def test_another_folder_is_set_up(cli: Callable[..., Any]) -> None:
    """PATH is the folder that the editor opens; the settings name the schema as seen from there."""
    Path("project").mkdir()
    assert cli("init", "--editor", "vscode", "project").lines[0] == f"wrote project/{SCHEMA}"
    assert json.loads((Path("project") / SETTINGS).read_text()) == OURS


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder_is_not_set_up(cli: Callable[..., Any], name: str) -> None:
    """A folder is not made of a slip of the pen."""
    Path("file").write_text("mine")
    said = cli("init", "--editor", "vscode", name)
    assert (said.code, said.err) == (2, f"error: {name} is no folder\n")
    assert [path.name for path in Path().iterdir()] == ["file"]


def test_which_files_are_scenarios(cli: Callable[..., Any]) -> None:
    """`--match` says it, and what was said before stays."""
    cli("init", "--editor", "vscode", "--match", "a/*.yaml", "--match", "b/*.yaml")
    assert json.loads(SETTINGS.read_text()) == {"yaml.schemas": {SCHEMA: ["a/*.yaml", "b/*.yaml"]}}
    cli("init", "--editor", "vscode", "--match", "c/*.yaml")
    assert json.loads(SETTINGS.read_text()) == {"yaml.schemas": {SCHEMA: ["a/*.yaml", "b/*.yaml", "c/*.yaml"]}}


def test_match_without_an_editor(cli: Callable[..., Any]) -> None:
    """It would say nothing about a starter."""
    said = cli("init", "--match", "a/*.yaml")
    assert (said.code, said.err) == (2, "error: --match goes with --editor\n")
    assert not Path("scenario.yaml").exists()


def test_unknown_editor(cli: Callable[..., Any]) -> None:
    """The editors that are known are named."""
    said = cli("init", "--editor", "ed")
    assert said.code == 2
    assert "'vscode'" in said.err


def test_what_is_up_to_date_is_not_touched(cli: Callable[..., Any]) -> None:
    """The second time nothing is written, and that is said."""
    cli("init", "--editor", "vscode")
    before = {path: path.stat().st_mtime_ns for path in Path(".vscode").iterdir()}
    said = cli("init", "--editor", "vscode")
    assert (said.code, said.err) == (0, "")
    assert said.lines == [f"{name} is up to date" for name in (SCHEMA, SETTINGS, EXTENSIONS)]
    assert {path: path.stat().st_mtime_ns for path in Path(".vscode").iterdir()} == before


def test_an_old_schema_is_renewed(cli: Callable[..., Any]) -> None:
    """The schema is not the author's file: it is that of the version that writes it."""
    cli("init", "--editor", "vscode")
    Path(SCHEMA).write_text("{}")
    assert cli("init", "--editor", "vscode").lines[0] == f"wrote {SCHEMA}"
    assert Path(SCHEMA).read_text("utf-8") == schema_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{\n  "a": 1.50\n}\n', '{\n  "a": 1.50,\n  "yaml.schemas": {\n    "%s": [\n      "x"\n    ]\n  }\n}\n'),
        ('{\r\n\t"a": {}\r\n}', '{\r\n\t"a": {},\r\n\t"yaml.schemas": {\r\n\t\t"%s": [\r\n\t\t\t"x"\r\n\t\t]\r\n\t}\r\n}'),
        ('{"a": 1, "b": [1,2]}', '{"a": 1, "b": [1,2], "yaml.schemas": {"%s": ["x"]}}'),
        ('{"yaml.schemas": {"s": "y"}, "b": 2}\n', '{"yaml.schemas": {"s": "y", "%s": ["x"]}, "b": 2}\n'),
        ('{\n  "yaml.schemas": {}\n}', '{\n  "yaml.schemas": {\n    "%s": [\n      "x"\n    ]\n  }\n}'),
        ("{}", '{\n    "yaml.schemas": {\n        "%s": [\n            "x"\n        ]\n    }\n}'),
        (" \n", '{\n    "yaml.schemas": {\n        "%s": [\n            "x"\n        ]\n    }\n}\n'),
    ],
)
def test_settings_are_added_to(cli: Callable[..., Any], settings: Callable[[str], None], before: str, after: str) -> None:
    """What the author has stays as it is written, and what is added is laid out alike."""
    settings(before)
    said = cli("init", "--editor", "vscode", "--match", "x")
    assert (said.code, said.err) == (0, "")
    assert SETTINGS.read_bytes().decode() == after % SCHEMA


@pytest.mark.parametrize(
    "text",
    [
        '{\n  // mine\n  "a": 1\n}',
        '{\n  "a": 1, /* mine */\n  "b": 2\n}',
        '{"a": 1,}',
        '{"a": 1, "a": 2}',
        '{"a": 1',
        "\ufeff{}",
        "[" * 100_000,
    ],
)
def test_settings_that_are_no_plain_json(cli: Callable[..., Any], settings: Callable[[str], None], text: str) -> None:
    """They stay as they are, the lines to add are shown, and everything else is written."""
    settings(text)
    said = cli("init", "--editor", "vscode")
    assert said.code == 2
    assert said.lines == [f"wrote {SCHEMA}", f"wrote {EXTENSIONS}"]
    assert said.err == f"error: {SETTINGS} has comments or is no plain JSON; it is left as it is. Add to it:\n{LINES}\n"
    assert SETTINGS.read_bytes().decode() == text


@pytest.mark.parametrize("text", ["[]", '"a"', '{"yaml.schemas": 1}', json.dumps({"yaml.schemas": {SCHEMA: "x"}})])
def test_settings_of_another_shape(cli: Callable[..., Any], settings: Callable[[str], None], text: str) -> None:
    """What stands in the place of a setting is not overwritten."""
    settings(text)
    said = cli("init", "--editor", "vscode")
    assert said.code == 2
    assert said.err == f"error: {SETTINGS} holds something else where this goes; it is left as it is. Add to it:\n{LINES}\n"
    assert SETTINGS.read_text() == text


def test_settings_with_comments_that_lack_nothing(cli: Callable[..., Any], settings: Callable[[str], None]) -> None:
    """Once the author has added the lines, the command is content."""
    settings('{\n  // "a": 1, /*\n  "url": "http://a/*b*/,]",\n' + LINES[1:-1] + ",\n}\n")
    said = cli("init", "--editor", "vscode")
    assert (said.code, said.lines[1]) == (0, f"{SETTINGS} is up to date")


def test_settings_that_are_no_text(cli: Callable[..., Any]) -> None:
    """Bytes that are no UTF-8 stay as they are."""
    SETTINGS.parent.mkdir()
    SETTINGS.write_bytes(b"\xff{}")
    said = cli("init", "--editor", "vscode")
    assert said.code == 2
    assert said.err.startswith(f"error: {SETTINGS} is no UTF-8 text; it is left as it is.")
    assert SETTINGS.read_bytes() == b"\xff{}"


def test_a_recommendation_is_added(cli: Callable[..., Any]) -> None:
    """It comes behind those that there are."""
    EXTENSIONS.parent.mkdir()
    EXTENSIONS.write_text('{"recommendations": ["a.b"], "unwantedRecommendations": []}')
    cli("init", "--editor", "vscode")
    assert EXTENSIONS.read_text() == '{"recommendations": ["a.b", "redhat.vscode-yaml"], "unwantedRecommendations": []}'


@pytest.mark.parametrize("inside", [SETTINGS, Path(SCHEMA)])
def test_a_folder_in_place_of_a_file(cli: Callable[..., Any], inside: Path) -> None:
    """It is told, and nothing is written."""
    inside.mkdir(parents=True)
    said = cli("init", "--editor", "vscode")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: cannot ")
    assert list(Path(".vscode").iterdir()) == [inside]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON), st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_whatever_is_there_stays(found: dict[str, Any], indent: int | str | None, escape: bool) -> None:
    """What is added stands in one place, and the text stands around it letter for letter, whatever its layout."""
    text = json.dumps(found, indent=indent, ensure_ascii=escape)
    key = "".join(found) + "!"
    added = with_additions(text, {key: {"x": ["y"]}})
    assert json.loads(added) == {**found, key: {"x": ["y"]}}
    assert any(added.startswith(text[:place]) and added.endswith(text[place:]) for place in range(len(text)))
