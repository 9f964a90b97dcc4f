"""Paths to places: what the whole project points at when it speaks of a line of a scenario."""

from __future__ import annotations

import pytest
import yaml

from runner.errors import Place, ScenarioError
from runner.limits import Limits
from runner.spec import Source, loads, yaml_events
from runner.spec.source import Text, path_text

HEAD = "schema: 1\n"
TEXT = """\
schema: 1
threads:
  worker:
    do:
      - get: {queue: q, as: item}
      - sleep: 10ms
      - acquire: guard
      - print: "é 🎉", sleep
""".replace(", sleep", "")


@pytest.fixture(name="source")
def source_of_text() -> Source:
    """Where everything in TEXT stands."""
    return loads(TEXT).source


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), Place("", 1, 1, 6)),
        (("schema",), Place("schema", 1, 9, 1)),
        (("threads", "worker"), Place("threads.worker", 4, 5, 2)),
        (("threads", "worker", "do"), Place("threads.worker.do", 5, 7, 1)),
        (("threads", "worker", "do", 0), Place("threads.worker.do[0]", 5, 9, 3)),
        (("threads", "worker", "do", 0, "get"), Place("threads.worker.do[0].get", 5, 14, 1)),
        (("threads", "worker", "do", 0, "get", "as"), Place("threads.worker.do[0].get.as", 5, 29, 4)),
        (("threads", "worker", "do", 1, "sleep"), Place("threads.worker.do[1].sleep", 6, 16, 4)),
        (("threads", "worker", "do", 3, "print"), Place("threads.worker.do[3].print", 8, 16, 5)),
    ],
)
def test_a_path_leads_to_its_value(source: Source, path: tuple[str | int, ...], place: Place) -> None:
    """The value's first character and the length of its first line are found."""
    assert source.place(path) == place


def test_a_key_has_a_place_of_its_own(source: Source) -> None:
    """With `key`, the place is where the key stands."""
    assert source.place(("threads", "worker", "do", 0, "get"), key=True) == Place("threads.worker.do[0].get", 5, 9, 3)


def test_an_items_key_is_the_item(source: Source) -> None:
    """A list's items have no key, so the item stands for it."""
    assert source.place(("threads", "worker", "do", 1), key=True) == Place("threads.worker.do[1]", 6, 9, 5)


@pytest.mark.parametrize("path", [("lock",), ("lock", 0, "x"), (3,)])
def test_a_walk_ends_where_the_document_does(source: Source, path: tuple[str | int, ...]) -> None:
    """What a short form stands for is not in the file; the place is that of the short form."""
    start = ("threads", "worker", "do", 2, "acquire")
    assert source.place((*start, *path)) == Place("threads.worker.do[2].acquire", 7, 18, 5)


def test_an_empty_value_is_found_at_its_key() -> None:
    """Nothing has no place, so its key stands for it."""
    source = loads(HEAD + "main:\n  - print:\n").source
    assert source.place(("main", 0, "print")) == Place("main[0].print", 3, 5, 5)


def test_a_value_of_several_lines_is_underlined_to_the_first_lines_end() -> None:
    """A block scalar's place is its indicator."""
    source = loads(HEAD + "main:\n  - print: |\n      a\n      b\n").source
    assert source.place(("main", 0, "print")) == Place("main[0].print", 3, 12, 1)


def test_an_alias_is_found_where_it_stands() -> None:
    """The alias has its own place, what it stands for that of the anchor."""
    source = loads(HEAD + "x-a: &a {sleep: 1}\nmain:\n  - *a\n").source
    assert source.place(("main", 0)) == Place("main[0]", 4, 5, 2)
    assert source.place(("main", 0, "sleep")) == Place("main[0].sleep", 2, 17, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_once(end: str) -> None:
    """Lines and columns are the same however lines end."""
    source = loads(TEXT.replace("\n", end)).source
    assert source.place(("threads", "worker", "do", 0, "get", "as")) == Place("threads.worker.do[0].get.as", 5, 29, 4)


def test_a_byte_order_mark_is_not_counted() -> None:
    """The first line's columns are the same with a byte order mark."""
    assert loads(("\ufeff" + TEXT).encode()).source.place(("schema",)) == Place("schema", 1, 9, 1)


def test_a_repeated_key_leaves_the_other_positions_right() -> None:
    """Positions are kept by the order of keys, which a duplicate must not upset."""
    text = Text("x", "a: 1\nb: 2\na: 3\nc: 4\n")
    document = yaml_events.build(text, Limits())
    source = Source(text, document.root, document.span, document.marks)
    assert [source.place((key,)).line for key in "abc"] == [3, 2, 4]


def test_both_parsers_give_the_same_positions(valid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libyaml is missing, PyYAML's own parser gives the same data at the same places."""
    fast = loads(valid)
    monkeypatch.setattr(yaml_events, "EventLoader", yaml.SafeLoader)
    slow = loads(valid)
    assert fast.scenario == slow.scenario
    assert list(fast.source.marks.values()) == list(slow.source.marks.values())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("threads", "First Thread", "do", 0), 'threads."First Thread".do[0]'),
        (("a.b", "c[0]", 'd"', "é"), '"a.b"."c[0]"."d\\"".é'),
        (("", 2, 3), '""[2][3]'),
    ],
)
def test_paths_are_written_so_that_they_can_be_read_one_way(path: tuple[str | int, ...], text: str) -> None:
    """Keys that would be misread are quoted."""
    assert path_text(path) == text


def test_lines_are_kept_for_excerpts(source: Source) -> None:
    """The source text is the file's name and its lines without their ends."""
    assert source.text.name == "<text>"
    assert source.text.lines == tuple(TEXT.splitlines())


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("main: [break]\nresources: {r: {kind: queue, maxsize: -1}}\n", "resources.r.maxsize"),
        ("main: [{acquire: {lok: a}}]\n", "main[0].acquire.lok"),
    ],
)
def test_a_problems_path_is_that_of_the_file(text: str, path: str) -> None:
    """It leads through the file as it is written, not through the models."""
    with pytest.raises(ScenarioError) as caught:
        loads(HEAD + text)
    assert [problem.place.path for problem in caught.value.problems] == [path]
