"""Which scenarios have changed since a git revision, in repositories made for the purpose."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import NothingCollectedError, UsageError
from runner.suite import plan

Write = Callable[..., Path]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`git(*words)` runs git in an empty repository, in which we stand; nobody's own settings count."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    who = {f"GIT_{role}_{what}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for name, value in {**who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}.items():
        monkeypatch.setenv(name, value)

    def git(*words: str) -> None:
        subprocess.run(["git", *words], check=True, capture_output=True)

    git("init", "-q")
    return git


@pytest.fixture
def committed(git: Callable[..., None], write: Write) -> Callable[..., None]:
    """Commit three scenarios with goldens: `a.yaml`, `sub/zwei ü.yaml` and `cases.yaml`, and `user.yaml`, which includes files."""
    for name in ("a.yaml", "sub/zwei ü.yaml"):
        write(name)
    write("cases.yaml", 'params: {n: 1}\ncases: {one: {}, two: {n: 2}}\nmain: [{print: "${n}"}]')
    write("user.yaml", "include: [lib/_first.yaml]\nmain: [{run: f}]")
    write("lib/_first.yaml", "include: [_second.yaml]\nfunctions: {f: {do: [{print: x}]}}")
    write("lib/_second.yaml", "functions: {g: {do: [{print: x}]}}")
    for name in ("a", "sub/zwei ü", "cases[one]", "cases[two]", "user"):
        Path(f"{name}.golden.jsonl").write_text("as it was\n")
    git("add", ".")
    git("commit", "-qm", "all")
    return git


def changed(revision: str = "HEAD", folder: str = ".") -> list[str]:
    """Plan what has changed."""
    return [item.scenario.as_posix() for item in plan([folder], changed_since=revision).items]


def test_nothing(committed: Callable[..., None]) -> None:
    """Where nothing has changed nothing is planned, and that is said."""
    planned = plan(["."], changed_since="HEAD")
    assert (planned.items, planned.nothing) == ((), "nothing changed since HEAD")


@pytest.mark.parametrize(
    ("file", "scenario"),
    [
        ("a.yaml", "a.yaml"),
        ("a.golden.jsonl", "a.yaml"),
        ("sub/zwei ü.yaml", "sub/zwei ü.yaml"),
        ("sub/zwei ü.golden.jsonl", "sub/zwei ü.yaml"),
        ("cases[two].golden.jsonl", "cases.yaml"),
        ("lib/_first.yaml", "user.yaml"),
        ("lib/_second.yaml", "user.yaml"),
    ],
)
def test_each_file_of_a_scenario_counts(committed: Callable[..., None], file: str, scenario: str) -> None:
    """A change of the scenario, a golden or a file that it includes, also by another one, counts."""
    path = Path(file)
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert changed() == [scenario]


@pytest.mark.parametrize("how", ["staged", "committed", "deleted", "deleted for good"])
def test_each_stage_of_a_change_counts(committed: Callable[..., None], how: str) -> None:
    """A change counts whether or not it is committed, and so does one that removes a file."""
    path = Path("a.golden.jsonl")
    path.unlink() if how.startswith("deleted") else path.write_text("otherwise\n")
    if how != "deleted":
        committed("add", "-A")
    if how in ("committed", "deleted for good"):
        committed("commit", "-qm", "more")
        assert changed("HEAD~1") == ["a.yaml"]
    else:
        assert changed() == ["a.yaml"]


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_does_not_look_at_may_have_changed(committed: Callable[..., None], flag: str) -> None:
    """A file that git was told to take for unchanged is tested: only git is to believe it."""
    committed("update-index", flag, "a.yaml")
    assert changed() == ["a.yaml"]


@pytest.mark.parametrize("ignored", [False, True])
def test_what_git_does_not_know_has_changed(committed: Callable[..., None], write: Write, ignored: bool) -> None:
    """A new file counts, also one that git is told to ignore."""
    write("new.yaml")
    Path(".git/info/exclude").write_text("new.*\n" if ignored else "")
    assert changed() == ["new.yaml"]


def test_renamed(committed: Callable[..., None]) -> None:
    """A scenario under another name is another one."""
    committed("mv", "a.yaml", "b.yaml")
    committed("mv", "a.golden.jsonl", "b.golden.jsonl")
    assert changed() == ["b.yaml"]


def test_from_a_subfolder(committed: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It does not matter where in the repository we stand, nor whether a path is absolute."""
    Path("sub/zwei ü.yaml").write_text("schema: 1\n")
    Path("a.yaml").write_text("schema: 1\n")
    monkeypatch.chdir("sub")
    assert changed(folder=".") == ["zwei ü.yaml"]
    assert changed(folder="..") == ["../a.yaml", "../sub/zwei ü.yaml"]
    assert changed(folder=str(tmp_path)) == [f"{tmp_path}/a.yaml", f"{tmp_path}/sub/zwei ü.yaml"]


def test_a_link_counts_as_what_it_leads_to(committed: Callable[..., None]) -> None:
    """A scenario that is a link has changed when the file behind it has."""
    os.symlink("lib/real.txt", "link.yaml")
    Path("lib/real.txt").write_bytes(Path("a.yaml").read_bytes())
    Path("link.golden.jsonl").write_bytes(Path("a.golden.jsonl").read_bytes())
    committed("add", ".")
    committed("commit", "-qm", "link")
    assert changed() == []
    Path("lib/real.txt").write_text("schema: 1\n")
    assert changed() == ["link.yaml"]


def test_a_scenario_that_is_wrong_has_changed(committed: Callable[..., None], write: Write) -> None:
    """What a file includes cannot be told where it is wrong; it is tested."""
    write("user.yaml", "include: [lib/_first.yaml]\nmain: [{call: nothing_like_it}, {")
    committed("commit", "-qam", "wrong")
    assert changed() == ["user.yaml"]


def test_outside_of_the_repository(committed: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of what is elsewhere git knows nothing, so it is tested."""
    other = tmp_path_factory.mktemp("other") / "o.yaml"
    other.write_text("schema: 1\nmain: [{print: x}]\n")
    assert changed(folder=str(other)) == [str(other)]


def test_a_keyword_still_has_to_fit_something(committed: Callable[..., None]) -> None:
    """A filter that fits no scenario is a mistake, whatever has changed."""
    with pytest.raises(NothingCollectedError):
        plan(["."], keyword="nothing", changed_since="HEAD")


@pytest.mark.parametrize("revision", ["nowhere", "", "HEAD~9", "HEAD..HEAD", "--all", "-h", "a b", "HEAD:a.yaml"])
def test_no_such_revision(committed: Callable[..., None], revision: str) -> None:
    """What is no revision is told, and never taken for an option of git's."""
    with pytest.raises(UsageError, match=r"git knows no revision|is no git revision"):
        plan(["."], changed_since=revision)


def test_no_repository(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a repository there is nothing to compare with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="this is no git repository"):
        plan([write("a.yaml")], changed_since="HEAD")


def test_no_git(committed: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git that is said."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="cannot run git"):
        plan(["."], changed_since="HEAD")
