"""`fmt`: which files it writes, what it says, and how it ends."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.spec import layout
from runner.suite import load

MESSY = "threads:\n    a:   # one\n        do:\n        - print:  'no'\n"
DONE = "main: [{print: hello}]\n"
NEAT = "schema: 1\nthreads:\n  a:   # one\n    do:\n      - print: 'no'\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture(name="messy")
def messy_scenario(write: Callable[..., str]) -> Path:
    """A scenario whose layout is another."""
    return Path(write("a.yaml", MESSY))


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """`stdin(data)` puts data on standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_a_file_is_written_in_place(cli: Callable[..., Any], messy: Path) -> None:
    """It is named, and a second time there is nothing to do."""
    assert (cli("fmt", "a.yaml").lines, messy.read_text()) == (["formatted a.yaml", "1 formatted, 0 unchanged"], NEAT)
    said = cli("fmt", "a.yaml")
    assert (said.code, said.out) == (0, "0 formatted, 1 unchanged\n")


def test_folders(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Of a folder, every scenario below it is done."""
    for name in ("s/a.yaml", "s/deep/b.yml", "s/.hidden/c.yaml"):
        write(name, MESSY)
    assert cli("fmt", "s").lines == ["formatted s/a.yaml", "formatted s/deep/b.yml", "2 formatted, 0 unchanged"]
    assert Path("s/.hidden/c.yaml").read_text() != NEAT


def test_check_only_looks(cli: Callable[..., Any], messy: Path, write: Callable[..., str]) -> None:
    """With --check, files that would change are named and the exit code is 1."""
    write("b.yaml", DONE)
    before = messy.read_text()
    said = cli("fmt", "--check", "a.yaml", "b.yaml")
    assert (said.code, said.lines) == (1, ["would format a.yaml", "1 would change, 1 unchanged"])
    assert messy.read_text() == before
    assert cli("fmt", "--check", "b.yaml").code == 0


def test_diff_only_looks(cli: Callable[..., Any], messy: Path) -> None:
    """With --diff, what would change is on standard output and the exit code is 1."""
    messy.write_bytes(b"a:\t1\nb:  2")
    said = cli("fmt", "--diff", "a.yaml")
    assert said.code == 1
    expected = ["--- a.yaml", "+++ a.yaml", "@@ -1,2 +1,2 @@", r"-a:\t1", "-b:  2", r"\ No newline at end of file", "+a: 1", "+b: 2"]
    assert said.lines == expected
    assert said.err == "1 would change, 0 unchanged\n"
    assert messy.read_bytes() == b"a:\t1\nb:  2"


def test_diff_of_nothing(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Where nothing would change, --diff shows nothing."""
    said = cli("fmt", "--diff", write("a.yaml", DONE))
    assert (said.code, said.out) == (0, "")


def test_standard_input(cli: Callable[..., Any], stdin: Callable[[bytes], None]) -> None:
    """What comes in goes out laid out, and nothing else does."""
    stdin("a:   é\r\nb:  2\r\n".encode())
    said = cli("fmt", "-")
    assert (said.code, said.out, said.err) == (0, "a: é\r\nb: 2\r\n", "")


@pytest.mark.parametrize(("data", "code", "out"), [(b"a:  1\n", 1, "would format <stdin>\n"), (b"a: 1\n", 0, "")])
def test_check_of_standard_input(cli: Callable[..., Any], stdin: Callable[[bytes], None], data: bytes, code: int, out: str) -> None:
    """With --check, standard input is only judged."""
    stdin(data)
    said = cli("fmt", "--check", "-")
    assert (said.code, said.out) == (code, out)


def test_standard_input_that_is_no_yaml(cli: Callable[..., Any], stdin: Callable[[bytes], None]) -> None:
    """Nothing goes out, and the mistake is shown."""
    stdin(b"a: [")
    said = cli("fmt", "-")
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("<stdin>:1:5: error[syntax]:")


def test_standard_input_goes_alone(cli: Callable[..., Any], messy: Path) -> None:
    """Files and standard input together have no place for what comes out."""
    said = cli("fmt", "-", "a.yaml")
    assert (said.code, said.err) == (2, "error: - is standard input; it cannot go with other paths\n")


def test_what_is_no_yaml_is_left_alone(cli: Callable[..., Any], messy: Path) -> None:
    """Its mistakes are shown, the other files are done, and the exit code is 3."""
    Path("b.yaml").write_text("schema: 1\nmain:  [\n")
    said = cli("fmt", "a.yaml", "b.yaml")
    assert (said.code, said.lines) == (3, ["formatted a.yaml", "1 formatted, 0 unchanged, 1 left alone"])
    assert said.err.startswith("b.yaml:2:9: error[syntax]:")
    assert messy.read_text() == NEAT
    assert Path("b.yaml").read_text() == "schema: 1\nmain:  [\n"


def test_an_invalid_scenario_is_done_too(cli: Callable[..., Any]) -> None:
    """Who is still writing a scenario can have it laid out, as long as it is YAML."""
    Path("a.yaml").write_text("main:\n- prnt:  1\n")
    assert cli("fmt", "a.yaml").code == 0
    assert Path("a.yaml").read_text() == "main:\n  - prnt: 1\n"


def test_what_would_not_say_the_same_is_left_alone(cli: Callable[..., Any], messy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the layout wrong, the file would stay, with a message and exit code 2."""
    before = messy.read_text()
    monkeypatch.setattr(layout, "_Layout", lambda text: SimpleNamespace(text=lambda: NEAT.replace("'no'", "no")))
    said = cli("fmt", "a.yaml")
    assert (said.code, said.lines) == (2, ["0 formatted, 0 unchanged, 1 left alone"])
    assert said.err.startswith("error: a.yaml is left as it is")
    assert messy.read_text() == before


def test_nothing_is_written_when_one_cannot_be(cli: Callable[..., Any], messy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused write has exit code 2 and no traceback."""

    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    before = messy.read_text()
    monkeypatch.setattr(os, "fsync", refuse)
    said = cli("fmt", "a.yaml")
    assert (said.code, said.err) == (2, "error: cannot write a.yaml: No space left on device\n")
    assert messy.read_text() == before
    assert os.listdir() == ["a.yaml"]


def test_unchanged_files_are_not_touched(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A file that has the layout keeps its time."""
    path = Path(write("a.yaml", DONE))
    os.utime(path, (1, 1))
    cli("fmt", "a.yaml")
    assert path.stat().st_mtime == 1


def test_permissions_stay(cli: Callable[..., Any], messy: Path) -> None:
    """A file that others may not read stays so."""
    messy.chmod(0o600)
    cli("fmt", "a.yaml")
    assert messy.stat().st_mode & 0o777 == 0o600


def test_links_are_followed(cli: Callable[..., Any], messy: Path) -> None:
    """A link stays one, and what it points to is laid out."""
    Path("link.yaml").symlink_to(messy)
    assert cli("fmt", "link.yaml").code == 0
    assert Path("link.yaml").is_symlink()
    assert messy.read_text() == NEAT


def test_nothing_there(cli: Callable[..., Any]) -> None:
    """A folder without scenarios is told as by every verb."""
    Path("empty").mkdir()
    assert cli("fmt", "empty").code == 5


def test_the_compiled_scenario_stays_the_same(cli: Callable[..., Any]) -> None:
    """Laid out anew, each of our own scenarios compiles to the same program."""
    for path in (ROOT / "scenarios").glob("**/_*.yaml"):
        Path(path.name).write_bytes(path.read_bytes())
    for path in (ROOT / "scenarios").glob("**/[!_]*.yaml"):
        text = path.read_text("utf-8")
        Path(path.name).write_text(text.replace("\n  ", "\n     ").replace(": {", ":  { "), "utf-8")
        before = load(path.name)
        assert cli("fmt", path.name).lines[0] == f"formatted {path.name}"
        assert load(path.name).fingerprint == before.fingerprint == load(path).fingerprint


def test_our_own_scenarios_have_the_layout(cli: Callable[..., Any]) -> None:
    """The scenarios of this repository stay as fmt would have them."""
    said = cli("fmt", "--check", str(ROOT / "scenarios"))
    assert (said.code, said.out.splitlines()[:-1]) == (0, [])


def test_the_starter_has_the_layout(cli: Callable[..., Any]) -> None:
    """What init writes stays as it is."""
    cli("init")
    assert cli("fmt", "--check", "scenario.yaml").code == 0
