"""Which tests are planned: shards, keywords, obsolete goldens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import NothingCollectedError, UsageError
from runner.suite import Item, Shard, count_tests, plan

Write = Callable[..., Path]
CASES = 'params: {n: 1}\ncases: {naive: {}, fixed: {n: 2}}\nmain: [{print: "${n}"}]'
NAMES = st.lists(st.text("abc/é ", min_size=1, max_size=8).map(lambda name: f"x{name.replace('//', '/')}.yaml"), unique=True, max_size=30)


@given(NAMES, st.integers(1, 12))
def test_shards_are_a_partition(names: list[str], count: int) -> None:
    """Each path is in exactly one of the shards, whatever they are called and however many."""
    shards = [Shard(index, count) for index in range(1, count + 1)]
    for name in names:
        assert [shard.has(Path("root", name), [Path("root")]) for shard in shards].count(True) == 1


@given(NAMES, st.integers(1, 12))
def test_a_path_is_in_the_same_shard_wherever_the_root_is(names: list[str], count: int) -> None:
    """One machine's checkout gives the same shards as another's."""
    shard = Shard(1, count)
    for name in names:
        assert shard.has(Path("a", name), [Path("a")]) == shard.has(Path("/b/c", name), [Path("/b"), Path("/b/c")][1:])


def test_shards_are_of_some_size() -> None:
    """Of many files each shard gets its share, more or less."""
    paths = [Path(f"scenario_{number}.yaml") for number in range(1000)]
    sizes = [sum(Shard(index, 4).has(path, [Path()]) for path in paths) for index in range(1, 5)]
    assert sum(sizes) == 1000
    assert min(sizes) > 200


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "1/2/3", "a/b", "-1/2", "1/99999", "1 / 2", "²/3", "1/" + "9" * 30])
def test_what_is_no_shard(text: str) -> None:
    """Anything but I/N is refused with an example."""
    with pytest.raises(UsageError, match="such as 2/3"):
        Shard.parse(text)


def test_shards_of_a_folder(write: Write, tmp_path: Path) -> None:
    """All shards together have each scenario, and each obsolete golden, once."""
    for number in range(20):
        write(f"{number}.yaml")
        (tmp_path / f"gone_{number}.golden.jsonl").touch()
    whole = plan([tmp_path])
    parts = [plan([tmp_path], shard=Shard(index, 3)) for index in (1, 2, 3)]
    assert sorted(item.scenario for part in parts for item in part.items) == [item.scenario for item in whole.items]
    assert sorted(path for part in parts for path in part.obsolete) == list(whole.obsolete)
    assert len(whole.obsolete) == 20


def test_a_new_file_moves_no_other(write: Write, tmp_path: Path) -> None:
    """A file that is added goes to one shard, and leaves the others as they were."""
    for number in range(9):
        write(f"{number}.yaml")
    before = [set(plan([tmp_path], shard=Shard(index, 3)).items) for index in (1, 2, 3)]
    new = Item(write("0_new.yaml"))
    after = [set(plan([tmp_path], shard=Shard(index, 3)).items) for index in (1, 2, 3)]
    assert [part - {new} for part in after] == before


def test_an_empty_shard_is_no_error(write: Write) -> None:
    """With more shards than files some have nothing to do, which is well."""
    scenario = write("a.yaml")
    plans = [plan([scenario], shard=Shard(index, 3)) for index in (1, 2, 3)]
    assert sorted(len(each.items) for each in plans) == [0, 0, 1]
    assert {each.nothing for each in plans if not each.items} <= {f"nothing is in shard {index}/3" for index in (1, 2, 3)}


@pytest.mark.parametrize(
    ("keyword", "cases"),
    [("mutex", None), ("[naive]", ("naive",)), ("x.yaml[fix", ("fixed",)), ("mutex[naive]", ("naive",)), ("[", ("naive", "fixed"))],
)
def test_a_keyword_takes_files_or_cases(write: Write, tmp_path: Path, keyword: str, cases: tuple[str, ...] | None) -> None:
    """A keyword is looked for in a test's name, with or without the file's ending; one in the path takes the whole file."""
    scenario = write("mutex.yaml", CASES)
    write("plain.yaml")
    (tmp_path / "gone.golden.jsonl").touch()
    planned = plan([tmp_path], keyword=keyword)
    assert planned.items == (Item(scenario, cases),)
    assert planned.obsolete == ()


def test_a_keyword_that_fits_nothing(write: Write) -> None:
    """No test with the keyword is as if there were none, and a file that is wrong has no cases to look at."""
    with pytest.raises(NothingCollectedError):
        plan([write("a.yaml"), write("b.yaml", "cases: 1")], keyword="nothing")


def test_tests_are_counted(write: Write) -> None:
    """A file is as many tests as it has cases, or as many as are wanted; one that is wrong is one."""
    scenario = write("a.yaml", CASES)
    items = [Item(scenario), Item(scenario, ("naive",)), Item(write("b.yaml")), Item(write("c.yaml", "cases: 1"))]
    assert [count_tests(item) for item in items] == [2, 1, 1, 1]
