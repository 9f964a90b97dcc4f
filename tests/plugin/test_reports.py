"""Where a failure is, for summaries, JUnit reports and editors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("main:\n  - print: goodbye", '3:5: event 1: expected main: print "hello", was main: print "goodbye"'),
        ("main: [{print: hello}]\nexpect: {printed: [goodbye]}", "3:10: printed line 1: expected 'goodbye', was 'hello'"),
        ("main: [{pirnt: hello}]", "2:9: there is no verb `pirnt` [unknown-verb]"),
        ("resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]", "3:23: deadlock"),
        ("main: [{print: hello}, {raise: ValueError}]", "2:25: failed; main raised ValueError"),
    ],
    ids=["golden", "expectation", "invalid", "deadlock", "exception"],
)
def test_summary_line(project: pytest.Pytester, write: Write, text: str, said: str) -> None:
    """The short summary has the place that is to blame, and why in a few words."""
    write("scenarios/hello.yaml", text)
    result = project.runpytest("-o", "console_output_style=classic", "-vv")
    result.stdout.fnmatch_lines([f"FAILED scenarios/hello.yaml::hello - scenarios/hello.yaml:{said}".replace("[", "[[]")])


def test_missing_golden(project: pytest.Pytester, write: Write) -> None:
    """A golden that is not there is said to be missing."""
    write("scenarios/new.yaml")
    project.runpytest("-vv").stdout.fnmatch_lines(["FAILED * - scenarios/new.yaml:1:1: there is no golden yet"])


@pytest.mark.parametrize("words", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_junit(project: pytest.Pytester, write: Write, words: list[str]) -> None:
    """A JUnit report has the place as file, line and property, the reason as message and the whole report as text."""
    write("scenarios/hello.yaml", "main:\n  - print: goodbye")
    project.runpytest("--junitxml", "report.xml", "-o", "junit_family=xunit1", *words)
    cases = {case.get("name"): case for case in ElementTree.parse(project.path / "report.xml").iter("testcase")}
    assert set(cases) == {"hello", "other"}
    assert cases["other"].find("failure") is None
    hello, failure = cases["hello"], cases["hello"].find("failure")
    assert failure is not None
    assert (hello.get("file"), hello.get("line")) == ("scenarios/hello.yaml", "2")  # pytest counts lines from 0
    properties = {each.get("name"): each.get("value") for each in hello.iter("property")}
    assert properties == {"place": "scenarios/hello.yaml:3:5"}
    assert (failure.get("message") or "").startswith("scenarios/hello.yaml:3:5: event 1: expected")
    assert "the first divergence is event 1:" in (failure.text or "")
    assert "Traceback" not in (failure.text or "")


def test_place_in_an_included_file(project: pytest.Pytester, write: Write) -> None:
    """A failure in a file that a scenario includes has that file's place."""
    write("scenarios/_parts.yaml", "functions:\n  greet:\n    do:\n      - print: goodbye")
    write("scenarios/hello.yaml", "include: [_parts.yaml]\nmain: [{run: greet}]")
    project.runpytest("-vv").stdout.fnmatch_lines(["FAILED scenarios/hello.yaml::hello - scenarios/_parts.yaml:5:9: *"])


def test_line_style(project: pytest.Pytester, write: Write) -> None:
    """`--tb=line` has one line for a failure."""
    write("scenarios/hello.yaml", "main: [{pirnt: hello}]")
    result = project.runpytest("--tb=line")
    result.stdout.fnmatch_lines(["scenarios/hello.yaml:2: scenarios/hello.yaml:2:9: there is no verb `pirnt` [[]unknown-verb]"])
    result.stdout.no_fnmatch_line("*did you mean*")


def test_commands_of_a_ci_service(project: pytest.Pytester, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a CI service reads the output, no text of a scenario is a command to it."""
    monkeypatch.setenv("TF_BUILD", "True")
    write("scenarios/hello.yaml", "main: [{print: '##vso[task.setvariable variable=x]y'}]")
    write("scenarios/deep/other.yml", "main: [{'##vso[x]': 1}]")
    body = "def test_run(scenario): scenario('scenarios/hello.yaml').assert_golden()\n"
    body += "def test_load(scenario): scenario('scenarios/deep/other.yml')\n"
    project.makepyfile(test_it=body)
    result = project.runpytest("-vv")
    result.assert_outcomes(failed=4)
    result.stdout.no_fnmatch_line("*##*")
    result.stdout.fnmatch_lines(["*x23#vso[[]*"])
