"""A scenario's tags as markers and keywords."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Write = Callable[..., Path]
PRINT = "main: [{print: hello}]"


@pytest.fixture
def tagged(pytester: pytest.Pytester, write: Write, settings: str) -> Callable[..., list[str]]:
    """`tagged(tags, words)` writes a scenario with those tags beside one with none, and names what pytest collects."""

    def collect(tags: str, *words: str) -> list[str]:
        write("scenarios/plain.yaml")
        write("scenarios/tagged.yaml", f"{tags}\n{PRINT}")
        result = pytester.runpytest("--collect-only", "-q", *words)
        assert "rror" not in result.stdout.str() + result.stderr.str()
        return [line.partition("::")[2] for line in result.outlines if "::" in line]

    return collect


@pytest.mark.parametrize(
    "tags",
    ["tags: [slow]", "tags: [ fast, slow ]  # words", "tags:\n  - slow", "tags: ['slow']", "# tags: [none]\ntags: [slow]"],
    ids=["line", "comment", "block", "quoted", "twice"],
)
def test_tag_is_a_marker(tagged: Callable[..., list[str]], tags: str) -> None:
    """`-m` chooses by a tag, however tags are written."""
    assert tagged(tags, "-m", "slow") == ["tagged"]
    assert tagged(tags, "-m", "not slow") == ["plain"]


def test_tag_is_a_keyword(tagged: Callable[..., list[str]]) -> None:
    """`-k` chooses by a tag."""
    assert tagged("tags: [slow]", "-k", "slow") == ["tagged"]


def test_dashes(tagged: Callable[..., list[str]]) -> None:
    """A tag with dashes is a marker as it is."""
    assert tagged("tags: [lock-free]", "-m", "lock-free") == ["tagged"]


@pytest.mark.parametrize("tag", ["two words", "two: words", "two(words)", "_two, words", "two\\\\words"])
def test_tags_that_are_no_markers(tagged: Callable[..., list[str]], tag: str) -> None:
    """What `-m` could not name becomes a dash."""
    assert tagged(f'tags: ["{tag}"]', "-m", "two-words") == ["tagged"]


@pytest.mark.parametrize("tag", ["skip", "xfail", "parametrize", "usefixtures", "timeout"])
def test_markers_with_arguments(pytester: pytest.Pytester, write: Write, settings: str, tag: str) -> None:
    """A tag called like a marker that takes arguments is a keyword only: it neither skips the scenario nor breaks its plugin."""
    pytester.makeconftest(
        """
        def pytest_configure(config):
            config.addinivalue_line("markers", "timeout(seconds): another plugin's.")
        """
    )
    write("scenarios/a.yaml", f"tags: [{tag}]\n{PRINT}")
    result = pytester.runpytest("-m", tag)
    result.assert_outcomes(deselected=1)
    pytester.runpytest("-k", tag).assert_outcomes(failed=1)


def test_marker_that_the_project_has(pytester: pytest.Pytester, write: Write, settings: str) -> None:
    """A marker of the project's own is given as it is."""
    pytester.makefile(".toml", pyproject=settings + 'markers = ["slow: takes long"]\n')
    write("scenarios/a.yaml", f"tags: [slow]\n{PRINT}")
    pytester.makepyfile(test_more="import pytest\n@pytest.mark.slow\ndef test_it(): pass\ndef test_other(): pass")
    result = pytester.runpytest("-m", "slow", "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == ["scenarios/a.yaml::a", "test_more.py::test_it"]


def test_scenarios_have_a_marker(project: pytest.Pytester) -> None:
    """`-m "not scenario"` leaves out every scenario, and `-m scenario` all else."""
    project.makepyfile(test_more="def test_it(): pass")
    project.runpytest("-m", "not scenario").assert_outcomes(passed=1, deselected=2)
    project.runpytest("-m", "scenario").assert_outcomes(passed=2, deselected=1)


def test_tags_of_a_file_with_cases(pytester: pytest.Pytester, write: Write, settings: str) -> None:
    """Each case has the file's tags."""
    write("scenarios/a.yaml", f"tags: [slow]\nparams: {{x: 1}}\ncases: {{one: {{x: 1}}, two: {{x: 2}}}}\n{PRINT}")
    result = pytester.runpytest("-m", "slow", "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == ["scenarios/a.yaml::a[one]", "scenarios/a.yaml::a[two]"]


def test_text_that_speaks_of_tags(tagged: Callable[..., list[str]]) -> None:
    """Tags are read from the file's `tags`, never from a text that looks like it."""
    assert tagged("description: |\n  This says\n  tags: [slow]", "-k", "slow") == []


def test_case_is_where_it_stands(pytester: pytest.Pytester, write: Write, settings: str) -> None:
    """An item of a case has the line of its case, for editors that go there."""
    write("scenarios/a.yaml", f"params: {{x: 1}}\ncases:\n  one: {{x: 1}}\n  two: {{x: 2}}\n{PRINT}")
    items, _ = pytester.inline_genitems()
    assert [(item.name, item.location[:2]) for item in items] == [
        ("a[one]", ("scenarios/a.yaml", 3)),
        ("a[two]", ("scenarios/a.yaml", 4)),
    ]


def test_two_scenarios_with_one_golden(project: pytest.Pytester, write: Write) -> None:
    """Scenarios that would share a golden are an error of collecting, which names both."""
    write("scenarios/hello.yml")
    result = project.runpytest()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*scenarios/hello.yaml and scenarios/hello.yml would share one golden, hello.golden.jsonl; rename one"])
