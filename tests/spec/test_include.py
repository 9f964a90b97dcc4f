"""Files that scenarios include: what may be, what may not, and whose line a mistake is on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import runner
from runner.errors import ScenarioError
from runner.report.problems import render
from runner.spec import loads

Write = Callable[[str, str], Path]
FUNCTION = "schema: 1\nfunctions: {hello: {do: [{print: hello}]}}\n"


@pytest.fixture(name="write")
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A function that writes a file below the test's folder, where it is then run."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


def problems_of(path: Path) -> list[str]:
    """Say what is wrong with a scenario: `file:line:column code` for each problem."""
    with pytest.raises(ScenarioError) as caught:
        runner.load(path)
    assert render(caught.value)
    return [f"{caught.value.source.where(problem.place)} {problem.code}" for problem in caught.value.problems]


def test_functions_classes_and_resources_are_shared(write: Write) -> None:
    """What an included file declares can be used as if it stood in the scenario, parameters of the scenario's included."""
    write("lib/_more.yaml", "schema: 1\nclasses: {C: {run: [{print: a class}]}}\nresources: {guard: lock}\n")
    write("_all.yaml", "schema: 1\ninclude: lib/_more.yaml\nfunctions: {f: {do: [{with: {lock: guard, do: [{print: '${n}'}]}}]}}\n")
    path = write("a.yaml", "schema: 1\ninclude: [_all.yaml]\nparams: {n: 7}\nthreads: {t: {target: f}, c: {class: C}}\n")
    outcome = runner.run(runner.load(path))
    assert [event.value for event in outcome.trace.events if event.op == "print"] == ["7", "a class"]


def test_a_file_reached_twice_counts_once(write: Write) -> None:
    """Two included files may include the same third."""
    write("_f.yaml", FUNCTION)
    write("_a.yaml", "schema: 1\ninclude: _f.yaml\n")
    write("_b.yaml", "schema: 1\ninclude: _f.yaml\n")
    path = write("a.yaml", "schema: 1\ninclude: [_a.yaml, _b.yaml]\nmain: [{run: hello}]\n")
    assert runner.run(runner.load(path)).verdict == "completed"


def test_another_text_is_another_program(write: Write) -> None:
    """A token made before an included file changed does not fit any more."""
    write("_f.yaml", FUNCTION)
    path = write("a.yaml", "schema: 1\ninclude: _f.yaml\nmain: [{run: hello}]\n")
    before = runner.load(path).fingerprint
    write("_f.yaml", FUNCTION.replace("print: hello", "print: goodbye"))
    assert runner.load(path).fingerprint != before


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a.yaml", "sub/../../a.yaml", "C:/a.yaml", "sub\\a.yaml", "missing.yaml", "sub", "${x}", "out/_f.yaml"]
)
def test_what_cannot_be_included(write: Write, tmp_path: Path, name: str) -> None:
    """Nothing outside of the scenario's folder, by whatever way, and nothing that is not there."""
    write("in/sub/_f.yaml", FUNCTION)
    write("other/_f.yaml", FUNCTION)
    (tmp_path / "in" / "out").symlink_to(tmp_path / "other")
    path = write("in/a.yaml", f"schema: 1\ninclude: ['{name}']\nmain: [break]\n")
    assert problems_of(path)[0] == f"{path}:2:11 bad-include"


def test_a_cycle(write: Write) -> None:
    """It is told where it closes."""
    write("_a.yaml", "schema: 1\ninclude: _b.yaml\n")
    write("_b.yaml", "schema: 1\ninclude: _a.yaml\n")
    assert problems_of(write("a.yaml", "schema: 1\ninclude: _a.yaml\nmain: [return]\n")) == ["_b.yaml:2:10 include-cycle"]


def test_a_name_that_is_declared_twice(write: Write) -> None:
    """It could mean either, whichever two files it is in."""
    write("_a.yaml", FUNCTION)
    write("_b.yaml", FUNCTION)
    assert problems_of(write("a.yaml", f"{FUNCTION}include: _a.yaml\nmain: [return]\n")) == ["a.yaml:2:13 name-collision"]
    assert problems_of(write("b.yaml", "schema: 1\ninclude: [_a.yaml, _b.yaml]\nmain: [return]\n")) == ["b.yaml:2:20 name-collision"]


def test_mistakes_are_told_in_the_file_they_are_in(write: Write) -> None:
    """Those of steps and keys, and those of names, with the lines of that file."""
    write("_a.yaml", "schema: 1\nfunctions:\n  f: {do: [{aquire: x}]}\nthreads: {}\n")
    write("_b.yaml", "schema: 1\nfunctions:\n  g: {do: [{acquire: gaurd}]}\n")
    assert problems_of(write("a.yaml", "schema: 1\ninclude: _a.yaml\nmain: [return]\n")) == [
        "_a.yaml:3:13 unknown-verb",
        "_a.yaml:4:1 unknown-key",
    ]
    path = write("b.yaml", "schema: 1\ninclude: _b.yaml\nresources: {guard: lock}\nmain: [{run: g}]\n")
    assert problems_of(path) == ["_b.yaml:3:22 unknown-resource"]
    with pytest.raises(ScenarioError) as caught:
        runner.load(path)
    assert "g: {do: [{acquire: gaurd}]}" in render(caught.value)


def test_a_failure_in_a_run_names_the_included_file(write: Write) -> None:
    """So that the line is found."""
    write("_f.yaml", "schema: 1\nfunctions:\n  f:\n    do:\n      - raise: ValueError\n")
    program = runner.load(write("a.yaml", "schema: 1\ninclude: _f.yaml\nmain: [{run: f}]\n"))
    (failure,) = runner.run(program).failures
    assert failure.op is not None
    assert program.source.where(failure.op.place) == "_f.yaml:5:9"


def test_a_text_includes_nothing() -> None:
    """It stands in no folder."""
    with pytest.raises(ScenarioError) as caught:
        loads("schema: 1\ninclude: _f.yaml\nmain: [return]\n")
    assert [problem.code for problem in caught.value.problems] == ["bad-include"]
