"""Whatever the bytes, loading gives a scenario or a `ScenarioError` that can be shown."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.errors import ScenarioError
from runner.report.problems import render
from runner.spec import loads

YAMLISH = st.text(alphabet="ab:- \n\t[]{}'\"#&*!|>%@`,?~.0123456789<$\\éà\u2028\ud800\x00", max_size=200)
FRAGMENTS = st.sampled_from(
    ["null", "*pause", "&pause ", "!x ", "- ", ": ", "\n", "  ", "\t", "[", "]", "{", "}", "'", '"', "${", "1e999", "-1", "yes", "<<: ",
     "? ", "9" * 5000, "---\n", "...\n", "schema: 2\n", "{}", "[]", "1: ", "\ufeff", "# ", "|\n"]
)  # fmt: skip
fuzz = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survive(text: str | bytes) -> None:
    """Load a text; a `ScenarioError` has problems that lie within the file, and can be shown."""
    try:
        loads(text)
    except ScenarioError as error:
        failure = error
    else:
        return
    assert render(failure)
    for problem in failure.problems:
        assert 1 <= problem.place.line <= max(1, len(failure.source.lines))
        assert problem.place.column >= 1
        assert problem.place.width >= 1


@fuzz
@given(st.text() | YAMLISH)
def test_random_text(text: str) -> None:
    """Text from anywhere."""
    survive(text)


@fuzz
@given(st.binary())
def test_random_bytes(data: bytes) -> None:
    """Bytes from anywhere."""
    survive(data)


@fuzz
@given(YAMLISH)
def test_random_text_within_a_scenario(text: str) -> None:
    """Text from anywhere, where a value may stand."""
    survive(f"schema: 1\nmain:\n  - print: {text}\n")


@fuzz
@given(st.data())
def test_mutations_of_a_scenario(valid: str, data: st.DataObject) -> None:
    """A valid scenario with pieces cut out, doubled, moved and replaced."""
    text = valid
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        piece = data.draw(FRAGMENTS | st.just(text[start:end] * 2) | st.just("") | YAMLISH)
        text = text[:start] + piece + text[end:]
    survive(text)


@fuzz
@given(st.data())
def test_mutations_of_single_values(valid: str, data: st.DataObject) -> None:
    """A valid scenario with one value or key exchanged for another, so that it mostly stays YAML."""
    lines = valid.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[number].partition(":")
    numbers = st.integers().map(str) | st.floats().map(str)
    lines[number] = f"{key}{colon} {data.draw(FRAGMENTS | numbers | st.sampled_from(lines).map(str.strip))}"
    survive("\n".join(lines))
