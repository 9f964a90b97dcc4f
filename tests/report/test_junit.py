"""JUnit XML: what each test becomes, and that it is XML whatever a scenario holds."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report.account import Account
from runner.report.junit import JUnitReport, class_name
from runner.report.reporter import Ending

PASS = Account(Path("s/a.yaml"), None, 0, 1.25, command="python -m runner run s/a.yaml", replay="1.fifo.96e97b4e.")
DIFFERS = Account(
    Path("s/b.yaml"), "naive", 1, 0.5, "golden", "the trace differs from the golden", "s/lib/_c.yaml", 7, 3, ("  one", "  two")
)
INVALID = Account(Path("s/c.yaml"), None, 3, 0.0, "invalid", "there is no verb", "s/c.yaml", 2, 9, ("s/c.yaml:2:9: error",))


def written(*accounts: Account, ending: Ending | None = None) -> Element:
    """Return the file's root."""
    report = JUnitReport()
    lines = [line for account in accounts for line in report.test(account)]
    assert lines == []
    return fromstring("\n".join(line.text for line in report.end(ending or Ending())).encode())


def suite(*accounts: Account, ending: Ending | None = None) -> Element:
    """Return the one suite in it."""
    (suite,) = written(*accounts, ending=ending)
    return suite


def test_counts() -> None:
    """The suite, and all of them together, count tests, failures and errors, and add up seconds."""
    root = written(PASS, DIFFERS, INVALID)
    for element in (root, root[0]):
        counts = {name: element.get(name) for name in ("tests", "failures", "errors", "skipped", "time")}
        assert counts == {"tests": "3", "failures": "1", "errors": "1", "skipped": "0", "time": "1.750"}


def test_a_pass() -> None:
    """A test that passes has names as pytest gives them, its time, and what repeats it, and nothing else."""
    (case,) = suite(PASS)
    assert case.attrib == {"classname": "s.a", "name": "a", "time": "1.250", "file": "s/a.yaml", "line": "1"}
    (properties,) = case
    assert [(each.get("name"), each.get("value")) for each in properties] == [
        ("policy", "fifo"),
        ("replay", "1.fifo.96e97b4e."),
        ("command", "python -m runner run s/a.yaml"),
    ]


def test_a_failure() -> None:
    """One that fails has its kind, what is wrong, and all of it as text; `file` and `line` are the place that it is about."""
    (case,) = suite(DIFFERS)
    assert (case.get("classname"), case.get("name")) == ("s.b", "b[naive]")
    assert (case.get("file"), case.get("line")) == ("s/lib/_c.yaml", "7")
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "golden", "message": "the trace differs from the golden"}
    assert failure.text == "s/lib/_c.yaml:7:3\n  one\n  two"


@pytest.mark.parametrize("kind", ["invalid", "died"])
def test_an_error(kind: str) -> None:
    """What could not be run is an error, not a failure."""
    (case,) = suite(Account(Path("c.yaml"), None, 3, kind=kind, message="it is wrong"))
    assert case.find("failure") is None
    assert case.find("error") is not None


def test_obsolete_goldens_fail() -> None:
    """A golden that belongs to no scenario is a test that fails: the whole does."""
    (case,) = suite(ending=Ending(obsolete=(Path("s/gone.golden.jsonl"),)))
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("type") == "obsolete"
    assert case.get("file") == "s/gone.golden.jsonl"


@pytest.mark.parametrize(
    ("ending", "reason"), [(Ending(broken_off=True), "interrupted"), (Ending(not_run=3), "3 not run after the first failure")]
)
def test_a_part_is_marked(ending: Ending, reason: str) -> None:
    """A file that does not have all tests says so."""
    marked = suite(PASS, ending=ending)
    (note,) = marked[0]
    assert (marked[0].tag, note.attrib) == ("properties", {"name": "incomplete", "value": reason})


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_makes_legal_xml(text: str, name: str) -> None:
    """Whatever texts there are, half surrogate pairs and control characters too, the file can be read, and says them or their escapes."""
    account = Account(Path(f"x{name}"), name, 1, kind="golden", message=text, file=f"x{name}", lines=(text,))
    failure = suite(account, ending=Ending(obsolete=(Path(f"x{name}"),))).find("testcase/failure")
    assert failure is not None
    shown = failure.get("message")
    assert shown is not None
    legal = "".join(c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff"))
    assert len(shown) >= len(text)
    if legal == text:
        assert shown == text


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.yaml", "a"), ("s/t/a.b.yaml", "s.t.a.b"), ("../x/a.yaml", "x.a"), ("/tmp/a.yaml", "tmp.a"), (f"{Path.cwd()}/s/a.yaml", "s.a")],
)
def test_class_names(path: str, name: str) -> None:
    """A file's tests are grouped by its path as dotted names."""
    assert class_name(Path(path)) == name
