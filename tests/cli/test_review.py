"""`review`: going through what differs, by hand in a terminal and by options."""

from __future__ import annotations

import io
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runner.cli.review_command as review_module

DEADLOCK = "resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]"


def files() -> dict[str, bytes]:
    """Read all files below the working folder."""
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


@pytest.fixture
def three(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Make two scenarios that differ from their goldens, with what is pending, and one that has no golden."""
    for name in ("a.yaml", "b.yaml"):
        write(name)
    cli("accept", ".")
    for name in ("a.yaml", "b.yaml"):
        write(name, "main: [{print: goodbye}]")
    cli("test", ".")
    write("c.yaml")


@pytest.fixture
def answer(cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`answer("y", "n", …)` reviews everything in a terminal where this is typed, a line each."""

    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    def call(*lines: str, words: tuple[str, ...] = ("review", ".")) -> Any:
        monkeypatch.setattr(sys, "stdin", Typed("".join(f"{line}\n" for line in lines)))
        cli.on_terminal = True
        return cli(*words)

    return call


def test_without_a_terminal_it_is_a_list(cli: Callable[..., Any], three: None) -> None:
    """Where nobody can be asked, what there is to decide is named, with exit code 1, and nothing is changed."""
    before = files()
    said = cli("review", ".")
    assert (said.code, said.lines) == (1, ["pending  a.yaml", "pending  b.yaml", "new      c.yaml", "2 pending, 1 new"])
    assert files() == before


def test_nothing_to_review(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """Where there is nothing to decide the exit code is 0."""
    cli("accept", write("a.yaml"))
    assert (cli("review", "--list", ".").code, cli("review", ".").lines) == (0, ["0 pending, 0 new"])


def test_conflict_is_listed(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A golden that was left in a merge conflict is to be decided about."""
    cli("accept", write("a.yaml"))
    Path("a.golden.jsonl").write_text("<<<<<<< ours\n")
    assert cli("review", ".").lines == ["conflict a.yaml", "0 pending, 0 new, 1 in conflict"]


def test_yes_no_skip(answer: Callable[..., Any], three: None, cli: Callable[..., Any]) -> None:
    """Yes writes what it does now as its golden, no removes what is pending, skip leaves it; all of it at the end."""
    golden, new = Path("b.golden.jsonl").read_bytes(), Path("a.golden.jsonl.new").read_bytes()
    said = answer("y", "n", "s")
    assert (said.code, said.lines[-1]) == (1, "1 accepted, 1 rejected, 1 left")
    assert "[1/3] a.yaml" in said.lines
    assert "  the first divergence is event 1:" in said.lines
    assert Path("a.golden.jsonl").read_bytes() == new
    assert Path("b.golden.jsonl").read_bytes() == golden
    assert [name for name in files() if not name.endswith(".yaml")] == ["a.golden.jsonl", "b.golden.jsonl"]


def test_all_decided(answer: Callable[..., Any], three: None, cli: Callable[..., Any]) -> None:
    """When nothing is left the exit code is 0, and a new scenario, of which the run is shown, has its golden."""
    said = answer("yes", "Y", " y ")
    assert (said.code, said.lines[-1]) == (0, "3 accepted, 0 rejected, 0 left")
    assert any(re.search(r"│ print \"hello\"", line) for line in said.lines)
    cli.on_terminal = False
    assert cli("test", ".").code == 0


@pytest.mark.parametrize("last", [("q",), ()], ids=["quit", "end-of-input"])
def test_quit_carries_out_what_was_answered(answer: Callable[..., Any], three: None, last: tuple[str, ...]) -> None:
    """At q, and where the input ends, the answers so far are carried out and the rest is left."""
    said = answer("y", *last)
    assert (said.code, said.lines[-1]) == (1, "1 accepted, 0 rejected, 2 left")
    assert sorted(name for name in files() if "a." in name) == ["a.golden.jsonl", "a.yaml"]


def test_interruption_forgets_all_answers(
    answer: Callable[..., Any], three: None, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C changes nothing, and says so."""
    before = files()
    real = review_module.check_scenario

    def check(path: Path, *words: Any, **options: Any) -> Any:
        if path.name == "c.yaml":
            raise KeyboardInterrupt
        return real(path, *words, **options)

    monkeypatch.setattr(review_module, "check_scenario", check)
    said = answer("y", "n")
    assert (said.code, said.err.split("\n")) == (130, ["", "nothing was changed; 2 answers forgotten", "", "interrupted", ""])
    assert files() == before


def test_help_and_whole_traces(answer: Callable[..., Any], three: None) -> None:
    """Anything else than an answer shows what there is to answer; d shows both traces whole, and it is asked again."""
    said = answer("?", "d", "q")
    assert "  s  skip: leave it for later" in said.out
    assert "  expected, the golden:" in said.out
    assert "  actual, what it does now:" in said.out
    assert said.out.count("[q]uit ?") == 3


def test_unexpected_end_is_not_accepted(answer: Callable[..., Any], three: None, write: Callable[..., str]) -> None:
    """What does not end as it expects cannot be accepted, and it is asked again."""
    write("a.yaml", DEADLOCK)
    before = files()
    said = answer("y", "q")
    assert "  not accepted: it does not end as it expects\n" in said.out
    assert any("cycle: main → main" in line for line in said.lines)
    assert files() == before


def test_golden_of_a_newer_version_is_not_accepted(answer: Callable[..., Any], three: None) -> None:
    """A golden in a newer format stays."""
    Path("a.golden.jsonl").write_text('{"trace": 2}\n')
    said = answer("y", "q")
    assert "  not accepted: a.golden.jsonl:1: the golden is of trace format 2" in said.out
    assert Path("a.golden.jsonl").read_text() == '{"trace": 2}\n'


def test_stale_pending_trace_is_settled(answer: Callable[..., Any], three: None, write: Callable[..., str]) -> None:
    """Where a scenario does by now what its golden says, there is nothing to ask and the pending trace goes."""
    write("a.yaml")
    said = answer("s", "s")
    assert "  it does what its golden says; nothing is pending any more" in said.lines
    assert not Path("a.golden.jsonl.new").exists()


def test_what_has_changed_since_is_told(answer: Callable[..., Any], three: None, write: Callable[..., str]) -> None:
    """Where a scenario does something else than what was left pending, that is said and what it does now is shown and accepted."""
    write("a.yaml", "main: [{print: farewell}]")
    said = answer("y", "q")
    assert "  it does something else by now than what was pending; this is what it does now" in said.lines
    assert b"farewell" in Path("a.golden.jsonl").read_bytes()


def test_new_scenario_with_a_long_run_is_cut(answer: Callable[..., Any], write: Callable[..., str]) -> None:
    """Of a long run the beginning is shown; d shows all."""
    write("a.yaml", "main: [{repeat: {times: 50, do: [{print: x}]}}]")
    assert "  and 23 lines more: d shows them" in answer("q").lines


def test_accept_option(cli: Callable[..., Any], three: None, write: Callable[..., str]) -> None:
    """`--accept` accepts all there is to decide, and only that."""
    assert cli("review", "--accept", ".").lines[-1] == "3 written, 0 unchanged"
    assert cli("test", ".").code == 0


def test_accept_option_is_all_or_none(cli: Callable[..., Any], three: None, write: Callable[..., str]) -> None:
    """`--accept` refuses as `accept` does."""
    write("c.yaml", DEADLOCK)
    before = files()
    said = cli("review", "--accept", ".")
    assert (said.code, said.err.splitlines()[-1]) == (4, "nothing was written: 1 refused")
    assert files() == before


def test_reject_option(cli: Callable[..., Any], three: None) -> None:
    """`--reject` removes what is pending and leaves goldens; new scenarios are left."""
    before = files()
    said = cli("review", "--reject", ".")
    assert (said.code, said.lines) == (1, ["2 rejected, 1 left"])
    assert files() == {name: data for name, data in before.items() if not name.endswith(".new")}


@pytest.mark.parametrize("option", ["--accept", "--reject"])
def test_in_ci_it_is_refused(cli: Callable[..., Any], three: None, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    """With CI set nothing is decided, but may be listed."""
    monkeypatch.setenv("CI", "1")
    before = files()
    assert cli("review", option, ".").code == 2
    assert cli("review", "--list", ".").code == 1
    assert files() == before
    assert cli("review", option, "--allow-ci", ".").code in (0, 1)
    assert files() != before


def test_nothing_to_reject_is_left(answer: Callable[..., Any], write: Callable[..., str]) -> None:
    """A scenario without a golden has no pending trace; whoever rejects it is told so, and it is left to decide."""
    write("a.yaml")
    said = answer("n")
    assert said.code == 1
    assert said.lines[-1] == "0 accepted, 0 rejected, 1 left"
    assert "there is no pending trace to reject; it is left" in said.out


def test_no_other_command_is_named_while_it_asks(answer: Callable[..., Any], three: None) -> None:
    """What to type is an answer; the verb `accept` is for elsewhere."""
    assert "python -m runner" not in answer("s", "s", "s").out


def test_options_that_exclude_each_other(cli: Callable[..., Any], three: None) -> None:
    """Only one of the options that answer for all can be given."""
    said = cli("review", "--accept", "--reject", ".")
    assert (said.code, said.err) == (2, "error: --list, --accept and --reject exclude each other\n")


def test_invalid_scenario(cli: Callable[..., Any], three: None, write: Callable[..., str]) -> None:
    """A scenario that cannot be loaded is told with its errors; the others can be decided about."""
    write("bad.yaml", "main: [{pirnt: x}]")
    said = cli("review", ".")
    assert (said.code, said.lines[-1]) == (3, "2 pending, 1 new")
    assert "bad.yaml:2:9: error[unknown-verb]" in said.err


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are those of POSIX")
@pytest.mark.parametrize("keys", ["answers", "ctrl-c", "ctrl-d"])
def test_in_a_real_terminal(three: None, keys: str) -> None:
    """In a pseudo-terminal it asks; answers are typed, Ctrl-C and Ctrl-D do what they say."""
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-m", "runner", "review", "."],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, preexec_fn=_take_terminal,
    ) as child:  # fmt: skip
        os.close(theirs)
        said = _until(ours, b"[q]uit ? ")
        os.write(ours, b"y\n")
        said += _until(ours, b"[q]uit ? ")
        for key in {"answers": (b"n\n", b"s\n"), "ctrl-c": (b"\x03",), "ctrl-d": (b"\x04",)}[keys]:
            os.write(ours, key)
            said += _until(ours, b"[q]uit ? ", again=key if keys == "ctrl-c" else b"")
        code = child.wait(timeout=60)
    os.close(ours)
    left = [name for name in files() if name.endswith((".new", "c.golden.jsonl"))]
    accepted = b"goodbye" in Path("a.golden.jsonl").read_bytes()
    if keys == "answers":
        assert (code, left, accepted) == (1, [], True)
        assert b"1 accepted, 1 rejected, 1 left" in said
    elif keys == "ctrl-c":
        assert (code, left, accepted) == (130, ["a.golden.jsonl.new", "b.golden.jsonl.new"], False)
        assert b"nothing was changed; 1 answer forgotten" in said
    else:
        assert (code, left, accepted) == (1, ["b.golden.jsonl.new"], True)
        assert b"1 accepted, 0 rejected, 2 left" in said


def _take_terminal() -> None:
    import fcntl
    import termios

    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests were told to ignore
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _until(terminal: int, end: bytes, again: bytes = b"") -> bytes:
    """Read what is said up to a prompt, or to the end, pressing `again` each second: Ctrl-C just before a read is not heard."""
    said, seconds = b"", 0
    while not said.endswith(end):
        if not select.select([terminal], [], [], 1)[0]:
            seconds += 1
            assert seconds < 60, f"it said {said!r}, and then no more"
            os.write(terminal, again)
            continue
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            break
        if not more:
            break
        said += more
    return said
