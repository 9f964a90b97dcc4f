"""Bad files, one a test: what is said of each, whole, as a terminal without colour shows it.

tests/spec/bad/GROUP/CASE.yaml is a file, CASE.txt what is said of it; what cannot be kept as text is in `MADE`. With RENEW=1 in
the environment the texts are written anew, to be read before they are committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from runner.compiler import compile_file
from runner.errors import ScenarioError
from runner.limits import Limits
from runner.report.problems import render
from runner.spec import load, loads, yaml_events

BAD = Path(__file__).parent / "bad"
BOMB = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9))
CHAIN = "".join(f"a{i}: &a{i} [{f'*a{i - 1}' if i else ''}]\n" for i in range(90))
MADE: dict[str, str | bytes | None] = {
    "file/missing": None,
    "file/directory": None,
    "file/not-permitted": None,
    "file/empty": b"",
    "file/comments-only": b"# only\n# comments\n",
    "file/empty-document": b"---\n",
    "file/blank": b" \n\n",
    "file/byte-order-mark-only": b"\xef\xbb\xbf",
    "file/over-a-mebibyte": b"#" * ((1 << 20) + 1),
    "file/latin-1": b"schema: 1\nname: caf\xe9 \xe9\n",
    "file/not-utf-8-behind-a-byte-order-mark": b"\xef\xbb\xbfname: \xc3\xa9\xff\n",
    "file/utf-16": "schema: 1\n".encode("utf-16"),
    "file/utf-16-without-a-mark": "schema: 1\n".encode("utf-16-le"),
    "file/utf-32": "schema: 1\n".encode("utf-32-be"),
    "file/nul": b"schema: 1\nname: a\0b\n",
    "file/escape": b"schema: 1\nname: \x1b[31mred\n",
    "file/byte-order-mark-within": "schema: 1\nname: \ufeffx\n".encode(),
    "syntax/tab-with-crlf": b"schema: 1\r\nmain:\r\n\t- break\r\n",
    "size/100-kb-of-brackets": "[" * 100_000,
    "size/100-kb-of-braces": "{a: " * 100_000,
    "size/100-kb-of-dashes": "- " * 100_000,
    "size/100-kb-of-keys": "? " * 100_000,
    "size/alias-bomb": BOMB,
    "size/deep-by-aliases": CHAIN,
    "size/too-many-values": "a: [" + "x," * 260_000 + "]",
    "size/too-many-directives": "%TAG !a! b\n" * 5000,
    "size/integer-of-5000-digits": f"schema: 1\nmain:\n  - sleep: {'9' * 5000}\n",
    "size/hexadecimal-of-5000-digits": f"schema: 1\nmain:\n  - sleep: 0x{'f' * 5000}\n",
    "size/100-mistakes-and-more": "schema: 1\nmain:\n" + "  - a\n" * 300,
}
"""Group and case → the file; None where it is no file, or none that can be read."""
KEPT = {path.relative_to(BAD).with_suffix("").as_posix(): path for path in sorted(BAD.rglob("*.yaml"))}
Mistakes = Callable[[str | bytes], list[str]]


def said_of(case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return what is said of a case's file, under the case's own name."""
    path = Path(f"{case.partition('/')[2]}.yaml")
    monkeypatch.chdir(KEPT[case].parent if case in KEPT else tmp_path)
    if case in MADE:
        made = MADE[case]
        if made is not None:
            path.write_bytes(made.encode() if isinstance(made, str) else made)
        elif case == "file/directory":
            path.mkdir()
        elif case == "file/not-permitted":  # whoever runs the tests may be permitted everything

            def refuse(*_: object) -> None:
                raise PermissionError(13, "Permission denied")

            monkeypatch.setattr("builtins.open", refuse)
    try:
        with pytest.raises(ScenarioError) as caught:
            compile_file(path)
    finally:
        monkeypatch.undo()
    return render(caught.value) + "\n"


@pytest.mark.parametrize("case", sorted([*KEPT, *MADE]))
def test_what_is_said(case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The whole text, as an author sees it."""
    expected = BAD / f"{case}.txt"
    said = said_of(case, monkeypatch, tmp_path)
    if os.environ.get("RENEW"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_bytes(said.encode())
    assert said == expected.read_bytes().decode()


SLOW = [case for case in KEPT if case.startswith("syntax/") and case != "syntax/unknown-escape"]  # whose place it does not tell


@pytest.mark.parametrize("case", SLOW)
def test_the_slow_parser_says_the_same(case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """PyYAML's own parser words its errors differently; ours are the same."""
    with monkeypatch.context() as patch:
        patch.setattr(yaml_events, "EventLoader", yaml.SafeLoader)
        assert said_of(case, patch, tmp_path) == (BAD / f"{case}.txt").read_bytes().decode()


def test_no_text_is_left_over() -> None:
    """Each text is that of a case."""
    assert sorted(path.relative_to(BAD).with_suffix("").as_posix() for path in BAD.rglob("*.txt")) == sorted([*KEPT, *MADE])


def test_a_valid_file_loads(tmp_path: Path, valid: str) -> None:
    """A file gives the scenario in it, under the file's name."""
    path = tmp_path / "x.yaml"
    path.write_text(valid, "utf-8")
    loaded = load(path)
    assert (loaded.scenario.name, loaded.source.text.name) == ("everything", str(path))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_and_line_ends_are_fine(valid: str, mark: str, end: str) -> None:
    """A byte order mark, and any line ends, are no mistakes."""
    assert loads((mark + valid.replace("\n", end)).encode()).scenario.name == "everything"


def test_a_name_that_no_file_can_have() -> None:
    """The system refuses even to look for it."""
    with pytest.raises(ScenarioError, match="no such file"):
        load("\0")


def test_half_a_surrogate_pair(mistakes: Mistakes) -> None:
    """Text that is none can come from Python only."""
    assert mistakes("a: \ud800x\n") == ["1:4 bad-character"]


def test_the_largest_file_is_allowed(valid: str) -> None:
    """A file of exactly 1 MiB loads."""
    padding = "#" * ((1 << 20) - len(valid.encode()))
    assert loads((valid + padding).encode()).scenario.name == "everything"


def test_limits_can_be_set() -> None:
    """Another depth holds where it is asked for."""
    text = "schema: 1\nmain: [{print: [[[]]]}]\n"
    assert loads(text, limits=Limits(depth=6)).scenario.main
    with pytest.raises(ScenarioError, match="more than 5 levels"):
        loads(text, limits=Limits(depth=5))


@pytest.mark.parametrize("text", ["{" + "[], " * 300 + "}", "a: 1\n" * 300])
def test_yaml_wrong_everywhere_is_not_reported_everywhere(text: str, mistakes: Mistakes) -> None:
    """After a hundred problems, one more says that there are more."""
    found = mistakes(text)
    assert len(found) == 101
    assert sum("too-many-problems" in line for line in found) == 1


def test_messages_hold_no_pydantic() -> None:
    """A word that an author cannot know does not reach them."""
    text = "schema: 1\nthreads: {a: 1}\nresources: {b: [], c: {}}\ntags: 1\n"
    with pytest.raises(ScenarioError) as caught:
        loads(text + "expect: {vars: 1, printed: 1, queues: {q: 1}, outcome: x}\n")
    words = " ".join(problem.message for problem in caught.value.problems).lower()
    assert not any(word in words for word in ("input", "pydantic", "dictionary", "valid", "field", "discriminator"))
