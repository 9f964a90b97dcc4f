"""What terminals, locales and pipes do to the output, and what it does to them."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.cli import terminal
from runner.trace import decode

FOREVER = "main: [{forever: [{sleep: 1}, {print: x}]}]"
ESCAPES = "x\x1b]0;title\x07\x1b[35m\x9b31m\r"
"""Sets a terminal's title, and its colour in two ways, and goes back to the line's beginning."""
UNICODE = 'name: zwei ✓\nresources: {q: queue}\nmain: [{put: {queue: q, item: "é→日"}}, {get: q}]'


@pytest.fixture
def tty(monkeypatch: pytest.MonkeyPatch, cli: Any) -> None:
    """Let standard output and error say that they are a terminal, so that nothing is taken out of what is sent there."""
    cli.on_terminal = True
    monkeypatch.setenv("TERM", "xterm-256color")


# -- colours ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def bad(write: Callable[..., str]) -> str:
    """Write a scenario with an error."""
    return write("bad.yaml", "main: [{pirnt: x}]")


def test_errors_are_coloured_on_a_terminal(cli: Callable[..., Any], tty: None, bad: str) -> None:
    """A terminal gets colours."""
    assert "\x1b[1;31m" in cli("validate", bad).err


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("NO_COLOR", ""), ("TERM", "dumb")])
def test_no_colours_where_they_are_not_wanted(
    cli: Callable[..., Any], tty: None, bad: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """NO_COLOR, whatever its value, and a dumb terminal get none."""
    monkeypatch.setenv(name, value)
    for words in (["validate", bad], ["run", bad], ["test", bad], ["list", bad], ["--help"], ["nonsense"]):
        said = cli(*words)
        assert "\x1b" not in said.out + said.err


def test_no_colours_in_pipes(cli: Callable[..., Any], bad: str) -> None:
    """What is no terminal gets none."""
    assert "\x1b" not in cli("validate", bad).err


# -- text of authors -------------------------------------------------------------------------------------------------------


@pytest.fixture
def nasty(write: Callable[..., str]) -> str:
    """Write a scenario that has escape sequences wherever the language takes them."""
    bad = json.dumps(ESCAPES)
    return write(
        "nasty.yaml",
        f"""\
        name: {bad}
        params: {{text: {bad}}}    # lint: ignore[unused-parameter]
        resources: {{seen: {{kind: var, value: {bad}}}, q: queue}}
        threads:
          w:
            do:
              - print: {bad}
              - put: {{queue: q, item: {{{bad}: {bad}}}}}
              - assert: {{that: 1 > 2, message: {bad}}}
        expect: {{outcome: failed, printed: [{bad}], vars: {{seen: {bad}}}}}
        """,
    )


COLORS = re.compile("\x1b\\[(0|1|31|32|33)m")


def assert_clean(said: Any) -> None:
    """Check that nothing but printable characters and line breaks came out, and colours if they are wanted."""
    for text in (said.out, said.err):
        plain = text if "NO_COLOR" in os.environ else COLORS.sub("", text)
        assert all(line.isprintable() for line in plain.split("\n"))


@pytest.fixture(params=["plain", "coloured"])
def palette(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for no colours, or allow them."""
    if request.param == "plain":
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize(
    "words", [["run"], ["run", "-q"], ["validate"], ["list"], ["test"], ["accept"], ["run", "--seed", "1"], ["run", "--free"]], ids=" ".join
)
def test_text_of_a_scenario_is_not_sent_raw(cli: Callable[..., Any], tty: None, nasty: str, words: list[str]) -> None:
    """Whatever a scenario holds, no control character of it reaches the terminal."""
    said = cli(*words, nasty)
    assert said.code in (0, 1)
    assert_clean(said)


def test_text_of_a_difference_is_not_sent_raw(cli: Callable[..., Any], tty: None, palette: None, nasty: str) -> None:
    """Nor does it in a difference, or in lanes."""
    assert cli("accept", nasty).code == 0
    assert_clean(cli("show", "nasty.golden.jsonl"))
    path = Path("nasty.yaml")
    path.write_text(path.read_text("utf-8").replace("- print: ", "- print: another\n      - print: "), "utf-8")
    said = cli("test", nasty)
    assert said.code == 1
    assert "the first divergence is event" in said.out
    assert_clean(said)


@pytest.mark.parametrize("part", ["scenario", "policy", "thread", "op", "on", "value", "result", "by", "error", "outcome"])
def test_text_of_a_trace_is_not_sent_raw(cli: Callable[..., Any], tty: None, part: str) -> None:
    """Nor does a trace's, which may come from anybody."""
    records: list[dict[str, Any]] = [
        {"trace": 1, "scenario": "a", "policy": "fifo"},
        *(
            {"n": 1, "t": 0, "thread": "main", "op": op, "on": "a", "by": "b", "error": "e", "at": ""}
            for op in ("blocked", "raise", "end", "get")
        ),
        {"outcome": "completed", "t": 0, "vars": {}, "queues": {}, "threads": {}},
    ]
    for record in records:
        if part in record or (part in ("value", "result") and "n" in record):
            record[part] = ESCAPES
    Path("t.jsonl").write_text("\n".join(map(json.dumps, records)))
    said = cli("show", "t.jsonl")
    assert said.code == 0
    assert_clean(said)
    assert_clean(cli("show", "t.jsonl", "--thread", "nobody"))


def test_errors_show_no_text_raw(cli: Callable[..., Any], tty: None, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors quote what is wrong, but not raw."""
    monkeypatch.setenv("NO_COLOR", "1")
    bad = json.dumps(ESCAPES)
    name = write("a.yaml", f"resources: {{{bad}: lock, q: {bad}}}\nthreads: {{{bad}: {{do: [{{{bad}: 1}}, {{acquire: {bad}}}]}}}}")
    for verb in ("run", "validate", "test", "accept", "list"):
        said = cli(verb, name)
        assert said.code == (0 if verb == "list" else 3)
        assert_clean(said)


def test_file_names_are_not_sent_raw(cli: Callable[..., Any], tty: None, palette: None, write: Callable[..., str]) -> None:
    """A file may come out of anybody's archive, with a name of theirs."""
    name = write(f"{ESCAPES}.yaml")
    for verb in ("list", "validate", "test", "accept", "run", "test"):
        assert_clean(cli(verb, name))
    Path(f"{ESCAPES}2.golden.jsonl").write_text("")
    assert_clean(cli("test", "."))
    assert_clean(cli("show", f"{ESCAPES}2.golden.jsonl"))
    assert_clean(cli("run", f"{ESCAPES}3.yaml"))


def test_a_name_cannot_add_lines(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A line break in a scenario's name does not make a line of output."""
    name = write("a.yaml", 'name: "a\\ncompleted after 0 s"\nmain: [{print: x}]')
    assert cli("run", name).lines[0] == r"a\ncompleted after 0 s (a.yaml)"
    assert cli("list", name).lines == [r"a.yaml  a\ncompleted after 0 s: 0 threads, 0 resources, no golden"]


# -- what the terminal can take --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "ascii_only"), [("utf-8", False), ("UTF8", False), ("utf-16", False), ("ascii", True), ("latin-1", True), ("cp1252", True)]
)
def test_ascii_only(encoding: str, ascii_only: bool) -> None:
    """Only the UTF encodings take lanes and arrows."""
    assert terminal.ascii_only(io.TextIOWrapper(io.BytesIO(), encoding)) is ascii_only


def test_no_stream_is_no_terminal() -> None:
    """Where a stream was closed before we began there is nothing to ask."""
    assert terminal.ascii_only(None)
    assert not terminal.colored(None)


@pytest.mark.parametrize(("columns", "width"), [("100", 100), ("40", 40), ("10", 40), ("x", 80)])
def test_width(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    """The width is what COLUMNS says, at least 40, and 80 where nobody knows."""
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal.width() == width


NARROW = [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}]


@pytest.mark.parametrize("env", NARROW, ids=["ascii", "C", "latin-1"])
def test_narrow_encodings(process: Callable[..., Any], write: Callable[..., str], env: dict[str, str]) -> None:
    """Where the output is not UTF, arrows are drawn in ASCII and other characters are escapes."""
    said = process("run", write("a.yaml", UNICODE), env=env)
    assert (said.code, said.err) == (0, "")
    assert said.lines[0] == r"zwei \u2713 (a.yaml)"
    assert [text.split(None, 2)[2] for text in said.lines[1:3]] == [r'put q <- "\xe9->\u65e5"', r'get q -> "\xe9->\u65e5"']


@pytest.mark.parametrize("env", NARROW[:2], ids=["ascii", "C"])
def test_narrow_encodings_in_a_difference(
    cli: Callable[..., Any], process: Callable[..., Any], write: Callable[..., str], env: dict[str, str]
) -> None:
    """A difference, too, is ASCII there, and so is an error."""
    name = write("a.yaml", UNICODE)
    cli("accept", name)
    write("a.yaml", UNICODE.replace("日", "月"))
    said = process("test", name, env=env)
    assert said.code == 1
    assert said.out.isascii()
    assert r'    -        0 | put q <- "\xe9->\u65e5"' in said.lines
    said = process("validate", write("b.yaml", "main: [{pirnt: é}]"), env=env)
    assert said.code == 3
    assert said.err.isascii()


def test_trace_is_utf8_whatever_the_locale(cli: Callable[..., Any], process: Callable[..., Any], write: Callable[..., str]) -> None:
    """A trace has the same bytes on any terminal."""
    said = process("run", write("a.yaml", UNICODE), "--trace", "-", env=NARROW[0])
    assert decode(said.out).events[0].value == "é→日"
    assert cli("run", "a.yaml", "--trace", "-").out == said.out


def test_schema_is_utf8_whatever_the_locale(cli: Callable[..., Any], process: Callable[..., Any]) -> None:
    """So has a schema."""
    for which in ("scenario", "trace"):
        assert process("schema", which, env=NARROW[0]).out == cli("schema", which).out


# -- pipes and signals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [["run", "--max-steps", "1000000000"], ["run", "--free", "--pace", "1e6", "--max-steps", "1000000000"]], ids=["run", "free"]
)
def test_reader_that_has_seen_enough(start: Callable[..., subprocess.Popen[bytes]], write: Callable[..., str], words: list[str]) -> None:
    """When whoever reads our output stops, so do we, without a word, and at once."""
    with start(*words, write("a.yaml", FOREVER)) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"a (a.yaml)\n"
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(60) == 0


@pytest.mark.parametrize("words", [["--help"], ["schema"], ["run", "a.yaml"], ["list", "."], ["show", "a.golden.jsonl"]], ids=" ".join)
def test_reader_that_reads_nothing(
    cli: Callable[..., Any], process: Callable[..., Any], write: Callable[..., str], words: list[str]
) -> None:
    """A pipe that is closed from the start is no error."""
    write("a.yaml")
    cli("accept", "a.yaml")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        said = process(*words, stdout=writing)
    finally:
        os.close(writing)
    assert (said.code, said.err) == (0, "")


def test_errors_nobody_reads(process: Callable[..., Any]) -> None:
    """Nor is a closed pipe for errors."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        said = process("run", "nowhere.yaml", stderr=writing)
    finally:
        os.close(writing)
    assert (said.code, said.out) == (0, "")


@pytest.mark.parametrize(("closed", "words", "code"), [(1, ["run", "a.yaml"], 0), (1, ["--help"], 0), (2, ["run", "nowhere"], 2)])
def test_closed_stream(write: Callable[..., str], closed: int, words: list[str], code: int) -> None:
    """Without standard output, or error, the exit code says all, and there is no traceback."""
    write("a.yaml")
    command = f'exec "{sys.executable}" -m runner {" ".join(words)} {closed}>&-'
    result = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (code, b"", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_full_disk(process: Callable[..., Any], write: Callable[..., str]) -> None:
    """Output that cannot be written is told as such."""
    write("a.yaml")
    with open("/dev/full", "wb") as full:
        said = process("run", "a.yaml", stdout=full)
    assert (said.code, said.err) == (2, "error: cannot write the output: No space left on device\n")


@pytest.mark.parametrize("words", [["run", "--max-steps", "1000000000"], ["run", "--free"]], ids=["run", "free"])
def test_interrupt(start: Callable[..., subprocess.Popen[bytes]], write: Callable[..., str], words: list[str]) -> None:
    """Ctrl-C ends a run: how far it came is told, the exit code is 130, and there is no traceback."""
    write("a.yaml", FOREVER)
    write("b.yaml", FOREVER)

    # The signal is ignored where the tests themselves run in the background, so it must be heeded again.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from runner.__main__ import main; main()"
    with start(*words, "a.yaml", "b.yaml", program=program) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        lines = [child.stdout.readline() for _ in range(2)]
        assert lines[1].split()[1:] == [b"main", b"sleep", b"1", b"s"]
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130, b"")
    assert b"interrupted after " in out
    assert b"b.yaml" not in out
