"""The reference has everything there is: verbs and their keys, kinds and theirs, exceptions, limits, ops, outcomes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runner.compiler.summary import KINDS, VERBS
from runner.interpreter.verbs import PERFORM
from runner.limits import CEILINGS, DEFAULT, NAMES
from runner.program import exceptions, ops
from runner.program.kinds import ASKED, OF_FUTURES
from runner.report.words import VERDICTS
from runner.spec import models, resources
from runner.spec.steps import Form, Step

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGE = (DOCS / "language.md").read_text("utf-8")
TRACE = (DOCS / "trace.md").read_text("utf-8")
FORMS = {form.__name__: form for form in Form.__subclasses__()}


def rows(section: str) -> dict[str, str]:
    """Return the rows of a section's tables, by the words in their first cell; a word's several rows are put together."""
    text = LANGUAGE[LANGUAGE.index(f"\n{section}\n") :]
    text = text[: re.search(r"\n#", text[3:]).start() + 3]  # type: ignore[union-attr]
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            for word in re.findall(r"`([^`]+)`", line.split("|")[1]):
                found[word] = found.get(word, "") + line
    return found


def keys_of(model: type) -> list[str]:
    """Return the keys of a mapping in the file."""
    return [name.rstrip("_") for name in model.model_fields]  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", VERBS)
def test_verbs(verb: str) -> None:
    """Each verb is in the table of how to write it, with all keys of its mapping form."""
    row = rows("### How to write each")[verb]
    form = FORMS.get("".join(part.capitalize() for part in verb.split("_")))
    for key in [] if form is None else keys_of(form):
        assert f"`{key}`" in row, key


def test_verbs_that_act() -> None:
    """Each verb that may wait, return or raise is in the table of what it does."""
    described = rows("### What each does")
    flow = {"break", "continue", "for", "forever", "if", "let", "print", "repeat", "return", "try", "while"}
    assert {name.rstrip("_") for name in Step.model_fields} - flow == set(described)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    """Each kind of resource is in its table, with its keys and what may be asked of it."""
    row = rows("## Resources")[kind]
    (model,) = (each for each in resources.Resource.__subclasses__() if each.model_fields["kind"].annotation.__args__ == (kind,))  # type: ignore[union-attr]
    for key in set(keys_of(model)) - {"kind", "count"}:
        assert f"`{key}`" in row, key
    for question in () if "as `queue`" in row else ASKED.get(kind, ()):
        assert f"`x.{question}`" in row, question


def test_questions_to_futures_and_threads() -> None:
    """What may be asked of these is said too."""
    assert all(f"`job.{question}`" in LANGUAGE for question in OF_FUTURES)
    assert all(f"`worker.{question}`" in LANGUAGE for question in ASKED["thread"])


def test_keys_of_the_file() -> None:
    """Each key of a file, of a thread and of `expect` is in its table."""
    assert set(rows("## The file")) == {*keys_of(models.Scenario), "x-…"}
    assert {word.partition(":")[0] for word in rows("## Threads")} == {*keys_of(models.Thread)} - {"args", "with"}
    assert set(rows("## expect")) >= set(keys_of(models.Expect))


@pytest.mark.parametrize("name", NAMES)
def test_limits(name: str) -> None:
    """Each limit is there with its default and its ceiling."""
    cells = [cell.strip() for cell in rows("## Limits")[name].strip("|").split("|")]
    assert cells[1] == f"{getattr(DEFAULT, name):,}"
    most = getattr(CEILINGS, name)
    assert cells[4] in (f"{most:,}", {10**12: "10¹²", 10**9: "10⁹"}.get(most))


@pytest.mark.parametrize("name", sorted(exceptions.NAMES))
def test_exceptions(name: str) -> None:
    """Each exception is there."""
    assert f"`{name}`" in LANGUAGE[LANGUAGE.index("## Exceptions") : LANGUAGE.index("## Values and expressions")]


SILENT = {"observe", "run", "return", "let", "assert", "serve", "exit", ""}
RECORDED = {op.verb for op in (*PERFORM, ops.Begin)} | {question.removesuffix("()") for asked in ASKED.values() for question in asked}


@pytest.mark.parametrize("op", sorted((RECORDED | {"done", "end", "blocked"}) - SILENT))
def test_ops_of_traces(op: str) -> None:
    """Each op that a trace may have is in the table of ops."""
    table = TRACE[TRACE.index("| `op` | recorded") : TRACE.index("## Footer")]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    assert any(f"`{op}`" in cell for cell in first)


@pytest.mark.parametrize("outcome", VERDICTS)
def test_outcomes(outcome: str) -> None:
    """Each outcome is explained where outcomes are."""
    assert f"`{outcome}`" in LANGUAGE
    assert f"`{outcome}`" in TRACE
    assert f"`{outcome}`" in (DOCS / "how-it-works.md").read_text("utf-8")
