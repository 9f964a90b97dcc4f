"""`explore`: what it says, what it exits with, and what may be asked of it."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.cli.progress import Executions
from runner.exploration import Progress
from runner.report.lanes import width_of

SET = '{set: {total: "${total + 1}"}}'
LOST = f"""\
name: lost
params: {{wanted: 2}}
resources: {{total: {{kind: var, value: 0}}}}
threads: {{ann: {{do: [{SET}]}}, bob: {{do: [{SET}]}}}}
expect: {{vars: {{total: "${{wanted}}"}}}}
"""
SAFE = LOST.replace("{total: {kind: var, value: 0}}", "{total: {kind: var, value: 0}, guard: lock}").replace(
    f"[{SET}]", f"[{{with: {{lock: guard, do: [{SET}]}}}}]"
)
CIRCLE = """\
resources: {left: lock, right: lock}
threads:
  ann: {do: [{with: {lock: left, do: [{with: {lock: right, do: [{print: x}]}}]}}]}
  bob: {do: [{with: {lock: right, do: [{with: {lock: left, do: [{print: x}]}}]}}]}
"""
RAISES = """\
resources: {total: {kind: var, value: 0}}
threads:
  ann: {do: [{set: {total: 1}}]}
  bob: {do: [{assert: {that: total == 0, message: too late}}]}
"""
ENDLESS = "main: [{forever: [{sleep: 1}, {print: x}]}]"
HEEDS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from runner.__main__ import main; main()"
HEARS = """
import sys
from runner.cli.progress import Executions
Executions.hear = lambda self, told: told.executions > 1000 and print("heard", file=sys.stderr, flush=True)
"""

CLI = Callable[..., Any]
Write = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "code", "verdict"),
    [
        (SAFE, 0, "proved: "),
        (LOST, 1, "found: expectation not met in "),
        (CIRCLE, 4, "found: deadlock in "),
        (RAISES, 4, "found: exception in "),
        (ENDLESS, 4, "found: limit reached in "),
        (CIRCLE + "expect: {outcome: deadlock}\n", 0, None),
    ],
)
def test_verdicts(cli: CLI, write: Write, text: str, code: int, verdict: str | None) -> None:
    """What holds under every interleaving is proved; what does not is found, and the exit code says of what sort it is."""
    said = cli("explore", write("a.yaml", text), "--max-steps", "200")
    assert (said.code, said.err) == (code, "")
    assert said.lines[0].startswith(verdict or ("proved: ", "found: "))
    assert verdict is not None or "as expected" in said.lines[0]


def test_outcomes(cli: CLI, write: Write) -> None:
    """The table has each distinct final state, with a token that leads there."""
    write("a.yaml", LOST)
    rows = [line.split() for line in cli("explore", "a.yaml").lines if line.lstrip()[:1].isdigit() and " total = " in line]
    assert {tuple(row[1:4]) for row in rows} == {("total", "=", "1"), ("total", "=", "2")}
    for _, *state, token in rows:
        assert f"  variables: {' '.join(state)}" in cli("run", "-q", "a.yaml", "--replay", token).lines


def test_commands_to_copy(cli: CLI, write: Write) -> None:
    """The line that replays a finding has parameters and case, and shows the same failure."""
    write("a.yaml", LOST + "cases: {two: {}, three: {wanted: 3}}\n")
    lines = cli("explore", "a.yaml", "--case", "two", "--set", "wanted=1").lines
    line = next(line for line in lines if line.startswith("  replay: "))
    words = shlex.split(line.removeprefix("  replay: "))
    assert words[:-1] == ["python", "-m", "runner", "run", "a.yaml", "--case", "two", "--set", "wanted=1", "--replay"]
    said = cli(*words[3:])
    assert said.code == 1
    assert "warning" not in said.err


def test_budget(cli: CLI, write: Write) -> None:
    """What is not settled has an exit code of its own, and is no pass unless that is allowed."""
    write("a.yaml", SAFE)
    said = cli("explore", "a.yaml", "--max-executions", "1")
    assert said.code == 6
    assert said.lines[0].startswith("budget expired: nothing wrong in 1 execution, and there are more; not explored: ")
    assert "  to come to an end: `--strategy delay:2`, which makes far fewer executions" in said.lines
    assert "  or, where many orders come to the same: `--strategy states`, which sees each state once" in said.lines
    assert cli("explore", "a.yaml", "--max-executions", "1", "--allow-bounded").code == 0


def test_delays(cli: CLI, write: Write) -> None:
    """A bound of delays is told, also as data, and a token that it made replays."""
    write("d.yaml", LOST)
    said = cli("explore", "d.yaml", "--strategy", "delay", "--json", "d.json")
    assert said.code == 1
    told = json.loads(Path("d.json").read_text())
    assert told["strategy"] == "delay:2"
    [finding] = [each for each in told["findings"] if not each["expected"]]
    assert (finding["preemptions"], finding["smallest"]) == (1, True)
    assert finding["token"].startswith("1.delay:2+ends.")
    assert cli("run", "d.yaml", "--replay", finding["token"]).code == 1


def test_several(cli: CLI, write: Write) -> None:
    """Of several scenarios there is a line each, what fails is told in full below its line, and the worst exit code counts."""
    for name, text in (("a", SAFE), ("b", CIRCLE), ("c", "main: [{pirnt: x}]"), ("d", LOST)):
        write(f"s/{name}.yaml", text)
    said = cli("explore", "s")
    assert said.code == 4
    told = [line for line in said.lines if line and not line.startswith(" ")]
    assert [line.partition(": ")[0] for line in told[:-1]] == ["ok    s/a.yaml", "FAIL  s/b.yaml", "FAIL  s/d.yaml"]
    assert told[-1] == "1 proved, 2 found, 1 invalid" or told[-1] == "1 proved, 1 found, 1 invalid, 1 found"
    assert "    replay: python -m runner run s/b.yaml --replay" in said.out
    assert "s/c.yaml:2:9: error[unknown-verb]" in said.err


def test_cases(cli: CLI, write: Write) -> None:
    """Each case of a file is explored, or the one that is named."""
    write("a.yaml", SAFE + "cases: {two: {}, three: {wanted: 3}}\n")
    said = cli("explore", "a.yaml")
    assert said.code == 1
    assert [line.partition(": ")[0] for line in said.lines if "a.yaml[" in line.partition(": ")[0]] == [
        "ok    a.yaml[two]",
        "FAIL  a.yaml[three]",
    ]
    assert cli("explore", "a.yaml", "--case", "two").code == 0


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--strategy", "luck"], 2, "luck"),
        (["--seed", "7"], 2, "the strategy dpor leaves nothing to chance"),
        (["--strategy", "dfs:2", "--seed", "7"], 2, "the strategy dfs:2 leaves nothing to chance"),
        (["--time", "later"], 2, "--time"),
        (["--max-executions", "0"], 2, "--max-executions"),
        (["--max-seconds", "0"], 2, "--max-seconds"),
        (["--case", "nothing"], 2, "nothing"),
        (["--set", "nothing=1"], 2, "nothing"),
        (["--json", "."], 2, "it is a folder"),
        (["-j", "many"], 2, "--jobs"),
        (["--limit", "nothing=1"], 2, "nothing"),
        (["no_such_file.yaml"], 2, "no_such_file.yaml"),
    ],
)
def test_mistakes(cli: CLI, write: Write, words: list[str], code: int, text: str) -> None:
    """A command that is wrong is told so, without a traceback."""
    said = cli("explore", write("a.yaml", SAFE), *words)
    assert said.code == code
    assert text in said.err
    assert "Traceback" not in said.err


def test_invalid(cli: CLI, write: Write) -> None:
    """A file that is wrong is shown as ever."""
    said = cli("explore", write("a.yaml", "main: [{pirnt: x}]"))
    assert (said.code, said.out) == (3, "")
    assert "a.yaml:2:9: error[unknown-verb]" in said.err


def test_nothing_there(cli: CLI, workplace: Path) -> None:
    """A folder without scenarios is told of."""
    assert cli("explore", ".").code == 5


def test_json(cli: CLI, write: Write) -> None:
    """What came of each scenario is a line of JSON; on standard output it is alone."""
    write("s/a.yaml", SAFE)
    write("s/b.yaml", LOST)
    plain = cli("explore", "s", "--json", "told.jsonl")
    said = cli("explore", "s", "--json", "-")
    assert (plain.code, said.code) == (1, 1)
    assert said.err == plain.out
    told = [json.loads(line) for line in said.lines]
    assert [(each["scenario"], each["verdict"], each["code"]) for each in told] == [("s/a.yaml", "proved", 0), ("s/b.yaml", "found", 1)]
    filed = [json.loads(line) for line in Path("told.jsonl").read_text("utf-8").splitlines()]
    assert [{**each, "seconds": 0} for each in filed] == [{**each, "seconds": 0} for each in told]


def test_processes(cli: CLI, write: Write) -> None:
    """However many processes explore, what comes of it is the same, with the parameters and the case that were asked for."""
    write("a.yaml", LOST + "cases: {two: {}, three: {wanted: 3}}\n")
    one, several = (cli("explore", "a.yaml", "--case", "two", "--set", "wanted=1", "-j", jobs) for jobs in "12")
    assert (several.code, several.err) == (1, "")
    assert several.out == one.out


def test_state(cli: CLI, write: Write) -> None:
    """What a budget leaves is explored the next time, and in the end all is as if made at once."""
    write("a.yaml", SAFE)
    words = ["explore", "a.yaml", "--state", "kept.json", "--max-executions", "1"]
    codes = [cli(*words).code for _ in range(9)]
    assert codes[0] == 6
    assert codes[-1] == 0
    assert cli(*words).lines[0] == cli("explore", "a.yaml").lines[0]


def test_state_of_another(cli: CLI, write: Write) -> None:
    """A state is for one exploration, and no other goes on from it; nor does one from what is none."""
    write("s/a.yaml", SAFE)
    write("s/b.yaml", LOST)
    Path("broken.json").write_text("{")
    assert cli("explore", "s/a.yaml", "--state", "kept.json").code == 0
    for words in (["s/b.yaml", "--state", "kept.json"], ["s/a.yaml", "--state", "broken.json"], ["s", "--state", "new.json"]):
        said = cli("explore", *words)
        assert (said.code, said.out) == (2, "")
        assert "Traceback" not in said.err
    assert not Path("new.json").exists()


def test_same_again(cli: CLI, write: Write) -> None:
    """The same command says the same, to the last character."""
    write("a.yaml", LOST)
    assert cli("explore", "a.yaml").out == cli("explore", "a.yaml").out


def test_first(cli: CLI, write: Write) -> None:
    """With -x it stops at the first execution that fails, and says that there are more."""
    write("a.yaml", LOST)

    def made(*words: str) -> int:
        return int(json.loads(cli("explore", "a.yaml", "--json", "-", *words).out)["executions"])

    assert made("-x") < made()
    assert "\n  stopped at the first failure: " in cli("explore", "a.yaml", "-x").out


def test_plain_terminals(process: Callable[..., Any], write: Write) -> None:
    """Where the locale is not a UTF one, and lines are short, everything is ASCII and fits, but for what is to be copied."""
    write("a.yaml", LOST)
    said = process("explore", "a.yaml", env={"PYTHONIOENCODING": "ascii", "COLUMNS": "50"})
    assert said.code == 1
    assert said.out.isascii()
    copied = ("  replay: ", "  keep: ", "         example: ", "a.yaml:", "found: ", "  in ", "  ! ")
    assert [line for line in said.out.splitlines() if len(line) > 50 and not line.startswith(copied)] == []


def test_colours(cli: CLI, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal that has them there are colours, and none where they are not wanted."""
    write("a.yaml", LOST)
    cli.on_terminal = True  # type: ignore[attr-defined]
    assert cli("explore", "a.yaml").out.startswith("\x1b[31mfound: ")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli("explore", "a.yaml").out


def test_interrupt(write: Write, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """Ctrl-C shows what was found until then, as what it is."""
    many = ", ".join(f'w{n}: {{do: [{{repeat: {{times: 5, do: [{{set: {{total: "${{total + 1}}"}}}}]}}}}]}}' for n in range(4))
    write("a.yaml", f"resources: {{total: {{kind: var, value: 0}}}}\nthreads: {{{many}}}\n")
    words = ["explore", "a.yaml", "--max-executions", "100000000", "--json", "told.jsonl"]
    with start(*words, program=HEARS + HEEDS) as child:
        assert child.stderr is not None
        assert child.stderr.readline() == b"heard\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert out.decode().startswith("interrupted: nothing wrong in ")
    assert b"outcome" in out
    assert b"Traceback" not in err
    assert json.loads(Path("told.jsonl").read_text("utf-8"))["interrupted"] is True


def test_bar() -> None:
    """The bar has the share, how many executions, how many a second, and what was found."""
    progress = Executions("a.yaml")
    assert progress.line(0, 80) == "exploring [--------------------]  a.yaml"
    progress.hear(Progress(300, 5, 0.25, 0, 2.0))
    assert progress.line(9, 80) == "exploring [#####---------------] 25% 300 150/s a.yaml"
    progress.hear(Progress(300, 5, None, 2, 0.0))
    assert progress.line(9, 80) == "exploring [--------------------] 300, 2 found a.yaml"
    assert width_of(progress.line(9, 20)) <= 20
