"""Whatever the bytes, loading and compiling give a program or a `ScenarioError` that can be shown, in bounded memory.

`HYPOTHESIS_PROFILE=soak python -m pytest tests/spec/test_fuzz.py --hypothesis-show-statistics` tries 10,000 inputs of each sort,
other ones each time, and ends the process with a traceback should one of them take minutes.
"""

from __future__ import annotations

import copy
import faulthandler
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.compiler import compile_scenario
from runner.compiler.expressions import compile_expression
from runner.compiler.scope import Scope
from runner.compiler.values import compile_value
from runner.errors import ExpressionError, ScenarioError
from runner.program.ops import Env
from runner.report.problems import render
from runner.spec import DamagedScenarioError, loads

try:
    import resource
except ImportError:  # there is none on Windows
    resource = None  # type: ignore[assignment]

MEMORY = 300 << 20
"""Bytes by which no input may raise the process's peak."""
PATIENCE = 120
"""Seconds that an input may take in the soak, on however busy a machine."""
SOAK = settings.get_current_profile_name() == "soak"

YAMLISH = st.text(alphabet="ab:- \n\t[]{}'\"#&*!|>%@`,?~.0123456789<$\\éà\u2028\ud800\x00", max_size=200)
FRAGMENTS = st.sampled_from(
    ["null", "*pause", "&pause ", "!x ", "- ", ": ", "\n", "  ", "\t", "[", "]", "{", "}", "'", '"', "${", "1e999", "-1", "yes", "<<: ",
     "? ", "9" * 5000, "---\n", "...\n", "schema: 2\n", "{}", "[]", "1: ", "\ufeff", "# ", "|\n"]
)  # fmt: skip
SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").rglob("*.yaml"))
TEXTS = [path.read_text("utf-8") for path in SCENARIOS]


def peak() -> int:
    """Return the most memory that this process has had, in kilobytes (on macOS, bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else 0


@contextmanager
def bounded() -> Iterator[None]:
    """Watch over one input: its memory, and in the soak its time."""
    before = peak()
    if SOAK:
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
    assert peak() - before < MEMORY >> 10


def survive(text: str | bytes) -> None:
    """Load and compile a text; a `ScenarioError` has problems that lie within the file, and can be shown."""
    with bounded():
        try:
            compile_scenario(loads(text))
        except ScenarioError as error:
            failure = error
        else:
            return
        assert render(failure)
        for problem in failure.problems:
            assert 1 <= problem.place.line <= max(1, len(failure.source.lines))
            assert problem.place.column >= 1
            assert problem.place.width >= 1
        if isinstance(failure, DamagedScenarioError) and failure.rest is not None:
            with suppress(ScenarioError):
                compile_scenario(failure.rest)


# -- text and bytes --------------------------------------------------------------------------------------------------------


@given(st.text() | YAMLISH)
def test_random_text(text: str) -> None:
    """Text from anywhere."""
    survive(text)


@given(st.binary())
def test_random_bytes(data: bytes) -> None:
    """Bytes from anywhere."""
    survive(data)


@given(YAMLISH)
def test_random_text_within_a_scenario(text: str) -> None:
    """Text from anywhere, where a value may stand."""
    survive(f"schema: 1\nmain:\n  - print: {text}\n")


@given(st.data())
def test_mutations_of_a_scenario(valid: str, data: st.DataObject) -> None:
    """A valid scenario with pieces cut out, doubled, moved and replaced."""
    text = data.draw(st.sampled_from([valid, *TEXTS]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        piece = data.draw(FRAGMENTS | st.just(text[start:end] * 2) | st.just("") | YAMLISH)
        text = text[:start] + piece + text[end:]
    survive(text)


@given(st.data())
def test_mutations_of_bytes(valid: str, data: st.DataObject) -> None:
    """A valid scenario in some encoding, with bytes exchanged."""
    encoded = bytearray(valid.encode(data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"]))))
    for _ in range(data.draw(st.integers(0, 4))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    survive(bytes(encoded))


@given(st.data())
def test_mutations_of_single_values(valid: str, data: st.DataObject) -> None:
    """A valid scenario with one value or key exchanged for another, so that it mostly stays YAML."""
    lines = data.draw(st.sampled_from([valid, *TEXTS])).splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[number].partition(":")
    numbers = st.integers().map(str) | st.floats().map(str)
    lines[number] = f"{key}{colon} {data.draw(FRAGMENTS | numbers | st.sampled_from(lines).map(str.strip))}"
    survive("\n".join(lines))


# -- structure -------------------------------------------------------------------------------------------------------------


def parts(value: Any) -> Iterator[Any]:
    """Yield everything in a document."""
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


DOCUMENTS = [yaml.safe_load(text) for text in TEXTS]
PARTS = [part for document in DOCUMENTS for part in parts(document)]
KEYS = sorted({key for part in PARTS if isinstance(part, dict) for key in part})
ODD = [
    None,
    True,
    0,
    -1,
    1.5,
    10**9,
    10**4,
    "",
    "${",
    "${index}",
    "${1 / 0}",
    "${[0] * 100000}",
    "main",
    "self.x",
    [],
    {},
    [[]],
    {"": None},
]


def mutate(document: Any, data: st.DataObject) -> None:
    """Change one thing somewhere in a document."""
    holders = [part for part in parts(document) if isinstance(part, dict | list) and part]
    holder = data.draw(st.sampled_from(holders))
    other = copy.deepcopy(data.draw(st.sampled_from(ODD) | st.sampled_from(PARTS)))  # what is put in may be changed next
    how = data.draw(st.sampled_from(["replace", "remove", "double", "rename"]))
    at = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    if how == "remove":
        del holder[at]
    elif how == "rename" and isinstance(holder, dict):
        holder[data.draw(st.sampled_from(KEYS))] = holder.pop(at)
    elif how == "double" and isinstance(holder, list):
        holder.insert(at, holder[at])
    else:
        holder[at] = other


@given(st.data())
def test_mutations_of_structure(data: st.DataObject) -> None:
    """A real scenario with values, keys and steps removed, renamed, doubled and taken from other scenarios."""
    document = json.loads(json.dumps(data.draw(st.sampled_from(DOCUMENTS))))
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(document, data)
    survive(json.dumps(document, indent=data.draw(st.sampled_from([None, 1]))))


WRAPS = ["[%s]", "{a: %s}", "[{forever: %s}]", "[{if: {test: true, then: %s}}]", "[{repeat: {times: 2, do: %s}}]"]


@given(
    st.lists(st.tuples(st.sampled_from(WRAPS), st.integers(1, 40)), min_size=1, max_size=12), st.sampled_from(["print: x", "prnt: ${y}"])
)
def test_aliases_of_aliases(layers: list[tuple[str, int]], step: str) -> None:
    """Each anchor holds so many aliases of the one before."""
    lines = ["schema: 1", f"x-0: &a0 [{{{step}}}]"]
    for number, (wrap, copies) in enumerate(layers):
        once = wrap % f"*a{number}"
        whole = f"[{', '.join([once[1:-1]] * copies)}]" if once.startswith("[") else once
        lines.append(f"x-{number + 1}: &a{number + 1} {whole}")
    survive("\n".join([*lines, f"main: *a{len(layers)}", f"threads: {{t: {{do: *a{len(layers)}}}}}"]))


@given(
    st.lists(st.tuples(st.sampled_from(["[", "{a: ", "- ", "? ", "{forever: [", "&a ", "!x ", "'", '"', "(", "\n "]), st.integers(1, 3000)))
)
def test_deep_nesting(openings: list[tuple[str, int]]) -> None:
    """Whatever opens something, thousands of times over."""
    survive("schema: 1\nmain: " + "".join(opening * times for opening, times in openings))


@given(
    st.sampled_from(["- sleep: 1\n", "- break\n", "- acquire: x\n", "- print: ${x}\n", "- {}\n", "- 1\n", "a: 1\n", "- &a [*a]\n"]),
    st.data(),
)
def test_long_files(line: str, data: st.DataObject) -> None:
    """One line many times over."""
    survive("schema: 1\nmain:\n" + line * data.draw(st.integers(0, 60_000 if SOAK and data.draw(st.integers(0, 99)) == 0 else 2_000)))


# -- expressions -----------------------------------------------------------------------------------------------------------

ATOMS = st.sampled_from(
    ["0", "1", "2", "-1", "7", "99999", "100001", "10 ** 9", "1.5", "1e308", "'a'", "'%d'", "''", "None", "True", "x", "n", "v", "self.f",
     "[]", "()", "{}", "y", "len", "'\\ud800'"]
)  # fmt: skip
BINARY = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "==", "in", "not in", "and", "or", "is", "@", "<<", "|"])
CALLS = st.sampled_from(["abs", "bool", "float", "int", "len", "list", "max", "min", "range", "round", "sorted", "str", "sum", "open"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Make expressions of expressions."""
    return st.one_of(
        st.tuples(inner, BINARY, inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(CALLS, st.lists(inner, max_size=3)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
        st.lists(inner, max_size=3).map(lambda p: f"[{', '.join(p)}]"),
        st.tuples(inner, inner).map(lambda p: f"{{{p[0]}: {p[1]}}}"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}[{p[1]}]"),
        st.tuples(inner, inner, inner).map(lambda p: f"{p[0]}[{p[1]}:{p[2]}]"),
        st.tuples(st.sampled_from(["not ", "-", "+", "~", "*", "lambda: "]), inner).map("".join),
    )


EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=25)
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda i: st.lists(i, max_size=4))


@given(EXPRESSIONS, VALUES, st.sampled_from([2, 10**50, "ab" * 25_000, [1.5] * 50_000]))
def test_expressions(text: str, x: Any, n: Any) -> None:
    """An expression is one or is an `ExpressionError`; computed, it gives a value or raises what a thread's steps may raise."""
    scope = Scope({"n": n}, frozenset({"x"}), {"v": "var", "e": "event"}, frozenset({"f"}))
    with bounded(), suppress(ExpressionError):
        compiled = compile_expression(text, scope)
        try:
            compiled.compute(Env({"x": x, "$v": n, "self.f": 3}))
        except (MemoryError, RecursionError, SyntaxError):
            raise
        except Exception as error:
            assert isinstance(error, ExpressionError | ValueError | TypeError | ArithmeticError | LookupError)  # noqa: PT017


@given(
    st.recursive(
        EXPRESSIONS.map(lambda e: f"${{{e}}}") | YAMLISH, lambda i: st.lists(i, max_size=4) | st.dictionaries(st.text(), i, max_size=3)
    )
)
def test_values(value: Any) -> None:
    """Data with expressions in it is compiled, or is an `ExpressionError`."""
    with bounded(), suppress(ExpressionError):
        compile_value(value, Scope({"n": 3}, frozenset({"x"}), {"v": "var"}))


@given(
    EXPRESSIONS,
    st.sampled_from(
        ["print: %s", "sleep: %s", "repeat: {times: %s, do: [{print: x}]}", "acquire: %s", "if: {test: %s, then: [{print: x}]}"]
    ),
)
def test_expressions_in_a_scenario(text: str, step: str) -> None:
    """An expression wherever one may stand."""
    survive(f"schema: 1\nparams: {{n: 3}}\nresources: {{v: var}}\nmain:\n  - {step % json.dumps('${' + text + '}')}\n")


@pytest.mark.skipif(resource is None, reason="memory cannot be measured here")
def test_the_largest_file_stays_within_the_budget() -> None:
    """A file of as many steps as there is room for, and all of them wrong."""
    survive("schema: 1\nmain:\n" + "- break\n" * 120_000)
