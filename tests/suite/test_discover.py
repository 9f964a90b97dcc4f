"""Which files are scenarios, and which goldens belong to none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.suite import Found, discover


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with some of everything, and work in it."""
    for name in (
        "top.yaml", "notes.txt", "top.golden.jsonl", "gone.golden.jsonl", "top.golden.jsonl.new",
        "deep/er/b.yml", "deep/a.yaml", "deep/a.golden.jsonl", "deep/old.golden.jsonl",
        ".hidden/c.yaml", ".hidden/lost.golden.jsonl", ".d.yaml", "deep/.e.yml", ".lost.golden.jsonl", "upper.YAML",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*paths: str | Path) -> list[str]:
    """Name the scenarios found."""
    return [str(path) for path in discover(paths).scenarios]


def test_folder_gives_all_below_it_sorted(tree: Path) -> None:
    """A folder stands for each .yaml and .yml below it but hidden ones, by path."""
    assert found(".") == ["deep/a.yaml", "deep/er/b.yml", "top.yaml"]


def test_paths_are_as_given(tree: Path) -> None:
    """A path begins as it was given: absolute paths stay so."""
    assert found(tree / "deep") == [str(tree / "deep/a.yaml"), str(tree / "deep/er/b.yml")]


def test_file_is_taken_whatever_its_name(tree: Path) -> None:
    """A file that is named is a scenario, also if it is hidden or ends otherwise."""
    assert found("notes.txt", ".d.yaml") == [".d.yaml", "notes.txt"]


def test_hidden_folder_that_is_named_is_looked_through(tree: Path) -> None:
    """Who names a hidden folder means it."""
    assert found(".hidden") == [".hidden/c.yaml"]


def test_scenario_named_twice_is_found_once(tree: Path) -> None:
    """A file and the folder it is in give it once."""
    assert found("deep/a.yaml", "./deep", "deep/a.yaml") == ["deep/a.yaml", "deep/er/b.yml"]


def test_goldens_without_a_scenario_are_obsolete(tree: Path) -> None:
    """Goldens in the folders that belong to no scenario are reported, sorted; hidden and pending ones are not looked at."""
    assert discover(["."]).obsolete == (Path("deep/old.golden.jsonl"), Path("gone.golden.jsonl"))


def test_only_folders_given_are_looked_through_for_goldens(tree: Path) -> None:
    """A file that is named says nothing about the goldens beside it."""
    assert discover(["top.yaml"]).obsolete == ()


def test_golden_of_a_file_named_besides_is_not_obsolete(tree: Path) -> None:
    """A golden belongs to its scenario however that was found."""
    (tree / "goldens.golden.jsonl").touch()
    (tree / "goldens").touch()
    assert Path("goldens.golden.jsonl") not in discover([".", "goldens"]).obsolete


def test_folder_without_scenarios_gives_none(tree: Path) -> None:
    """An empty folder is no error."""
    (tree / "empty").mkdir()
    assert discover(["empty"]) == Found((), ())


def test_folder_with_a_scenarios_name_is_a_folder(tree: Path) -> None:
    """A folder that is called like a file is looked through."""
    (tree / "deep/folder.yaml").mkdir()
    (tree / "deep/folder.yaml/f.yaml").touch()
    assert found("deep") == ["deep/a.yaml", "deep/er/b.yml", "deep/folder.yaml/f.yaml"]


def test_missing_path_is_named(tree: Path) -> None:
    """A path that leads nowhere is an error."""
    with pytest.raises(UsageError) as caught:
        discover(["top.yaml", "nowhere"])
    assert str(caught.value) == "there is no file or folder 'nowhere'"


def test_path_that_cannot_be_looked_at_is_named(tree: Path) -> None:
    """A path that the system refuses to look at is an error of the user's, not a bug."""
    name = "x" * 5000
    with pytest.raises(UsageError) as caught:
        discover([name])
    assert str(caught.value) == f"cannot look at {name!r}: File name too long"


def test_two_scenarios_cannot_share_a_golden(tree: Path) -> None:
    """`top.yaml` and `top.yml` would have the same golden, so one of them must go."""
    (tree / "top.yml").touch()
    with pytest.raises(UsageError) as caught:
        discover(["."])
    assert "would share one golden, top.golden.jsonl; rename one" in str(caught.value)


def test_a_scenario_cannot_share_a_golden_with_another_ones_case(tmp_path: Path) -> None:
    """`a[b].yaml` would have the golden of the case `b` of `a.yaml`; it is fine beside a file without that case."""
    for name, text in (("a", "cases: {b: {}}\n"), ("a[b]", ""), ("a[c]", ""), ("d", ""), ("d[b]", "")):
        (tmp_path / f"{name}.yaml").write_text(f"schema: 1\n{text}main: [{{print: x}}]\n")
    with pytest.raises(UsageError) as caught:
        discover([tmp_path / "a[b].yaml"])
    assert "a.yaml and " in str(caught.value)
    assert "would share one golden, a[b].golden.jsonl; rename one" in str(caught.value)
    (tmp_path / "a[b].yaml").unlink()
    assert len(discover([tmp_path]).scenarios) == 4


def test_files_to_include_are_no_scenarios(tmp_path: Path) -> None:
    """Their names begin with `_`; whoever wants them too can have them."""
    for name in ("a.yaml", "_b.yaml"):
        (tmp_path / name).write_text("schema: 1\n")
    assert [path.name for path in discover([tmp_path]).scenarios] == ["a.yaml"]
    assert [path.name for path in discover([tmp_path], to_include=True).scenarios] == ["_b.yaml", "a.yaml"]


@pytest.fixture
def refuse_to_list(monkeypatch: pytest.MonkeyPatch) -> Callable[[OSError], None]:
    """`refuse_to_list(error)` has the system refuse, with this error, to list the folder that the error names."""
    scandir = os.scandir

    def refuse(error: OSError) -> None:
        def guarded(path: str) -> object:
            if str(path) == error.filename:
                raise error
            return scandir(path)

        monkeypatch.setattr(os, "scandir", guarded)

    return refuse


def test_folder_that_cannot_be_looked_into(tmp_path: Path, refuse_to_list: Callable[[OSError], None]) -> None:
    """It is an error: its scenarios would go untested and nobody would know."""
    (tmp_path / "a.yaml").write_text("schema: 1\n")
    closed = tmp_path / "closed"
    closed.mkdir()
    refuse_to_list(PermissionError(13, "Permission denied", str(closed)))
    with pytest.raises(UsageError) as caught:
        discover([tmp_path])
    assert str(caught.value) == f"cannot look into {closed}: Permission denied"


def test_folder_that_has_gone_is_no_error(tmp_path: Path, refuse_to_list: Callable[[OSError], None]) -> None:
    """What somebody removes while we look is not there."""
    (tmp_path / "a.yaml").write_text("schema: 1\n")
    gone = tmp_path / "gone"
    gone.mkdir()
    refuse_to_list(FileNotFoundError(2, "No such file or directory", str(gone)))
    assert [path.name for path in discover([tmp_path]).scenarios] == ["a.yaml"]
