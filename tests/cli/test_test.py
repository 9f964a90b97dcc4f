"""`test` in CI: many processes, parts of the whole, reports. What it says of goldens is in test_goldens.py."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import runner.suite.check as check_module

CASES = 'params: {n: 1}\ncases: {naive: {}, fixed: {n: 2}}\nmain: [{print: "${n}"}]'
FOREVER = "main: [{forever: [{sleep: 1}, {print: x}]}]"


@pytest.fixture
def mixed(cli: Callable[..., Any], write: Callable[..., str]) -> str:
    """Write a folder of scenarios: two that pass, in three tests, one that differs, one that is wrong, one without a golden."""
    write("s/a.yaml")
    write("s/b.yaml", CASES)
    write("s/c.yaml")
    assert cli("accept", "s").code == 0
    write("s/c.yaml", "main: [{print: bye}]")
    write("s/d.yaml", "main: [{pirnt: x}]")
    write("s/e.yaml")
    return "s"


# -- processes -------------------------------------------------------------------------------------------------------------


def test_many_processes_say_the_same(cli: Callable[..., Any], mixed: str) -> None:
    """What is said, and left, is the same however many processes there are."""
    alone = cli("test", mixed)
    pending = Path("s/c.golden.jsonl.new").read_bytes()
    Path("s/c.golden.jsonl.new").unlink()
    assert cli("test", mixed, "-j", "3") == alone
    assert (alone.code, alone.lines[-1]) == (3, "3 passed, 3 failed")
    assert Path("s/c.golden.jsonl.new").read_bytes() == pending


def test_one_process_needs_no_others(process: Callable[..., Any], mixed: str) -> None:
    """Without `-j` nothing of what starts processes is imported, nor with `auto` for a few files."""
    program = "import sys; from runner.cli import run_command_line as run; run(sys.argv[1:]); print('multiprocessing' in sys.modules)"
    for words in ([], ["-j", "1"], ["-j", "auto"]):
        assert process("test", mixed, *words, program=program).lines[-1] == "False"


@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1.5", "61", "", "٣", "9" * 50])
def test_what_is_no_number_of_processes(cli: Callable[..., Any], mixed: str, jobs: str) -> None:
    """Anything but a number of processes, or auto, is refused."""
    said = cli("test", mixed, "-j", jobs)
    assert (said.code, said.out, said.err) == (2, "", f"error: --jobs is auto, or a number from 1 to 60, not {jobs!r}\n")


HEEDS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from runner.__main__ import main; main()"
"""The signal is ignored where the tests themselves run in the background, so it must be heeded again."""


@pytest.fixture
def under_way(start: Callable[..., subprocess.Popen[bytes]], cli: Callable[..., Any], write: Callable[..., str]) -> Any:
    """Start a test in two processes, the first scenario of which has passed, and others never end."""
    write("a.yaml")
    cli("accept", "a.yaml")
    for name in "bcd":
        write(f"{name}.yaml", FOREVER)
    words = ["test", ".", "-j", "2", "--junit", "out.xml", "--limit", "steps=1G", "--limit", "events=1G"]
    child = start(*words, program=HEEDS, start_new_session=True)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ok    a.yaml\n"
    return child


def test_interrupt(under_way: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, which all processes of a terminal get, ends all of them, without a traceback; the report has what there was."""
    os.killpg(under_way.pid, signal.SIGINT)
    out, err = under_way.communicate(timeout=60)  # returns when nobody holds the pipes any more: no process is left
    assert (under_way.returncode, out, err.strip()) == (130, b"", b"interrupted")
    suite = ElementTree.parse("out.xml").getroot()[0]
    assert [property.get("value") for property in suite[0]] == ["interrupted"]
    assert [case.get("name") for case in suite.iter("testcase")] == ["a"]
    assert sorted(path.name for path in Path().iterdir()) == ["a.golden.jsonl", "a.yaml", "b.yaml", "c.yaml", "d.yaml", "out.xml"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_behind(under_way: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """However we end, the other processes do too."""
    under_way.send_signal(number)
    under_way.communicate(timeout=60)
    assert under_way.returncode == -number


def test_interrupted_alone(cli: Callable[..., Any], mixed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without other processes Ctrl-C leaves what there was as well."""
    real = check_module.run
    outcomes = iter(["completed", "interrupted"])
    monkeypatch.setattr(check_module, "run", lambda *words, **options: replace(real(*words, **options), verdict=next(outcomes)))
    said = cli("test", mixed, "--junit", "out.xml")
    assert (said.code, said.out, said.err.strip()) == (130, "ok    s/a.yaml\n", "interrupted")
    suite = ElementTree.parse("out.xml").getroot()[0]
    assert (suite.get("tests"), suite[0][0].get("value")) == ("1", "interrupted")


# -- parts of the whole ----------------------------------------------------------------------------------------------------


def test_shards_together_are_all(cli: Callable[..., Any], mixed: str) -> None:
    """The shards' lines are those of the whole, and so are their obsolete goldens."""
    Path("s/gone.golden.jsonl").touch()
    whole = cli("test", mixed).lines
    parts = [cli("test", mixed, "--shard", f"{index}/3").lines for index in (1, 2, 3)]
    told = [line for lines in parts for line in lines if line.startswith(("ok", "FAIL", "obsolete"))]
    assert sorted(told) == sorted(line for line in whole if line.startswith(("ok", "FAIL", "obsolete")))


def test_an_empty_shard(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """A shard with nothing in it is well."""
    name = write("a.yaml")
    cli("accept", name)
    said = [cli("test", name, "--shard", f"{index}/2") for index in (1, 2)]
    assert [each.code for each in said] == [0, 0]
    assert sorted(len(each.lines) for each in said) == [2, 2]
    assert [line for each in said for line in each.lines if "nothing is in shard" in line] != []


def test_no_such_shard(cli: Callable[..., Any], mixed: str) -> None:
    """What is no shard is a mistake of the command's."""
    said = cli("test", mixed, "--shard", "4/3")
    assert (said.code, said.out) == (2, "")
    assert "such as 2/3" in said.err


def test_keyword_of_a_case(cli: Callable[..., Any], mixed: str) -> None:
    """`-k` takes single cases too."""
    assert cli("test", mixed, "-k", "[fixed]").lines == ["ok    s/b.yaml[fixed]", "1 passed, 0 failed"]


@pytest.mark.parametrize("words", [["-x"], ["--fail-fast", "-j", "2"]])
def test_first_failure(cli: Callable[..., Any], mixed: str, words: list[str]) -> None:
    """`-x` stops at the first failure, counts the tests that were left out, and says nothing of obsolete goldens."""
    Path("s/gone.golden.jsonl").touch()
    said = cli("test", mixed, *words)
    assert said.code == 1
    assert [line for line in said.lines if line.startswith(("ok", "FAIL"))] == [
        "ok    s/a.yaml",
        "ok    s/b.yaml[naive]",
        "ok    s/b.yaml[fixed]",
        "FAIL  s/c.yaml",
    ]
    assert said.lines[-1] == "3 passed, 1 failed, 2 not run after the first failure"
    assert "obsolete" not in said.out


def test_first_failure_among_cases(cli: Callable[..., Any], mixed: str) -> None:
    """Cases that are left out count too."""
    Path("s/b[naive].golden.jsonl").unlink()
    assert cli("test", "s/b.yaml", "s/a.yaml", "-x").lines[-1] == "1 passed, 1 failed, 1 not run after the first failure"


def test_failure_of_the_last_one(cli: Callable[..., Any], mixed: str) -> None:
    """Where nothing is left out the run is whole."""
    assert cli("test", "s/a.yaml", "s/c.yaml", "-x").lines[-1] == "1 passed, 1 failed"


@pytest.fixture
def repository(mixed: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Commit the folder."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    who = {f"GIT_{role}_{what}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for name, value in {**who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}.items():
        monkeypatch.setenv(name, value)
    Path("s/e.yaml").unlink()  # what has no golden has one that git does not know, and so has changed
    Path("s/d.yaml").unlink()
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run(["git", *words], check=True)
    return mixed


def test_changed_since(cli: Callable[..., Any], repository: str, write: Callable[..., str]) -> None:
    """Only what has changed is tested; obsolete goldens are not reported."""
    write("s/b.yaml", CASES + "    # changed")
    Path("s/gone.golden.jsonl").touch()
    said = cli("test", repository, "--changed-since", "HEAD")
    assert said.lines == ["ok    s/b.yaml[naive]", "ok    s/b.yaml[fixed]", "2 passed, 0 failed"]


def test_nothing_changed(cli: Callable[..., Any], repository: str) -> None:
    """Where nothing has changed all is well, and a report is written for who waits for it."""
    said = cli("test", repository, "--changed-since", "HEAD", "--junit", "out.xml")
    assert (said.code, said.lines) == (0, ["nothing changed since HEAD", "0 passed, 0 failed"])
    assert ElementTree.parse("out.xml").getroot().get("tests") == "0"


def test_changed_since_nowhere(cli: Callable[..., Any], repository: str) -> None:
    """An unknown revision is a mistake of the command's."""
    said = cli("test", repository, "--changed-since", "nowhere")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: git knows no revision 'nowhere'")


# -- reports ---------------------------------------------------------------------------------------------------------------


def test_junit(cli: Callable[..., Any], mixed: str) -> None:
    """The report has each test, with places of failures, and folders are made for it; what is printed stays the same."""
    alone = cli("test", mixed)
    said = cli("test", mixed, "--junit", "out/deep/report.xml")
    assert said == alone
    suite = ElementTree.parse("out/deep/report.xml").getroot()[0]
    places = {str(case.get("name")): f"{case.get('file')}:{case.get('line')}" for case in suite.iter("testcase") if len(case) > 1}
    assert places == {"c": "s/c.yaml:2", "d": "s/d.yaml:2", "e": "s/e.yaml:1"}
    assert [case.get("name") for case in suite.iter("testcase")] == ["a", "b[naive]", "b[fixed]", "c", "d", "e"]


def test_json(cli: Callable[..., Any], mixed: str) -> None:
    """As JSON Lines it has the same, and the counts at the end."""
    cli("test", mixed, "--json", "out.jsonl")
    *tests, counts = map(json.loads, Path("out.jsonl").read_text().splitlines())
    assert [(test["test"], test["code"]) for test in tests][2:5] == [("s/b.yaml[fixed]", 0), ("s/c.yaml", 1), ("s/d.yaml", 3)]
    assert (tests[3]["kind"], tests[3]["file"], tests[3]["line"], tests[3]["column"]) == ("golden", "s/c.yaml", 2, 9)
    assert counts == {"passed": 3, "failed": 3, "not_run": 0, "obsolete": [], "complete": True}


@pytest.mark.parametrize("option", ["--junit", "--json"])
def test_report_that_cannot_be_written(cli: Callable[..., Any], mixed: str, option: str) -> None:
    """A folder where a report should be is told before anything is run."""
    said = cli("test", mixed, option, "s")
    assert (said.code, said.out, said.err) == (2, "", "error: cannot write s: it is a folder\n")


def test_report_is_written_though_nobody_reads(process: Callable[..., Any], mixed: str) -> None:
    """A pipe that is closed from the start takes nothing from the report but the tests that it kept from being run."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        said = process("test", mixed, "-q", "-k", "s/b", "--junit", "out.xml", stdout=writing)
    finally:
        os.close(writing)
    assert said.err == ""
    assert ElementTree.parse("out.xml").getroot().get("tests") == "2"


def test_two_reports_in_one_place(cli: Callable[..., Any], mixed: str) -> None:
    """Two reports do not overwrite each other."""
    assert cli("test", mixed, "--json", "x", "--junit", "./x").code == 2


def test_annotations(cli: Callable[..., Any], mixed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In GitHub's Actions failures are annotated, behind what is said of them; obsolete goldens are warned of."""
    Path("s/gone.golden.jsonl").touch()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd().parent))
    told = [line for line in cli("test", mixed).lines if line.startswith("::")]
    here = Path.cwd().name
    assert [line.partition("::")[2].partition("::")[0] for line in told] == [
        f"error file={here}/s/c.yaml,line=2,col=9,title=s/c.yaml",
        f"error file={here}/s/d.yaml,line=2,col=9,title=s/d.yaml",
        f"error file={here}/s/e.yaml,line=1,col=1,title=s/e.yaml",
        f"warning file={here}/s/gone.golden.jsonl,line=1,col=1,title=obsolete golden",
    ]


def test_annotations_elsewhere(cli: Callable[..., Any], mixed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are none elsewhere, unless they are asked for, nor where they are not wanted."""
    assert "::error" not in cli("test", mixed).out
    assert "::error" in cli("test", mixed, "--annotations", "github").out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::error" not in cli("test", mixed, "--annotations", "none").out


# -- what a CI service would obey ------------------------------------------------------------------------------------------

COMMAND = "::error::x ##[error]y ##vso[task.x]z ##teamcity[w]"


@pytest.fixture(params=["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"])
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run as if a CI service were reading."""
    monkeypatch.setenv(request.param, "true")


@pytest.mark.parametrize(
    "words", [["run"], ["run", "-q"], ["validate"], ["lint"], ["list"], ["test", "--annotations", "none"], ["accept"], ["fmt", "--diff"]]
)
def test_no_text_commands_a_service(cli: Callable[..., Any], write: Callable[..., str], service: None, words: list[str]) -> None:
    """Names and texts in a scenario, and its path, never make a line that a CI service would obey."""
    text = json.dumps(COMMAND)
    for name in (f"{COMMAND}.yaml", "a.yaml"):
        write(name, f"name: {text}\nresources: {{q: queue}}\nmain:\n  - print: {text}\n  - put: {{queue: q,  item: {text}}}\n")
        for _ in range(2):
            said = cli(*words, name)
            for line in (said.out + said.err).splitlines():
                assert not line.lstrip().startswith("::"), line
                assert "##[" not in line
                assert "##vso[" not in line
                assert "##teamcity[" not in line


def test_texts_stay_as_they_are_where_nobody_obeys(cli: Callable[..., Any], write: Callable[..., str]) -> None:
    """At a desk such texts are no more than texts."""
    name = write("a.yaml", f"name: {json.dumps(COMMAND)}\nmain: [{{print: {json.dumps(COMMAND)}}}]")
    said = cli("run", name)
    assert said.lines[0] == f"{COMMAND} (a.yaml)"
    assert f'print "{COMMAND}"' in said.out
